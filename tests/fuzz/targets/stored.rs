//! A store with something in it: where seeds come from, and what is damaged.

use std::{cell::Cell, rc::Rc};

use twox_hash::XxHash64;

use crate::{
    EventStore, OpenOptions,
    log::{MergePolicy, MergeStep, Pacer},
    model::{ExpectedRevision, Json, NewEvent, Sockets, StreamId},
    storage::{Contents, MemoryServer},
};

use super::now;

/// So small that a few events make several segments, blocks, pieces and shards.
pub(super) const SMALL: MergePolicy = MergePolicy {
    tail_records: 4,
    tail_bytes: 100_000,
    step_bytes: 1500,
    step_memory: 1_000_000,
    block_bytes: 400,
    piece_bytes: 200,
    shard_bytes: 100,
    joining_bytes: 150,
};

/// The same whenever it is asked.
pub(super) fn sockets() -> Sockets {
    let seed = Rc::new(Cell::new(0_u64));
    let random = move |bytes: &mut [u8]| {
        seed.set(seed.get() + 1);
        let hash = XxHash64::oneshot(seed.get(), b"seed").to_le_bytes();
        bytes.iter_mut().zip(hash.iter().cycle()).for_each(|(byte, random)| *byte = *random);
    };
    Sockets::new(|| 1_700_000_000_000, random)
}

/// How stores are opened here.
pub(super) fn options() -> OpenOptions {
    OpenOptions { merging: SMALL, ..OpenOptions::default() }
}

/// All that a store keeps after so many appends: segments, an index, and commits behind them.
pub(super) fn contents(appends: usize) -> Contents {
    let server = MemoryServer::default();
    let store = now(EventStore::open(server.connect(), sockets(), options())).expect("it opens");
    let append = |n: usize| {
        let stream_id = StreamId::new(["cart-1", "user-7", "заказ-1", "x"][n % 4]).expect("a name");
        let events = (0..=n % 3).map(|m| event(n + m)).collect();
        now(store.append(stream_id, events, ExpectedRevision::Any)).expect("it is stored");
    };
    (0..appends).for_each(append);
    for n in 0.. {
        if n % 3 == 2 {
            append(n);
        }
        match now(store.merge_step(&Pacer::hasty())).expect("a step") {
            MergeStep::Done(_) => {}
            _ => break,
        }
    }
    append(appends);
    append(appends + 1);
    now(store.close());
    server.contents()
}

fn event(n: usize) -> NewEvent {
    let data = [r#"{"n":1}"#, "null", r#""текст""#, r#"{"name":"Ada","tags":[1,2,3]}"#][n % 4];
    let event = NewEvent::of_json(["Opened", "Changed", "Closed"][n % 3], Json::trusted(data));
    match n % 5 {
        0 => event.with_tag("red").with_tag(format!("tag-{n}")),
        1 => event.with_metadata(Json::trusted(r#"{"by":"ada"}"#)),
        _ => event,
    }
}
