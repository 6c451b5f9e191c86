//! Appends that wait for their commit.

use std::collections::VecDeque;

use crate::model::{Append, AppendResult};

use super::AppendError;

/// What an append is answered.
pub type Answer = Result<AppendResult, AppendError>;

/// Names a waiting append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// The most that one commit takes from the queue, in bytes of JSON text. A larger append goes alone.
const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;

/// An append that waits for its commit.
pub(super) struct Waiting {
    pub(super) ticket: Ticket,
    pub(super) append: Append,
    pub(super) answer: Box<dyn FnOnce(Answer)>,
}

/// Appends that wait for their commit, in call order.
#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Waiting>,
    last_ticket: u64,
}

impl Queue {
    pub(super) fn push(&mut self, append: Append, answer: Box<dyn FnOnce(Answer)>) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.waiting.push_back(Waiting { ticket, append, answer });
        ticket
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes out an append whose commit has not begun.
    pub(super) fn cancel(&mut self, ticket: Ticket) -> Option<Waiting> {
        let index = self.waiting.binary_search_by_key(&ticket, |waiting| waiting.ticket).ok()?;
        self.waiting.remove(index)
    }

    /// The next appends that share a commit.
    pub(super) fn next_group(&mut self) -> Vec<Waiting> {
        let mut bytes = 0;
        let fits = |waiting: &Waiting| {
            bytes += waiting.append.bytes();
            bytes <= MAX_GROUP_BYTES
        };
        let count = self.waiting.iter().map(fits).take_while(|fits| *fits).count();
        let count = count.max(1).min(self.waiting.len());
        self.waiting.drain(..count).collect()
    }
}
