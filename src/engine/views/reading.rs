//! Asking a view.

use std::rc::Rc;

use crate::storage::Storage;

use super::{DeadLetter, Explanation, Find, Folding, GenerationId, LiveId, Views, generation::Generation};

/// How a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewStatus {
    /// It has not taken in what was stored when the store was opened.
    CatchingUp,
    /// It is kept up with the log.
    Ready,
    /// Its projection has failed over an event: it stays as it was before it.
    Stopped,
}

/// How far a view is, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewState {
    /// The rows that it shows.
    pub generation: GenerationId,
    /// The last event that it has taken in, or left out as none of its own.
    pub position: u64,
    /// When the newest event of its own was stored, in ms since the epoch; 0 without one.
    pub updated_at: u64,
    /// How it is.
    pub status: ViewStatus,
    /// How many rows it has.
    pub count: usize,
    /// How many events were skipped.
    pub skipped: u64,
}

impl<S: Storage, F: Folding> Views<S, F> {
    fn current(&self, view: usize) -> Option<Rc<Generation<F>>> {
        Some(self.shown(view)?.current())
    }

    /// How far a view is, and how it is; `None` when there is no such view.
    #[must_use]
    pub fn state(&self, view: usize) -> Option<ViewState> {
        let shown = self.shown(view)?;
        let current = shown.current();
        Some(ViewState {
            generation: current.id,
            position: current.position.get(),
            updated_at: current.updated_at.get(),
            status: shown.status(),
            count: current.count_rows(),
            skipped: current.skipped.get(),
        })
    }

    /// Over which event a view has stopped, if it has.
    #[must_use]
    pub fn fault(&self, view: usize) -> Option<DeadLetter> {
        self.current(view)?.fault.borrow().clone()
    }

    /// The events that a view has skipped: the first [`MAX_DEAD_LETTERS`](super::MAX_DEAD_LETTERS) of them.
    #[must_use]
    pub fn dead_letters(&self, view: usize) -> Vec<DeadLetter> {
        self.current(view).map(|current| current.letters.borrow().clone()).unwrap_or_default()
    }

    /// The slots of the rows that are meant, in order.
    #[must_use]
    pub fn find(&self, view: usize, find: &Find) -> Vec<u32> {
        self.current(view).map(|current| current.explain(find).0).unwrap_or_default()
    }

    /// How many rows are meant, whatever is said of order and limits.
    #[must_use]
    pub fn count(&self, view: usize, find: &Find) -> usize {
        self.current(view).map_or(0, |current| current.count(find))
    }

    /// How the rows that are meant are come by.
    #[must_use]
    pub fn explain(&self, view: usize, find: &Find) -> Option<Explanation> {
        Some(self.current(view)?.explain(find).1)
    }

    /// Keeps a question, so that it is told when its answer is another.
    #[must_use]
    pub fn open_live(&self, view: usize, find: Find) -> Option<LiveId> {
        Some(self.current(view)?.open_live(find))
    }

    /// The answer of a kept question, as slots.
    #[must_use]
    pub fn live_answer(&self, view: usize, live: LiveId) -> Vec<u32> {
        self.current(view).map(|current| current.lives.borrow().answer(live).to_vec()).unwrap_or_default()
    }

    /// How often the answer of a kept question has changed.
    pub(super) fn live_version(&self, view: usize, live: LiveId) -> u64 {
        self.current(view).map_or(0, |current| current.lives.borrow().version(live))
    }

    /// Keeps a question no more.
    pub fn close_live(&self, view: usize, live: LiveId) {
        if let Some(current) = self.current(view) {
            current.lives.borrow_mut().close(live);
        }
    }
}
