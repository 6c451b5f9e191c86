//! The laws of the store, each for one random history, which several connections have made while they merged. What is stored is
//! compared with what the oracle holds: a plain list of events.

#![allow(dead_code, reason = "each suite uses its part")]

use annals::{
    log::{Direction, ReadAll, ReadStream, Start, Step as Told, Subscription},
    model::{Query, RecordedEvent},
    storage::Storage,
};
use futures_util::FutureExt;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use crate::support::{
    all,
    random::{self, Asked, Scene},
    read, stream_events,
    world::{CONNECTIONS, World},
};

use super::Place;

type Law = Result<(), String>;

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Law {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

fn backward<T: Clone>(items: &[T]) -> Vec<T> {
    items.iter().rev().cloned().collect()
}

/// How many random histories each storage goes through.
const HISTORIES: usize = 12;

/// All laws, for random histories that are the same each time.
pub async fn the_laws_hold_for_random_histories_with_merges<P: Place>(place: P) {
    let mut runner = TestRunner::deterministic();
    let strategy = (random::scene(CONNECTIONS), random::asked());
    for n in 0..HISTORIES {
        let (scene, asked) = strategy.new_tree(&mut runner).expect("a history").current();
        if let Err(broken) = all_laws(place.clone(), &scene, &asked).await {
            panic!("history {n}: {broken}; it was {scene:?}");
        }
        if n + 1 < HISTORIES {
            place.delete().await; // The last one stays: the suite counts what its cases have left.
        }
    }
}

/// All laws of a history that has ended.
pub async fn all_laws<P: Place>(place: P, scene: &Scene, asked: &Asked) -> Law {
    let world = World::after(place, scene).await?;
    everything_reads_back(&world).await?;
    numbers_have_no_gap_and_time_never_goes_back(&world).await?;
    every_query_gives_what_a_scan_gives(&world, asked).await?;
    every_range_of_a_stream_gives_what_a_scan_gives(&world, asked).await?;
    every_range_of_time_gives_what_a_scan_gives(&world, asked).await?;
    a_prefix_and_the_rest_are_all(&world, asked).await
}

pub async fn everything_reads_back<P: Place>(world: &World<P>) -> Law {
    for store in world.stores.iter().chain([&world.open().await]) {
        equal("forward", &all(store).await, &world.oracle.events)?;
        let read_back = read(store, ReadAll { direction: Direction::Backward, ..ReadAll::default() }).await;
        equal("backward", read_back, backward(&world.oracle.events))?;
        for event in &world.oracle.events {
            equal("by id", store.event(event.id).await, Ok(Some(event.clone())))?;
        }
        let verified = store.verify(|_, _| true).await.expect("it is verified");
        equal("findings", verified.findings, vec![])?;
        equal("events verified", verified.events, world.oracle.events.len() as u64)?;
        let streams = names(&world.oracle.events).len() as u64;
        equal("streams counted", store.diagnostics().await.expect("they are told").streams, streams)?;
    }
    Ok(())
}

pub async fn numbers_have_no_gap_and_time_never_goes_back<P: Place>(world: &World<P>) -> Law {
    let mut revisions = std::collections::HashMap::new();
    let mut time = 0;
    for (n, event) in all(&world.stores[0]).await.iter().enumerate() {
        equal("position", event.position, n as u64 + 1)?;
        let revision = revisions.entry(event.stream_id.clone()).or_insert(0);
        *revision += 1;
        equal("revision", event.revision, *revision)?;
        equal("time goes on", event.recorded_at >= time, true)?;
        time = event.recorded_at;
    }
    Ok(())
}

pub async fn every_query_gives_what_a_scan_gives<P: Place>(world: &World<P>, asked: &Asked) -> Law {
    let (after, until, limit) = (asked.after, asked.until, asked.limit);
    let matching = world.oracle.matching(&asked.query);
    let wanted: Vec<RecordedEvent> = matching
        .into_iter()
        .filter(|event| event.position > after && event.position <= until)
        .cloned()
        .collect();
    for store in &world.stores {
        let ask = |direction, limit| {
            let query = Some(asked.query.clone());
            read(store, ReadAll { after, until, query, direction, limit, ..ReadAll::default() })
        };
        equal("query forward", &ask(Direction::Forward, u64::MAX).await, &wanted)?;
        equal("query backward", ask(Direction::Backward, u64::MAX).await, backward(&wanted))?;
        let first: Vec<_> = wanted.iter().take(limit as usize).cloned().collect();
        equal("first of a query", ask(Direction::Forward, limit).await, first)?;
        let last: Vec<_> = wanted.iter().rev().take(limit as usize).cloned().collect();
        equal("last of a query", ask(Direction::Backward, limit).await, last)?;
    }
    Ok(())
}

fn names(events: &[RecordedEvent]) -> Vec<String> {
    let mut names: Vec<String> = events.iter().map(|event| event.stream_id.to_string()).collect();
    names.sort();
    names.dedup();
    names
}

pub async fn every_range_of_a_stream_gives_what_a_scan_gives<P: Place>(
    world: &World<P>,
    asked: &Asked,
) -> Law {
    let (from, to, limit) = (asked.from, asked.to, asked.limit);
    let expected = names(&world.oracle.events);
    for store in &world.stores {
        equal("streams", &store.streams("", None, usize::MAX).await.expect("names"), &expected)?;
        let some: Vec<String> = expected
            .iter()
            .filter(|name| name.starts_with("user") && name.as_str() > "user-1")
            .take(1)
            .cloned()
            .collect();
        equal("some streams", store.streams("user", Some("user-1"), 1).await.expect("names"), some)?;
        for name in &expected {
            let is_meant = |event: &&RecordedEvent| {
                event.stream_id.as_str() == name && (from..=to).contains(&event.revision)
            };
            let wanted: Vec<_> = world.oracle.events.iter().filter(is_meant).cloned().collect();
            let ask = |direction| stream_events(store, name, ReadStream { from, to, direction, limit });
            let first: Vec<_> = wanted.iter().take(limit as usize).cloned().collect();
            equal("a stream forward", ask(Direction::Forward).await, first)?;
            let last: Vec<_> = wanted.iter().rev().take(limit as usize).cloned().collect();
            equal("a stream backward", ask(Direction::Backward).await, last)?;
            let revision = store.stream_revision(&crate::support::stream(name)).await;
            equal("a revision", revision, Ok(world.oracle.revision(name)))?;
        }
        let unknown = store.stream_revision(&crate::support::stream("nobody")).await;
        equal("the revision of no stream", unknown, Ok(0))?;
    }
    Ok(())
}

pub async fn every_range_of_time_gives_what_a_scan_gives<P: Place>(world: &World<P>, asked: &Asked) -> Law {
    let times: Vec<u64> = world.oracle.events.iter().map(|event| event.recorded_at).collect();
    if times.is_empty() {
        return Ok(());
    }
    let pick = |share: f64| times[(share * (times.len() - 1) as f64) as usize];
    let (from_time, until_time) =
        (pick(asked.times.0).saturating_add_signed(asked.nudge), pick(asked.times.1));
    let is_meant = |event: &&RecordedEvent| (from_time..=until_time).contains(&event.recorded_at);
    let wanted: Vec<_> = world.oracle.events.iter().filter(is_meant).cloned().collect();
    for store in &world.stores {
        let found = read(store, ReadAll { from_time, until_time, ..ReadAll::default() }).await;
        equal("a range of time", &found, &wanted)?;
    }
    Ok(())
}

pub async fn a_prefix_and_the_rest_are_all<P: Place>(world: &World<P>, asked: &Asked) -> Law {
    let cut = asked.until;
    let store = &world.stores[1];
    let mut joined = read(store, ReadAll { until: cut, ..ReadAll::default() }).await;
    equal("a prefix ends", joined.iter().all(|event| event.position <= cut), true)?;
    joined.extend(read(store, ReadAll { after: cut, ..ReadAll::default() }).await);
    equal("a prefix and the rest", &joined, &world.oracle.events)
}

/// A subscription and a reading that begin at any moment of a history: events are told once and in order, whatever is stored and
/// merged meanwhile, and the reading covers what was there when it began.
pub async fn followers<P: Place>(
    place: P,
    scene: &Scene,
    begin: usize,
    after: u64,
    query: Option<&Query>,
) -> Law {
    let mut world = World::new(place, scene.policy).await;
    let mut told = Vec::new();
    let mut following = None;
    for (n, step) in scene.steps.iter().enumerate() {
        if n == begin {
            // A store of its own, which no step closes.
            let store = world.open().await;
            let subscription = store.subscribe(Start::After(after), query.cloned()).expect("it begins");
            let reading = store.read_all(ReadAll::default()).await.expect("it begins");
            following = Some((subscription, reading, world.oracle.events.clone()));
        }
        world.take(step).await?;
        if let Some((subscription, ..)) = &following {
            drain(subscription, &mut told);
        }
    }
    let Some((subscription, mut reading, then)) = following else { return Ok(()) };
    drain(&subscription, &mut told);
    let everything = Query { items: vec![Default::default()] };
    let matching = world.oracle.matching(query.unwrap_or(&everything));
    let wanted: Vec<_> = matching.into_iter().filter(|event| event.position > after).cloned().collect();
    equal("what was told", &told, &wanted)?;
    equal("what a reading covers", reading.to_vec().await, Ok(then))
}

/// What the subscription tells without waiting.
fn drain<S: Storage>(subscription: &Subscription<S>, told: &mut Vec<RecordedEvent>) {
    while let Some(step) = subscription.next().now_or_never() {
        if let Told::Events(page) = step.expect("the subscription goes on") {
            told.extend(page.to_events());
        }
    }
}
