//! Storage that fails: at every call, in every way.

use std::{cell::RefCell, rc::Rc};

use annals::{
    log::{AppendError, EventStore, LogError, MergeStep, OpenOptions, Pacer, ReadAll, ReadError},
    model::{ExpectedRevision, NewEvent, RecordedEvent, Uuid, Write},
    storage::{Contents, Memory, MemoryServer, Signal, StorageError},
};
use futures_util::future::{join, join_all};
use pollster::block_on;
use proptest::prelude::*;

use crate::{
    contract::Place,
    memory::InMemory,
    support::{
        Hand, all, append, event,
        faulty::{FAULTS, Fault, Faulty, Plan},
        id, numbered, open, random, stream,
        yielding::Unhurried,
    },
};

type Store = EventStore<Faulty<Memory>>;

async fn faulty(server: &MemoryServer, plan: &Plan, hand: &Hand) -> Store {
    open(Faulty { inner: server.connect(), plan: plan.clone() }, hand).await
}

fn ids(writes: &[Write]) -> Vec<Uuid> {
    writes.iter().flat_map(|write| write.events.iter().filter_map(|event| event.id)).collect()
}

fn is_whole(events: &[RecordedEvent], ids: &[Uuid]) -> bool {
    ids.iter().all(|id| events.iter().any(|event| event.id == *id))
}

fn is_absent(events: &[RecordedEvent], ids: &[Uuid]) -> bool {
    ids.iter().all(|id| events.iter().all(|event| event.id != *id))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every call of the storage that the appends make fails once, in every way, for a while or for good.
    #[test]
    fn an_append_that_fails_at_any_storage_call_is_whole_or_absent_and_nothing_acknowledged_is_lost(
        drafts in prop::collection::vec(random::draft(), 1..6),
        behind in any::<bool>(),
        for_good in any::<bool>(),
    ) {
        for call in 0.. {
            let mut reached = false;
            for fault in FAULTS {
                reached |= block_on(run(&drafts, behind, for_good, call, fault))?;
            }
            if !reached {
                break;
            }
        }
    }
}

/// Whether the call that was to fail was made at all.
async fn run(
    drafts: &[random::Draft],
    behind: bool,
    for_good: bool,
    call: usize,
    fault: Fault,
) -> Result<bool, TestCaseError> {
    let (server, plan, hand) = (MemoryServer::default(), Plan::default(), Hand::new(1));
    let store = faulty(&server, &plan, &hand).await;
    let other = open(server.connect(), &hand).await;
    append(&other, "user-1", vec![event("Created").with_id(id(1_000_000))], ExpectedRevision::Any)
        .await
        .expect("stored");
    if !behind {
        store.refresh().await.expect("it catches up");
    }
    let before = all(&other).await;

    if for_good {
        plan.fail_for_good(call, fault)
    } else {
        plan.fail(call, fault)
    }
    let mut last_id = 0;
    let mut asked: Vec<Vec<Write>> = Vec::new();
    let mut calls = Vec::new();
    for draft in drafts {
        let next_id = || {
            last_id += 1;
            last_id
        };
        let (writes, condition) = draft.write(|_| 0, 1, next_id, &asked);
        asked.push(writes.clone());
        calls.push(store.append_many(writes, condition));
    }
    let answers = join_all(calls).await;
    let reached = plan.calls() > call;
    plan.heal();

    let reopened = open(server.connect(), &hand).await;
    let events = all(&reopened).await;
    prop_assert_eq!(&events[..1], &before[..], "what was there is there");
    prop_assert_eq!(reopened.verify(|_, _| true).await.expect("verified").findings, vec![]);
    for (answer, writes) in answers.iter().zip(&asked) {
        let ids = ids(writes);
        match answer {
            Ok(result) => {
                prop_assert!(is_whole(&events, &ids), "acknowledged and lost: {:?}", ids);
                prop_assert!(result.position <= events.len() as u64);
                let is_first = asked
                    .iter()
                    .take_while(|one| !std::ptr::eq(*one, writes))
                    .all(|one| !self::ids(one).iter().any(|id| ids.contains(id)));
                prop_assert!(
                    !(result.duplicate && is_first),
                    "a retry of the engine is not the caller's duplicate"
                );
            }
            Err(AppendError::Unknown { event_ids, .. }) => {
                prop_assert_eq!(event_ids, &ids);
                prop_assert!(is_whole(&events, &ids) || is_absent(&events, &ids), "half an append");
            }
            Err(AppendError::Refused(_)) => {}
            Err(AppendError::Log(LogError::Storage(_))) => {
                let elsewhere = answers.iter().zip(&asked).any(|(other, writes)| {
                    !matches!(other, Err(AppendError::Log(_)))
                        && self::ids(writes).iter().any(|id| ids.contains(id))
                });
                prop_assert!(elsewhere || is_absent(&events, &ids), "refused and stored");
            }
            Err(other) => prop_assert!(false, "expected an answer, found {other:?}"),
        }
    }

    // The same store goes on, and appends that were not acknowledged are safe to repeat.
    for (answer, writes) in answers.iter().zip(&asked) {
        if matches!(answer, Err(AppendError::Unknown { .. })) {
            let again: Vec<Write> = writes
                .iter()
                .cloned()
                .map(|write| Write { expected: ExpectedRevision::Any, ..write })
                .collect();
            store.append_many(again, None).await.expect("repeating what is unknown is safe");
            prop_assert!(is_whole(&all(&reopened).await, &ids(writes)));
        }
    }
    append(&store, "user-9", vec![numbered("A", 1)], ExpectedRevision::Any).await.expect("the store goes on");
    let events = all(&reopened).await;
    let mut seen = std::collections::HashSet::new();
    prop_assert!(events.iter().all(|event| seen.insert(event.id)), "an event is stored twice");
    prop_assert_eq!(&all(&store).await, &events);
    Ok(reached)
}

#[test]
fn a_group_that_is_refused_is_tried_one_by_one() {
    block_on(async {
        let (server, plan, hand) = (MemoryServer::default(), Plan::default(), Hand::new(2));
        let store = faulty(&server, &plan, &hand).await;
        plan.fail(0, Fault::NoRoom);
        let appends = (0..5).map(|n| append(&store, "s", vec![numbered("A", n)], ExpectedRevision::Any));
        for answer in join_all(appends).await {
            answer.expect("each alone has room");
        }
        assert_eq!(all(&store).await.len(), 5);
    });
}

#[test]
fn an_append_alone_that_has_no_room_says_so_and_leaves_no_trace() {
    block_on(async {
        let (server, plan, hand) = (MemoryServer::default(), Plan::default(), Hand::new(3));
        let store = faulty(&server, &plan, &hand).await;
        plan.fail(0, Fault::NoRoom);
        append(&store, "s", vec![event("A")], ExpectedRevision::Any)
            .await
            .expect("a new connection finds room");
        plan.fill();
        let refused = append(&store, "s", vec![event("B")], ExpectedRevision::Any).await;
        assert!(
            matches!(refused, Err(AppendError::Log(LogError::Storage(StorageError::QuotaExceeded(_))))),
            "{refused:?}"
        );
        assert_eq!(all(&store).await.len(), 1);
        plan.heal();
        append(&store, "s", vec![event("B")], ExpectedRevision::Exact(1)).await.expect("there is room again");
    });
}

#[test]
fn an_append_whose_outcome_was_not_seen_is_a_duplicate_of_what_another_connection_has_stored_in_its_place() {
    block_on(async {
        let (server, plan, hand) = (MemoryServer::default(), Plan::default(), Hand::new(6));
        let store = faulty(&server, &plan, &hand).await;
        let other = open(server.connect(), &hand).await;
        let same = || vec![event("A").with_id(id(1))];
        let first = append(&other, "s", same(), ExpectedRevision::Any).await.expect("stored");
        hand.set_clock(hand.clock() + 5);
        plan.fail(0, Fault::UnseenNotDone);
        let second = append(&store, "s", same(), ExpectedRevision::Any).await.expect("found");
        assert!(second.duplicate, "{second:?}, which was stored as {first:?}");

        // At the same moment too, if it says something else.
        append(&other, "s", vec![numbered("A", 1).with_id(id(2))], ExpectedRevision::Any)
            .await
            .expect("stored");
        plan.fail(0, Fault::UnseenNotDone);
        let third = append(&store, "s", vec![numbered("A", 2).with_id(id(2))], ExpectedRevision::Any).await;
        assert!(third.expect("found").duplicate);
    });
}

#[test]
fn a_connection_that_is_opened_again_slowly_is_not_taken_for_a_lost_storage() {
    for seed in 0..200 {
        block_on(async {
            let (place, plan, hand) =
                (Unhurried::new(InMemory::default(), seed), Plan::default(), Hand::new(seed));
            let store = open(Faulty { inner: place.connect().await, plan: plan.clone() }, &hand).await;
            append(&store, "s", vec![event("A")], ExpectedRevision::Any).await.expect("stored");
            plan.fail(0, Fault::Disconnected);
            // While the one opens it again, the other stores something that was not there when it was looked at.
            let (read, stored) = join(
                store.read_all(ReadAll::default()),
                append(&store, "s", vec![event("B")], ExpectedRevision::Any),
            )
            .await;
            assert!(read.is_ok(), "seed {seed}: {:?}", read.err());
            assert!(stored.is_ok(), "seed {seed}: {stored:?}");
        });
    }
}

#[test]
fn opening_reading_and_verifying_say_what_the_storage_says_and_work_again_after() {
    block_on(async {
        let (server, plan, hand) = (MemoryServer::default(), Plan::default(), Hand::new(4));
        let store = faulty(&server, &plan, &hand).await;
        append(&store, "s", vec![event("A"); 3], ExpectedRevision::Any).await.expect("stored");
        for call in 0..2 {
            let opened = {
                match call {
                    0 => plan.fail(0, Fault::Refused),
                    _ => plan.fail_always(Fault::Refused),
                }
                let storage = Faulty { inner: server.connect(), plan: plan.clone() };
                EventStore::open(storage, hand.sockets(), OpenOptions::default()).await
            };
            assert!(matches!(opened.err(), Some(LogError::Storage(StorageError::Failed(_)))), "call {call}");
        }
        plan.heal();
        let fresh = faulty(&server, &plan, &hand).await;
        plan.fail_always(Fault::Refused);
        let refused = fresh.read_all(ReadAll::default()).await.err();
        assert!(matches!(refused, Some(ReadError::Log(LogError::Storage(StorageError::Failed(_))))));
        plan.heal();
        for fault in [Fault::Disconnected, Fault::Refused] {
            plan.fail(1, fault);
            assert_eq!(all(&fresh).await.len(), 3, "a dead connection is opened again");
        }
        plan.heal();
        assert_eq!(fresh.verify(|_, _| true).await.expect("verified").findings, []);
    });
}

#[test]
fn many_who_meet_a_dead_connection_open_it_once() {
    block_on(async {
        let (server, plan, hand) = (MemoryServer::default(), Plan::default(), Hand::new(6));
        let place = Unhurried::new(InMemory(server), 6);
        let storage = Faulty { inner: place.connect().await, plan: plan.clone() };
        let store =
            EventStore::open(storage, hand.sockets(), OpenOptions::default()).await.expect("it opens");
        append(&store, "s", vec![event("A")], ExpectedRevision::Any).await.expect("stored");
        for round in 2..5 {
            plan.die();
            let pacer = Pacer::hasty();
            for answer in join_all((0..7).map(|_| store.merge_step(&pacer))).await {
                assert_eq!(answer, Ok(MergeStep::Nothing), "the connection is made anew");
            }
            assert_eq!(plan.openings(), round);
        }
    });
}

#[test]
fn one_who_stops_waiting_leaves_the_others_their_answers() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(5));
        let store = open(server.connect(), &hand).await;
        let first = store.append(
            stream("s"),
            vec![NewEvent::of_json("A", annals::model::Json::null())],
            ExpectedRevision::Any,
        );
        drop(first);
        append(&store, "s", vec![event("B")], ExpectedRevision::Exact(0))
            .await
            .expect("a future that never ran asked nothing");
        assert_eq!(all(&store).await.len(), 1);
    });
}

#[test]
fn a_store_that_newer_code_writes_on_says_that_it_needs_a_reload_and_not_that_it_is_damaged() {
    let newer = |contents: &mut Contents| contents.meta.format[8..10].copy_from_slice(&[0xff, 0xff]);
    let unreadable = |contents: &mut Contents| drop(contents.commits.insert(2, b"of newer code".to_vec()));
    for is_newer in [true, false] {
        for is_read in [true, false] {
            block_on(async {
                let (server, hand) = (MemoryServer::default(), Hand::new(7));
                let heard: Rc<RefCell<Vec<Signal>>> = Rc::default();
                let hearing = heard.clone();
                let options = OpenOptions {
                    listener: Some(Rc::new(move |signal| hearing.borrow_mut().push(signal))),
                    ..OpenOptions::default()
                };
                let store =
                    EventStore::open(server.connect(), hand.sockets(), options).await.expect("it opens");
                append(&store, "s", vec![event("A")], ExpectedRevision::Any).await.expect("stored");
                server.tamper(unreadable);
                if is_newer {
                    server.tamper(newer);
                }
                let before = server.contents();
                let error = if is_read {
                    store.refresh().await.expect_err("nobody reads that")
                } else {
                    match append(&store, "s", vec![event("B")], ExpectedRevision::Any).await {
                        Err(AppendError::Log(error)) => error,
                        other => panic!("expected an error of the log, found {other:?}"),
                    }
                };
                assert_eq!(
                    matches!(error, LogError::Storage(StorageError::NeedsReload)),
                    is_newer,
                    "{error}"
                );
                assert_eq!(matches!(error, LogError::Corrupt(_)), !is_newer, "{error}");
                let expected: &[Signal] = if is_newer { &[Signal::NeedsReload] } else { &[] };
                assert_eq!(*heard.borrow(), expected);
                assert_eq!(server.contents(), before, "nothing was touched");
                if is_newer {
                    let later = append(&store, "s", vec![event("C")], ExpectedRevision::Any).await;
                    let needs_reload = AppendError::Log(StorageError::NeedsReload.into());
                    assert_eq!(later.expect_err("newer code has it"), needs_reload);
                }
            });
        }
    }
}
