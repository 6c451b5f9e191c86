//! Ledgers: aggregates whose state tells on what each of their events was decided.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use annals::{
    Aggregate, Engine,
    engine::{DispatchError, DispatchOptions, Dispatched, Repository, Unreadable},
    model::{CommandId, RecordedEvent},
    storage::Storage,
};
use futures_util::future::{MaybeDone, maybe_done};
use serde::{Deserialize, Serialize};

use crate::support::{Hand, open};

/// An aggregate whose state remembers all that was decided, and on what.
pub struct Ledger;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries(pub Vec<Noted>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    pub what: u64,
    /// How many there were when it was decided.
    pub after: usize,
}

#[derive(Debug, Clone)]
pub enum Note {
    /// So many entries, from a number on.
    Add(u64, usize),
    /// Refused unless there are so many already.
    AddAfter(u64, usize),
    /// As many entries as there are missing.
    FillTo(usize),
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum LedgerEvent {
    Noted(Noted),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooFew(pub usize);

impl Aggregate for Ledger {
    type State = Entries;
    type Command = Note;
    type Event = LedgerEvent;
    type Error = TooFew;

    fn name(&self) -> &str {
        "ledger"
    }

    fn initial_state(&self) -> Entries {
        Entries::default()
    }

    fn decide(&self, Entries(entries): &Entries, command: &Note) -> Result<Vec<LedgerEvent>, TooFew> {
        let note = |n: usize, what| LedgerEvent::Noted(Noted { what, after: entries.len() + n });
        match *command {
            Note::Add(what, count) => Ok((0..count).map(|n| note(n, what + n as u64)).collect()),
            Note::AddAfter(_, least) if entries.len() < least => Err(TooFew(entries.len())),
            Note::AddAfter(what, _) => Ok(vec![note(0, what)]),
            Note::FillTo(length) => {
                Ok((0..length.saturating_sub(entries.len())).map(|n| note(n, 0)).collect())
            }
            Note::Nothing => Ok(Vec::new()),
        }
    }

    fn evolve(&self, Entries(mut entries): Entries, LedgerEvent::Noted(noted): &LedgerEvent) -> Entries {
        entries.push(noted.clone());
        Entries(entries)
    }
}

pub type Ledgers<S> = Repository<S, Ledger>;
pub type Outcome = Result<Dispatched<Rc<Entries>>, DispatchError<TooFew, Unreadable>>;

pub async fn ledgers<S: Storage>(storage: S, hand: &Hand) -> (Engine<S>, Ledgers<S>) {
    let engine = Engine::new(open(storage, hand).await);
    let repository = engine.register(Ledger).expect("the name is free");
    (engine, repository)
}

pub fn with_id(id: &str) -> DispatchOptions {
    DispatchOptions { command_id: Some(CommandId::new(id).expect("an id")), ..DispatchOptions::default() }
}

pub fn now() -> DispatchOptions {
    DispatchOptions::default()
}

/// Lets a future go on as far as it can without anybody else.
pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets a future go on so many times, if it is not done before.
pub fn begun<F: Future>(future: F, times: usize) -> Pin<Box<MaybeDone<F>>> {
    let mut begun = Box::pin(maybe_done(future));
    for _ in 0..times {
        let _ = poll_once(begun.as_mut());
    }
    begun
}

/// What comes of a future that was begun.
pub async fn ended<F: Future>(mut begun: Pin<Box<MaybeDone<F>>>) -> F::Output {
    begun.as_mut().await;
    begun.as_mut().take_output().expect("it is taken once")
}

/// The state is that of a ledger's history, up to what the answer says.
pub fn is_that_of(done: &Dispatched<Rc<Entries>>, history: &[RecordedEvent]) -> bool {
    let noted = |event: &RecordedEvent| event.data.parse::<Noted>().expect("a note");
    done.state.0 == history[..done.revision as usize].iter().map(noted).collect::<Vec<_>>()
}

/// Every event was decided on just the events before it.
pub fn is_decided_on_truth(events: &[RecordedEvent]) -> bool {
    events
        .iter()
        .all(|event| event.data.parse::<Noted>().is_ok_and(|noted| noted.after as u64 + 1 == event.revision))
}
