//! The storage that a caller chose.

use std::ops::RangeInclusive;

use crate::storage::{
    Commit, CommitError, Committed, Decision, Durability, IndexedDb, Key, Listener, Manifest, Memory, Record,
    Storage, StorageError, Tail,
};

/// The storage that a caller chose when opening.
pub(super) enum Chosen {
    Memory(Memory),
    IndexedDb(IndexedDb),
}

/// Calls the method of the storage that was chosen.
macro_rules! chosen {
    ($self:ident, $storage:ident => $call:expr) => {
        match $self {
            Self::Memory($storage) => $call,
            Self::IndexedDb($storage) => $call,
        }
    };
}

impl Storage for Chosen {
    async fn open(&self, format: &[u8]) -> Result<Manifest, StorageError> {
        chosen!(self, storage => storage.open(format).await)
    }

    async fn read(&self, ranges: &[RangeInclusive<Key>]) -> Result<Vec<Record>, StorageError> {
        chosen!(self, storage => storage.read(ranges).await)
    }

    async fn tail(&self, after: Key, limit: usize) -> Result<Tail, StorageError> {
        chosen!(self, storage => storage.tail(after, limit).await)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        chosen!(self, storage => storage.commit(commit).await)
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        chosen!(self, storage => storage.commit_after(after, limit, durability, decide).await)
    }

    fn listen(&self, listener: Listener) {
        chosen!(self, storage => storage.listen(listener));
    }

    fn close(&self) {
        chosen!(self, storage => storage.close());
    }
}
