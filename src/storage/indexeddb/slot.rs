//! A value that an event will bring.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// A value that an event will bring, to one who waits. The first value counts.
pub(super) struct Slot<T>(Rc<Inner<T>>);

struct Inner<T> {
    value: Cell<Option<T>>,
    filled: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Slot<T> {
    pub(super) fn new() -> Self {
        Self(Rc::new(Inner { value: Cell::new(None), filled: Cell::new(false), waker: RefCell::default() }))
    }

    pub(super) fn fill(&self, value: T) {
        if self.0.filled.replace(true) {
            return;
        }
        self.0.value.set(Some(value));
        let waker = self.0.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) async fn wait(self) -> T {
        poll_fn(|context| match self.0.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.0.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

impl<T> Slot<T> {
    /// Whether both are the same slot.
    pub(super) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
