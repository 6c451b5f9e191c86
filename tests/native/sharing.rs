//! What many ask for at once is asked of the storage once.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use annals::{
    EventStore, ReadStream,
    log::{Start, Step},
    model::ExpectedRevision::Any,
    storage::{MemoryServer, Storage},
};
use futures_util::future::{FutureExt, join_all};
use pollster::block_on;

use crate::{
    contract::Place,
    memory::InMemory,
    support::{
        Hand,
        faulty::{FAULTS, Faulty, Plan},
        numbered, open, stream,
        world::merge_all,
        yielding::{Unhurried, Yielding},
    },
};

const STREAMS: usize = 100;
const EVENTS: usize = 3;

type Counted = Faulty<Yielding<annals::storage::Memory>>;

fn name(n: usize) -> String {
    format!("s-{n}")
}

/// A place with some events in many streams, merged or not.
async fn place(is_merged: bool, seed: u64) -> Unhurried<InMemory> {
    let server = MemoryServer::default();
    let store = open(server.connect(), &Hand::new(1)).await;
    for n in 0..EVENTS {
        let writes = (0..STREAMS).map(|s| store.append(stream(&name(s)), vec![numbered("A", n)], Any));
        join_all(writes).await.into_iter().for_each(|said| assert!(said.is_ok()));
    }
    if is_merged {
        merge_all(&store).await;
    }
    Unhurried::new(InMemory(server), seed)
}

async fn counted(place: &Unhurried<InMemory>) -> (EventStore<Counted>, Plan) {
    let plan = Plan::default();
    let storage = Faulty { inner: place.connect().await, plan: plan.clone() };
    let store = open(storage, &Hand::new(2)).await;
    plan.heal();
    (store, plan)
}

async fn count<S: Storage>(store: &EventStore<S>, s: usize) -> Option<usize> {
    let mut reader = store.read_stream(stream(&name(s)), ReadStream::default()).await.ok()?;
    Some(reader.to_vec().await.ok()?.len())
}

#[test]
fn readings_of_one_turn_share_one_look_and_every_record() {
    block_on(async {
        for (is_merged, most) in [(false, 1 + EVENTS), (true, 8)] {
            let (store, plan) = counted(&place(is_merged, 7).await).await;
            let counts = join_all((0..STREAMS).map(|s| count(&store, s))).await;
            assert_eq!(counts, vec![Some(EVENTS); STREAMS]);
            assert!(plan.calls() <= most, "{} calls, merged: {is_merged}", plan.calls());
        }
    });
}

#[test]
fn a_reading_sees_what_was_stored_before_it_was_called_though_a_look_is_under_way() {
    block_on(async {
        for turns in 0..200 {
            let place = place(false, 3).await;
            let (store, _) = counted(&place).await;
            let mut earlier = pin!(count(&store, 0));
            for _ in 0..turns {
                if poll(&mut earlier).is_ready() {
                    return assert!(turns > 2);
                }
            }
            let other = open(place.place.connect().await, &Hand::new(3)).await;
            other.append(stream(&name(1)), vec![numbered("B", 0)], Any).await.expect("stored");
            assert_eq!(count(&store, 1).await, Some(EVENTS + 1), "after {turns} turns");
        }
        unreachable!("a reading ends after some turns");
    });
}

#[test]
fn what_others_wait_for_comes_though_the_one_who_asked_has_gone() {
    block_on(async {
        for turns in 0..1_000 {
            let (store, _) = counted(&place(true, 11).await).await;
            let mut first = Box::pin(count(&store, 0).fuse());
            let mut others = pin!(join_all((0..STREAMS).map(|s| count(&store, s))));
            for _ in 0..turns {
                if let Poll::Ready(counts) = poll(&mut others) {
                    assert_eq!(counts, vec![Some(EVENTS); STREAMS]);
                    return assert!(turns > 2);
                }
                let _ = poll(&mut first);
            }
            drop(first);
            assert_eq!(others.await, vec![Some(EVENTS); STREAMS], "gone after {turns} turns");
        }
        unreachable!("readings end after some turns");
    });
}

#[test]
fn a_subscription_hears_of_what_a_reading_was_looking_for_that_has_gone() {
    block_on(async {
        for turns in 0..200 {
            let place = place(false, 5).await;
            let (store, _) = counted(&place).await;
            let subscription = store.subscribe(Start::Head, None).expect("it begins");
            assert!(matches!(subscription.next().await, Ok(Step::CaughtUp)));
            let mut next = pin!(subscription.next());
            assert!(poll(&mut next).is_pending());
            let other = open(place.place.connect().await, &Hand::new(3)).await;
            other.append(stream("B"), vec![numbered("B", 0)], Any).await.expect("stored");
            let mut reading = Box::pin(count(&store, 0));
            for _ in 0..turns {
                if poll(&mut reading).is_ready() {
                    return assert!(turns > 2);
                }
            }
            let mut step = poll(&mut next);
            drop(reading);
            for _ in 0..100 {
                step = if step.is_pending() { poll(&mut next) } else { break };
            }
            assert!(step.is_ready(), "after {turns} turns");
        }
        unreachable!("a reading ends after some turns");
    });
}

#[test]
fn what_fails_for_all_who_wait_is_there_when_they_ask_again() {
    block_on(async {
        for fault in FAULTS {
            for call in 0..6 {
                let (store, plan) = counted(&place(true, call as u64).await).await;
                plan.fail(call, fault);
                let counts = join_all((0..STREAMS).map(|s| count(&store, s))).await;
                assert!(counts.into_iter().flatten().all(|count| count == EVENTS), "{fault:?} at {call}");
                plan.heal();
                let counts = join_all((0..STREAMS).map(|s| count(&store, s))).await;
                assert_eq!(counts, vec![Some(EVENTS); STREAMS], "{fault:?} at {call}");
            }
        }
    });
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    future.poll_unpin(&mut Context::from_waker(Waker::noop()))
}
