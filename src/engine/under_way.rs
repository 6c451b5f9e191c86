//! Commands that have an id and are under way.

use std::{
    cell::RefCell,
    collections::HashSet,
    future::poll_fn,
    task::{Poll, Waker},
};

use crate::model::CommandId;

/// Commands that have an id and are under way: the same command sent twice waits for itself.
#[derive(Default)]
pub(super) struct UnderWay {
    ids: RefCell<HashSet<CommandId>>,
    waiting: RefCell<Vec<Waker>>,
}

/// A command that is under way until this is dropped.
pub(super) struct Claim<'a> {
    under_way: &'a UnderWay,
    id: CommandId,
}

impl UnderWay {
    /// Waits until the command is not under way, and takes it.
    pub(super) async fn claim(&self, id: &CommandId) -> Claim<'_> {
        poll_fn(|context| {
            if self.ids.borrow_mut().insert(id.clone()) {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
        Claim { under_way: self, id: id.clone() }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.under_way.ids.borrow_mut().remove(&self.id);
        self.under_way.waiting.take().into_iter().for_each(Waker::wake);
    }
}
