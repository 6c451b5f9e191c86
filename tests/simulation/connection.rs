//! A tab's connection to the disk: the port, by the same protocol as over IndexedDB.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use annals::storage::{
    Cause, Checkpoint, Commit, CommitError, Committed, Decision, Durability, Forget, ForgetViews, Kept, Key,
    Listener, Manifest, Mark, Meta, Reading, Record, SavedView, Shelf, Signal, Snapshot, SnapshotKey,
    Storage, StorageError, Swap, Tail, ViewKey, ViewSave, Wanted,
};

use crate::{
    disk::{Disk, End, Handle, Lane, Place},
    hints::Hints,
    saboteur::{self, Sabotage},
    scheduler::TabId,
    writes::{OwnCommit, OwnSave, OwnSwap, now, step},
};

/// Clones are of the same connection: one for the engine, one for whoever ends it.
#[derive(Clone)]
pub struct Connection(Rc<Inner>);

struct Inner {
    tab: TabId,
    disk: Rc<Disk>,
    hints: Rc<Hints>,
    sabotage: Option<Sabotage>,
    handle: RefCell<Option<Rc<Handle>>>,
    /// All that were opened, or are being opened.
    handles: RefCell<Vec<Weak<Handle>>>,
    was_open: Cell<bool>,
    is_closed: Cell<bool>,
    listener: RefCell<Option<Listener>>,
    /// The newest key that a hint has named: only who is sabotaged looks at it.
    hinted: Cell<Option<Key>>,
    seen: Cell<Mark>,
}

impl Connection {
    pub fn new(tab: TabId, disk: &Rc<Disk>, hints: &Rc<Hints>, sabotage: Option<Sabotage>) -> Self {
        Self(Rc::new(Inner {
            tab,
            disk: disk.clone(),
            hints: hints.clone(),
            sabotage,
            handle: RefCell::default(),
            handles: RefCell::default(),
            was_open: Cell::default(),
            is_closed: Cell::default(),
            listener: RefCell::default(),
            hinted: Cell::default(),
            seen: Cell::default(),
        }))
    }

    /// The browser ends it under the tab. Says whether there was something to end.
    pub fn lose(&self) -> bool {
        let handle = self.0.handle.borrow().clone().filter(|handle| !handle.is_lost());
        handle.inspect(|handle| self.0.disk.lose(handle)).is_some()
    }

    /// The tab is gone.
    pub fn die(&self) {
        self.0.handles.take().iter().filter_map(Weak::upgrade).for_each(|handle| self.0.disk.lose(&handle));
        self.close();
    }

    /// The page's own hint: it was shown again.
    pub fn wake(&self) {
        self.0.tell(Signal::Changed);
    }

    fn check(&self) -> Result<(), StorageError> {
        if self.0.is_closed.get() { Err(StorageError::Closed) } else { Ok(()) }
    }

    fn handle(&self) -> Result<Rc<Handle>, StorageError> {
        self.check()?;
        let lost = || StorageError::Disconnected(Cause::new("", "the browser closed the connection"));
        self.0.handle.borrow().clone().ok_or_else(lost)
    }

    async fn read<T: 'static>(
        &self,
        lane: Lane,
        ask: impl FnOnce(&Place) -> Result<T, StorageError> + 'static,
    ) -> Result<T, StorageError> {
        self.transact(&self.handle()?, lane, None, ask).await.map_err(CommitError::into_cause)
    }

    /// Writes what nothing waits to be flushed.
    async fn write<T: 'static>(
        &self,
        lane: Lane,
        ask: impl FnOnce(&Place) -> Result<T, StorageError> + 'static,
    ) -> Result<T, StorageError> {
        let written = self.transact(&self.handle()?, lane, Some(Durability::Relaxed), ask).await;
        written.map_err(CommitError::into_cause)
    }

    async fn transact<T: 'static>(
        &self,
        handle: &Rc<Handle>,
        lane: Lane,
        writes: Option<Durability>,
        ask: impl FnOnce(&Place) -> Result<T, StorageError> + 'static,
    ) -> Result<T, CommitError> {
        let transaction = self.0.disk.begin(handle, lane, writes).map_err(CommitError::NotStored)?;
        let (step, answer) = step(ask);
        transaction.ask(step);
        transaction.close();
        ended(transaction.end().await)?;
        let answer = answer.take().expect("it was carried out");
        answer.map_err(CommitError::NotStored)
    }

    fn writing(&self) -> Result<Rc<Handle>, CommitError> {
        self.handle().map_err(CommitError::NotStored)
    }

    fn tell_others(&self, newest: Key) {
        self.0.hints.post(self.0.tab, newest);
    }
}

impl Inner {
    fn tell(&self, signal: Signal) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(signal);
        }
    }
}

fn ended(end: End) -> Result<(), CommitError> {
    match end {
        End::Complete => Ok(()),
        End::Aborted(error) => Err(CommitError::NotStored(error)),
        End::Unseen => {
            let cause = Cause::new("", "the connection was closed before the transaction's end was seen");
            Err(CommitError::Unknown(StorageError::Disconnected(cause)))
        }
    }
}

fn newest(records: &[Record]) -> Key {
    records.last().map_or(0, |record| record.key)
}

impl Storage for Connection {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        self.check()?;
        let handle = self.0.disk.connect();
        self.0.handles.borrow_mut().push(Rc::downgrade(&handle));
        self.0.handle.replace(None);
        let format = format.map(<[u8]>::to_vec);
        let writes = format.is_some().then_some(Durability::Strict);
        let open = move |place: &Place| now(place.memory.open(format.as_deref()));
        let opened = self.transact(&handle, Lane::Events, writes, open).await;
        let manifest = opened.map_err(CommitError::into_cause)?;
        self.check()?;
        let weak = Rc::downgrade(&self.0);
        let hear = move |newest| {
            if let Some(inner) = weak.upgrade() {
                inner.hinted.set(Some(newest));
                inner.tell(Signal::Changed);
            }
        };
        self.0.hints.listen(self.0.tab, Rc::new(hear));
        self.0.handle.replace(Some(handle));
        if self.0.was_open.replace(true) {
            self.0.disk.count("reconnected");
        }
        Ok(manifest)
    }

    async fn meta(&self) -> Result<Meta, StorageError> {
        self.read(Lane::Events, |place| now(place.memory.meta())).await
    }

    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        let generation = wanted.generation;
        let (commits, segments) = (wanted.commits.to_vec(), wanted.segments.to_vec());
        let read = move |place: &Place| {
            now(place.memory.read(Wanted { generation, commits: &commits, segments: &segments }))
        };
        self.read(Lane::Events, read).await
    }

    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        self.read(Lane::Events, move |place| now(place.memory.scan(shelf, after, limit))).await
    }

    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError> {
        if self.0.sabotage == Some(Sabotage::HintTrusted)
            && self.0.hinted.get().is_some_and(|newest| newest <= after)
        {
            return Ok(Tail { mark: self.0.seen.get(), layout: None, records: Vec::new(), more: false });
        }
        let look = move |place: &Place| now(place.memory.tail(after, generation, limit));
        let tail = self.read(Lane::Events, look).await?;
        self.0.seen.set(tail.mark);
        Ok(tail)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        let (handle, mut own) = (self.writing()?, OwnCommit::from(commit));
        if self.0.sabotage == Some(Sabotage::FenceIgnored) {
            own = saboteur::without_guard(own);
        }
        if self.0.sabotage == Some(Sabotage::AcknowledgedBeforeComplete) {
            let writes = Some(own.durability);
            let transaction =
                self.0.disk.begin(&handle, Lane::Events, writes).map_err(CommitError::NotStored)?;
            transaction.ask(step(move |place| own.carry_out(place)).0);
            transaction.close();
            return Ok(Committed::Stored);
        }
        let (writes, newest) = (Some(own.durability), newest(&own.adds));
        let committed =
            self.transact(&handle, Lane::Events, writes, move |place| own.carry_out(place)).await?;
        match committed {
            Committed::Stored => self.tell_others(newest),
            Committed::Refused => self.0.disk.count("another tab was first"),
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
        let handle = self.writing()?;
        let begun = self.0.disk.begin(&handle, Lane::Events, Some(durability));
        let transaction = begun.map_err(CommitError::NotStored)?;
        let (look, tail) = step(move |place| {
            let mut seen = None;
            let look = |tail| {
                seen = Some(tail);
                Decision::Leave
            };
            now(place.memory.commit_after(after, limit, durability, look)).map(|()| seen)
        });
        transaction.ask(look);
        transaction.answered().await.map_err(CommitError::NotStored)?;
        let Some(Ok(Some(tail))) = tail.take() else {
            return Err(CommitError::NotStored(StorageError::Failed(Cause::new("", "nothing was seen"))));
        };
        if tail.mark.fence > after {
            self.0.disk.count("another tab has merged past this one");
        }
        // Nothing is waited for here but the transaction's own steps.
        let mut told = None;
        if let Decision::Store(adds) = decide(tail) {
            told = Some(newest(&adds));
            let own = OwnCommit { guard: Key::MAX, adds, durability };
            transaction.ask(step(move |place| own.carry_out(place)).0);
        }
        transaction.close();
        ended(transaction.end().await)?;
        told.into_iter().for_each(|newest| self.tell_others(newest));
        Ok(())
    }

    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        let (handle, own) = (self.writing()?, OwnSwap::from(swap));
        let writes = Some(own.durability);
        if self.0.sabotage == Some(Sabotage::MergeNotAtomic) {
            let first = own.clone();
            let put = move |place: &Place| saboteur::put_layout(&first, place);
            let committed = self.transact(&handle, Lane::Events, writes, put).await?;
            if committed == Committed::Refused {
                return Ok(committed);
            }
            let put = move |place: &Place| saboteur::put_segments(&own, place);
            return self.transact(&handle, Lane::Events, writes, put).await;
        }
        self.transact(&handle, Lane::Events, writes, move |place| own.carry_out(place)).await
    }

    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        let key = key.clone();
        self.read(Lane::Snapshots, move |place| now(place.memory.recall(&key))).await
    }

    async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), StorageError> {
        let snapshots = snapshots.to_vec();
        self.write(Lane::Snapshots, move |place| now(place.memory.keep(&snapshots))).await
    }

    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        match which {
            Forget::One(key) => {
                let key = key.clone();
                self.write(Lane::Snapshots, move |place| now(place.memory.forget(Forget::One(&key)))).await
            }
            Forget::OtherVersions { name, version } => {
                let (name, version) = (name.to_owned(), version.to_owned());
                let forget = move |place: &Place| {
                    now(place.memory.forget(Forget::OtherVersions { name: &name, version: &version }))
                };
                self.write(Lane::Snapshots, forget).await
            }
            Forget::All => self.write(Lane::Snapshots, |place| now(place.memory.forget(Forget::All))).await,
        }
    }

    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError> {
        let key = key.clone();
        self.read(Lane::Views, move |place| now(place.memory.checkpoint(&key))).await
    }

    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        let key = key.clone();
        self.read(Lane::Views, move |place| now(place.memory.recall_view(&key))).await
    }

    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        let own = OwnSave::from(save);
        if self.0.sabotage == Some(Sabotage::CheckpointApartFromRows) {
            let first = own.clone();
            let kept = self.write(Lane::Views, move |place| saboteur::put_checkpoint(&first, place)).await?;
            if kept == Kept::Refused {
                return Ok(kept);
            }
            return self.write(Lane::Views, move |place| saboteur::put_rows(&own, place)).await;
        }
        self.write(Lane::Views, move |place| own.carry_out(place)).await
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        let name = name.to_owned();
        self.read(Lane::Views, move |place| now(place.memory.view_versions(&name))).await
    }

    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        let one = match which {
            ForgetViews::One(key) => Some(key.clone()),
            ForgetViews::All => None,
        };
        let forget = move |place: &Place| {
            now(place.memory.forget_views(one.as_ref().map_or(ForgetViews::All, ForgetViews::One)))
        };
        self.write(Lane::Views, forget).await
    }

    fn listen(&self, listener: Listener) {
        self.0.listener.replace(Some(listener));
    }

    fn close(&self) {
        self.0.is_closed.set(true);
        self.0.hints.forget(self.0.tab);
        self.0.listener.replace(None);
    }
}
