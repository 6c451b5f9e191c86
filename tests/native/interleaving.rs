//! Appends, readings and merges of several connections that all happen at once, in any order: what is acknowledged is there once and
//! whole, where it was said to be, and every expectation that was accepted held.

use std::collections::HashMap;

use annals::{
    log::{Direction, EventStore, MergeStep, Pacer, ReadAll, ReadStream},
    model::{
        AppendResult, Condition,
        ExpectedRevision::{Any, Exact},
        NewEvent, Query, QueryItem, RecordedEvent, Uuid, Write,
    },
};
use futures_util::future::join_all;
use pollster::block_on;
use proptest::prelude::*;

use crate::{
    contract::Place,
    memory::InMemory,
    support::{
        Hand, all, id, numbered, of_type, random, read, stream, stream_events,
        world::{merge_all, open_with},
        yielding::{Unhurried, Yielding},
    },
};

type Store = EventStore<Yielding<annals::storage::Memory>>;

const CONNECTIONS: usize = 3;
const STREAMS: usize = 4;

/// What one task did, and what it was answered.
#[derive(Default)]
struct Diary {
    stored: Vec<(Uuid, String, AppendResult)>,
    /// Appends that nothing of a tag had to be before.
    first_of: Vec<(String, u64)>,
}

fn of_tag(tag: &str) -> Query {
    Query::of(QueryItem { tags: vec![tag.to_owned()], ..QueryItem::default() })
}

async fn write(store: &Store, task: usize, count: usize) -> Diary {
    let mut diary = Diary::default();
    for n in 0..count {
        let name = format!("s-{}", (task * 7 + n * 3) % STREAMS);
        let event_id = id((task * 1000 + n) as u128 + 1);
        let tag = format!("tag-{}", n % 5);
        let event: NewEvent = numbered("A", n).with_id(event_id).with_tag(tag.clone());
        let expected = match n % 3 {
            0 => Any,
            _ => Exact(store.stream_revision(&stream(&name)).await.expect("a revision")),
        };
        let condition = (n % 4 == 1).then(|| Condition { fail_if_events_match: of_tag(&tag), after: 0 });
        let is_first = condition.is_some();
        let write = Write { stream_id: stream(&name), expected, events: vec![event] };
        let Ok(result) = store.append_many(vec![write.clone()], condition).await else { continue };
        assert!(!result.duplicate);
        if is_first {
            diary.first_of.push((tag, result.position));
        }
        if n % 2 == 0 {
            let again = store.append_many(vec![write], None).await.expect("it is stored already");
            assert!(again.duplicate && again.position == result.position, "{again:?}");
        }
        diary.stored.push((event_id, name, result));
    }
    diary
}

async fn merge(store: &Store, steps: usize) -> Diary {
    for _ in 0..steps {
        let step = store.merge_step(&Pacer::hasty()).await.expect("a step");
        if step == MergeStep::Nothing {
            store.refresh().await.expect("it looks");
        }
    }
    Diary::default()
}

/// Reads all the time: what was read once is read again, and more behind it.
async fn watch(store: &Store, times: usize) -> Diary {
    let mut seen: Vec<RecordedEvent> = Vec::new();
    for n in 0..times {
        let now = all(store).await;
        assert_eq!(now[..seen.len()], seen, "a longer log extends a shorter one");
        let query = Some(of_type("A"));
        let by_query = read(store, ReadAll { query, until: now.len() as u64, ..ReadAll::default() }).await;
        assert_eq!(by_query, now, "a query of all gives all");
        let name = format!("s-{}", n % STREAMS);
        let of_stream = stream_events(store, &name, ReadStream::default()).await;
        assert!(
            of_stream.iter().enumerate().all(|(n, event)| event.revision == n as u64 + 1),
            "{of_stream:?}"
        );
        if let Some(event) = now.get(n) {
            assert_eq!(store.event(event.id).await, Ok(Some(event.clone())));
        }
        seen = now;
    }
    Diary::default()
}

/// Asks by a query all the time: what matches is all there is, for every event does.
async fn query(store: &Store, times: usize) -> Diary {
    for n in 0..times {
        let direction = if n % 2 == 0 { Direction::Forward } else { Direction::Backward };
        let query = Some(of_type("A"));
        let mut reader =
            store.read_all(ReadAll { query, direction, ..ReadAll::default() }).await.expect("it begins");
        let mut positions: Vec<u64> =
            reader.to_vec().await.expect("it ends").iter().map(|event| event.position).collect();
        positions.sort_unstable();
        assert_eq!(positions, (1..=reader.head()).collect::<Vec<u64>>());
    }
    Diary::default()
}

fn judge(events: &[RecordedEvent], diaries: &[Diary]) {
    let mut revisions: HashMap<&str, u64> = HashMap::new();
    for (n, event) in events.iter().enumerate() {
        let revision = revisions.entry(event.stream_id.as_str()).or_default();
        *revision += 1;
        assert_eq!(
            (event.position, event.revision),
            (n as u64 + 1, *revision),
            "positions and revisions have no gap"
        );
    }
    let stored: usize = diaries.iter().map(|diary| diary.stored.len()).sum();
    assert_eq!(events.len(), stored, "what was acknowledged, and nothing else");
    for (event_id, name, result) in diaries.iter().flat_map(|diary| &diary.stored) {
        let event = &events[result.position as usize - 1];
        assert_eq!((event.id, event.stream_id.as_str()), (*event_id, name.as_str()));
        assert_eq!(vec![event.revision], result.revisions);
    }
    for (tag, position) in diaries.iter().flat_map(|diary| &diary.first_of) {
        let first = events.iter().find(|event| event.tags.contains(tag)).expect("it is there");
        assert_eq!(first.position, *position, "the condition held where it was stored");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn appends_readings_and_merges_that_happen_at_once_are_never_wrong(policy in random::policy(), seed in any::<u64>(), count in 1_usize..14) {
        block_on(async {
            let (hand, place) = (Hand::new(seed), Unhurried::new(InMemory::default(), seed));
            let mut stores = Vec::new();
            for _ in 0..CONNECTIONS {
                stores.push(open_with(place.connect().await, &hand, policy).await);
            }
            let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = Diary> + '_>>> = Vec::new();
            for (n, store) in stores.iter().enumerate() {
                tasks.push(Box::pin(write(store, 2 * n, count)));
                tasks.push(Box::pin(write(store, 2 * n + 1, count)));
                tasks.push(Box::pin(merge(store, 3 * count)));
            }
            for store in &stores {
                tasks.push(Box::pin(watch(store, count)));
                tasks.push(Box::pin(query(store, 3 * count)));
            }
            let diaries = join_all(tasks).await;
            for store in &stores {
                judge(&all(store).await, &diaries);
            }
            merge_all(&stores[1]).await;
            for store in &stores {
                judge(&all(store).await, &diaries);
            }
            let fresh = open_with(place.connect().await, &hand, policy).await;
            judge(&all(&fresh).await, &diaries);
            let verified = fresh.verify(|_, _| true).await.expect("it is verified");
            assert_eq!(verified.findings, []);
        });
    }
}
