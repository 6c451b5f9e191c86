//! What the rules need to know of the segments, brought into memory before a group is judged.
//!
//! Judging cannot wait, for it may happen inside a transaction. What is merged does not change, so what was asked of it before the
//! transaction holds in it. What is newer, the tail, is in memory anyway.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use uuid::Uuid;

use crate::{
    model::{Append, Facts, MAX_NAMED_MATCHES, Query, StreamId},
    storage::Storage,
};

use super::{
    Direction, LogError,
    codec::{Layout, NameKind},
    core::Core,
    hashing::FastMap,
    index::{Index, Range},
    loading::Missed,
    queue::Waiting,
};

/// What the segments say of the streams, ids and conditions of a group.
#[derive(Debug, Default)]
pub(super) struct MergedFacts {
    /// The last position in the segments.
    head: u64,
    revisions: FastMap<StreamId, u64>,
    positions: FastMap<Uuid, u64>,
    /// Of each position that an id led to, the stream and the revision.
    events: FastMap<u64, (StreamId, u64)>,
    revisions_at: FastMap<(StreamId, u64), u64>,
    matches: HashMap<(Query, u64), Vec<u64>>,
}

/// The segments and the tail, read as one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) merged: &'a MergedFacts,
    pub(super) tail: &'a Index,
}

impl MergedFacts {
    /// Whether the tail still begins where these facts end.
    pub(super) fn reach(&self, tail: &Index) -> bool {
        self.head == tail.base()
    }
}

impl Facts for Stored<'_> {
    fn head(&self) -> u64 {
        self.tail.head()
    }

    fn revision(&self, stream_id: &str) -> u64 {
        match self.tail.revision(stream_id) {
            0 => self.merged.revisions.get(stream_id).copied().unwrap_or(0),
            revision => revision,
        }
    }

    fn revision_at(&self, stream_id: &str, position: u64) -> u64 {
        if position < self.merged.head {
            let key = (StreamId::trusted(stream_id), position);
            return self.merged.revisions_at.get(&key).copied().unwrap_or(0);
        }
        match self.tail.revision_at(stream_id, position) {
            0 => self.merged.revisions.get(stream_id).copied().unwrap_or(0),
            revision => revision,
        }
    }

    fn revision_in(&self, stream_id: &str, position: u64) -> Option<u64> {
        if position > self.merged.head {
            return self.tail.revision_in(stream_id, position);
        }
        let (stream, revision) = self.merged.events.get(&position)?;
        (stream.as_str() == stream_id).then_some(*revision)
    }

    fn position_of(&self, id: Uuid) -> Option<u64> {
        self.tail.position_of(id).or_else(|| self.merged.positions.get(&id).copied())
    }

    fn matching(&self, query: &Query, after: u64, limit: usize) -> Vec<u64> {
        let mut found = match after < self.merged.head {
            true => self.merged.matches.get(&(query.clone(), after)).cloned().unwrap_or_default(),
            false => Vec::new(),
        };
        found.truncate(limit);
        let left = limit - found.len();
        found.extend(self.tail.matching(query, after, left));
        found
    }
}

/// The events that appends of a group count on, without the group's own: those are stored, or were refused.
fn counted_on(group: &[Waiting]) -> Vec<Uuid> {
    let of_one = |append: &Append| [append.follows(), append.restored().and_then(|restored| restored.after)];
    let mut found: Vec<Uuid> = group.iter().flat_map(|waiting| of_one(&waiting.append)).flatten().collect();
    if !found.is_empty() {
        let own: HashSet<Uuid> = group.iter().flat_map(|waiting| waiting.append.event_ids()).collect();
        found.retain(|id| !own.contains(id));
    }
    found
}

impl<S: Storage> Core<S> {
    /// Brings what judging a group needs. Ids that were made for this very call are not looked up: they cannot be stored.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn facts_for(&self, group: &[Waiting]) -> Result<MergedFacts, LogError> {
        if self.known.borrow().layout.segments.is_empty() {
            return Ok(MergedFacts::default());
        }
        self.under_layout(async |layout| {
            let mut facts = MergedFacts { head: layout.head(), ..MergedFacts::default() };
            self.ask_revisions(&layout, group, &mut facts).await?;
            self.ask_ids(&layout, group, &mut facts).await?;
            self.ask_conditions(&layout, group, &mut facts).await?;
            self.check_layout(&layout)?;
            Ok(facts)
        })
        .await
    }

    async fn ask_revisions(
        &self,
        layout: &Rc<Layout>,
        group: &[Waiting],
        facts: &mut MergedFacts,
    ) -> Result<(), Missed> {
        let mut unknown: Vec<&StreamId> = Vec::new();
        {
            let known = self.known.borrow();
            for write in group.iter().flat_map(|waiting| waiting.append.writes()) {
                match known.merged_revision(write.stream_id.as_str()) {
                    Some(revision) => drop(facts.revisions.insert(write.stream_id.clone(), revision)),
                    None => unknown.push(&write.stream_id),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let names: Vec<(NameKind, &str)> = unknown.iter().map(|id| (NameKind::Stream, id.as_str())).collect();
        let places = self.lookup_names(layout, &names).await?;
        let last = |places: Vec<_>| places.last().map_or(0, |place: &super::codec::Place| place.revision);
        let found = unknown.into_iter().cloned().zip(places.into_iter().map(last));
        let found: Vec<(StreamId, u64)> = found.collect();
        self.check_layout(layout)?; // Or these are the revisions of another layout than the one in force.
        self.known.borrow_mut().remember(found.iter().cloned());
        facts.revisions.extend(found);
        Ok(())
    }

    async fn ask_ids(
        &self,
        layout: &Layout,
        group: &[Waiting],
        facts: &mut MergedFacts,
    ) -> Result<(), Missed> {
        let asked = || group.iter().map(|waiting| &waiting.append).filter(|append| !append.has_fresh_ids());
        let ids: Vec<Uuid> = {
            let known = self.known.borrow();
            let ids = asked().flat_map(Append::event_ids).chain(counted_on(group));
            ids.filter(|id| known.index.position_of(*id).is_none()).collect()
        };
        for (id, event) in ids.iter().zip(self.find_merged(layout, &ids).await?) {
            if let Some((position, stream_id, revision)) = event {
                facts.positions.insert(*id, position);
                facts.events.insert(position, (stream_id, revision));
            }
        }
        // What a duplicate is answered: how long its streams were when its last event was the newest.
        for append in asked() {
            let found = append.event_ids().filter_map(|id| facts.positions.get(&id).copied());
            let Some(last) = found.max() else { continue };
            for write in append.writes() {
                let revision = self.merged_revision_at(layout, &write.stream_id, last).await?;
                facts.revisions_at.insert((write.stream_id.clone(), last), revision);
            }
        }
        Ok(())
    }

    /// Of each id the event in the segments that has it: position, stream and revision.
    pub(super) async fn find_merged(
        &self,
        layout: &Layout,
        ids: &[Uuid],
    ) -> Result<Vec<Option<(u64, StreamId, u64)>>, Missed> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let candidates = self.lookup_ids(layout, ids).await?;
        let mut positions: Vec<u64> = candidates.iter().flatten().copied().collect();
        positions.sort_unstable();
        positions.dedup();
        let mut events: FastMap<Uuid, (u64, StreamId, u64)> = FastMap::default();
        let mut rest = positions.as_slice();
        while !rest.is_empty() {
            let (page, covered) = self.read_page(rest).await?;
            for event in page.events() {
                let stream_id = StreamId::trusted(event.stream_id());
                events.insert(event.id(), (event.position(), stream_id, event.revision()));
            }
            rest = &rest[covered.max(1)..];
        }
        Ok(ids.iter().map(|id| events.get(id).cloned()).collect())
    }

    async fn ask_conditions(
        &self,
        layout: &Layout,
        group: &[Waiting],
        facts: &mut MergedFacts,
    ) -> Result<(), Missed> {
        for condition in group.iter().filter_map(|waiting| waiting.append.condition()) {
            let key = (condition.fail_if_events_match.clone(), condition.after);
            if condition.after >= facts.head || facts.matches.contains_key(&key) {
                continue;
            }
            let range = Range { after: condition.after, until: facts.head, direction: Direction::Forward };
            let found = self.select_merged(layout, Some(&key.0), range, MAX_NAMED_MATCHES).await?;
            facts.matches.insert(key, found);
        }
        Ok(())
    }
}
