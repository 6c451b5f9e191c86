//! One connection to a file.

use std::{path::PathBuf, rc::Rc};

use super::{
    super::{
        Cause, Checkpoint, Commit, CommitError, Committed, Decision, Durability, Forget, ForgetViews, Kept,
        Key, Listener, Manifest, Meta, Reading, Record, SavedView, Shelf, Signal, Snapshot, SnapshotKey,
        Storage, StorageError, Swap, Tail, ViewKey, ViewSave, Wanted,
    },
    server::{Connection, FileServer, Shared, State},
};

/// One connection to a file, which no other process and no other server can open meanwhile.
///
/// A write that fails leaves the file as it was. If that cannot be done, or a flush failed, every later call says
/// [`StorageError::Disconnected`] until the storage is opened again.
pub struct File {
    shared: Rc<Shared>,
    connection: Rc<Connection>,
}

impl File {
    /// A connection to the file at a path, which is touched first when it is opened. For several connections in one process
    /// there is [`FileServer`].
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FileServer::new(path).connect()
    }

    pub(super) fn on(shared: Rc<Shared>, connection: Rc<Connection>) -> Self {
        Self { shared, connection }
    }

    /// How many bytes were cut off when the file was opened: a write that had been under way when its process or its machine
    /// stopped, and that was not acknowledged.
    ///
    /// # Errors
    /// Any [`StorageError`].
    pub fn torn_bytes(&self) -> Result<u64, StorageError> {
        self.check()?;
        self.shared.read(|place| Ok(place.torn))
    }

    /// Writes the file anew, without what was removed, as swaps do by themselves when it is worth it.
    ///
    /// # Errors
    /// Any [`StorageError`]; the file is as it was.
    pub fn compact(&self) -> Result<(), StorageError> {
        self.check()?;
        let compacted = self.shared.write(|place| place.compact().map_err(CommitError::NotStored));
        compacted.map_err(CommitError::into_cause)
    }

    fn check(&self) -> Result<(), StorageError> {
        match self.connection.state.get() {
            State::Open => Ok(()),
            State::Closed => Err(StorageError::Closed),
            State::Deleted => Err(StorageError::Deleted),
        }
    }

    fn check_write(&self) -> Result<(), CommitError> {
        self.check().map_err(CommitError::NotStored)
    }

    fn tell_others(&self) {
        for other in self.shared.others(Some(&self.connection)) {
            other.tell(Signal::Changed);
        }
    }
}

impl Storage for File {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        self.check()?;
        let is_new = self.shared.open(format)?;
        self.shared
            .read(|place| Ok(Manifest { is_new, format: place.meta().format, last: place.index.last() }))
    }

    async fn meta(&self) -> Result<Meta, StorageError> {
        self.check()?;
        self.shared.read(|place| Ok(place.meta()))
    }

    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        self.check()?;
        self.shared.read(|place| place.read(wanted))
    }

    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        self.check()?;
        self.shared.read(|place| place.scan(shelf, after, limit))
    }

    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError> {
        self.check()?;
        self.shared.read(|place| place.tail(after, Some(generation), limit))
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        self.check_write()?;
        let committed = self.shared.write(|place| place.commit(commit))?;
        if committed == Committed::Stored {
            self.tell_others();
        }
        Ok(committed)
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        self.check_write()?;
        let tail =
            self.shared.read(|place| place.tail(after, None, limit)).map_err(CommitError::NotStored)?;
        if let Decision::Store(adds) = decide(tail) {
            if self.shared.write(|place| place.add(&adds, durability))? == Committed::Refused {
                let cause = Cause::new("ConstraintError", "a key that was decided on is taken");
                return Err(CommitError::NotStored(StorageError::Failed(cause)));
            }
            self.tell_others();
        }
        Ok(())
    }

    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        self.check_write()?;
        self.shared.write(|place| place.swap(swap))
    }

    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        self.check()?;
        self.shared.read(|place| place.snapshots.recall(key))
    }

    async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), StorageError> {
        self.check()?;
        self.shared.read(|place| snapshots.iter().try_for_each(|one| place.snapshots.keep(one)))
    }

    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        self.check()?;
        self.shared.read(|place| place.snapshots.forget(which))
    }

    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError> {
        Ok(self.recall_view(key).await?.map(|saved| saved.checkpoint))
    }

    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        self.check()?;
        self.shared.read(|place| place.views.recall(key))
    }

    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        self.check()?;
        self.shared.read(|place| place.views.keep(save))
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        self.check()?;
        self.shared.read(|place| place.views.versions(name))
    }

    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        self.check()?;
        self.shared.read(|place| place.views.forget(which))
    }

    fn announce(&self) {
        self.tell_others();
    }

    fn listen(&self, listener: Listener) {
        self.connection.listener.replace(Some(listener));
    }

    fn close(&self) {
        if self.connection.state.get() == State::Open {
            self.connection.state.set(State::Closed);
        }
        self.connection.listener.replace(None);
        self.shared.release();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.close();
    }
}
