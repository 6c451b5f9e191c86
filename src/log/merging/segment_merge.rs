//! One step: commits, and small segments before them, become one segment.

use std::{ops::RangeInclusive, rc::Rc};

use crate::storage::Storage;

use super::{
    super::{
        Corrupt,
        codec::{EventRef, EventTable, Layout, Run, Runs},
        core::Core,
        loading::{BlockPlace, Missed},
    },
    Merged, Outcome, Pacer,
    plan::{SegmentPlan, joining},
    run_builder::{Entry, ids_of, names_of, put_run},
    segment_builder::put_segment,
};

/// How many blocks are read at once: unpacking them takes a few ms.
const BLOCKS_AT_ONCE: usize = 8;

/// How many small commits are read at once.
const COMMITS_AT_ONCE: usize = 32;

/// A commit of so many bytes is read by itself.
const LARGE_BYTES: usize = 16 * 1024;

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
        let events: Vec<EventRef<'_>> = tables.iter().flat_map(|table| table.events()).collect();
        let fresh: Vec<EventRef<'_>> =
            events.iter().filter(|event| event.position() > head).copied().collect();
        let mut outcome = Outcome { layout: Layout::clone(layout), ..Outcome::default() };
        let segment = put_segment(&mut outcome, first..=end, &events, &self.policy, pacer).await?;
        outcome.layout.streams += fresh.iter().filter(|event| event.revision() == 1).count() as u64;
        let replaced = outcome.layout.segments.splice(plan.segments.clone(), [segment]);
        outcome.removes = replaced.map(|segment| segment.keys()).collect();
        pacer.breathe().await;
        self.add_entries(&mut outcome, ids_of(&fresh), head + 1..=end, pacer).await?;
        pacer.breathe().await;
        let names = names_of(&fresh, pacer).await;
        self.add_entries(&mut outcome, names, head + 1..=end, pacer).await?;
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
                for block in pacer.rest(self.blocks(layout, blocks)).await? {
                    let first = layout.segments[segment].first;
                    tables.extend(block.all_tables().map_err(|e| Corrupt::malformed(first, &e))?);
                    pacer.breathe().await;
                }
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

    /// Adds entries to the index; small parts of it join them.
    pub(in crate::log) async fn add_entries<E: Entry>(
        &self,
        outcome: &mut Outcome,
        mut entries: Vec<E>,
        positions: RangeInclusive<u64>,
        pacer: &Pacer,
    ) -> Result<(), Missed> {
        let bytes = entries.iter().map(Entry::bytes).sum();
        let joined = joined(E::runs(&mut outcome.layout), bytes, self.policy.joining_bytes);
        for shard in pacer.rest(E::read(self, &outcome.layout, &keys_of(&joined))).await? {
            entries.extend_from_slice(&shard);
        }
        let first = joined.first().map_or(*positions.start(), |run| run.first);
        outcome.removes.extend(joined.iter().map(|run| run.key..=run.key + run.shards() - 1));
        let bytes_read = joined.iter().map(|run| run.bytes).sum();
        outcome.merged.add(Merged { bytes_read, ..Merged::default() });
        let run = put_run(outcome, first..=*positions.end(), entries, self.policy.shard_bytes, pacer).await;
        let runs = &mut E::runs(&mut outcome.layout).runs;
        runs.truncate(runs.len() - joined.len());
        runs.push(run);
        Ok(())
    }
}

/// The newest parts of an index that join so many bytes, but none that is being merged.
fn joined(runs: &Runs, bytes: u64, most: u64) -> Vec<Run> {
    let from = runs.pending.map_or(0, |pending| pending.inputs().end);
    runs.runs[joining(runs, from, bytes, most)..].to_vec()
}

fn keys_of(runs: &[Run]) -> Vec<u64> {
    runs.iter().flat_map(|run| run.key..run.key + run.shards()).collect()
}
