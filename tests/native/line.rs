//! The line of one aggregate: whatever comes between its commands, each is answered by what was so.

use annals::{
    Aggregate, AsOf, Engine,
    engine::{DispatchError, DispatchOptions},
    model::{Condition, Query, QueryItem},
    storage::MemoryServer,
};
use futures_util::future::join_all;
use pollster::block_on;
use serde::{Deserialize, Serialize};

use crate::{
    contract::Place,
    ledger::{Note, TooFew, begun, ended, is_decided_on_truth, is_that_of, ledgers, now, poll_once},
    memory::InMemory,
    support::{Hand, all, open, yielding::Unhurried},
};

#[test]
fn nothing_is_refused_on_what_has_not_been_so_for_long_however_slow_the_storage_is() {
    for seed in 0..100 {
        block_on(async {
            let (place, hand) = (Unhurried::new(InMemory::default(), seed), Hand::new(1));
            let (_, here) = ledgers(place.connect().await, &hand).await;
            let (_, there) = ledgers(place.connect().await, &hand).await;
            here.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
            there.dispatch("a", &Note::Add(1, 1), &now()).await.expect("stored");
            let (first, second, options) = (Note::AddAfter(5, 2), Note::Add(6, 1), now());
            let outcomes =
                join_all([here.dispatch("a", &first, &options), here.dispatch("a", &second, &options)]).await;
            assert!(outcomes.iter().all(Result::is_ok), "seed {seed}: {outcomes:?}");
        });
    }
}

#[test]
fn an_answer_decided_on_what_was_not_stored_is_not_proven_by_what_was_stored_in_its_place() {
    for moment in 0..60 {
        block_on(async {
            let (place, hand) = (Unhurried::new(InMemory::default(), moment as u64), Hand::new(1));
            let (engine, here) = ledgers(place.connect().await, &hand).await;
            let (_, there) = ledgers(place.connect().await, &hand).await;
            here.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
            let (note, nothing, options) = (Note::Add(100, 1), Note::Nothing, now());
            let writing = begun(here.dispatch("a", &note, &options), moment);
            let answering = begun(here.dispatch("a", &nothing, &options), 1);
            there.dispatch("a", &Note::Add(900, 1), &options).await.expect("stored");
            // The writing one may lose against that, while nobody asks after the other.
            let writing = begun(writing, 1_000);
            let answer = ended(answering).await.expect("an answer");
            drop(writing);
            let history = all(engine.store()).await;
            assert!(is_decided_on_truth(&history) && is_that_of(&answer, &history), "moment {moment}");
        });
    }
}

#[test]
fn a_command_that_waits_for_its_answer_is_not_overtaken_when_a_later_one_is_refused_first() {
    block_on(async {
        let (place, hand) = (InMemory::default(), Hand::new(1));
        let (_, here) = ledgers(place.connect().await, &hand).await;
        let (_, there) = ledgers(place.connect().await, &hand).await;
        here.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
        let noted = Query::of(QueryItem { types: vec!["Noted".to_owned()], ..QueryItem::default() });
        let condition = Condition { fail_if_events_match: noted, after: 0 };
        let (free, bound) = (now(), DispatchOptions { condition: Some(condition), ..now() });
        let notes = [Note::Add(10, 1), Note::AddAfter(20, 7), Note::Add(30, 1), Note::Add(40, 1)];
        let first = begun(here.dispatch("a", &notes[0], &free), 1);
        let asking = begun(here.dispatch("a", &notes[1], &free), 1);
        let stored = begun(here.dispatch("a", &notes[2], &free), 1);
        // It alone is asked for, so it learns that it is refused before the one before it learns that it is stored.
        let refused = ended(begun(here.dispatch("a", &notes[3], &bound), 1)).await;
        assert!(refused.is_err(), "{refused:?}");
        ended(first).await.expect("stored");
        there.dispatch("a", &Note::Add(900, 6), &free).await.expect("stored");
        let (asked, stored) = futures_util::join!(ended(asking), ended(stored));
        assert_eq!(stored.expect("stored").revision, 3);
        assert!(matches!(asked, Err(DispatchError::Rejected(TooFew(2)))), "{asked:?}");
    });
}

#[test]
fn the_position_of_a_command_that_makes_nothing_happen_covers_what_it_rests_on() {
    block_on(async {
        let (_, ledgers) = ledgers(MemoryServer::default().connect(), &Hand::new(1)).await;
        let (note, nothing, options) = (Note::Add(1, 3), Note::Nothing, now());
        let outcomes =
            join_all([ledgers.dispatch("a", &note, &options), ledgers.dispatch("a", &nothing, &options)])
                .await;
        let done = outcomes[1].as_ref().expect("an answer");
        assert_eq!((done.revision, done.position), (3, 3));
    });
}

/// Adds up, and can decide on something that cannot be read again.
struct Sums;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Summed {
    Added(u64),
    #[serde(skip_deserializing)]
    Unreadable,
}

enum Sum {
    Add(u64),
    /// Nothing, if there is so much.
    Ask(u64),
    Spoil,
}

impl Aggregate for Sums {
    type State = u64;
    type Command = Sum;
    type Event = Summed;
    type Error = u64;

    fn name(&self) -> &str {
        "sum"
    }

    fn initial_state(&self) -> u64 {
        0
    }

    fn decide(&self, sum: &u64, command: &Sum) -> Result<Vec<Summed>, u64> {
        match command {
            Sum::Add(by) => Ok(vec![Summed::Added(*by)]),
            Sum::Ask(least) if sum < least => Err(*sum),
            Sum::Ask(_) => Ok(Vec::new()),
            Sum::Spoil => Ok(vec![Summed::Unreadable]),
        }
    }

    fn evolve(&self, sum: u64, event: &Summed) -> u64 {
        match event {
            Summed::Added(by) => sum + by,
            Summed::Unreadable => sum,
        }
    }
}

#[test]
fn a_command_whose_events_give_no_state_does_not_spoil_those_beside_it() {
    for seed in 0..60 {
        block_on(async {
            let place = Unhurried::new(InMemory::default(), seed);
            let engine = Engine::new(open(place.connect().await, &Hand::new(1)).await);
            let sums = engine.register(Sums).expect("the name is free");
            sums.dispatch("a", &Sum::Add(1), &now()).await.expect("stored");
            let options = DispatchOptions { retries: 0, ..now() };
            let commands = [Sum::Add(10), Sum::Spoil, Sum::Ask(11), Sum::Add(5)];
            let outcomes =
                join_all(commands.iter().map(|command| sums.dispatch("a", command, &options))).await;
            let [added, spoilt, asked, last] = &outcomes[..] else { panic!("four answers") };
            assert!(matches!(spoilt, Err(DispatchError::Broken(_))), "seed {seed}: {spoilt:?}");
            assert!([added, asked, last].iter().all(|outcome| outcome.is_ok()), "seed {seed}: {outcomes:?}");
            assert_eq!(*sums.load("a", AsOf::Now).await.expect("loaded").state, 16);
            assert_eq!(all(engine.store()).await.len(), 3);
        });
    }
}

#[test]
fn a_command_whose_caller_has_gone_may_be_overtaken_and_nothing_is_decided_on_what_is_not_so() {
    block_on(async {
        let (engine, ledgers) = ledgers(MemoryServer::default().connect(), &Hand::new(1)).await;
        ledgers.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
        let leave = |note: Note| {
            let options = now();
            let mut left = Box::pin(ledgers.dispatch("a", &note, &options));
            assert!(poll_once(left.as_mut()).is_pending());
        };
        leave(Note::Add(1, 1));
        // It is not stored yet, and nobody waits for it: the next is decided without it, or with it, but on what is so.
        let next = ledgers.dispatch("a", &Note::AddAfter(2, 2), &now()).await;
        assert!(matches!(next, Ok(_) | Err(DispatchError::Rejected(TooFew(1)))), "{next:?}");
        leave(Note::Add(3, 1));
        let done = ledgers.dispatch("a", &Note::Add(4, 1), &now()).await.expect("stored");
        engine.store().drive().await;
        let events = all(engine.store()).await;
        assert!(is_decided_on_truth(&events));
        assert_eq!(done.state.0.len() as u64, done.revision);
    });
}
