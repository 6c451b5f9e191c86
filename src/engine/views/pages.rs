//! Pages of the log, each of which is asked for before the one that comes first is folded.

use std::pin::Pin;

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, MaybeDone, maybe_done, poll_immediate},
};

use crate::{
    log::{EventStore, LogError, Page},
    model::Query,
    storage::Storage,
};

type Reading = LocalBoxFuture<'static, Result<(Page, u64), LogError>>;

/// Pages of the log, one after another. While one is folded the storage looks for the next.
pub(super) struct Pages<S> {
    store: EventStore<S>,
    ahead: Option<Ahead>,
}

/// The page that follows the last one.
struct Ahead {
    query: Query,
    after: u64,
    until: u64,
    page: Pin<Box<MaybeDone<Reading>>>,
}

impl<S: Storage> Pages<S> {
    pub(super) fn of(store: &EventStore<S>) -> Self {
        Self { store: store.clone(), ahead: None }
    }

    /// The next events after a position that a query means, and the position up to which they are all: at most up to another.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub(super) async fn next(
        &mut self,
        query: Query,
        after: u64,
        until: u64,
    ) -> Result<(Page, u64), LogError> {
        let is_next = |ahead: &Ahead| ahead.after == after && ahead.until <= until && ahead.query == query;
        let (page, covered) = match self.ahead.take().filter(is_next) {
            Some(mut ahead) => {
                ahead.page.as_mut().await;
                match ahead.page.as_mut().take_output() {
                    Some(read) => read?,
                    None => self.read(&query, after, until).await?,
                }
            }
            None => self.read(&query, after, until).await?,
        };
        if covered < until {
            let mut page = Box::pin(maybe_done(self.read(&query, covered, until)));
            // So that it is asked for.
            poll_immediate(&mut page).await;
            self.ahead = Some(Ahead { query, after: covered, until, page });
        }
        Ok((page, covered))
    }

    fn read(&self, query: &Query, after: u64, until: u64) -> Reading {
        let (store, query) = (self.store.clone(), query.clone());
        let page = async move {
            let page = store.page_after(&query, after, until).await?;
            Ok(page.unwrap_or((Page::default(), until)))
        };
        page.boxed_local()
    }
}
