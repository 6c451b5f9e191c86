//! A view of Rust: rows of one type.

use std::{cell::RefCell, marker::PhantomData, rc::Rc};

use crate::storage::Storage;

use super::{
    DeadLetter, Explanation, Find, LiveId, Moment, PastView, TypedProjections, ViewError, ViewStatus, Views,
    Watcher, typed::Table,
};

/// A view whose rows are of one type. Clones are handles of the same.
pub struct View<S, R> {
    views: Views<S, TypedProjections>,
    number: usize,
    rows: PhantomData<R>,
}

impl<S, R> Clone for View<S, R> {
    fn clone(&self) -> Self {
        Self { views: self.views.clone(), number: self.number, rows: PhantomData }
    }
}

impl<S: Storage, R: 'static> View<S, R> {
    pub(crate) fn new(views: Views<S, TypedProjections>, number: usize) -> Self {
        Self { views, number, rows: PhantomData }
    }

    /// Whether the rows are of this type, as far as they can be looked at.
    pub(crate) fn is_of_its_type(&self) -> bool {
        self.table().is_some()
    }

    fn table(&self) -> Option<Rc<Table<R>>> {
        let generation = self.views.state(self.number)?.generation;
        self.views.folding().table(generation)
    }

    /// The row under a key; the same one until it changes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Rc<R>> {
        self.table()?.get(key)
    }

    /// The rows that are meant, in order.
    #[must_use]
    pub fn find(&self, find: &Find) -> Vec<Rc<R>> {
        let slots = self.views.find(self.number, find);
        self.table().map(|table| rows(&table, &slots)).unwrap_or_default()
    }

    /// How many rows are meant, whatever is said of order and limits.
    #[must_use]
    pub fn count(&self, find: &Find) -> usize {
        self.views.count(self.number, find)
    }

    /// How the rows that are meant are come by.
    #[must_use]
    pub fn explain(&self, find: &Find) -> Option<Explanation> {
        self.views.explain(self.number, find)
    }

    /// A question that is kept, and says when its answer is another.
    #[must_use]
    pub fn live(&self, find: Find) -> LiveQuery<S, R> {
        let id = self.views.open_live(self.number, find).unwrap_or_default();
        LiveQuery { view: self.clone(), id, told: RefCell::default() }
    }

    /// The last event that it has taken in, or left out as none of its own.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.views.state(self.number).map_or(0, |state| state.position)
    }

    /// When the newest event of its own was stored, in ms since the epoch; 0 without one.
    #[must_use]
    pub fn updated_at(&self) -> u64 {
        self.views.state(self.number).map_or(0, |state| state.updated_at)
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> ViewStatus {
        self.views.state(self.number).map_or(ViewStatus::CatchingUp, |state| state.status)
    }

    /// Over which event it has stopped, if it has.
    #[must_use]
    pub fn fault(&self) -> Option<DeadLetter> {
        self.views.fault(self.number)
    }

    /// The events that it has skipped.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.views.dead_letters(self.number)
    }

    /// Waits until it has taken in the event at a position.
    ///
    /// # Errors
    /// [`ViewError`] when it stops before, or the store is closed.
    pub async fn when_at(&self, position: u64) -> Result<(), ViewError> {
        self.views.when_at(self.number, position).await
    }

    /// Folds it anew from the first event, beside what is shown. `watch` is told how far it is, in events and of how many, and says whether to go
    /// on.
    ///
    /// # Errors
    /// [`ViewError`] when the log cannot be read, `watch` says no, or the projection fails over an event; what was shown stays.
    pub async fn rebuild(&self, watch: Watcher<'_>) -> Result<(), ViewError> {
        self.views.rebuild(self.number, watch).await
    }

    /// The view as it was at a moment.
    ///
    /// # Errors
    /// As [`View::rebuild`].
    pub async fn as_of(&self, moment: Moment, watch: Watcher<'_>) -> Result<Past<S, R>, ViewError> {
        let past = self.views.as_of(self.number, moment, watch).await?;
        let table = self.views.folding().table(past.generation()).ok_or(ViewError::NoView)?;
        Ok(Past { past, table, storage: PhantomData })
    }

    /// Saves it as it is now. Says whether something was saved.
    ///
    /// # Errors
    /// [`ViewError`] when a row cannot be written, or the storage fails. It goes on all the same.
    pub async fn save(&self) -> Result<bool, ViewError> {
        self.views.save(self.number).await
    }
}

/// A view as it was at a moment.
pub struct Past<S, R> {
    past: PastView<TypedProjections>,
    table: Rc<Table<R>>,
    storage: PhantomData<S>,
}

impl<S, R> Past<S, R> {
    /// The row that was under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Rc<R>> {
        self.table.get(key)
    }

    /// The rows that are meant, in order.
    #[must_use]
    pub fn find(&self, find: &Find) -> Vec<Rc<R>> {
        rows(&self.table, &self.past.find(find).0)
    }

    /// How many rows are meant, whatever is said of order and limits.
    #[must_use]
    pub fn count(&self, find: &Find) -> usize {
        self.past.count(find)
    }

    /// The last event that it has taken in.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.past.position()
    }
}

/// A question that is kept.
pub struct LiveQuery<S: Storage, R: 'static> {
    view: View<S, R>,
    id: LiveId,
    /// Of the answer that was told last: how often it had changed, and its rows.
    told: RefCell<Option<(u64, Vec<Rc<R>>)>>,
}

impl<S: Storage, R: 'static> LiveQuery<S, R> {
    /// The rows that are meant now, in order.
    #[must_use]
    pub fn get(&self) -> Vec<Rc<R>> {
        let slots = self.view.views.live_answer(self.view.number, self.id);
        self.view.table().map(|table| rows(&table, &slots)).unwrap_or_default()
    }

    /// Whether the answer is another than when this was asked last: other rows, a row that has changed, or another order. The first time
    /// it is.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        let version = self.view.views.live_version(self.view.number, self.id);
        if matches!(&*self.told.borrow(), Some((told, _)) if *told == version) {
            return false;
        }
        let rows = self.get();
        let before = self.told.replace(Some((version, rows.clone())));
        before.is_none_or(|(_, before)| !is_same(&before, &rows))
    }
}

impl<S: Storage, R: 'static> Drop for LiveQuery<S, R> {
    fn drop(&mut self) {
        self.view.views.close_live(self.view.number, self.id);
    }
}

/// Whether two answers are the very same rows in the same order.
fn is_same<R>(one: &[Rc<R>], other: &[Rc<R>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Rc::ptr_eq(one, other))
}

fn rows<R>(table: &Table<R>, slots: &[u32]) -> Vec<Rc<R>> {
    slots.iter().filter_map(|slot| table.row(*slot)).collect()
}
