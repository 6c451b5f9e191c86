//! Giving the others their turn.

use std::{future::poll_fn, mem, task::Poll};

/// Lets every other task that is ready run first: what is called in one turn shares a commit, or a look.
pub(super) async fn next_turn() {
    let mut waited = false;
    poll_fn(|context| {
        if mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
