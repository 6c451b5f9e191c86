//! Following the log: first what is there, then what comes.

use std::{cell::Cell, rc::Rc};

use crate::{model::Query, storage::Storage};

use super::{Direction, LogError, Page, ReadError, core::Core, index::Range, page::MAX_PAGE_EVENTS};

/// Where a subscription begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After a position; 0 for all events.
    After(u64),
    /// After the newest event that is stored when the subscription begins.
    Head,
}

/// What a subscription tells.
#[derive(Debug)]
pub enum Step {
    /// The next events that match.
    Events(Page),
    /// All that was stored when the subscription began has been told. Said once.
    CaughtUp,
}

/// Follows the log: each matching event once, in order, first those that are there and then those that come.
pub struct Subscription<S> {
    core: Rc<Core<S>>,
    query: Option<Query>,
    start: Cell<Option<Start>>,
    position: Cell<u64>,
    began_after: Cell<Option<u64>>,
    behind: Cell<Option<u64>>,
    closed: Cell<bool>,
}

impl<S: Storage> Subscription<S> {
    pub(super) fn new(core: Rc<Core<S>>, start: Start, query: Option<Query>) -> Self {
        let (start, closed) = (Cell::new(Some(start)), Cell::default());
        Self {
            core,
            query,
            start,
            position: Cell::default(),
            began_after: Cell::default(),
            behind: Cell::default(),
            closed,
        }
    }

    /// What comes next; waits for it.
    ///
    /// # Errors
    /// [`ReadError`] when the store or the subscription is closed, or the storage fails or is damaged.
    pub async fn next(&self) -> Result<Step, ReadError> {
        if let Some(start) = self.start.get() {
            self.begin(start).await?;
        }
        loop {
            self.check_open()?;
            let head = self.core.head();
            match self.next_page(head).await? {
                Some(page) if page.is_empty() => continue, // All of them are lost.
                Some(page) => return Ok(Step::Events(page)),
                None => {}
            }
            self.position.set(self.position.get().max(head));
            if self.behind.get().is_some_and(|target| target <= head) {
                self.behind.set(None);
                return Ok(Step::CaughtUp);
            }
            if self.core.is_stale() {
                self.core.catch_up().await?;
            } else {
                self.wait(head).await;
            }
        }
    }

    /// The position after which it began; `None` before the first answer.
    #[must_use]
    pub fn start(&self) -> Option<u64> {
        self.began_after.get()
    }

    /// Ends the subscription: a waiting [`Subscription::next`] says closed.
    pub fn close(&self) {
        self.closed.set(true);
        self.core.watch.notify();
    }

    async fn begin(&self, start: Start) -> Result<(), ReadError> {
        self.check_open()?;
        self.core.catch_up().await?;
        let head = self.core.head();
        self.position.set(match start {
            Start::After(position) => position,
            Start::Head => head,
        });
        self.began_after.set(Some(self.position.get()));
        self.behind.set(Some(head));
        self.start.set(None);
        Ok(())
    }

    async fn next_page(&self, head: u64) -> Result<Option<Page>, LogError> {
        let mut range = Range { after: self.position.get(), until: head, direction: Direction::Forward };
        let page = self.core.read_range(self.query.as_ref(), &mut range, MAX_PAGE_EVENTS).await?;
        self.position.set(range.after.max(self.position.get()));
        Ok(page)
    }

    async fn wait(&self, head: u64) {
        let core = &self.core;
        let ready =
            || core.head() > head || core.is_stale() || self.closed.get() || core.check_open().is_err();
        core.watch.until(ready).await;
    }

    fn check_open(&self) -> Result<(), LogError> {
        if self.closed.get() { Err(LogError::Closed) } else { self.core.check_open() }
    }
}
