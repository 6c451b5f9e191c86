//! What a store knows of its own size.

use crate::storage::{Durability, Storage};

use super::core::Core;

/// What a store knows of its own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diagnostics {
    /// Events stored.
    pub events: u64,
    /// Streams with at least one event.
    pub streams: u64,
    /// Records that hold the events and the index over them.
    pub records: u64,
    /// Merged segments; each has several records.
    pub segments: u64,
    /// Bytes of all records, as stored.
    pub bytes_stored: u64,
    /// Bytes of records kept in memory.
    pub bytes_cached: u64,
    /// Bytes that merging has written since the store was opened.
    pub bytes_merged: u64,
    /// When an append counts as stored.
    pub durability: Durability,
}

impl<S: Storage> Core<S> {
    pub(super) fn diagnostics(&self) -> Diagnostics {
        let known = self.known.borrow();
        Diagnostics {
            events: known.head(),
            streams: known.layout.streams + known.index.new_streams() as u64,
            records: known.directory.count() as u64 + known.layout.records(),
            segments: known.layout.segments.len() as u64,
            bytes_stored: known.directory.bytes() + known.layout.bytes(),
            bytes_cached: (self.cache.bytes() + self.segments.bytes()) as u64,
            bytes_merged: self.merged.get().bytes_written,
            durability: self.durability,
        }
    }
}
