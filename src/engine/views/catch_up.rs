//! Bringing generations up to the log: at open, in a rebuild, and for a moment of the past.

use std::{pin::pin, rc::Rc, slice};

use futures_util::future::select;

use crate::{
    log::{LogError, ReadError},
    storage::{ForgetViews, Storage},
};

use super::{
    Folding, PastView, Told, ViewError, Views,
    generation::Generation,
    pages::Pages,
    views::{Inner, Shown},
};

/// Is told how far a work is, in events and of how many, and says whether it is to go on.
pub type Watcher<'a> = &'a dyn Fn(u64, u64) -> bool;

/// A moment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// After the event at a position; 0 is before the first.
    Position(u64),
    /// After the last event that was stored up to a time, in ms since the epoch.
    Time(u64),
}

impl<S: Storage, F: Folding> Views<S, F> {
    /// Takes over what is saved, then brings all views up to the log, those first that have the least before them. `watch` is told the name of a
    /// view, how far it is and of how many events, and says whether to go on.
    ///
    /// # Errors
    /// [`ViewError`] when the log cannot be read, or `watch` says no. What is ready by then stays so.
    pub async fn open(&self, watch: &dyn Fn(&str, u64, u64) -> bool) -> Result<(), ViewError> {
        self.restore().await;
        loop {
            let group = self.0.furthest_waiting();
            let Some(first) = group.first() else { return Ok(()) };
            let members: Vec<_> = group.iter().map(|view| view.current()).collect();
            self.0.bring(&members, &|done, total| watch(&first.rule.name, done, total)).await?;
            let mut told: Vec<Told> = Vec::new();
            for (view, member) in group.iter().zip(&members) {
                // Somebody else may have opened it meanwhile, or folded it anew.
                if Rc::ptr_eq(&view.current(), member) && !view.is_ready.replace(true) {
                    self.0.join(member);
                    told.push(Told { view: view.number, lives: Vec::new() });
                }
            }
            self.0.tell(&told);
            self.0.watch.notify();
        }
    }

    /// Takes over what is saved, and no more: so there is something to be seen while the rest is folded.
    pub async fn restore(&self) {
        for view in self.0.waiting() {
            self.0.restore(&view).await;
        }
    }

    /// As [`Views::open`], for a page that goes on meanwhile: where the log cannot be read, it is tried again when something is heard of it.
    ///
    /// # Errors
    /// [`ViewError`] when the store is closed, or `watch` says no.
    pub async fn open_in_background(&self, watch: &dyn Fn(&str, u64, u64) -> bool) -> Result<(), ViewError> {
        loop {
            let heard = self.0.store.stir();
            match self.open(watch).await {
                Err(ViewError::Log(error)) if error.may_pass() => heard.await,
                opened => return opened,
            }
        }
    }

    /// Folds a view anew from the first event, beside the one that is shown, and shows it when it has caught up. That heals one that has stopped,
    /// once its code is mended.
    ///
    /// # Errors
    /// [`ViewError`] when there is no such view, the log cannot be read, `watch` says no, or the projection fails over an event: then what
    /// was shown stays.
    pub async fn rebuild(&self, view: usize, watch: Watcher<'_>) -> Result<(), ViewError> {
        let shown = self.shown(view).ok_or(ViewError::NoView)?;
        let fresh = Generation::begin(&self.0.folding, view, &shown.rule);
        self.0.bring_whole(&fresh, watch).await?;
        // What is saved is of the same version, and as far or further: it would be taken for this.
        self.0.store.forget_views(ForgetViews::One(&shown.key())).await?;
        // While that was done, others may have gone on.
        self.0.bring_whole(&fresh, watch).await?;
        let old = shown.show(&self.0.folding, fresh.clone());
        self.0.leave(&old);
        self.0.join(&fresh);
        shown.is_ready.set(true);
        // Until it is saved itself: a save of what was shown may be under way.
        fresh.is_anew.set(true);
        let lives = fresh.take_over(&old);
        self.0.tell(&[Told { view, lives }]);
        self.0.watch.notify();
        Ok(())
    }

    /// Rebuilds all that was begun: a repair has given up events that are in it. One that cannot be stays as it is, and says why when it is asked to be.
    pub(super) async fn rebuild_all(&self) {
        for view in 0.. {
            let Some(shown) = self.shown(view) else { return };
            if shown.has_begun() {
                let _ = self.rebuild(view, &|_, _| true).await;
            }
        }
    }

    /// A view as it was at a moment: folded from the first event up to it.
    ///
    /// # Errors
    /// As [`Views::rebuild`].
    pub async fn as_of(
        &self,
        view: usize,
        moment: Moment,
        watch: Watcher<'_>,
    ) -> Result<PastView<F>, ViewError> {
        let shown = self.shown(view).ok_or(ViewError::NoView)?;
        let store = &self.0.store;
        let until = match moment {
            Moment::Position(position) => {
                store.refresh().await?;
                position.min(store.head())
            }
            Moment::Time(time) => store.position_at(time).await?,
        };
        let past = Generation::begin(&self.0.folding, view, &shown.rule);
        let mut pages = Pages::of(store);
        while past.position.get() < until {
            self.0.step(slice::from_ref(&past), &mut pages, until, watch).await?;
            if let Some(fault) = past.fault.borrow().clone() {
                return Err(ViewError::Stopped(fault));
            }
        }
        Ok(PastView(past))
    }

    /// Waits until a view has taken in the event at a position.
    ///
    /// # Errors
    /// [`ViewError`] when there is no such view, it has stopped, or the store is closed.
    pub async fn when_at(&self, view: usize, position: u64) -> Result<(), ViewError> {
        let shown = self.shown(view).ok_or(ViewError::NoView)?;
        loop {
            let current = shown.current();
            if current.position.get() >= position && shown.is_ready.get() {
                return Ok(());
            }
            if let Some(fault) = current.fault.borrow().clone() {
                return Err(ViewError::Stopped(fault));
            }
            let heard = self.0.store.stir();
            self.0.store.check_open()?;
            let stirred = self.0.watch.stirred();
            // What cannot be read now is read when something is heard.
            let _ = self.0.keep_up().await;
            let moved = self.0.watch.until(|| self.0.watch.stirred() != stirred);
            select(pin!(moved), pin!(heard)).await;
        }
    }
}

impl<S: Storage, F: Folding> Inner<S, F> {
    /// The views that are not ready.
    fn waiting(&self) -> Vec<Rc<Shown<F>>> {
        self.views.borrow().iter().filter(|view| !view.is_ready.get()).cloned().collect()
    }

    /// Of the views that are not ready, those that are furthest: they are as far as one another.
    fn furthest_waiting(&self) -> Vec<Rc<Shown<F>>> {
        let mut waiting = self.waiting();
        let position = |view: &Rc<Shown<F>>| view.current().position.get();
        let furthest = waiting.iter().map(position).max();
        waiting.retain(|view| Some(position(view)) == furthest);
        waiting
    }

    /// Brings generations, which are as far as one another, up to those that are kept up with the log: whoever is there may join them at once.
    async fn bring(&self, members: &[Rc<Generation<F>>], watch: Watcher<'_>) -> Result<(), ViewError> {
        let mut pages = Pages::of(&self.store);
        loop {
            // Those may be behind the head while they take it in.
            let until = self.live_position();
            let going: Vec<_> = members.iter().filter(|one| !one.is_stopped()).cloned().collect();
            if going.iter().all(|one| one.position.get() >= until) {
                return Ok(());
            }
            self.step(&going, &mut pages, until, watch).await?;
        }
    }

    /// Brings one generation as far, unless it stops on the way.
    async fn bring_whole(&self, fresh: &Rc<Generation<F>>, watch: Watcher<'_>) -> Result<(), ViewError> {
        self.bring(slice::from_ref(fresh), watch).await?;
        fresh.fault.borrow().clone().map_or(Ok(()), |fault| Err(ViewError::Stopped(fault)))
    }

    async fn step(
        &self,
        members: &[Rc<Generation<F>>],
        pages: &mut Pages<S>,
        until: u64,
        watch: Watcher<'_>,
    ) -> Result<(), ViewError> {
        self.pacer.begin();
        let told = self.advance(members, pages, until).await?;
        self.tell(&told);
        let done = members.iter().map(|one| one.position.get()).min().unwrap_or(until);
        if !watch(done, until) {
            return Err(ViewError::Aborted);
        }
        self.pacer.breathe().await;
        Ok(())
    }
}

impl From<LogError> for ViewError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<ReadError> for ViewError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Log(error) => Self::Log(error),
            ReadError::InvalidArgument(invalid) => Self::InvalidArgument(invalid),
        }
    }
}
