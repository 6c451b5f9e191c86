//! Waiting for something to happen to the log.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

/// Those who wait for the log to grow, to be closed, or to be told that it may have grown elsewhere.
#[derive(Debug, Default)]
pub(crate) struct HeadWatch {
    wakers: RefCell<Vec<Waker>>,
    stirred: Cell<u64>,
}

impl HeadWatch {
    /// Wakes everybody.
    pub(crate) fn notify(&self) {
        self.stirred.update(|count| count + 1);
        for waker in self.wakers.take() {
            waker.wake();
        }
    }

    /// How often everybody was woken.
    pub(crate) fn stirred(&self) -> u64 {
        self.stirred.get()
    }

    /// Waits until `ready` says so; it is asked now and after each [`HeadWatch::notify`].
    pub(crate) async fn until(&self, ready: impl Fn() -> bool) {
        poll_fn(|context| {
            if ready() {
                return Poll::Ready(());
            }
            let mut wakers = self.wakers.borrow_mut();
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
