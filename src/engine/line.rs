//! One aggregate that commands are decided on: its state, and the commands in line.
//!
//! Commands are decided in the order of their calls, each on the state that the former ones leave, stored or not. When one of them turns
//! out not to be stored, all that rest on it are decided again, in the same order.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use uuid::Uuid;

/// A state, and of how many events it is made.
#[derive(Debug, Clone)]
pub(super) struct Known<T> {
    pub(super) state: T,
    pub(super) revision: u64,
}

/// The state that the next command is decided on.
#[derive(Debug, Clone)]
pub(super) struct Tip<T> {
    pub(super) known: Known<T>,
    /// The newest event in it that is not known as stored.
    pub(super) newest: Option<Uuid>,
    /// Whether the next command has to wait until it is known: another connection may have stored an event of that very id.
    pub(super) is_open: bool,
}

/// One aggregate.
pub(super) struct Line<T> {
    inner: RefCell<Inner<T>>,
    waiting: RefCell<Vec<Waker>>,
    /// Of how many events the state is that was kept last, or that could not be.
    kept: Cell<u64>,
}

struct Inner<T> {
    /// As far as it is known as stored.
    stored: Option<Known<T>>,
    tip: Option<Tip<T>>,
    /// Of each epoch the newest revision on which something was decided that is stored: then the stream was at just that revision.
    proven: BTreeMap<u64, u64>,
    /// Those that have made something happen and have not said yet what became of it, with the epoch in which they were decided.
    writers: BTreeMap<u64, u64>,
    /// How often the tip turned out to rest on what was not stored.
    epoch: u64,
    next: u64,
    undecided: BTreeSet<u64>,
    /// Decided, but not yet answered.
    pending: BTreeSet<u64>,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        let inner = Inner {
            stored: None,
            tip: None,
            proven: BTreeMap::new(),
            writers: BTreeMap::new(),
            epoch: 0,
            next: 0,
            undecided: BTreeSet::new(),
            pending: BTreeSet::new(),
        };
        Self { inner: RefCell::new(inner), waiting: RefCell::default(), kept: Cell::default() }
    }
}

/// A command's place in the line; it is left when this is dropped.
pub(super) struct Place<T> {
    line: Rc<Line<T>>,
    number: u64,
}

impl<T: Clone> Line<T> {
    /// Takes the last place.
    pub(super) fn enter(self: &Rc<Self>) -> Place<T> {
        let mut inner = self.inner.borrow_mut();
        let number = inner.next;
        inner.next += 1;
        inner.undecided.insert(number);
        Place { line: self.clone(), number }
    }

    /// As far as it is known as stored.
    pub(super) fn stored(&self) -> Option<Known<T>> {
        self.inner.borrow().stored.clone()
    }

    /// A state of so many events is kept beside the log.
    pub(super) fn is_kept_at(&self, revision: u64) {
        self.kept.set(revision.max(self.kept.get()));
    }

    /// Whether so many events have happened since a state was kept.
    pub(super) fn is_due(&self, every: u64) -> bool {
        let inner = self.inner.borrow();
        inner.stored.as_ref().is_some_and(|known| known.revision >= self.kept.get().saturating_add(every))
    }

    /// The state to keep, if it is due. It is not asked for again before as many events have happened, kept or not.
    pub(super) fn to_keep(&self, every: u64) -> Option<Known<T>> {
        let known = self.stored().filter(|_| self.is_due(every))?;
        self.is_kept_at(known.revision);
        Some(known)
    }

    /// Whether nobody stands in it.
    pub(super) fn is_idle(&self) -> bool {
        let inner = self.inner.borrow();
        inner.undecided.is_empty() && inner.pending.is_empty()
    }

    /// Takes in what was read of the stored events.
    pub(super) fn learn(&self, known: Known<T>) {
        let mut inner = self.inner.borrow_mut();
        if inner.stored.as_ref().is_none_or(|stored| stored.revision < known.revision) {
            inner.stored = Some(known);
        }
    }

    /// Forgets all states: they are made again.
    pub(super) fn forget(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.stored = None;
        inner.tip = None;
        inner.epoch += 1;
        drop(inner);
        self.wake();
    }

    /// Whether a state of such a revision was the newest when it was decided on in an epoch, because what was decided on it later is stored.
    pub(super) fn is_proven(&self, epoch: u64, revision: u64) -> bool {
        self.inner.borrow().proven.get(&epoch) >= Some(&revision)
    }
}

impl<T> Line<T> {
    fn wake(&self) {
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    async fn until(&self, ready: impl Fn(&Inner<T>) -> bool) {
        poll_fn(|context| {
            if ready(&self.inner.borrow()) {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl<T: Clone> Place<T> {
    /// Waits until all before it are decided.
    pub(super) async fn turn(&self) {
        self.line.until(|inner| inner.undecided.first() == Some(&self.number)).await;
    }

    /// Waits until those after it that made something happen in its epoch have said what became of that: it proves or disproves the state.
    /// They say so even when the epoch is over: one may be stored though one behind it was not.
    pub(super) async fn later_written(&self, epoch: u64, revision: u64) {
        let is_known = |inner: &Inner<T>| {
            let mut later = inner.writers.range(self.number + 1..);
            inner.proven.get(&epoch) >= Some(&revision) || !later.any(|(_, decided_in)| *decided_in == epoch)
        };
        self.line.until(is_known).await;
    }

    /// Waits until all that was decided before is answered, unless it is another's turn by then.
    pub(super) async fn answered(&self) {
        let is_done =
            |inner: &Inner<T>| inner.pending.is_empty() || inner.undecided.first() != Some(&self.number);
        self.line.until(is_done).await;
    }

    /// Whether it still is its turn: while it waited for something else, one before it may have become undecided again.
    pub(super) fn has_turn(&self) -> bool {
        self.line.inner.borrow().undecided.first() == Some(&self.number)
    }

    /// The state to decide on, when one is known.
    pub(super) fn tip(&self) -> Option<Tip<T>> {
        let inner = self.line.inner.borrow();
        let stored = inner.stored.as_ref().map_or(0, |known| known.revision);
        // What was read since may be newer than what was decided here.
        let is_newest = |tip: &Tip<T>| tip.newest.is_some() || tip.known.revision >= stored;
        inner.tip.clone().filter(is_newest)
    }

    /// Goes on from what is stored.
    pub(super) fn begin(&self, known: Known<T>) -> Tip<T> {
        self.line.learn(known.clone());
        let tip = Tip { known, newest: None, is_open: false };
        self.line.inner.borrow_mut().tip = Some(tip.clone());
        tip
    }

    /// It is decided, and the next one's turn: on this tip, if it made something happen.
    pub(super) fn decided(&self, tip: Option<Tip<T>>) -> u64 {
        let mut inner = self.line.inner.borrow_mut();
        inner.undecided.remove(&self.number);
        inner.pending.insert(self.number);
        if tip.is_some() {
            let epoch = inner.epoch;
            inner.writers.insert(self.number, epoch);
            inner.tip = tip;
        }
        let epoch = inner.epoch;
        drop(inner);
        self.line.wake();
        epoch
    }

    /// Waits until everything that it rests on is stored. `false` when some of it was not: then it is undecided again.
    pub(super) async fn settled(&self, epoch: u64) -> bool {
        let is_first = |inner: &Inner<T>| inner.pending.first() == Some(&self.number);
        self.line.until(|inner| inner.epoch != epoch || is_first(inner)).await;
        self.is_in(epoch)
    }

    /// Whether nothing that it rests on has turned out not to be stored.
    pub(super) fn is_in(&self, epoch: u64) -> bool {
        self.line.inner.borrow().epoch == epoch
    }

    /// What it made happen, decided in an epoch on a state of such a revision, is stored.
    pub(super) fn is_stored(&self, epoch: u64, on: u64, known: Known<T>) {
        self.line.learn(known);
        let mut inner = self.line.inner.borrow_mut();
        let newest = inner.proven.entry(epoch).or_default();
        *newest = (*newest).max(on);
        inner.writers.remove(&self.number);
        drop(inner);
        self.leave();
    }

    /// It was not stored, so what rests on it is undecided again. Whether it was this one that others rested on, and not one before it.
    pub(super) fn failed(&self, epoch: u64) -> bool {
        let mut inner = self.line.inner.borrow_mut();
        inner.writers.remove(&self.number);
        let is_first = inner.epoch == epoch;
        if is_first {
            inner.fail();
        }
        drop(inner);
        self.line.wake();
        is_first
    }

    /// It is to be decided again, in its old place.
    pub(super) fn again(&self) {
        let mut inner = self.line.inner.borrow_mut();
        inner.pending.remove(&self.number);
        inner.writers.remove(&self.number);
        inner.undecided.insert(self.number);
        drop(inner);
        self.line.wake();
    }
}

impl<T> Place<T> {
    /// Nothing more comes of it.
    pub(super) fn leave(&self) {
        let mut inner = self.line.inner.borrow_mut();
        inner.undecided.remove(&self.number);
        inner.pending.remove(&self.number);
        inner.writers.remove(&self.number);
        if inner.pending.is_empty() {
            if let Some(tip) = &mut inner.tip {
                (tip.newest, tip.is_open) = (None, false);
            }
            if inner.undecided.is_empty() {
                inner.proven.clear();
            }
        }
        drop(inner);
        self.line.wake();
    }
}

impl<T> Inner<T> {
    /// Something was not stored. All that is not answered yet is undecided: what rests on it because it is, what came before it until it
    /// says otherwise, for its answer is there by now.
    fn fail(&mut self) {
        self.epoch += 1;
        self.tip = None;
        self.undecided.append(&mut self.pending);
    }
}

impl<T> Drop for Place<T> {
    /// A caller who has gone does not say what became of it: what rests on it is decided again.
    fn drop(&mut self) {
        let mut inner = self.line.inner.borrow_mut();
        if inner.pending.contains(&self.number) {
            inner.fail();
        }
        drop(inner);
        self.leave();
    }
}
