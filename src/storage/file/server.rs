//! The server: what the connections of one process to one file share.

use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
    rc::{Rc, Weak},
};

use super::{
    super::{CommitError, Listener, Signal, StorageError},
    failure::not_open,
    place::Place,
    storage::File,
};

/// A file that several connections of this process can share. It is open, and locked against others, from the first
/// connection's opening until the last connection is closed or dropped.
#[derive(Clone)]
pub struct FileServer {
    pub(super) shared: Rc<Shared>,
}

pub(super) struct Shared {
    path: PathBuf,
    pub(super) place: RefCell<Option<Place>>,
    connections: RefCell<Vec<Weak<Connection>>>,
}

#[derive(Default)]
pub(super) struct Connection {
    pub(super) state: Cell<State>,
    pub(super) listener: RefCell<Option<Listener>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Open,
    Closed,
    Deleted,
}

impl FileServer {
    /// Names a file, which is touched first when a connection is opened. Its folder has to be there. Beside it may stand
    /// `<name>.lock`, which is empty and stays, for moments `<name>.new`, and `<name>.snapshots` and `<name>.views`, folders of what can be made again.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let shared = Shared { path: path.into(), place: RefCell::default(), connections: RefCell::default() };
        Self { shared: Rc::new(shared) }
    }

    /// One more connection.
    #[must_use]
    pub fn connect(&self) -> File {
        let connection = Rc::new(Connection::default());
        self.shared.connections.borrow_mut().push(Rc::downgrade(&connection));
        File::on(self.shared.clone(), connection)
    }

    /// Removes the file; open connections are told and say [`StorageError::Deleted`] from now on.
    ///
    /// # Errors
    /// [`StorageError::Blocked`] when another process, or another server, has the file; [`StorageError::Foreign`] when it is
    /// none of ours; any other when it could not be removed.
    pub fn delete(&self) -> Result<(), StorageError> {
        let open = self.shared.place.take();
        Place::delete(&self.shared.path, open)?;
        for connection in self.shared.others(None) {
            connection.state.set(State::Deleted);
            connection.tell(Signal::Deleted);
        }
        Ok(())
    }
}

impl Shared {
    /// Opens the file unless it is open, and says whether this call created it.
    pub(super) fn open(&self, format: Option<&[u8]>) -> Result<bool, StorageError> {
        let mut place = self.place.borrow_mut();
        if place.is_some() {
            return Ok(false);
        }
        let (opened, is_new) = Place::open(&self.path, format)?;
        *place = Some(opened);
        Ok(is_new)
    }

    pub(super) fn read<T>(
        &self,
        ask: impl FnOnce(&Place) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        ask(self.place.borrow().as_ref().ok_or_else(not_open)?)
    }

    /// Lets the file go when a write broke it: what it holds is known only when it is opened again.
    pub(super) fn write<T>(
        &self,
        ask: impl FnOnce(&mut Place) -> Result<T, CommitError>,
    ) -> Result<T, CommitError> {
        let mut open = self.place.borrow_mut();
        let place = open.as_mut().ok_or_else(|| CommitError::NotStored(not_open()))?;
        let answer = ask(place);
        if place.is_broken() {
            *open = None;
        }
        answer
    }

    /// Lets the file go when no connection is left.
    pub(super) fn release(&self) {
        if self.others(None).iter().all(|one| one.state.get() != State::Open) {
            self.place.take();
        }
    }

    /// The connections, but for one.
    pub(super) fn others(&self, but: Option<&Rc<Connection>>) -> Vec<Rc<Connection>> {
        let mut connections = self.connections.borrow_mut();
        connections.retain(|one| one.strong_count() > 0);
        let others = connections.iter().filter_map(Weak::upgrade);
        others.filter(|one| but.is_none_or(|but| !Rc::ptr_eq(one, but))).collect()
    }
}

impl Connection {
    pub(super) fn tell(&self, signal: Signal) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(signal);
        }
    }
}
