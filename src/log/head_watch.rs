//! Waiting for something to happen to the log.

use std::{
    cell::RefCell,
    future::poll_fn,
    task::{Poll, Waker},
};

/// Those who wait for the log to grow, to be closed, or to be told that it may have grown elsewhere.
#[derive(Debug, Default)]
pub(super) struct HeadWatch(RefCell<Vec<Waker>>);

impl HeadWatch {
    /// Wakes everybody.
    pub(super) fn notify(&self) {
        for waker in self.0.take() {
            waker.wake();
        }
    }

    /// Waits until `ready` says so; it is asked now and after each [`HeadWatch::notify`].
    pub(super) async fn until(&self, ready: impl Fn() -> bool) {
        poll_fn(|context| {
            if ready() {
                return Poll::Ready(());
            }
            let mut wakers = self.0.borrow_mut();
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
