//! Work in small pieces, so that a page stays alive beside it.

use std::{cell::Cell, rc::Rc};

use futures_util::future::LocalBoxFuture;

/// How long one piece of work may take before it makes room, in ms: a fifth of a frame of 60 Hz.
const MAX_SLICE_MS: f64 = 3.0;

/// Says how long a piece of work has taken, and makes room for others when that was long.
#[derive(Clone)]
pub struct Pacer {
    now: Rc<dyn Fn() -> f64>,
    pause: Rc<dyn Fn() -> LocalBoxFuture<'static, ()>>,
    started: Rc<Cell<f64>>,
    longest: Rc<Cell<f64>>,
}

impl Pacer {
    /// Takes a clock, in ms, and a way to let others run.
    pub fn new(
        now: impl Fn() -> f64 + 'static,
        pause: impl Fn() -> LocalBoxFuture<'static, ()> + 'static,
    ) -> Self {
        let started = Rc::new(Cell::new(now()));
        Self { now: Rc::new(now), pause: Rc::new(pause), started, longest: Rc::default() }
    }

    /// One that never makes room: for programs without a page.
    #[must_use]
    pub fn hasty() -> Self {
        Self::new(|| 0.0, || Box::pin(async {}))
    }

    /// The longest piece of work so far, in ms.
    #[must_use]
    pub fn longest_ms(&self) -> f64 {
        self.longest.get()
    }

    /// Begins a piece of work.
    pub(crate) fn begin(&self) {
        self.started.set((self.now)());
    }

    /// Waits for something else; a piece of work ends before it, and one begins after it.
    pub(super) async fn rest<T>(&self, other: impl Future<Output = T>) -> T {
        self.end();
        let found = other.await;
        self.begin();
        found
    }

    /// Makes room if this piece of work was long.
    pub(crate) async fn breathe(&self) {
        if (self.now)() - self.started.get() >= MAX_SLICE_MS {
            self.rest((self.pause)()).await;
        }
    }

    /// Ends a piece of work.
    pub(super) fn end(&self) {
        let taken = (self.now)() - self.started.get();
        self.longest.set(self.longest.get().max(taken));
    }
}
