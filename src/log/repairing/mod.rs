//! Setting damaged records aside, so that the rest can be read.
//!
//! A repair is a merge that goes on without what it cannot read: what is left of a damaged segment becomes a segment with holes, and
//! so does a tail with a damaged commit. The damaged records are kept as they are, under keys of their own, and the layout says what
//! they were. The index is made again from the segments when any of it is damaged.

mod found_layout;
mod left;
mod repaired;

use std::rc::Rc;

use crate::{
    model::sort,
    storage::{Forget, ForgetViews, Mark, Shelf, Storage, StorageError},
};

use super::{
    Corrupt, LogError,
    codec::{Aside, EventRef, Layout, MAX_EVENTS, NameKind, Runs},
    core::Core,
    loading::Missed,
    merging::{MergeStep, Outcome, Pacer, ids_of, names_of, put_segment},
};
use found_layout::{FoundLayout, FoundRecord, hole_segment, is_shard, segment_of, with_hole_up_to};
use left::{Left, left_of_segment, left_of_tail};

pub use repaired::{LostEvents, Repaired};

/// How many records one reading brings.
const RECORDS_AT_ONCE: usize = 64;

/// How often a repair begins again because another connection was first.
const MAX_ATTEMPTS: usize = 16;

impl<S: Storage> Core<S> {
    /// Sets damaged records aside.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails, or other connections change it all the time.
    pub(super) async fn repair(&self) -> Result<Repaired, LogError> {
        // States and views that were made of what is lost would say otherwise than the log.
        self.connected(async || self.storage.forget(Forget::All).await).await?;
        self.connected(async || self.storage.forget_views(ForgetViews::All).await).await?;
        let mut repaired = Repaired::default();
        for _ in 0..MAX_ATTEMPTS {
            match self.try_repair(&mut repaired).await {
                Ok(()) => {
                    // Whoever has made something of what is lost makes it again.
                    self.watch.notify();
                    self.storage.announce();
                    return Ok(repaired);
                }
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
        sort::sort_by_key(&mut found, |record| (*record.positions.start(), record.key));
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
        let events: Vec<EventRef<'_>> = left.tables.iter().flat_map(|table| table.events()).collect();
        let mut renewed =
            put_segment(&mut outcome, segment.positions(), &events, &self.policy, &Pacer::hasty()).await?;
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
            let events: Vec<EventRef<'_>> = found.events().collect();
            ids.extend(ids_of(&events));
            names.extend(names_of(&events, &Pacer::hasty()).await); // Of each segment: that is what a name leads to.
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
            self.add_entries(&mut outcome, ids, 1..=layout.head(), &Pacer::hasty()).await?;
            self.add_entries(&mut outcome, names, 1..=layout.head(), &Pacer::hasty()).await?;
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
        let events: Vec<EventRef<'_>> = tables.iter().flat_map(|table| table.events()).collect();
        let positions = layout.head() + 1..=end;
        if positions.end() - positions.start() > MAX_EVENTS {
            let why = format!(
                "expected at most {MAX_EVENTS} positions more behind the segments, found a commit at {end}"
            );
            return Err(Corrupt::new(*positions.start(), why).into());
        }
        let mut segment =
            put_segment(&mut outcome, positions.clone(), &events, &self.policy, &Pacer::hasty()).await?;
        segment.last_time = segment.last_time.max(layout.last_time());
        outcome.layout.segments.push(segment);
        outcome.layout.streams += events.iter().filter(|event| event.revision() == 1).count() as u64;
        self.add_entries(&mut outcome, ids_of(&events), positions.clone(), &Pacer::hasty()).await?;
        self.add_entries(&mut outcome, names_of(&events, &Pacer::hasty()).await, positions, &Pacer::hasty())
            .await?;
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
