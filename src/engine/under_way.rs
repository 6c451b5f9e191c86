//! Commands that have an id and are under way.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    future::poll_fn,
    task::{Poll, Waker},
};

use crate::model::CommandId;

/// Commands that have an id and are under way: the same command sent twice waits for itself, in the order of the calls.
#[derive(Default)]
pub(super) struct UnderWay {
    lines: RefCell<HashMap<CommandId, VecDeque<u64>>>,
    next: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

/// A command that is under way, or waits, until this is dropped.
pub(super) struct Claim<'a> {
    under_way: &'a UnderWay,
    id: CommandId,
    number: u64,
}

impl UnderWay {
    /// Waits until the command is not under way, and takes it.
    pub(super) async fn claim(&self, id: &CommandId) -> Claim<'_> {
        let number = self.next.replace(self.next.get() + 1);
        self.lines.borrow_mut().entry(id.clone()).or_default().push_back(number);
        let claim = Claim { under_way: self, id: id.clone(), number };
        poll_fn(|context| {
            if self.lines.borrow().get(id).and_then(VecDeque::front) == Some(&number) {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
        claim
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut lines = self.under_way.lines.borrow_mut();
        if let Some(line) = lines.get_mut(&self.id) {
            line.retain(|number| *number != self.number);
            if line.is_empty() {
                lines.remove(&self.id);
            }
        }
        drop(lines);
        self.under_way.waiting.take().into_iter().for_each(Waker::wake);
    }
}
