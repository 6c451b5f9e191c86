//! A storage that answers later: at every call others run first, for as many turns as chance says. What happens at once elsewhere
//! happens here in any order.

use std::{cell::Cell, rc::Rc};

use annals::storage::{
    Checkpoint, Commit, CommitError, Committed, Decision, Durability, Forget, ForgetViews, Kept, Key,
    Listener, Manifest, Meta, Reading, Record, SavedView, Shelf, Snapshot, SnapshotKey, Storage,
    StorageError, Swap, Tail, ViewKey, ViewSave, Wanted,
};

use crate::contract::Place;

/// A place whose connections answer later.
#[derive(Clone)]
pub struct Unhurried<P> {
    pub place: P,
    chance: Rc<Cell<u64>>,
}

impl<P> Unhurried<P> {
    pub fn new(place: P, seed: u64) -> Self {
        Self { place, chance: Rc::new(Cell::new(seed)) }
    }
}

impl<P: Place> Place for Unhurried<P> {
    type Storage = Yielding<P::Storage>;

    async fn connect(&self) -> Self::Storage {
        Yielding { inner: self.place.connect().await, chance: self.chance.clone() }
    }

    async fn delete(&self) {
        self.place.delete().await;
    }
}

pub struct Yielding<S> {
    inner: S,
    chance: Rc<Cell<u64>>,
}

/// The most turns that a call waits.
const MOST_TURNS: u64 = 6;

impl<S> Yielding<S> {
    async fn wait(&self) {
        // Knuth's MMIX generator.
        let next =
            self.chance.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.chance.set(next);
        // Now and then for long: others do a whole merge meanwhile.
        let times = if (next >> 50).is_multiple_of(8) { MOST_TURNS } else { 1 };
        for _ in 0..(next >> 33) % MOST_TURNS * times {
            turn().await;
        }
    }
}

/// Lets every other task that is ready run first.
async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

impl<S: Storage> Storage for Yielding<S> {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        self.wait().await;
        let opened = self.inner.open(format).await;
        self.wait().await;
        opened
    }

    async fn meta(&self) -> Result<Meta, StorageError> {
        self.wait().await;
        self.inner.meta().await
    }

    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        self.wait().await;
        let found = self.inner.read(wanted).await;
        self.wait().await;
        found
    }

    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        self.wait().await;
        self.inner.scan(shelf, after, limit).await
    }

    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError> {
        self.wait().await;
        let found = self.inner.tail(after, generation, limit).await;
        self.wait().await;
        found
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        self.wait().await;
        let committed = self.inner.commit(commit).await;
        self.wait().await;
        committed
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        self.wait().await;
        let committed = self.inner.commit_after(after, limit, durability, decide).await;
        self.wait().await;
        committed
    }

    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        self.wait().await;
        let swapped = self.inner.swap(swap).await;
        self.wait().await;
        swapped
    }

    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        self.wait().await;
        self.inner.recall(key).await
    }

    async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), StorageError> {
        self.wait().await;
        let kept = self.inner.keep(snapshots).await;
        self.wait().await;
        kept
    }

    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        self.wait().await;
        self.inner.forget(which).await
    }

    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError> {
        self.wait().await;
        self.inner.checkpoint(key).await
    }

    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        self.wait().await;
        self.inner.recall_view(key).await
    }

    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        self.wait().await;
        let kept = self.inner.keep_view(save).await;
        self.wait().await;
        kept
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        self.wait().await;
        self.inner.view_versions(name).await
    }

    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        self.wait().await;
        self.inner.forget_views(which).await
    }

    fn listen(&self, listener: Listener) {
        self.inner.listen(listener);
    }

    fn close(&self) {
        self.inner.close();
    }
}
