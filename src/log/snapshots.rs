//! Snapshots, as the store hands them on to its storage.

use crate::{
    model::StreamId,
    storage::{Forget, Snapshot, SnapshotKey, Storage},
};

use super::{EventStore, LogError};

impl<S: Storage> EventStore<S> {
    /// Whether events were given up by a repair, as far as this store knows.
    pub(crate) fn has_lost(&self) -> bool {
        self.core.layout().has_lost()
    }

    /// How many damaged records repairs have set aside, as far as this store knows: when there are more, what was made of events is to be made again.
    pub(crate) fn set_aside(&self) -> usize {
        self.core.layout().aside.len()
    }

    /// Whether a stream looks long before anything is asked of the storage.
    pub(crate) fn looks_long(&self, stream_id: &StreamId) -> bool {
        self.core.looks_long(stream_id)
    }

    /// The snapshot under a key.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails.
    pub(crate) async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.recall(key).await).await
    }

    /// Keeps snapshots, each unless a newer one is there.
    ///
    /// # Errors
    /// As [`EventStore::recall`].
    pub(crate) async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.keep(snapshots).await).await
    }

    /// Forgets snapshots.
    ///
    /// # Errors
    /// As [`EventStore::recall`].
    pub(crate) async fn forget(&self, which: Forget<'_>) -> Result<(), LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.forget(which).await).await
    }
}
