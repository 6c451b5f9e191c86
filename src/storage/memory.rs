//! Records in memory: for tests, and for stores that may be forgotten.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::RangeInclusive,
    rc::{Rc, Weak},
};

use super::{
    Commit, CommitError, Committed, Decision, Durability, Key, Listener, Manifest, Record, Signal, Storage,
    StorageError, Tail,
};

/// A place in memory that several connections can share.
#[derive(Clone, Default)]
pub struct MemoryServer {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    place: RefCell<Place>,
    connections: RefCell<Vec<Weak<Connection>>>,
}

#[derive(Default)]
struct Place {
    format: Option<Vec<u8>>,
    fence: Key,
    records: BTreeMap<Key, Vec<u8>>,
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

    /// Removes all records up to a key and raises the fence to it, as a merge does.
    pub fn remove_up_to(&self, key: Key) {
        let mut place = self.shared.place.borrow_mut();
        place.records = place.records.split_off(&(key + 1));
        place.fence = place.fence.max(key);
    }

    /// Changes the bytes of a record behind everybody's back, as a failing device does.
    pub fn damage(&self, key: Key, change: impl FnOnce(&mut Vec<u8>)) {
        if let Some(bytes) = self.shared.place.borrow_mut().records.get_mut(&key) {
            change(bytes);
        }
    }

    /// Removes a record behind everybody's back.
    pub fn remove(&self, key: Key) {
        self.shared.place.borrow_mut().records.remove(&key);
    }

    /// Changes the bytes that the place was created with, as a failing device does.
    pub fn damage_format(&self, change: impl FnOnce(&mut Vec<u8>)) {
        if let Some(bytes) = &mut self.shared.place.borrow_mut().format {
            change(bytes);
        }
    }

    /// All keys.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.shared.place.borrow().records.keys().copied().collect()
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

impl Place {
    fn tail(&self, after: Key, limit: usize) -> Tail {
        let mut records = self.records.range(after.max(self.fence) + 1..);
        let taken =
            records.by_ref().take(limit).map(|(&key, bytes)| Record { key, bytes: bytes.clone() }).collect();
        Tail { fence: self.fence, records: taken, more: records.next().is_some() }
    }

    /// Adds all records, or none when one of the keys is taken.
    fn add(&mut self, adds: &[Record]) -> Committed {
        if adds.iter().any(|record| self.records.contains_key(&record.key)) {
            return Committed::Refused;
        }
        self.records.extend(adds.iter().map(|record| (record.key, record.bytes.clone())));
        Committed::Stored
    }
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
        let is_new = place.format.is_none();
        let format = match (&place.format, format) {
            (Some(format), _) => format.clone(),
            (None, Some(format)) => place.format.insert(format.to_vec()).clone(),
            (None, None) => return Err(StorageError::Deleted),
        };
        let last = place.records.last_key_value().map_or(0, |(&key, _)| key);
        Ok(Manifest { is_new, format, last })
    }

    async fn format(&self) -> Result<Vec<u8>, StorageError> {
        self.check()?;
        Ok(self.shared.place.borrow().format.clone().unwrap_or_default())
    }

    async fn read(&self, ranges: &[RangeInclusive<Key>]) -> Result<Vec<Record>, StorageError> {
        self.check()?;
        let place = self.shared.place.borrow();
        let records = ranges.iter().flat_map(|range| place.records.range(range.clone()));
        Ok(records.map(|(&key, bytes)| Record { key, bytes: bytes.clone() }).collect())
    }

    async fn tail(&self, after: Key, limit: usize) -> Result<Tail, StorageError> {
        self.check()?;
        Ok(self.shared.place.borrow().tail(after, limit))
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        self.check().map_err(CommitError::NotStored)?;
        let committed = {
            let mut place = self.shared.place.borrow_mut();
            if place.fence > commit.guard { Committed::Refused } else { place.add(commit.adds) }
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
        let tail = self.shared.place.borrow().tail(after, limit);
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
