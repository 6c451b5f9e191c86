//! For those who fold what is stored: pages from a position on, word of what is new, and a word with whoever waits for an answer.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use crate::{model::Query, storage::Storage};

use super::{Direction, EventStore, LogError, Page, core::Core, index::Range, page::MAX_PAGE_EVENTS};

/// What has to be done about a commit before it is answered.
pub(crate) type Attendant = Rc<dyn Fn() -> LocalBoxFuture<'static, ()>>;

impl<S: Storage> EventStore<S> {
    /// Has something done about each commit of this store before it is answered: it is stored by then, and [`EventStore::head`] says so.
    pub(crate) fn attend(&self, attendant: Attendant) {
        self.core.attendants.borrow_mut().push(attendant);
    }

    /// The next events after a position, and up to another that is known as stored, that a query means, with the position up to which they are
    /// all; `None` when there are none.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails or is damaged.
    pub(crate) async fn page_after(
        &self,
        query: &Query,
        after: u64,
        until: u64,
    ) -> Result<Option<(Page, u64)>, LogError> {
        self.core.check_reachable()?;
        let mut range = Range { after, until, direction: Direction::Forward };
        let page = self.core.read_range(Some(query), &mut range, MAX_PAGE_EVENTS).await?;
        Ok(page.map(|page| (page, range.after)))
    }

    /// Waits until events after a position are known, or other records than so many are set aside, taking in what other connections say that they have done.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails or is damaged.
    pub(crate) async fn more_than(&self, position: u64, set_aside: usize) -> Result<(), LogError> {
        let core = &self.core;
        let is_there = || core.head() > position || self.set_aside() != set_aside;
        loop {
            core.check_open()?;
            if is_there() {
                return Ok(());
            }
            if core.is_stale() {
                core.catch_up().await?;
            } else {
                let ready = || is_there() || core.is_stale() || core.check_open().is_err();
                core.watch.until(ready).await;
            }
        }
    }

    /// Waits until something is heard of the log from now on, its end too: for whoever could not look.
    pub(crate) fn stir(&self) -> impl Future<Output = ()> {
        let stirred = self.core.watch.stirred();
        async move { self.core.watch.until(|| self.core.watch.stirred() != stirred).await }
    }

    /// Refuses what is called on a store that is closed, by whomever.
    pub(crate) fn check_open(&self) -> Result<(), LogError> {
        self.core.check_open()
    }

    /// The id of the event at a position; `None` without one.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(crate) async fn id_at(&self, position: u64) -> Result<Option<Uuid>, LogError> {
        if position == 0 || position > self.core.head() {
            return Ok(None);
        }
        let (page, _) = self.core.read_page(&[position]).await?;
        Ok(page.events().next().map(|event| event.id()))
    }
}

impl<S: Storage> Core<S> {
    /// Lets those who asked for it do something about what was stored.
    pub(super) async fn attend(&self) {
        // Looked up anew each time: one more may come while the others work.
        for n in 0.. {
            let attendant = self.attendants.borrow().get(n).cloned();
            let Some(attendant) = attendant else { return };
            attendant().await;
        }
    }
}
