//! Setting damaged records aside, so that the rest can be read.
//!
//! A repair is a merge that goes on without what it cannot read: what is left of a damaged segment becomes a segment with holes, and
//! so does a tail with a damaged commit. The damaged records are kept as they are, under keys of their own, and the layout says what
//! they were. The index is made again from the segments when any of it is damaged.

use std::{ops::RangeInclusive, rc::Rc};

use crate::storage::{Mark, Record, Shelf, Storage, StorageError};

use super::{
    LogError,
    codec::{
        Aside, Block, Bound, EventRef, EventTable, Layout, NameKind, Order, Runs, Segment, claimed_count,
        decode_block, decode_commit, decode_ids, decode_names, decode_order, name_hash,
    },
    core::Core,
    loading::Missed,
    merging::{MergeStep, Outcome, Pacer, ids_of, names_of, put_segment},
    verifying::{FoundSegment, ranges},
};

/// How many records one reading brings.
const RECORDS_AT_ONCE: usize = 64;

/// How often a repair begins again because another connection was first.
const MAX_ATTEMPTS: usize = 16;

/// The most blocks that a segment is believed to have, when only a block says so.
const MAX_BLOCKS: u32 = 1 << 16;

/// The most events that a damaged commit is believed to have had: its count may be what is damaged.
const MAX_CLAIMED: u32 = 1 << 20;

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Events that cannot be read any more; their positions stay theirs.
    pub lost: Vec<LostEvents>,
    /// How many records were set aside.
    pub set_aside: u64,
    /// Whether the layout or the index was made again.
    pub rebuilt: bool,
}

/// Events that cannot be read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostEvents {
    /// Their positions, first and last.
    pub positions: RangeInclusive<u64>,
    /// Their streams, as far as anything tells.
    pub streams: Vec<String>,
    /// What was wrong.
    pub detail: String,
}

/// What is left of some records, and what is not.
#[derive(Default)]
struct Left {
    tables: Vec<Rc<EventTable>>,
    lost: Vec<LostEvents>,
    damaged: Vec<(Record, Aside)>,
}

impl<S: Storage> Core<S> {
    /// Sets damaged records aside.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails, or other connections change it all the time.
    pub(super) async fn repair(&self) -> Result<Repaired, LogError> {
        let mut repaired = Repaired::default();
        for _ in 0..MAX_ATTEMPTS {
            match self.try_repair(&mut repaired).await {
                Ok(()) => return Ok(repaired),
                Err(Missed::Moved) => {}
                Err(Missed::Failed(error)) => return Err(error),
            }
        }
        let cause = crate::storage::Cause::new("", "other connections changed the log all the time");
        Err(StorageError::Failed(cause).into())
    }

    async fn try_repair(&self, repaired: &mut Repaired) -> Result<(), Missed> {
        let mut layout = self.sound_layout(repaired).await?;
        for number in 0..layout.segments.len() {
            layout = self.repair_segment(layout, number, repaired).await?;
        }
        layout = self.repair_index(layout, repaired).await?;
        self.repair_tail(layout, repaired).await
    }

    /// The layout in force; when it or the mark is damaged, the one that the segments tell, put in force.
    async fn sound_layout(&self, repaired: &mut Repaired) -> Result<Rc<Layout>, Missed> {
        let meta = self.connected(async || self.storage.meta().await).await?;
        let mark = meta.mark.as_deref().map_or(Ok(Mark::default()), Mark::decode).ok();
        let layout = match &meta.layout {
            None if meta.mark.is_none() && !self.has_segments().await? => Some(Layout::default()),
            None => None,
            Some(bytes) => Layout::decode(bytes).ok(),
        };
        match (mark, layout) {
            (Some(mark), Some(layout)) if mark == mark_of(&layout) => {
                let layout = Rc::new(layout);
                self.adopt_if_newer(&layout);
                Ok(layout)
            }
            (mark, layout) => {
                // A generation that no connection has seen yet, whatever the damaged one was.
                let known = mark.map_or(0, |mark| mark.generation).max(self.layout().generation);
                let generation =
                    known.max(layout.as_ref().map_or(0, |layout| layout.generation)).max(self.sockets.now());
                let is_readable = layout.is_some();
                let mut useless = Vec::new();
                let mut found = match layout {
                    Some(layout) => layout,
                    None => {
                        let FoundLayout { layout, removes } = self.layout_of_segments().await?;
                        useless = removes;
                        with_hole_up_to(layout, mark.map_or(0, |mark| mark.fence))
                    }
                };
                found.generation = generation;
                let mut outcome = Outcome::of(found);
                outcome.removes = useless;
                // Where both are readable, they contradict each other.
                let both = mark.is_some() && is_readable;
                let beside =
                    [("the mark", meta.mark, mark.is_some()), ("the layout", meta.layout, is_readable)];
                for (what, bytes, is_readable) in beside {
                    if let Some(bytes) = bytes.filter(|_| both || !is_readable) {
                        outcome.set_aside(what.to_owned(), 0..=0, bytes);
                    }
                }
                repaired.rebuilt = true;
                self.force(outcome, None, repaired).await
            }
        }
    }

    /// Whether there is any record of a merge.
    pub(super) async fn has_segments(&self) -> Result<bool, LogError> {
        let first = async || self.storage.scan(Shelf::Segments, 0, 1).await;
        Ok(!self.connected(first).await?.is_empty())
    }

    /// The layout as the segments themselves tell it. The index is left out: it is made again.
    async fn layout_of_segments(&self) -> Result<FoundLayout, Missed> {
        let mut found: Vec<FoundRecord> = Vec::new();
        let (mut removes, mut aside) = (Vec::new(), Vec::new());
        let mut last_key = 0;
        loop {
            let scan = async || self.storage.scan(Shelf::Segments, last_key, RECORDS_AT_ONCE).await;
            let records = self.connected(scan).await?;
            let Some(last) = records.last() else { break };
            last_key = last.key;
            for record in &records {
                match FoundRecord::of(record) {
                    Some(one) => found.push(one),
                    None if is_shard(record) => removes.push(record.key..=record.key),
                    None => aside.push(Aside {
                        key: record.key,
                        first: 0,
                        last: 0,
                        what: "a record that cannot be read".to_owned(),
                    }),
                }
            }
        }
        let mut layout = Layout { last_key, aside, ..Layout::default() };
        found.sort_by_key(|record| (*record.positions.start(), record.key));
        for of_one in found.chunk_by(|one, other| one.positions == other.positions) {
            let segment = segment_of(of_one);
            if segment.first <= layout.head() {
                continue;
            }
            if segment.first > layout.head() + 1 {
                // Of a whole segment nothing is left: a hole stands in its place.
                let hole = layout.head() + 1..=segment.first - 1;
                layout.segments.push(hole_segment(&mut layout.last_key, hole));
            }
            layout.streams += of_one.iter().map(|record| record.new_streams).sum::<u64>();
            layout.segments.push(segment);
        }
        Ok(FoundLayout { layout, removes })
    }

    async fn repair_segment(
        &self,
        layout: Rc<Layout>,
        number: usize,
        repaired: &mut Repaired,
    ) -> Result<Rc<Layout>, Missed> {
        let segment = &layout.segments[number];
        let found = self.find_segment(&layout, segment).await?;
        if found.is_sound() {
            return Ok(layout);
        }
        let left = left_of_segment(segment, found);
        let mut outcome = Outcome::of(Layout::clone(&layout));
        let mut events: Vec<EventRef<'_>> = left.tables.iter().flat_map(|table| table.events()).collect();
        let mut renewed =
            put_segment(&mut outcome, segment.positions(), &mut events, &self.policy, &Pacer::hasty())
                .await?;
        let before = number.checked_sub(1).map_or(0, |before| layout.segments[before].last_time);
        renewed.last_time = renewed.last_time.max(before);
        outcome.removes.push(segment.keys());
        outcome.layout.segments[number] = renewed;
        for (record, aside) in left.damaged {
            outcome.set_aside(aside.what, aside.first..=aside.last, record.bytes);
        }
        let forced = self.force(outcome, Some(layout.generation), repaired).await?;
        repaired.lost.extend(left.lost);
        Ok(forced)
    }

    /// Makes the index again if a part of it is damaged or missing.
    async fn repair_index(&self, layout: Rc<Layout>, repaired: &mut Repaired) -> Result<Rc<Layout>, Missed> {
        self.segments.ids.retain(|_| false);
        self.segments.names.retain(|_| false);
        let covers = |runs: &Runs| runs.runs.last().map_or(0, |run| run.last) == layout.head();
        let is_sound =
            covers(&layout.ids) && covers(&layout.names) && self.is_index_readable(&layout).await?;
        if is_sound {
            return Ok(layout);
        }
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for segment in &layout.segments {
            let found = self.find_segment(&layout, segment).await?;
            let tables = found.blocks.iter().flatten().flatten();
            let events: Vec<EventRef<'_>> = tables.flat_map(EventTable::events).collect();
            ids.extend(ids_of(&events));
            names.extend(names_of(&events)); // Of each segment: that is what a name leads to.
        }
        // What the readable shards know of events that are lost stays known: a stream's revisions are not given again.
        for key in layout.names.all_keys() {
            if let Ok(shards) = self.name_shards(&layout, &[key]).await {
                let streams = shards.iter().flat_map(|shard| shard.iter());
                names.extend(streams.filter(|entry| entry.kind == NameKind::Stream).cloned());
            }
        }
        let mut outcome = Outcome::of(Layout::clone(&layout));
        let old = [&layout.ids, &layout.names].map(|runs| runs.all_keys()).concat();
        outcome.removes = old.into_iter().map(|key| key..=key).collect();
        (outcome.layout.ids, outcome.layout.names) = (Runs::default(), Runs::default());
        if layout.head() > 0 {
            self.add_ids(&mut outcome, ids, 1..=layout.head(), &Pacer::hasty()).await?;
            self.add_names(&mut outcome, names, 1..=layout.head(), &Pacer::hasty()).await?;
        }
        repaired.rebuilt = true;
        self.force(outcome, Some(layout.generation), repaired).await
    }

    async fn is_index_readable(&self, layout: &Layout) -> Result<bool, Missed> {
        for keys in layout.ids.all_keys().chunks(RECORDS_AT_ONCE) {
            match self.id_shards(layout, keys).await {
                Err(Missed::Failed(LogError::Corrupt(_))) => return Ok(false),
                other => drop(other?),
            }
        }
        for keys in layout.names.all_keys().chunks(RECORDS_AT_ONCE) {
            match self.name_shards(layout, keys).await {
                Err(Missed::Failed(LogError::Corrupt(_))) => return Ok(false),
                other => drop(other?),
            }
        }
        Ok(true)
    }

    /// When a commit is damaged, what is left of the whole tail becomes a segment.
    async fn repair_tail(&self, layout: Rc<Layout>, repaired: &mut Repaired) -> Result<(), Missed> {
        let mut records = Vec::new();
        let mut after = layout.head();
        loop {
            let scan = async || self.storage.scan(Shelf::Commits, after, RECORDS_AT_ONCE).await;
            let page = self.connected(scan).await?;
            let Some(last) = page.last() else { break };
            after = last.key;
            records.extend(page);
        }
        let left = left_of_tail(layout.head(), records);
        let Some(end) = left.end.filter(|_| !left.left.lost.is_empty()) else { return Ok(()) };
        let Left { tables, lost, damaged } = left.left;
        let mut outcome = Outcome::of(Layout::clone(&layout));
        let mut events: Vec<EventRef<'_>> = tables.iter().flat_map(|table| table.events()).collect();
        let positions = layout.head() + 1..=end;
        let mut segment =
            put_segment(&mut outcome, positions.clone(), &mut events, &self.policy, &Pacer::hasty()).await?;
        segment.last_time = segment.last_time.max(layout.last_time());
        outcome.layout.segments.push(segment);
        outcome.layout.streams += events.iter().filter(|event| event.revision() == 1).count() as u64;
        self.add_ids(&mut outcome, ids_of(&events), positions.clone(), &Pacer::hasty()).await?;
        self.add_names(&mut outcome, names_of(&events), positions, &Pacer::hasty()).await?;
        for (record, aside) in damaged {
            outcome.set_aside(aside.what, aside.first..=aside.last, record.bytes);
        }
        self.force(outcome, Some(layout.generation), repaired).await?;
        repaired.lost.extend(lost);
        Ok(())
    }

    async fn force(
        &self,
        outcome: Outcome,
        generation: Option<u64>,
        repaired: &mut Repaired,
    ) -> Result<Rc<Layout>, Missed> {
        let set_aside = outcome.set_aside_count();
        match self.put_in_force(outcome, generation, &Pacer::hasty()).await? {
            MergeStep::Done(_) => {
                repaired.set_aside += set_aside;
                Ok(self.layout())
            }
            MergeStep::Refused | MergeStep::Nothing => Err(Missed::Moved),
        }
    }
}

fn mark_of(layout: &Layout) -> Mark {
    Mark { fence: layout.head(), generation: layout.generation }
}

/// A layout as the segments tell it, and the shards of an index that is made again.
struct FoundLayout {
    layout: Layout,
    removes: Vec<RangeInclusive<u64>>,
}

fn is_shard(record: &Record) -> bool {
    decode_ids(&record.bytes).is_ok() || decode_names(&record.bytes).is_ok()
}

/// A record that tells of its segment.
struct FoundRecord {
    key: u64,
    positions: RangeInclusive<u64>,
    /// Which block it is; `None` for the order.
    block: Option<(u32, Bound)>,
    bytes: u64,
    length: u64,
    last_time: u64,
    new_streams: u64,
    /// Of an order: how many events it says are lost.
    lost: u64,
}

impl FoundRecord {
    fn of(record: &Record) -> Option<Self> {
        let (key, bytes) = (record.key, record.bytes.len() as u64);
        if let Ok(order) = decode_order(&record.bytes) {
            let positions = Order::positions(&order).clone();
            let lost = positions.clone().filter(|position| order.row(*position).is_none()).count() as u64;
            return Some(Self {
                key,
                positions,
                block: None,
                bytes,
                length: 0,
                last_time: 0,
                new_streams: 0,
                lost,
            });
        }
        let Block { positions, number, table } = decode_block(&record.bytes).ok()?;
        // The order is under a key of its own before the first block.
        if key <= u64::from(number) + 1 || number > MAX_BLOCKS {
            return None;
        }
        let first = table.event(0)?;
        let hash = (name_hash(NameKind::Stream, first.stream_id()) >> 32) as u32;
        let block = Some((number, Bound { hash, revision: first.revision() }));
        let last_time = table.events().map(|event| event.recorded_at()).max().unwrap_or(0);
        let new_streams = table.events().filter(|event| event.revision() == 1).count() as u64;
        let length = table.events().map(|event| event.data().len() as u64).sum();
        Some(Self { key, positions, block, bytes, length, last_time, new_streams, lost: 0 })
    }
}

/// The segment that records of the same positions make. Blocks of which nothing is left get the bound of the one before.
fn segment_of(records: &[FoundRecord]) -> Segment {
    let keys =
        records.iter().map(|record| record.key - record.block.map_or(0, |(number, _)| u64::from(number) + 1));
    let key = keys.min().unwrap_or(0);
    let count = records.iter().filter_map(|record| record.block).map(|(number, _)| number as usize + 1).max();
    let mut bounds: Vec<Option<Bound>> = vec![None; count.unwrap_or(0)];
    for (number, bound) in records.iter().filter_map(|record| record.block) {
        bounds[number as usize] = Some(bound);
    }
    let mut last = Bound { hash: 0, revision: 1 };
    let fill = |bound: Option<Bound>| {
        last = bound.unwrap_or(last);
        last
    };
    let positions = records.first().map_or(1..=1, |record| record.positions.clone());
    Segment {
        first: *positions.start(),
        last: *positions.end(),
        key,
        bytes: records.iter().map(|record| record.bytes).sum(),
        length: records.iter().map(|record| record.length).sum(),
        last_time: records.iter().map(|record| record.last_time).max().unwrap_or(0),
        lost: records.iter().map(|record| record.lost).max().unwrap_or(0),
        bounds: bounds.into_iter().map(fill).collect(),
    }
}

/// What was merged up to a fence and is not there is lost: its positions are not given again.
fn with_hole_up_to(mut layout: Layout, fence: u64) -> Layout {
    let head = layout.head();
    if fence > head {
        let mut hole = hole_segment(&mut layout.last_key, head + 1..=fence);
        hole.last_time = layout.last_time();
        layout.segments.push(hole);
    }
    layout
}

/// A segment of which nothing is left; it is written when it is repaired.
fn hole_segment(last_key: &mut u64, positions: RangeInclusive<u64>) -> Segment {
    *last_key += 1;
    let (first, last) = (*positions.start(), *positions.end());
    Segment {
        first,
        last,
        key: *last_key,
        bytes: 0,
        length: 0,
        last_time: 0,
        lost: last - first + 1,
        bounds: Vec::new(),
    }
}

fn left_of_segment(segment: &Segment, found: FoundSegment) -> Left {
    let mut left = Left::default();
    let order = found.order.as_ref().and_then(|order| order.as_ref().ok());
    let mut damaged_keys = Vec::new();
    if order.is_none() {
        damaged_keys.push((segment.key, "the order of a segment".to_owned(), segment.positions()));
    }
    let mut present = Vec::new();
    for (n, block) in found.blocks.iter().enumerate() {
        match block {
            Some(Ok(table)) => present.extend(table.events().map(|event| event.position())),
            other => {
                let detail = match other {
                    Some(Err(corrupt)) => format!("a block of a segment: {}", corrupt.why),
                    _ => "a block of a segment is missing".to_owned(),
                };
                damaged_keys.push((segment.block_key(n), detail, segment.positions()));
            }
        }
    }
    present.sort_unstable();
    let is_there = |position: &u64| present.binary_search(position).is_ok();
    let was_lost = |position: &u64| order.is_some_and(|order| order.row(*position).is_none());
    for positions in ranges(segment.positions().filter(|one| !is_there(one) && !was_lost(one))) {
        let streams =
            positions.clone().filter_map(|one| order?.row(one)).map(|row| row.stream_id().to_owned());
        let mut streams: Vec<String> = streams.collect();
        streams.sort_unstable();
        streams.dedup();
        left.lost.push(LostEvents { positions, streams, detail: "their block is damaged".to_owned() });
    }
    for (key, what, positions) in damaged_keys {
        if let Some(record) = found.records.iter().find(|record| record.key == key) {
            let (first, last) = (*positions.start(), *positions.end());
            left.damaged.push((record.clone(), Aside { key, first, last, what }));
        }
    }
    left.tables = found.blocks.into_iter().flatten().flatten().map(Rc::new).collect();
    left
}

/// What is left of a tail, and where it ends.
struct LeftOfTail {
    left: Left,
    end: Option<u64>,
}

fn left_of_tail(head: u64, records: Vec<Record>) -> LeftOfTail {
    let mut left = Left::default();
    let mut end = head;
    let keys: Vec<u64> = records.iter().map(|record| record.key).collect();
    let mut parts_left = 0;
    for (n, record) in records.into_iter().enumerate() {
        if record.key > end + 1 {
            left.lose(end + 1..=record.key - 1, "their record is missing");
        }
        match decode_commit(&record.bytes) {
            Ok(found) if found.first() == record.key && found.first() > end => {
                end = end.max(found.last());
                parts_left = found.header().parts_left;
                left.tables.push(Rc::new(found.into_table()));
            }
            found => {
                let why =
                    found.err().map_or_else(|| "a record under a wrong key".to_owned(), |e| e.to_string());
                // The next record says how far this one reached; behind the last there is only its own word.
                let claimed = claimed_count(&record.bytes).filter(|count| (1..=MAX_CLAIMED).contains(count));
                let last =
                    keys.get(n + 1).map_or(record.key + u64::from(claimed.unwrap_or(1)) - 1, |next| next - 1);
                left.lose(record.key..=last, "their record is damaged");
                let (key, first, what) = (record.key, record.key, format!("a commit: {why}"));
                left.damaged.push((record, Aside { key, first, last, what }));
                end = end.max(last);
                parts_left = 0;
            }
        }
    }
    if parts_left > 0 {
        // Each part had an event at least; how many more nobody knows.
        left.lose(end + 1..=end + u64::from(parts_left), "the rest of their commit is missing");
        end += u64::from(parts_left);
    }
    LeftOfTail { left, end: (end > head).then_some(end) }
}

impl Left {
    fn lose(&mut self, positions: RangeInclusive<u64>, detail: &str) {
        self.lost.push(LostEvents { positions, streams: Vec::new(), detail: detail.to_owned() });
    }
}
