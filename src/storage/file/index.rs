//! The index: where in the file each record is, and what stands beside the shelves.

use std::{
    collections::BTreeMap,
    ops::{Bound, RangeInclusive},
};

use super::{
    super::{Key, Mark, Meta, Shelf},
    head::{ENTRY_LENGTH, Entry, Head, SwapHead},
};

/// Where a record is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) at: u64,
    pub(super) entry: Entry,
}

/// What the frames of a file come to.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) meta: Meta,
    pub(super) mark: Mark,
    commits: BTreeMap<Key, Slot>,
    segments: BTreeMap<Key, Slot>,
}

impl Index {
    /// Takes in a frame whose records' bytes begin at `data_at`.
    pub(super) fn apply(&mut self, head: &Head, data_at: u64) {
        match head {
            Head::Created { format } => self.meta.format.clone_from(format),
            Head::Commit { adds } => self.commits.extend(slots(adds, data_at)),
            Head::Swap(swap) => self.swap(swap, data_at),
        }
    }

    fn swap(&mut self, swap: &SwapHead, data_at: u64) {
        for range in &swap.removes {
            self.segments.retain(|key, _| !range.contains(key));
        }
        self.segments.extend(slots(&swap.puts, data_at));
        self.commits.retain(|key, _| *key > swap.mark.fence);
        self.mark = swap.mark;
        self.meta.mark = Some(swap.mark.encode());
        self.meta.layout = Some(swap.layout.clone());
        if let Some(format) = &swap.format {
            self.meta.format.clone_from(format);
        }
    }

    pub(super) fn has_commit(&self, key: Key) -> bool {
        self.commits.contains_key(&key)
    }

    /// The newest commit's key; 0 without one.
    pub(super) fn last(&self) -> Key {
        self.commits.last_key_value().map_or(0, |(&key, _)| key)
    }

    /// What is on a shelf after a key, in order of keys.
    pub(super) fn after(&self, shelf: Shelf, key: Key) -> impl Iterator<Item = &Slot> {
        let above = (Bound::Excluded(key), Bound::Unbounded);
        self.shelf(shelf).range(above).map(|(_, slot)| slot)
    }

    /// What is on a shelf.
    pub(super) fn all(&self, shelf: Shelf) -> impl Iterator<Item = &Slot> {
        self.shelf(shelf).values()
    }

    /// What is on a shelf in ranges, in their order.
    pub(super) fn within(&self, shelf: Shelf, ranges: &[RangeInclusive<Key>]) -> impl Iterator<Item = &Slot> {
        let ranges = ranges.iter().filter(|range| !range.is_empty());
        ranges.flat_map(move |range| self.shelf(shelf).range(range.clone())).map(|(_, slot)| slot)
    }

    fn shelf(&self, shelf: Shelf) -> &BTreeMap<Key, Slot> {
        match shelf {
            Shelf::Commits => &self.commits,
            Shelf::Segments => &self.segments,
        }
    }

    /// How many bytes of the file still matter: those of the records, their entries, and what stands beside the shelves.
    pub(super) fn live_bytes(&self) -> u64 {
        let beside = self.meta.format.len() + self.meta.layout.as_ref().map_or(0, Vec::len);
        let slots = self.commits.values().chain(self.segments.values());
        beside as u64 + slots.map(|slot| slot.entry.length + ENTRY_LENGTH as u64).sum::<u64>()
    }
}

/// Where the records of a frame are, one behind the other.
pub(super) fn slots(entries: &[Entry], data_at: u64) -> impl Iterator<Item = (Key, Slot)> {
    entries.iter().scan(data_at, |next, entry| {
        let at = *next;
        *next += entry.length;
        Some((entry.key, Slot { at, entry: *entry }))
    })
}
