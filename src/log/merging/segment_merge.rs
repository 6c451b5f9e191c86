//! One step: commits, and small segments before them, become one segment.

use std::{ops::RangeInclusive, rc::Rc};

use crate::storage::Storage;

use super::{
    super::{
        Corrupt,
        codec::{
            Bound, EventRef, EventTable, IdEntry, Layout, NameEntry, NameKind, Run, Runs, Segment,
            decode_block, decode_order, encode_block, encode_order, name_hash,
        },
        core::Core,
        loading::{BlockPlace, Missed},
    },
    MergePolicy, Merged, Outcome, Pacer,
    plan::{SegmentPlan, joining},
    run_builder::{Entry, ids_of, names_of, put_run},
};

/// Bytes of an event beside its texts, about.
const FRAMING_BYTES: usize = 40;

/// How many blocks are read at once: unpacking them takes a few ms.
const BLOCKS_AT_ONCE: usize = 8;

/// How many small commits are read at once.
const COMMITS_AT_ONCE: usize = 32;

/// A commit of so many bytes is read by itself.
const LARGE_BYTES: usize = 16 * 1024;

/// The longest block, as stored, unless a single event is longer: as long as a part of a commit, and for the same reason.
const MAX_STORED_BYTES: usize = 60_000;

/// Blocks as they are stored, and what the layout and the order say of them.
#[derive(Default)]
pub(super) struct Blocks {
    pub(super) records: Vec<Vec<u8>>,
    pub(super) counts: Vec<u32>,
    pub(super) bounds: Vec<Bound>,
}

impl<S: Storage> Core<S> {
    pub(super) async fn merge_segments(
        &self,
        layout: &Rc<Layout>,
        plan: &SegmentPlan,
        pacer: &Pacer,
    ) -> Result<Outcome, Missed> {
        let head = layout.head();
        let end = plan.commits.last().map_or(head, |meta| meta.last);
        let first = layout.segments.get(plan.segments.start).map_or(head + 1, |segment| segment.first);
        let tables = self.tables_of(layout, plan, pacer).await?;
        let mut events: Vec<EventRef<'_>> = tables.iter().flat_map(|table| table.events()).collect();
        let fresh: Vec<EventRef<'_>> =
            events.iter().filter(|event| event.position() > head).copied().collect();
        let mut outcome = Outcome { layout: Layout::clone(layout), ..Outcome::default() };
        let segment = put_segment(&mut outcome, first..=end, &mut events, &self.policy, pacer).await?;
        outcome.layout.streams += fresh.iter().filter(|event| event.revision() == 1).count() as u64;
        let replaced = outcome.layout.segments.splice(plan.segments.clone(), [segment]);
        outcome.removes = replaced.map(|segment| segment.keys()).collect();
        pacer.breathe().await;
        self.add_ids(&mut outcome, ids_of(&fresh), head + 1..=end, pacer).await?;
        pacer.breathe().await;
        let names = names_of(&fresh);
        pacer.breathe().await;
        self.add_names(&mut outcome, names, head + 1..=end, pacer).await?;
        let replaced: u64 = layout.segments[plan.segments.clone()].iter().map(|segment| segment.bytes).sum();
        let commits: u64 = plan.commits.iter().map(|meta| meta.bytes as u64).sum();
        outcome.merged.events = events.len() as u64;
        outcome.merged.bytes_read += replaced + commits;
        pacer.end();
        Ok(outcome)
    }

    /// Reads what is merged, a little at a time.
    async fn tables_of(
        &self,
        layout: &Rc<Layout>,
        plan: &SegmentPlan,
        pacer: &Pacer,
    ) -> Result<Vec<Rc<EventTable>>, Missed> {
        let mut tables = Vec::new();
        for segment in plan.segments.clone() {
            let blocks: Vec<BlockPlace> = (0..layout.segments[segment].bounds.len())
                .map(|block| BlockPlace { segment, block })
                .collect();
            for blocks in blocks.chunks(BLOCKS_AT_ONCE) {
                tables.extend(pacer.rest(self.blocks(layout, blocks)).await?);
            }
        }
        for commits in plan
            .commits
            .chunk_by(|one, _| one.bytes < LARGE_BYTES)
            .flat_map(|some| some.chunks(COMMITS_AT_ONCE))
        {
            tables.extend(pacer.rest(self.commits(layout, commits)).await?);
        }
        Ok(tables)
    }

    /// Adds ids to the index; small parts of it join them.
    pub(in crate::log) async fn add_ids(
        &self,
        outcome: &mut Outcome,
        mut entries: Vec<IdEntry>,
        positions: RangeInclusive<u64>,
        pacer: &Pacer,
    ) -> Result<(), Missed> {
        let joined =
            joined(&outcome.layout.ids, entries.iter().map(Entry::bytes).sum(), self.policy.joining_bytes);
        for shard in pacer.rest(self.id_shards(&outcome.layout, &keys_of(&joined))).await? {
            entries.extend_from_slice(&shard);
        }
        let run = put_joined::<IdEntry>(outcome, &joined, positions, entries, self.policy.shard_bytes);
        replace(&mut outcome.layout.ids, joined.len(), run);
        Ok(())
    }

    /// Adds names to the index; small parts of it join them.
    pub(in crate::log) async fn add_names(
        &self,
        outcome: &mut Outcome,
        mut entries: Vec<NameEntry>,
        positions: RangeInclusive<u64>,
        pacer: &Pacer,
    ) -> Result<(), Missed> {
        let joined =
            joined(&outcome.layout.names, entries.iter().map(Entry::bytes).sum(), self.policy.joining_bytes);
        for shard in pacer.rest(self.name_shards(&outcome.layout, &keys_of(&joined))).await? {
            entries.extend(shard.iter().cloned());
        }
        let run = put_joined::<NameEntry>(outcome, &joined, positions, entries, self.policy.shard_bytes);
        replace(&mut outcome.layout.names, joined.len(), run);
        Ok(())
    }
}

/// Orders events by stream, and puts the segment that they make. What its positions hold no event for is lost.
pub(in crate::log) async fn put_segment(
    outcome: &mut Outcome,
    positions: RangeInclusive<u64>,
    events: &mut [EventRef<'_>],
    policy: &MergePolicy,
    pacer: &Pacer,
) -> Result<Segment, Missed> {
    pacer.breathe().await;
    events.sort_by_cached_key(|event| {
        (name_hash(NameKind::Stream, event.stream_id()), event.stream_id(), event.revision())
    });
    pacer.breathe().await;
    let blocks = encode_blocks(&positions, events, policy, pacer).await?;
    let order = encode_order(&positions, events, &blocks.counts);
    pacer.breathe().await;
    decode_order(&order).map_err(|e| Corrupt::malformed(*positions.start(), &e))?;
    let lost = (positions.end() - positions.start() + 1).saturating_sub(events.len() as u64);
    let last_time = events.iter().map(|event| event.recorded_at()).max().unwrap_or(0);
    let length = events.iter().map(event_length).sum::<usize>() as u64;
    let bytes = (order.len() + blocks.records.iter().map(Vec::len).sum::<usize>()) as u64;
    let (first, last) = (*positions.start(), *positions.end());
    let key = outcome.put(order);
    for record in blocks.records {
        outcome.put(record);
    }
    Ok(Segment { first, last, key, bytes, length, last_time, lost, bounds: blocks.bounds })
}

async fn encode_blocks(
    positions: &RangeInclusive<u64>,
    events: &[EventRef<'_>],
    policy: &MergePolicy,
    pacer: &Pacer,
) -> Result<Blocks, Missed> {
    let mut blocks = Blocks::default();
    let mut rest = events;
    let mut length = block_length(rest, policy.block_bytes);
    while let Some(first) = rest.first() {
        let (these, others) = rest.split_at(length);
        let record = encode_block(positions, blocks.records.len() as u32, these);
        if record.len() > MAX_STORED_BYTES && length > 1 {
            length /= 2; // It hardly compresses.
            continue;
        }
        check_block(&record, these)?;
        let hash = (name_hash(NameKind::Stream, first.stream_id()) >> 32) as u32;
        blocks.bounds.push(Bound { hash, revision: first.revision() });
        blocks.counts.push(these.len() as u32);
        blocks.records.push(record);
        rest = others;
        length = block_length(rest, policy.block_bytes);
        pacer.breathe().await;
    }
    Ok(blocks)
}

/// How long an event is in a block before compression, in bytes, about.
fn event_length(event: &EventRef<'_>) -> usize {
    let tags: usize = event.tags().map(str::len).sum();
    event.data().len() + event.metadata().len() + tags + FRAMING_BYTES
}

/// How many of the events make a block: at least one.
fn block_length(events: &[EventRef<'_>], most: usize) -> usize {
    let mut bytes = 0;
    let fits = |event: &&EventRef<'_>| {
        bytes += event_length(event);
        bytes <= most
    };
    events.iter().take_while(fits).count().max(1)
}

/// What is removed for the sake of a block must be in it: it is read again before it takes anybody's place.
fn check_block(record: &[u8], events: &[EventRef<'_>]) -> Result<(), Corrupt> {
    let first = events.first().map_or(0, EventRef::position);
    let block = decode_block(record).map_err(|e| Corrupt::malformed(first, &e))?;
    let is_same = |(one, other): (EventRef<'_>, &EventRef<'_>)| one.is_equal(other);
    if block.table.count() != events.len() || !block.table.events().zip(events).all(is_same) {
        return Err(Corrupt::new(first, "expected a merged block to read back as what it was made of"));
    }
    Ok(())
}

/// The newest parts of an index that join so many bytes, but none that is being merged.
fn joined(runs: &Runs, bytes: u64, most: u64) -> Vec<Run> {
    let from = runs.pending.map_or(0, |pending| pending.inputs().end);
    runs.runs[joining(runs, from, bytes, most)..].to_vec()
}

fn keys_of(runs: &[Run]) -> Vec<u64> {
    runs.iter().flat_map(|run| run.key..run.key + run.shards()).collect()
}

fn put_joined<E: Entry>(
    outcome: &mut Outcome,
    joined: &[Run],
    positions: RangeInclusive<u64>,
    entries: Vec<E>,
    shard_bytes: u64,
) -> Run {
    let first = joined.first().map_or(*positions.start(), |run| run.first);
    outcome.removes.extend(joined.iter().map(|run| run.key..=run.key + run.shards() - 1));
    outcome.merged.add(Merged { bytes_read: joined.iter().map(|run| run.bytes).sum(), ..Merged::default() });
    put_run(outcome, first..=*positions.end(), entries, shard_bytes)
}

fn replace(runs: &mut Runs, joined: usize, run: Run) {
    runs.runs.truncate(runs.runs.len() - joined);
    runs.runs.push(run);
}
