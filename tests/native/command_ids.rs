//! Commands that have an id: found again, whoever carried them out, and however often they are sent at once.

use std::{cell::Cell, future::poll_fn, pin::pin, task::Poll};

use annals::{Engine, storage::MemoryServer};
use futures_util::future::join3;
use pollster::block_on;

use crate::{
    contract::Place,
    ledger::{Note, begun, ended, is_decided_on_truth, is_that_of, ledgers, now, poll_once, with_id},
    memory::InMemory,
    support::{Hand, all, open, yielding::Unhurried},
    user::{UserCommand, Users},
};

/// At so many moments of a command another connection comes between.
const MOMENTS: usize = 60;

/// More often than anything here has to be asked until it is done.
const MANY_POLLS: usize = 10_000;

#[test]
fn a_command_that_is_sent_again_while_it_waits_for_itself_is_answered() {
    block_on(async {
        let (engine, ledgers) = ledgers(MemoryServer::default().connect(), &Hand::new(1)).await;
        let (note, options, is_done) = (Note::Add(1, 1), with_id("c-1"), Cell::new(false));
        let send = || ledgers.dispatch("a", &note, &options);
        let first = async {
            let outcome = send().await;
            is_done.set(true);
            outcome
        };
        let third = async {
            poll_fn(|_| if is_done.get() { Poll::Ready(()) } else { Poll::Pending }).await;
            send().await
        };
        // The third enters between the first one's answer and the second one's turn.
        let mut all_three = pin!(join3(first, third, send()));
        let answers = (0..MANY_POLLS).find_map(|_| match poll_once(all_three.as_mut()) {
            Poll::Ready(answers) => Some(answers),
            Poll::Pending => None,
        });
        let (first, third, second) = answers.expect("nobody waits for ever");
        assert!(!first.expect("carried out").duplicate);
        assert!(second.expect("found").duplicate && third.expect("found").duplicate);
        assert_eq!(all(engine.store()).await.len(), 1);
    });
}

#[test]
fn a_command_that_two_connections_decide_differently_is_carried_out_once() {
    for moment in 0..MOMENTS {
        block_on(async {
            let (place, hand) = (Unhurried::new(InMemory::default(), moment as u64), Hand::new(1));
            let (engine, here) = ledgers(place.connect().await, &hand).await;
            let (_, there) = ledgers(place.connect().await, &hand).await;
            let (fill, options) = (Note::FillTo(5), with_id("c-1"));
            // Five events, unless the other connection comes between with three: then two.
            let mine = begun(here.dispatch("a", &fill, &options), moment);
            there.dispatch("a", &Note::Add(0, 3), &now()).await.expect("stored");
            let other = there.dispatch("a", &fill, &options).await.expect("carried out");
            let mine = ended(mine).await.expect("carried out");
            assert_ne!(mine.duplicate, other.duplicate, "moment {moment}");
            assert_eq!((&mine.events, &mine.state), (&other.events, &other.state), "moment {moment}");
            let history = all(engine.store()).await;
            assert!(is_decided_on_truth(&history) && is_that_of(&mine, &history), "moment {moment}");
        });
    }
}

#[test]
fn a_command_that_another_connection_carries_out_is_not_refused_for_what_it_did() {
    for moment in 0..MOMENTS {
        block_on(async {
            let (place, hand) = (Unhurried::new(InMemory::default(), moment as u64), Hand::new(1));
            let users = async || {
                let engine = Engine::new(open(place.connect().await, &hand).await);
                engine.register(Users).expect("the name is free")
            };
            let (here, there) = (users().await, users().await);
            let (id, name, email) = ("ada".to_owned(), "Ada".to_owned(), "ada@example.org".to_owned());
            let (create, options) = (UserCommand::Create { id, name, email }, with_id("c-1"));
            let mine = begun(here.dispatch("ada", &create, &options), moment);
            let other = there.dispatch("ada", &create, &options).await.expect("carried out");
            let mine = ended(mine).await.expect("carried out, by whomever");
            assert_ne!(mine.duplicate, other.duplicate, "moment {moment}");
            assert_eq!(mine.events, other.events, "moment {moment}");
        });
    }
}

#[test]
fn what_rests_on_a_command_that_another_connection_carries_out_is_decided_on_what_that_stores() {
    for moment in 0..MOMENTS {
        block_on(async {
            let (place, hand) = (Unhurried::new(InMemory::default(), moment as u64), Hand::new(1));
            let (engine, here) = ledgers(place.connect().await, &hand).await;
            let (_, there) = ledgers(place.connect().await, &hand).await;
            here.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
            let (before, shared, after) = (Note::Add(100, 1), Note::Add(200, 1), Note::Add(300, 1));
            let (plain, named) = (now(), with_id("c-1"));
            let mine = join3(
                here.dispatch("a", &before, &plain),
                here.dispatch("a", &shared, &named),
                here.dispatch("a", &after, &plain),
            );
            let mine = begun(mine, moment);
            there.dispatch("a", &Note::Add(900, 1), &plain).await.expect("stored");
            let other = there.dispatch("a", &shared, &named).await.expect("carried out");
            let (first, second, third) = ended(mine).await;
            let history = all(engine.store()).await;
            assert_eq!(history.len(), 5, "moment {moment}");
            assert!(is_decided_on_truth(&history), "moment {moment}");
            for outcome in [first, second, third] {
                assert!(is_that_of(&outcome.expect("carried out"), &history), "moment {moment}");
            }
            assert!(is_that_of(&other, &history), "moment {moment}");
        });
    }
}
