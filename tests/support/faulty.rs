//! A storage that fails at a call of the test's choice, in every way that a browser can.

use std::{cell::Cell, rc::Rc};

use annals::storage::{
    Cause, Checkpoint, Commit, CommitError, Committed, Decision, Durability, Forget, ForgetViews, Kept, Key,
    Listener, Manifest, Meta, Reading, Record, SavedView, Shelf, Snapshot, SnapshotKey, Storage,
    StorageError, Swap, Tail, ViewKey, ViewSave, Wanted,
};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and it says so.
    Refused,
    /// There is no room, and it says so.
    NoRoom,
    /// The connection dies before anything is done.
    Disconnected,
    /// The connection dies, and nobody sees that nothing was done.
    UnseenNotDone,
    /// The connection dies, and nobody sees that it was done.
    UnseenDone,
}

pub const FAULTS: [Fault; 5] =
    [Fault::Refused, Fault::NoRoom, Fault::Disconnected, Fault::UnseenNotDone, Fault::UnseenDone];

/// When faults happen, shared by all connections of a test.
#[derive(Clone, Default)]
pub struct Plan {
    calls: Rc<Cell<usize>>,
    at: Rc<Cell<Option<(usize, Fault)>>>,
    /// From this call on every call fails, opening too.
    from: Rc<Cell<Option<(usize, Fault)>>>,
    is_full: Rc<Cell<bool>>,
    is_dead: Rc<Cell<bool>>,
    openings: Rc<Cell<usize>>,
}

impl Plan {
    /// The call counted from now on that fails, from 0.
    pub fn fail(&self, call: usize, fault: Fault) {
        self.calls.set(0);
        self.at.set(Some((call, fault)));
    }

    /// That call fails, and every later one says that there is no connection.
    pub fn fail_for_good(&self, call: usize, fault: Fault) {
        self.fail(call, fault);
        self.from.set(Some((call + 1, Fault::Disconnected)));
    }

    /// Every call fails from now on, opening too.
    pub fn fail_always(&self, fault: Fault) {
        self.from.set(Some((0, fault)));
        self.calls.set(0);
    }

    /// There is no room for commits from now on.
    pub fn fill(&self) {
        self.is_full.set(true);
    }

    /// The connection is dead until it is opened again.
    pub fn die(&self) {
        self.is_dead.set(true);
    }

    /// How often the storage was opened.
    pub fn openings(&self) -> usize {
        self.openings.get()
    }

    pub fn heal(&self) {
        self.at.set(None);
        self.from.set(None);
        self.is_full.set(false);
        self.calls.set(0);
    }

    /// Calls since the plan was made.
    pub fn calls(&self) -> usize {
        self.calls.get()
    }

    fn next(&self) -> Option<Fault> {
        let call = self.calls.replace(self.calls.get() + 1);
        if let Some((_, fault)) = self.from.get().filter(|(from, _)| call >= *from) {
            return Some(fault);
        }
        let chosen = self.at.get().filter(|(at, _)| *at == call).map(|(_, fault)| fault);
        chosen.or_else(|| self.is_dead.get().then_some(Fault::Disconnected))
    }

    fn next_commit(&self) -> Option<Fault> {
        self.next().or_else(|| self.is_full.get().then_some(Fault::NoRoom))
    }
}

pub struct Faulty<S> {
    pub inner: S,
    pub plan: Plan,
}

fn gone() -> StorageError {
    StorageError::Disconnected(Cause::new("InvalidStateError", "the connection is closing"))
}

fn error(fault: Fault) -> StorageError {
    match fault {
        Fault::Refused => StorageError::Failed(Cause::new("UnknownError", "for a test")),
        Fault::NoRoom => StorageError::QuotaExceeded(Cause::new("QuotaExceededError", "for a test")),
        Fault::Disconnected | Fault::UnseenNotDone | Fault::UnseenDone => gone(),
    }
}

impl<S: Storage> Storage for Faulty<S> {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        self.plan.openings.set(self.plan.openings() + 1);
        let is_dead = self.plan.is_dead.replace(false);
        let fault = self.plan.next();
        self.plan.is_dead.set(is_dead);
        let opened = match fault {
            Some(fault) => Err(error(fault)),
            None => self.inner.open(format).await,
        };
        self.plan.is_dead.set(false);
        opened
    }

    async fn meta(&self) -> Result<Meta, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.meta().await,
        }
    }

    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.read(wanted).await,
        }
    }

    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.scan(shelf, after, limit).await,
        }
    }

    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.tail(after, generation, limit).await,
        }
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        match self.plan.next_commit() {
            Some(Fault::UnseenDone) => {
                let _ = self.inner.commit(commit).await;
                Err(CommitError::Unknown(gone()))
            }
            Some(Fault::UnseenNotDone) => Err(CommitError::Unknown(gone())),
            Some(fault) => Err(CommitError::NotStored(error(fault))),
            None => self.inner.commit(commit).await,
        }
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        match self.plan.next_commit() {
            Some(Fault::UnseenDone) => {
                let _ = self.inner.commit_after(after, limit, durability, decide).await;
                Err(CommitError::Unknown(gone()))
            }
            Some(Fault::UnseenNotDone) => {
                let seen = self.inner.tail(after, 0, limit).await.map_err(CommitError::NotStored)?;
                decide(Tail { layout: None, ..seen });
                Err(CommitError::Unknown(gone()))
            }
            Some(fault) => Err(CommitError::NotStored(error(fault))),
            None => self.inner.commit_after(after, limit, durability, decide).await,
        }
    }

    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        match self.plan.next() {
            Some(Fault::UnseenDone) => {
                let _ = self.inner.swap(swap).await;
                Err(CommitError::Unknown(gone()))
            }
            Some(Fault::UnseenNotDone) => Err(CommitError::Unknown(gone())),
            Some(fault) => Err(CommitError::NotStored(error(fault))),
            None => self.inner.swap(swap).await,
        }
    }

    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.recall(key).await,
        }
    }

    async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), StorageError> {
        match self.plan.next() {
            Some(Fault::UnseenDone) => {
                let _ = self.inner.keep(snapshots).await;
                Err(gone())
            }
            Some(fault) => Err(error(fault)),
            None => self.inner.keep(snapshots).await,
        }
    }

    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        match self.plan.next() {
            Some(Fault::UnseenDone) => {
                let _ = self.inner.forget(which).await;
                Err(gone())
            }
            Some(fault) => Err(error(fault)),
            None => self.inner.forget(which).await,
        }
    }

    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.checkpoint(key).await,
        }
    }

    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.recall_view(key).await,
        }
    }

    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        match self.plan.next() {
            Some(Fault::UnseenDone) => {
                let _ = self.inner.keep_view(save).await;
                Err(gone())
            }
            Some(fault) => Err(error(fault)),
            None => self.inner.keep_view(save).await,
        }
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        match self.plan.next() {
            Some(fault) => Err(error(fault)),
            None => self.inner.view_versions(name).await,
        }
    }

    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        match self.plan.next() {
            Some(Fault::UnseenDone) => {
                let _ = self.inner.forget_views(which).await;
                Err(gone())
            }
            Some(fault) => Err(error(fault)),
            None => self.inner.forget_views(which).await,
        }
    }

    fn listen(&self, listener: Listener) {
        self.inner.listen(listener);
    }

    fn close(&self) {
        self.inner.close();
    }
}
