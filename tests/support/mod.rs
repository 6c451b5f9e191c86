//! What the native and the browser suites share: clocks and ids in the test's hand, and short ways to say common things.

#![allow(dead_code, reason = "each suite uses its part")]

pub mod backups;
pub mod faulty;
pub mod oracle;
pub mod random;
pub mod world;
pub mod yielding;

use std::{cell::Cell, rc::Rc};

use annals::{
    log::{AppendError, EventStore, OpenOptions, ReadAll, ReadStream},
    model::{
        AppendResult, ExpectedRevision, Json, NewEvent, Query, QueryItem, RecordedEvent, Sockets, StreamId,
        Uuid,
    },
    storage::Storage,
};

/// A clock that only the test moves, and randomness that repeats.
#[derive(Clone)]
pub struct Hand {
    now: Rc<Cell<u64>>,
    seed: Rc<Cell<u64>>,
}

impl Hand {
    pub fn new(seed: u64) -> Self {
        Self { now: Rc::new(Cell::new(1_700_000_000_000)), seed: Rc::new(Cell::new(seed)) }
    }

    pub fn set_clock(&self, ms: u64) {
        self.now.set(ms);
    }

    pub fn clock(&self) -> u64 {
        self.now.get()
    }

    pub fn sockets(&self) -> Sockets {
        let (now, seed) = (self.now.clone(), self.seed.clone());
        Sockets::new(
            move || now.get(),
            move |bytes| {
                for byte in bytes {
                    // splitmix64 (Steele, Lea, Flood 2014)
                    seed.set(seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
                    let mut z = seed.get();
                    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    *byte = (z ^ (z >> 31)) as u8;
                }
            },
        )
    }
}

pub async fn open<S: Storage>(storage: S, hand: &Hand) -> EventStore<S> {
    EventStore::open(storage, hand.sockets(), OpenOptions::default()).await.expect("the store opens")
}

pub fn stream(name: &str) -> StreamId {
    StreamId::new(name).expect("a valid stream id")
}

pub fn event(r#type: &str) -> NewEvent {
    NewEvent::of_json(r#type, Json::null())
}

pub fn numbered(r#type: &str, n: usize) -> NewEvent {
    NewEvent::new(r#type, &serde_json::json!({ "n": n })).expect("JSON")
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn of_type(r#type: &str) -> Query {
    Query::of(QueryItem { types: vec![r#type.to_owned()], ..QueryItem::default() })
}

pub async fn append<S: Storage>(
    store: &EventStore<S>,
    name: &str,
    events: Vec<NewEvent>,
    expected: ExpectedRevision,
) -> Result<AppendResult, AppendError> {
    store.append(stream(name), events, expected).await
}

pub async fn all<S: Storage>(store: &EventStore<S>) -> Vec<RecordedEvent> {
    read(store, ReadAll::default()).await
}

pub async fn read<S: Storage>(store: &EventStore<S>, read: ReadAll) -> Vec<RecordedEvent> {
    let mut reader = store.read_all(read).await.expect("the reading begins");
    reader.to_vec().await.expect("the reading ends")
}

pub async fn stream_events<S: Storage>(
    store: &EventStore<S>,
    name: &str,
    read: ReadStream,
) -> Vec<RecordedEvent> {
    let mut reader = store.read_stream(stream(name), read).await.expect("the reading begins");
    reader.to_vec().await.expect("the reading ends")
}
