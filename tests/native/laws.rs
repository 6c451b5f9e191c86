//! The laws of the store as properties: random appends by several connections, judged a second time by the plainest code.

use annals::{
    log::{AppendError, Direction, EventStore, ReadAll, ReadStream, Start, Step},
    model::{Append, AppendResult, Condition, Query, Refusal, Sockets, Write},
    storage::{Memory, MemoryServer},
};
use futures_util::{FutureExt, future::join_all};
use pollster::block_on;
use proptest::{prelude::*, test_runner::TestCaseError};

use crate::support::{
    Hand, all, open,
    oracle::{Oracle, Said},
    random::{self, Step as Random},
    read, stream_events,
};

const CONNECTIONS: usize = 3;

struct World {
    server: MemoryServer,
    hand: Hand,
    stores: Vec<EventStore<Memory>>,
    oracle: Oracle,
    asked: Vec<Vec<Write>>,
    last_id: u128,
}

impl World {
    async fn new() -> Self {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let mut stores = Vec::new();
        for _ in 0..CONNECTIONS {
            stores.push(open(server.connect(), &hand).await);
        }
        Self { server, hand, stores, oracle: Oracle::default(), asked: Vec::new(), last_id: 0 }
    }

    async fn take(&mut self, step: &Random) -> Result<(), TestCaseError> {
        match step {
            Random::Clock(by) => self.hand.set_clock(self.hand.clock().saturating_add_signed(*by)),
            Random::Reopen(connection) => {
                self.stores[*connection].close().await;
                let opened = open(self.server.connect(), &self.hand).await;
                self.stores[*connection] = opened;
            }
            Random::Append(connection, drafts) => {
                let store = self.stores[*connection].clone();
                let mut calls = Vec::new();
                let mut expected = Vec::new();
                for draft in drafts {
                    let (writes, condition) = self.plan(draft);
                    expected.push(self.oracle.append(&writes, condition.as_ref(), self.hand.clock()));
                    calls.push(store.append_many(writes, condition));
                }
                let answers = join_all(calls).await;
                for (answer, expected) in answers.into_iter().zip(expected) {
                    prop_assert_eq!(said(answer), expected);
                }
            }
        }
        Ok(())
    }

    fn plan(&mut self, draft: &random::Draft) -> (Vec<Write>, Option<Condition>) {
        let (oracle, last_id) = (&self.oracle, &mut self.last_id);
        let next_id = || {
            *last_id += 1;
            *last_id
        };
        let head = oracle.events.len() as u64;
        let (writes, condition) = draft.write(|name| oracle.revision(name), head, next_id, &self.asked);
        self.asked.push(writes.clone());
        (writes, condition)
    }
}

fn said(answer: Result<AppendResult, AppendError>) -> Said {
    match answer {
        Ok(AppendResult { position, revisions, duplicate: false }) => Said::Stored { position, revisions },
        Ok(AppendResult { position, revisions, duplicate: true }) => Said::Duplicate { position, revisions },
        Err(AppendError::Refused(Refusal::RevisionConflict(_))) => Said::Conflict,
        Err(AppendError::Refused(Refusal::ConditionFailed(_))) => Said::Condition,
        Err(AppendError::Refused(Refusal::DuplicateEvent { .. })) => Said::Duplicated,
        Err(other) => panic!("expected an answer, found {other:?}"),
    }
}

/// A world after random steps, each of which was answered as the oracle says.
async fn world(steps: &[Random]) -> Result<World, TestCaseError> {
    let mut world = World::new().await;
    for step in steps {
        world.take(step).await?;
    }
    Ok(world)
}

fn backward<T: Clone>(items: &[T]) -> Vec<T> {
    items.iter().rev().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_stored_is_read_back_equal_in_order_in_both_directions_by_every_connection(steps in random::steps(CONNECTIONS)) {
        block_on(async {
            let world = world(&steps).await?;
            for store in &world.stores {
                prop_assert_eq!(&all(store).await, &world.oracle.events);
                let read_back = read(store, ReadAll { direction: Direction::Backward, ..ReadAll::default() }).await;
                prop_assert_eq!(read_back, backward(&world.oracle.events));
                for event in &world.oracle.events {
                    prop_assert_eq!(store.event(event.id).await, Ok(Some(event.clone())));
                }
            }
            let reopened = open(world.server.connect(), &world.hand).await;
            prop_assert_eq!(&all(&reopened).await, &world.oracle.events);
            prop_assert_eq!(reopened.verify(|_, _| true).await.expect("it is verified").findings, vec![]);
            Ok(())
        })?;
    }

    #[test]
    fn numbers_have_no_gap_and_time_never_goes_back(steps in random::steps(CONNECTIONS)) {
        block_on(async {
            let world = world(&steps).await?;
            let events = all(&world.stores[0]).await;
            let mut revisions = std::collections::HashMap::new();
            let mut time = 0;
            for (n, event) in events.iter().enumerate() {
                prop_assert_eq!(event.position, n as u64 + 1);
                let revision = revisions.entry(event.stream_id.clone()).or_insert(0);
                *revision += 1;
                prop_assert_eq!(event.revision, *revision);
                prop_assert!(event.recorded_at >= time);
                time = event.recorded_at;
            }
            Ok(())
        })?;
    }

    #[test]
    fn every_query_gives_what_a_scan_gives(
        steps in random::steps(CONNECTIONS),
        query in random::query(),
        bounds in (0_u64..40, 0_u64..80, 0_u64..30),
        by in 0..CONNECTIONS,
    ) {
        block_on(async {
            let world = world(&steps).await?;
            let (after, until, limit) = bounds;
            let wanted: Vec<_> = world.oracle.matching(&query).into_iter()
                .filter(|event| event.position > after && event.position <= until).cloned().collect();
            let ask = |direction, limit| ReadAll {
                after, until, query: Some(query.clone()), direction, limit, ..ReadAll::default()
            };
            let store = &world.stores[by];
            prop_assert_eq!(&read(store, ask(Direction::Forward, u64::MAX)).await, &wanted);
            prop_assert_eq!(read(store, ask(Direction::Backward, u64::MAX)).await, backward(&wanted));
            let first: Vec<_> = wanted.iter().take(limit as usize).cloned().collect();
            prop_assert_eq!(read(store, ask(Direction::Forward, limit)).await, first);
            let last: Vec<_> = wanted.iter().rev().take(limit as usize).cloned().collect();
            prop_assert_eq!(read(store, ask(Direction::Backward, limit)).await, last);
            Ok(())
        })?;
    }

    #[test]
    fn every_range_of_a_stream_gives_what_a_scan_gives(
        steps in random::steps(CONNECTIONS), from in 0_u64..12, to in 0_u64..12, limit in 0_u64..12,
    ) {
        block_on(async {
            let world = world(&steps).await?;
            let store = &world.stores[0];
            let names = store.streams("", None, usize::MAX).await.expect("names");
            let mut expected: Vec<String> = world.oracle.events.iter().map(|event| event.stream_id.to_string()).collect();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(&names, &expected);
            for name in &names {
                let wanted: Vec<_> = world.oracle.events.iter()
                    .filter(|event| event.stream_id.as_str() == name && (from..=to).contains(&event.revision)).cloned().collect();
                let ask = |direction| ReadStream { from, to, direction, limit };
                let first: Vec<_> = wanted.iter().take(limit as usize).cloned().collect();
                prop_assert_eq!(stream_events(store, name, ask(Direction::Forward)).await, first);
                let last: Vec<_> = wanted.iter().rev().take(limit as usize).cloned().collect();
                prop_assert_eq!(stream_events(store, name, ask(Direction::Backward)).await, last);
            }
            Ok(())
        })?;
    }

    #[test]
    fn every_range_of_time_gives_what_a_scan_gives(steps in random::steps(CONNECTIONS), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(), nudge in -1_i64..2) {
        block_on(async {
            let world = world(&steps).await?;
            let times: Vec<u64> = world.oracle.events.iter().map(|event| event.recorded_at).collect();
            prop_assume!(!times.is_empty());
            let (from_time, until_time) = (a.get(&times).saturating_add_signed(nudge), *b.get(&times));
            let wanted: Vec<_> = world.oracle.events.iter()
                .filter(|event| event.recorded_at >= from_time && event.recorded_at <= until_time).cloned().collect();
            let found = read(&world.stores[0], ReadAll { from_time, until_time, ..ReadAll::default() }).await;
            prop_assert_eq!(found, wanted);
            Ok(())
        })?;
    }

    #[test]
    fn reading_any_prefix_and_then_the_rest_equals_reading_all(steps in random::steps(CONNECTIONS), cut in 0_u64..60) {
        block_on(async {
            let world = world(&steps).await?;
            let store = &world.stores[0];
            let mut joined = read(store, ReadAll { until: cut, ..ReadAll::default() }).await;
            prop_assert!(joined.iter().all(|event| event.position <= cut));
            joined.extend(read(store, ReadAll { after: cut, ..ReadAll::default() }).await);
            prop_assert_eq!(joined, world.oracle.events);
            Ok(())
        })?;
    }

    #[test]
    fn a_subscription_begun_at_any_moment_tells_each_event_after_its_start_once(
        steps in random::steps(CONNECTIONS), begin in 0_usize..25, after in 0_u64..20, query in proptest::option::of(random::query()),
    ) {
        block_on(async {
            let mut world = World::new().await;
            let mut told = Vec::new();
            let mut subscription = None;
            for (n, step) in steps.iter().enumerate() {
                if n == begin {
                    // A store of its own, which no step closes.
                    let store = open(world.server.connect(), &world.hand).await;
                    subscription = Some(store.subscribe(Start::After(after), query.clone()).expect("it begins"));
                }
                world.take(step).await?;
                if let Some(subscription) = &subscription {
                    drain(subscription, &mut told);
                }
            }
            if let Some(subscription) = &subscription {
                drain(subscription, &mut told);
                let everything = Query { items: vec![Default::default()] };
                let wanted: Vec<_> = world.oracle.matching(query.as_ref().unwrap_or(&everything)).into_iter()
                    .filter(|event| event.position > after).cloned().collect();
                prop_assert_eq!(told, wanted);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_request_is_checked_by_itself_the_same_whatever_is_stored(steps in random::steps(1)) {
        let sockets: Sockets = Hand::new(3).sockets();
        for step in steps {
            let Random::Append(_, drafts) = step else { continue };
            for draft in drafts {
                let mut last = 0;
                let (writes, condition) = draft.write(|_| 0, 0, || { last += 1; last }, &[]);
                let events: usize = writes.iter().map(|write| write.events.len()).sum();
                let append = Append::new(writes, condition, &sockets).expect("drafts are valid");
                prop_assert_eq!(append.count(), events);
            }
        }
    }
}

/// What the subscription tells without waiting.
fn drain(subscription: &annals::log::Subscription<Memory>, told: &mut Vec<annals::model::RecordedEvent>) {
    while let Some(step) = subscription.next().now_or_never() {
        if let Step::Events(page) = step.expect("the subscription goes on") {
            told.extend(page.to_events());
        }
    }
}
