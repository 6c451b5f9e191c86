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
    /// Records that hold the events.
    pub records: u64,
    /// Of these, how many are merged segments.
    pub segments: u64,
    /// Bytes of all records, as stored.
    pub bytes_stored: u64,
    /// Bytes of records kept in memory.
    pub bytes_cached: u64,
    /// When an append counts as stored.
    pub durability: Durability,
}

impl<S: Storage> Core<S> {
    pub(super) fn diagnostics(&self) -> Diagnostics {
        let known = self.known.borrow();
        Diagnostics {
            events: known.head(),
            streams: known.index.stream_count() as u64,
            records: known.directory.count() as u64,
            segments: 0,
            bytes_stored: known.directory.bytes(),
            bytes_cached: self.cache.bytes() as u64,
            durability: self.durability,
        }
    }
}
