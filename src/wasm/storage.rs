//! The storage that a caller chose.

use futures_util::FutureExt;

use crate::storage::{
    Checkpoint, Commit, CommitError, Committed, Decision, Durability, Forget, ForgetViews, IndexedDb, Kept,
    Key, Listener, Manifest, Memory, Meta, Reading, Record, SavedView, Shelf, Snapshot, SnapshotKey, Storage,
    StorageError, Swap, Tail, ViewKey, ViewSave, Wanted,
};

/// The storage that a caller chose when opening.
pub(super) enum Chosen {
    Memory(Memory),
    IndexedDb(IndexedDb),
}

/// Calls the method of the storage that was chosen. In boxes, so that the code of both storages is there once and not in each of
/// their callers: that halves the engine.
macro_rules! chosen {
    ($self:ident, $storage:ident => $call:expr) => {
        match $self {
            Self::Memory($storage) => $call.boxed_local().await,
            Self::IndexedDb($storage) => $call.boxed_local().await,
        }
    };
}

impl Storage for Chosen {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        chosen!(self, storage => storage.open(format))
    }

    async fn meta(&self) -> Result<Meta, StorageError> {
        chosen!(self, storage => storage.meta())
    }

    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        chosen!(self, storage => storage.read(wanted))
    }

    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        chosen!(self, storage => storage.scan(shelf, after, limit))
    }

    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError> {
        chosen!(self, storage => storage.tail(after, generation, limit))
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        chosen!(self, storage => storage.commit(commit))
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        chosen!(self, storage => storage.commit_after(after, limit, durability, decide))
    }

    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        chosen!(self, storage => storage.swap(swap))
    }

    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        chosen!(self, storage => storage.recall(key))
    }

    async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), StorageError> {
        chosen!(self, storage => storage.keep(snapshots))
    }

    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        chosen!(self, storage => storage.forget(which))
    }

    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError> {
        chosen!(self, storage => storage.checkpoint(key))
    }

    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        chosen!(self, storage => storage.recall_view(key))
    }

    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        chosen!(self, storage => storage.keep_view(save))
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        chosen!(self, storage => storage.view_versions(name))
    }

    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        chosen!(self, storage => storage.forget_views(which))
    }

    fn announce(&self) {
        match self {
            Self::Memory(storage) => storage.announce(),
            Self::IndexedDb(storage) => storage.announce(),
        }
    }

    fn listen(&self, listener: Listener) {
        match self {
            Self::Memory(storage) => storage.listen(listener),
            Self::IndexedDb(storage) => storage.listen(listener),
        }
    }

    fn close(&self) {
        match self {
            Self::Memory(storage) => storage.close(),
            Self::IndexedDb(storage) => storage.close(),
        }
    }
}
