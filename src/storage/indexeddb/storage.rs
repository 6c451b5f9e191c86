//! The storage port over a connection.

use std::{
    cell::{Cell, RefCell},
    ops::RangeInclusive,
    rc::Rc,
};

use crate::storage::{
    Cause, Commit, CommitError, Committed, Decision, Durability, Key, Listener, Manifest, Signal, Storage,
    StorageError, Tail,
};

use super::{
    channel::Channel,
    connection::Connection,
    factory,
    request::result,
    transaction::{Ended, Mode, RecordRequest, Transaction, above, bytes, fence},
};

/// Records in one IndexedDB database.
pub struct IndexedDb {
    name: String,
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Cell<State>,
    connection: RefCell<Option<Rc<Connection>>>,
    channel: RefCell<Option<Channel>>,
    listener: RefCell<Option<Listener>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Open,
    Deleted,
    NeedsReload,
    Closed,
}

impl IndexedDb {
    /// Names a database; [`Storage::open`] opens it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), shared: Rc::default() }
    }

    fn begin(&self, mode: Mode) -> Result<Transaction, StorageError> {
        self.shared.check()?;
        let connection = self.shared.connection.borrow().clone();
        match connection {
            Some(connection) if !connection.is_lost() => Transaction::begin(&connection, mode),
            _ => Err(StorageError::Disconnected(Cause::new("", "the browser closed the connection"))),
        }
    }

    fn tell_others(&self) {
        if let Some(channel) = &*self.shared.channel.borrow() {
            channel.tell();
        }
    }
}

impl Shared {
    fn check(&self) -> Result<(), StorageError> {
        match self.state.get() {
            State::Open => Ok(()),
            State::Deleted => Err(StorageError::Deleted),
            State::NeedsReload => Err(StorageError::NeedsReload),
            State::Closed => Err(StorageError::Closed),
        }
    }

    fn tell(&self, signal: Signal) {
        let ending = match signal {
            Signal::Deleted => Some(State::Deleted),
            Signal::NeedsReload => Some(State::NeedsReload),
            Signal::Changed | Signal::Blocked => None,
        };
        if let Some(state) = ending {
            self.end(state);
        }
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(signal);
        }
    }

    fn end(&self, state: State) {
        if self.state.get() == State::Open {
            self.state.set(state);
        }
        // The connection's own event may have led here: ask it to close now, and drop it when nobody uses it any more.
        let connection = self.connection.borrow().clone();
        if let Some(connection) = connection {
            connection.database.close();
        }
    }
}

impl Storage for IndexedDb {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        self.shared.check()?;
        self.shared.connection.replace(None);
        let weak = Rc::downgrade(&self.shared);
        let tell: Rc<dyn Fn(Signal)> = Rc::new(move |signal| {
            if let Some(shared) = weak.upgrade() {
                shared.tell(signal);
            }
        });
        let found = factory::open(&self.name, format, &tell).await?;
        // Closed, deleted or taken over while it was opening: the connection goes with what was found.
        self.shared.check()?;
        if self.shared.channel.borrow().is_none() {
            let hear = tell.clone();
            let channel = Channel::open(&self.name, Rc::new(move || hear(Signal::Changed)));
            self.shared.channel.replace(Some(channel));
        }
        self.shared.connection.replace(Some(Rc::new(found.connection)));
        Ok(Manifest { is_new: found.is_new, format: found.format, last: found.last })
    }

    async fn format(&self) -> Result<Vec<u8>, StorageError> {
        let transaction = self.begin(Mode::Read)?;
        let request = transaction.get_format()?;
        transaction.end().await.map_err(Ended::into_storage_error)?;
        bytes(&result(&request)?)
    }

    async fn read(
        &self,
        ranges: &[RangeInclusive<Key>],
    ) -> Result<Vec<crate::storage::Record>, StorageError> {
        let transaction = self.begin(Mode::Read)?;
        let requests =
            ranges.iter().map(|range| transaction.get_range(range)).collect::<Result<Vec<_>, _>>()?;
        transaction.end().await.map_err(Ended::into_storage_error)?;
        let mut records = Vec::new();
        for request in requests {
            records.extend(request.records()?);
        }
        Ok(records)
    }

    async fn tail(&self, after: Key, limit: usize) -> Result<Tail, StorageError> {
        let transaction = self.begin(Mode::Read)?;
        let fence_request = transaction.get_fence()?;
        let records = transaction.get_records(&above(after)?, limit as u32)?;
        transaction.end().await.map_err(Ended::into_storage_error)?;
        tail(fence(&fence_request)?, &records, limit)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        let transaction = self.begin(Mode::Write(commit.durability)).map_err(CommitError::NotStored)?;
        let asked = transaction.get_fence().and_then(|fence| transaction.add(commit.adds).map(|()| fence));
        let fence_request = asked.map_err(|error| transaction.give_up(error))?;
        transaction.commit();
        match transaction.end().await {
            Ok(()) => {}
            Err(ended) if ended.is_constraint() => return Ok(Committed::Refused),
            Err(ended) => return Err(ended.into_commit_error()),
        }
        let fence = fence(&fence_request).map_err(CommitError::Unknown)?;
        if fence > commit.guard {
            return Ok(Committed::Refused); // What was added stands at or below the fence, where nobody reads.
        }
        self.tell_others();
        Ok(Committed::Stored)
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        let transaction = self.begin(Mode::Write(durability)).map_err(CommitError::NotStored)?;
        let decided = decide_inside(&transaction, after, limit, decide).await;
        let stored = decided.map_err(|error| transaction.give_up(error))?;
        transaction.end().await.map_err(Ended::into_commit_error)?;
        if stored {
            self.tell_others();
        }
        Ok(())
    }

    fn listen(&self, listener: Listener) {
        self.shared.listener.replace(Some(listener));
    }

    fn close(&self) {
        self.shared.end(State::Closed);
        self.shared.connection.replace(None);
        self.shared.channel.replace(None);
        self.shared.listener.replace(None);
    }
}

/// Nothing is awaited here but the transaction's own requests.
async fn decide_inside(
    transaction: &Transaction,
    after: Key,
    limit: usize,
    decide: impl FnOnce(Tail) -> Decision,
) -> Result<bool, StorageError> {
    let fence_request = transaction.get_fence()?;
    let records = transaction.get_records(&above(after)?, limit as u32)?;
    transaction.answered(records.last()).await?;
    let decision = decide(tail(fence(&fence_request)?, &records, limit)?);
    let stored = match decision {
        Decision::Store(adds) => {
            transaction.add(&adds)?;
            true
        }
        Decision::Leave => false,
    };
    transaction.commit();
    Ok(stored)
}

fn tail(fence: Key, records: &RecordRequest, limit: usize) -> Result<Tail, StorageError> {
    let mut records = records.records()?;
    let more = records.len() == limit;
    records.retain(|record| record.key > fence);
    Ok(Tail { fence, records, more })
}
