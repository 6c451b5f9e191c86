//! Records in memory: for tests, and for stores that may be forgotten.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::{ControlFlow, RangeInclusive},
    rc::{Rc, Weak},
};

use super::{
    Checkpoint, Commit, CommitError, Committed, Decision, Durability, Forget, ForgetViews, Kept, Key,
    Listener, Manifest, Mark, Meta, Reading, Record, SavedView, Shelf, Signal, Snapshot, SnapshotKey,
    Storage, StorageError, Swap, Tail, ViewKey, ViewSave, Wanted,
};

/// A place in memory that several connections can share.
#[derive(Clone, Default)]
pub struct MemoryServer {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    place: RefCell<Contents>,
    connections: RefCell<Vec<Weak<Connection>>>,
}

/// All that a place keeps, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// What stands beside the shelves; the format is empty in a place that was not created.
    pub meta: Meta,
    /// What was committed and not merged yet.
    pub commits: BTreeMap<Key, Vec<u8>>,
    /// What was merged.
    pub segments: BTreeMap<Key, Vec<u8>>,
    /// What can be made again, and how new it is.
    pub snapshots: BTreeMap<SnapshotKey, (Key, Vec<u8>)>,
    /// Views, which can be made again too.
    pub views: BTreeMap<ViewKey, SavedView>,
}

#[derive(Default)]
struct Connection {
    state: Cell<State>,
    listener: RefCell<Option<Listener>>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Open,
    Closed,
    Deleted,
}

/// One connection to a place in memory.
pub struct Memory {
    shared: Rc<Shared>,
    connection: Rc<Connection>,
}

impl Default for Memory {
    /// A connection to a place of its own.
    fn default() -> Self {
        MemoryServer::default().connect()
    }
}

impl MemoryServer {
    /// One more connection.
    #[must_use]
    pub fn connect(&self) -> Memory {
        let connection = Rc::new(Connection::default());
        self.shared.connections.borrow_mut().push(Rc::downgrade(&connection));
        Memory { shared: self.shared.clone(), connection }
    }

    /// Forgets everything; open connections are told and say [`StorageError::Deleted`] from now on.
    pub fn delete(&self) {
        self.shared.place.take();
        for connection in self.shared.others(None) {
            connection.state.set(State::Deleted);
            connection.tell(Signal::Deleted);
        }
    }

    /// A copy of all that is stored.
    #[must_use]
    pub fn contents(&self) -> Contents {
        self.shared.place.borrow().clone()
    }

    /// Changes what is stored behind everybody's back, as a failing device does.
    pub fn tamper(&self, change: impl FnOnce(&mut Contents)) {
        change(&mut self.shared.place.borrow_mut());
    }
}

impl Shared {
    /// The open connections, but for one.
    fn others(&self, but: Option<&Rc<Connection>>) -> Vec<Rc<Connection>> {
        let mut connections = self.connections.borrow_mut();
        connections.retain(|one| one.strong_count() > 0);
        let others = connections.iter().filter_map(Weak::upgrade);
        others.filter(|one| but.is_none_or(|but| !Rc::ptr_eq(one, but))).collect()
    }
}

impl Connection {
    fn tell(&self, signal: Signal) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(signal);
        }
    }
}

impl Contents {
    fn mark(&self) -> Result<Mark, StorageError> {
        self.meta.mark.as_deref().map_or(Ok(Mark::default()), Mark::decode)
    }

    fn shelf(&self, shelf: Shelf) -> &BTreeMap<Key, Vec<u8>> {
        match shelf {
            Shelf::Commits => &self.commits,
            Shelf::Segments => &self.segments,
        }
    }

    fn tail(&self, after: Key, generation: Option<u64>, limit: usize) -> Result<Tail, StorageError> {
        let mark = self.mark()?;
        let mut records = self.commits.range(after.max(mark.fence) + 1..);
        let taken = records.by_ref().take(limit).map(record).collect();
        let is_other = generation.is_some_and(|known| known != mark.generation);
        let layout = self.meta.layout.clone().filter(|_| is_other);
        Ok(Tail { mark, layout, records: taken, more: records.next().is_some() })
    }

    /// Adds all records, or none when one of the keys is taken.
    fn add(&mut self, adds: &[Record]) -> Committed {
        if adds.iter().any(|record| self.commits.contains_key(&record.key)) {
            return Committed::Refused;
        }
        self.commits.extend(adds.iter().map(|record| (record.key, record.bytes.clone())));
        Committed::Stored
    }

    fn swap(&mut self, swap: &Swap<'_>) -> Result<Committed, StorageError> {
        if let Some(generation) = swap.generation
            && self.mark()?.generation != generation
        {
            return Ok(Committed::Refused);
        }
        for range in swap.removes {
            self.segments.retain(|key, _| !range.contains(key));
        }
        self.segments.extend(swap.puts.iter().map(|record| (record.key, record.bytes.clone())));
        self.commits = self.commits.split_off(&(swap.mark.fence + 1));
        self.meta.mark = Some(swap.mark.encode());
        self.meta.layout = Some(swap.layout.to_vec());
        if let Some(format) = swap.format {
            self.meta.format = format.to_vec();
        }
        Ok(Committed::Stored)
    }
}

fn record((&key, bytes): (&Key, &Vec<u8>)) -> Record {
    Record { key, bytes: bytes.clone() }
}

fn in_ranges(shelf: &BTreeMap<Key, Vec<u8>>, ranges: &[RangeInclusive<Key>]) -> Vec<Record> {
    ranges.iter().flat_map(|range| shelf.range(range.clone())).map(record).collect()
}

impl Memory {
    fn check(&self) -> Result<(), StorageError> {
        match self.connection.state.get() {
            State::Open => Ok(()),
            State::Closed => Err(StorageError::Closed),
            State::Deleted => Err(StorageError::Deleted),
        }
    }

    fn tell_others(&self) {
        for other in self.shared.others(Some(&self.connection)) {
            other.tell(Signal::Changed);
        }
    }
}

impl Storage for Memory {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        self.check()?;
        let mut place = self.shared.place.borrow_mut();
        let is_new = place.meta.format.is_empty();
        if is_new {
            place.meta.format = format.ok_or(StorageError::Deleted)?.to_vec();
        }
        let last = place.commits.last_key_value().map_or(0, |(&key, _)| key);
        Ok(Manifest { is_new, format: place.meta.format.clone(), last })
    }

    async fn meta(&self) -> Result<Meta, StorageError> {
        self.check()?;
        Ok(self.shared.place.borrow().meta.clone())
    }

    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        self.check()?;
        let place = self.shared.place.borrow();
        if place.mark()?.generation != wanted.generation {
            return Ok(Reading::Moved);
        }
        let commits = in_ranges(&place.commits, wanted.commits);
        Ok(Reading::Found { commits, segments: in_ranges(&place.segments, wanted.segments) })
    }

    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        self.check()?;
        let place = self.shared.place.borrow();
        Ok(place.shelf(shelf).range(after + 1..).take(limit).map(record).collect())
    }

    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError> {
        self.check()?;
        self.shared.place.borrow().tail(after, Some(generation), limit)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        self.check().map_err(CommitError::NotStored)?;
        let committed = {
            let mut place = self.shared.place.borrow_mut();
            let fence = place.mark().map_err(CommitError::NotStored)?.fence;
            if fence > commit.guard { Committed::Refused } else { place.add(commit.adds) }
        };
        if committed == Committed::Stored {
            self.tell_others();
        }
        Ok(committed)
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        _durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        self.check().map_err(CommitError::NotStored)?;
        let tail = self.shared.place.borrow().tail(after, None, limit).map_err(CommitError::NotStored)?;
        if let Decision::Store(adds) = decide(tail) {
            let committed = self.shared.place.borrow_mut().add(&adds);
            if committed == Committed::Refused {
                let cause = super::Cause::new("ConstraintError", "a key that was decided on is taken");
                return Err(CommitError::NotStored(StorageError::Failed(cause)));
            }
            self.tell_others();
        }
        Ok(())
    }

    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        self.check().map_err(CommitError::NotStored)?;
        self.shared.place.borrow_mut().swap(&swap).map_err(CommitError::NotStored)
    }

    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        self.check()?;
        let place = self.shared.place.borrow();
        let found = place.snapshots.get(key).cloned();
        Ok(found.map(|(revision, bytes)| Snapshot { key: key.clone(), revision, bytes }))
    }

    async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), StorageError> {
        self.check()?;
        let kept = &mut self.shared.place.borrow_mut().snapshots;
        for Snapshot { key, revision, bytes } in snapshots {
            if kept.get(key).is_none_or(|(there, _)| there < revision) {
                kept.insert(key.clone(), (*revision, bytes.clone()));
            }
        }
        Ok(())
    }

    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        self.check()?;
        self.shared.place.borrow_mut().snapshots.retain(|key, _| !which.means(key));
        Ok(())
    }

    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError> {
        self.check()?;
        Ok(self.shared.place.borrow().views.get(key).map(|saved| saved.checkpoint.clone()))
    }

    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        self.check()?;
        Ok(self.shared.place.borrow().views.get(key).cloned())
    }

    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        self.check()?;
        let views = &mut self.shared.place.borrow_mut().views;
        match save.merge(views.get(save.key)) {
            ControlFlow::Break(kept) => Ok(kept),
            ControlFlow::Continue(saved) => {
                views.insert(save.key.clone(), saved);
                Ok(Kept::Kept)
            }
        }
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        self.check()?;
        let place = self.shared.place.borrow();
        let of_name = place.views.iter().filter(|(key, _)| key.name == name);
        Ok(of_name.map(|(key, saved)| (key.version.clone(), saved.checkpoint.position)).collect())
    }

    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        self.check()?;
        self.shared.place.borrow_mut().views.retain(|key, _| !which.means(key));
        Ok(())
    }

    fn announce(&self) {
        self.tell_others();
    }

    fn listen(&self, listener: Listener) {
        self.connection.listener.replace(Some(listener));
    }

    fn close(&self) {
        if matches!(self.connection.state.get(), State::Open) {
            self.connection.state.set(State::Closed);
        }
        self.connection.listener.replace(None);
    }
}
