//! One database, as a browser keeps it: transactions over the same records are carried out one after another, in the order in which they
//! were begun, whoever has begun them and whether he still lives; that one has ended is seen later, or never.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    pin::pin,
    rc::{Rc, Weak},
};

use annals::storage::{Cause, Contents, Durability, Memory, MemoryServer, StorageError};
use futures_util::future::{Either, select};

use crate::{chance::Chance, slot::Slot, trace::Trace, weather::Weather};

/// What transactions are over: those of one lane wait for one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Events,
    Snapshots,
    Views,
}

const LANES: usize = 3;

/// Where transactions are carried out.
pub struct Place {
    pub server: MemoryServer,
    pub memory: Memory,
}

/// A part of a transaction. All that one writes is written in one of its steps.
pub type Step = Box<dyn FnOnce(&Place)>;

/// How a transaction ended.
#[derive(Clone)]
pub enum End {
    Complete,
    /// Nothing of it was stored.
    Aborted(StorageError),
    /// The connection went away first.
    Unseen,
}

/// One opened connection: when it is lost, it is lost for good.
pub struct Handle {
    is_lost: Cell<bool>,
    /// Transactions whose end is waited for.
    waited_for: RefCell<Vec<Weak<Shared>>>,
}

/// A transaction that was begun. Who drops it before all of it was asked for has aborted it.
pub struct Transaction {
    shared: Rc<Shared>,
}

struct Shared {
    handle: Rc<Handle>,
    writes: Option<Durability>,
    steps: RefCell<VecDeque<Step>>,
    /// Nothing more is asked for: it ends when its steps are done.
    is_closed: Cell<bool>,
    is_aborted: Cell<bool>,
    end: Slot<End>,
    /// Of its first step.
    answered: Slot<()>,
}

/// Something that a tab is going to be told.
struct Event {
    handle: Rc<Handle>,
    /// Whether it tells that something was written.
    is_of_write: bool,
    tell: Box<dyn FnOnce()>,
}

pub struct Disk {
    place: Place,
    lanes: [RefCell<VecDeque<Rc<Shared>>>; LANES],
    events: RefCell<Vec<Event>>,
    /// What is there after a loss of power.
    flushed: RefCell<Contents>,
    /// Whether errors happen.
    pub is_rough: Cell<bool>,
    weather: Weather,
    chance: Chance,
    trace: Rc<Trace>,
}

impl Disk {
    pub fn new(weather: &Weather, chance: &Chance, trace: &Rc<Trace>) -> Self {
        let server = MemoryServer::default();
        let memory = server.connect();
        Self {
            place: Place { server, memory },
            lanes: Default::default(),
            events: RefCell::default(),
            flushed: RefCell::default(),
            is_rough: Cell::new(true),
            weather: weather.clone(),
            chance: chance.clone(),
            trace: trace.clone(),
        }
    }

    pub fn count(&self, kind: &'static str) {
        self.trace.count(kind);
    }

    pub fn contents(&self) -> Contents {
        self.place.server.contents()
    }

    /// Begins a transaction, which waits for those that were begun before.
    ///
    /// # Errors
    /// [`StorageError::Disconnected`] when the connection is lost, which may turn out only here.
    pub fn begin(
        &self,
        handle: &Rc<Handle>,
        lane: Lane,
        writes: Option<Durability>,
    ) -> Result<Transaction, StorageError> {
        if !handle.is_lost.get() && self.is_rough.get() && self.chance.one_in(self.weather.lost_connection) {
            self.trace.count("the connection was closing");
            self.lose(handle);
        }
        if handle.is_lost.get() {
            return Err(closing());
        }
        let shared = Rc::new(Shared {
            handle: handle.clone(),
            writes,
            steps: RefCell::default(),
            is_closed: Cell::new(false),
            is_aborted: Cell::new(false),
            end: Slot::default(),
            answered: Slot::default(),
        });
        let mut waited_for = handle.waited_for.borrow_mut();
        waited_for.retain(|one| one.strong_count() > 0);
        waited_for.push(Rc::downgrade(&shared));
        self.lanes[lane as usize].borrow_mut().push_back(shared.clone());
        Ok(Transaction { shared })
    }

    pub fn connect(&self) -> Rc<Handle> {
        Rc::new(Handle { is_lost: Cell::new(false), waited_for: RefCell::default() })
    }

    /// The lanes in which something can be done.
    pub fn ready_lanes(&self) -> Vec<usize> {
        let is_ready = |lane: &usize| {
            let mut lane = self.lanes[*lane].borrow_mut();
            while lane.front().is_some_and(|first| first.is_aborted.get()) {
                lane.pop_front();
            }
            lane.front().is_some_and(|first| first.is_closed.get() || !first.steps.borrow().is_empty())
        };
        (0..LANES).filter(is_ready).collect()
    }

    /// Carries out a step of the first transaction in a lane.
    pub fn carry_out(&self, lane: usize) {
        let Some(first) = self.lanes[lane].borrow().front().cloned() else { return };
        let step = first.steps.borrow_mut().pop_front();
        let is_last = first.is_closed.get() && first.steps.borrow().is_empty();
        if is_last {
            self.lanes[lane].borrow_mut().pop_front();
        }
        self.trace.tell(format_args!(
            "the disk, lane {lane}: {}",
            if first.writes.is_some() { "writes" } else { "reads" }
        ));
        if let Some(step) = step {
            if let Some(error) = self.fault(&first) {
                // What it has asked for so far is not stored: it only writes in its last step.
                first.is_aborted.set(true);
                let end = first.end.clone();
                return self.tell(&first, false, move || end.fill(End::Aborted(error)));
            }
            step(&self.place);
            if is_last && let Some(durability) = first.writes {
                self.flush(durability);
            }
            let answered = first.answered.clone();
            self.tell(&first, false, move || answered.fill(()));
        }
        if is_last {
            let end = first.end.clone();
            self.tell(&first, first.writes.is_some(), move || end.fill(End::Complete));
        }
    }

    fn tell(&self, of: &Shared, is_of_write: bool, tell: impl FnOnce() + 'static) {
        let event = Event { handle: of.handle.clone(), is_of_write, tell: Box::new(tell) };
        self.events.borrow_mut().push(event);
    }

    /// How many events are on their way.
    pub fn events(&self) -> usize {
        self.events.borrow().len()
    }

    /// A tab is told of an event. Those of several transactions come in any order.
    pub fn deliver(&self, index: usize) {
        let event = self.events.borrow_mut().swap_remove(index);
        if !event.handle.is_lost.get() {
            (event.tell)();
        }
    }

    fn fault(&self, transaction: &Shared) -> Option<StorageError> {
        if !self.is_rough.get() || !self.chance.one_in(self.weather.fault) {
            return None;
        }
        let kinds = if transaction.writes.is_some() { 4 } else { 3 };
        Some(match self.chance.below(kinds) {
            0 => {
                self.trace.count("an error that is null");
                StorageError::Failed(Cause::new("", "the browser gave no reason"))
            }
            1 => {
                self.trace.count("internal error");
                StorageError::Failed(Cause::new("UnknownError", "Internal error opening backing store"))
            }
            2 => {
                self.trace.count("connection lost in a transaction");
                self.lose(&transaction.handle);
                closing()
            }
            _ => {
                self.trace.count("no room");
                StorageError::QuotaExceeded(Cause::new("QuotaExceededError", "no room"))
            }
        })
    }

    /// Ends a connection. What was asked for whole may still be carried out, or not; nobody is told.
    pub fn lose(&self, handle: &Rc<Handle>) {
        handle.is_lost.set(true);
        if self.events.borrow().iter().any(|event| event.is_of_write && Rc::ptr_eq(&event.handle, handle)) {
            self.trace.count("gone between a write and its complete");
        }
        for one in self.lanes.iter().flat_map(|lane| lane.borrow().clone()) {
            if Rc::ptr_eq(&one.handle, handle) && (!one.is_closed.get() || self.chance.one_in(2)) {
                one.is_aborted.set(true);
            }
        }
        for one in handle.waited_for.take().iter().filter_map(Weak::upgrade) {
            one.end.fill(End::Unseen);
        }
    }

    fn flush(&self, durability: Durability) {
        let is_flushed = durability == Durability::Strict || self.chance.one_in(4);
        if self.weather.power_loss > 0 && is_flushed {
            self.flushed.replace(self.contents());
        }
    }

    /// Power is lost, under everybody: what was not flushed is gone. What stands beside the log may have been flushed further than the log.
    pub fn lose_power(&self) {
        self.lanes.iter().for_each(|lane| lane.borrow_mut().clear());
        self.events.borrow_mut().clear();
        let mut flushed = self.flushed.borrow_mut();
        if self.chance.one_in(2) {
            let now = self.contents();
            (flushed.snapshots, flushed.views) = (now.snapshots, now.views);
        }
        self.place.server.tamper(|contents| contents.clone_from(&flushed));
    }
}

fn closing() -> StorageError {
    StorageError::Disconnected(Cause::new("InvalidStateError", "The database connection is closing"))
}

impl Handle {
    pub fn is_lost(&self) -> bool {
        self.is_lost.get()
    }
}

impl Transaction {
    /// Asks for a step, whose answer is there once [`Transaction::answered`] or [`Transaction::end`] says so.
    pub fn ask(&self, step: Step) {
        self.shared.steps.borrow_mut().push_back(step);
    }

    /// Asks for nothing more.
    pub fn close(&self) {
        self.shared.is_closed.set(true);
    }

    /// Waits until the step that was asked for last is carried out, or the transaction has ended.
    pub async fn answered(&self) -> Result<(), StorageError> {
        let (answered, end) = (self.shared.answered.wait(), self.shared.end.wait());
        match select(pin!(end), pin!(answered)).await {
            Either::Left((End::Aborted(error), _)) => Err(error),
            Either::Left((End::Unseen, _)) => Err(closing()),
            Either::Left((End::Complete, _)) | Either::Right(_) => Ok(()),
        }
    }

    pub async fn end(&self) -> End {
        self.shared.end.wait().await
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.shared.is_closed.get() {
            self.shared.is_aborted.set(true);
        }
    }
}
