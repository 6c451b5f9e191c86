//! What JavaScript asks, without the wrapper that checks it: it is read or refused, and what is read is answered.

use serde::de::DeserializeOwned;

use crate::{
    EventStore, ReadAll, ReadStream,
    engine::{AsOf, views::Moment},
    log::{
        ReadError, Reader, Start,
        codec::{Header, decode_commit, encode_body, seal},
    },
    model::{Append, MAX_POSITION, Query, StreamId},
    storage::{Memory, MemoryServer},
};

use super::{
    input::Input,
    now,
    stored::{contents, options, sockets},
};

/// The code of the edge itself, compiled here without JavaScript.
#[path = "../../../src/wasm/requests/mod.rs"]
mod asked;

use asked::{
    batch,
    dispatching::{self, AsOfRequest, CommandRequest, OptionsRequest},
    finding,
    opening::OpenRequest,
    projecting::{MomentRequest, RuleRequest},
    reading::{ReadAllRequest, ReadStreamRequest, StreamsRequest, SubscribeRequest},
};

const APPENDS: usize = 12;
/// So many pages of a reading are read, and so many events at most.
const PAGES: usize = 3;

thread_local! {
    static STORE: EventStore<Memory> = {
        let server = MemoryServer::default();
        server.tamper(|place| *place = contents(APPENDS));
        now(EventStore::open(server.connect(), sockets(), options())).expect("it opens")
    };
}

/// An input is a kind of request, and the request as JSON.
pub(super) fn read(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let (kind, rest) = (input.byte(), input.rest());
    let Ok(text) = str::from_utf8(rest) else { return batch::read(rest).is_ok() };
    match kind % 12 {
        0 => append(text),
        1 => batch::read_events(text).is_ok(),
        2 => finding::read(text).is_ok(),
        3 => parsed::<OptionsRequest>(text).is_some_and(|options| options.into_options().is_ok()),
        4 => parsed::<AsOfRequest>(text).map(AsOf::from).is_some(),
        5 => parsed::<ReadAllRequest>(text).is_some_and(read_all),
        6 => parsed::<ReadStreamRequest>(text).is_some_and(read_stream),
        7 => parsed::<SubscribeRequest>(text).is_some_and(subscribe),
        8 => parsed::<StreamsRequest>(text).is_some_and(streams),
        9 => parsed::<OpenRequest>(text).is_some_and(open),
        10 => {
            let moment = parsed::<MomentRequest>(text).map(Moment::from);
            moment.is_some() || parsed::<RuleRequest>(text).is_some_and(|rule| rule.into_rule().is_ok())
        }
        _ => commands(text),
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// A cause that is none is made anew.
fn commands(text: &str) -> bool {
    let Ok(requests) = dispatching::read(text.as_bytes()) else { return false };
    let is_whole = |request: &CommandRequest<'_>| {
        let _ = (request.0, request.1, request.2.len());
        request.cause().is_some()
    };
    requests.iter().all(is_whole)
}

/// What may be stored is stored as it is.
fn append(text: &str) -> bool {
    let Ok(requests) = batch::read(text.as_bytes()) else { return false };
    let mut is_read = false;
    for request in requests {
        let _ = (request.0, request.2, request.is_single(), request.has_fresh_ids());
        let Ok((writes, condition)) = request.into_parts() else { continue };
        let Ok(append) = Append::new(writes, condition, &sockets()) else { continue };
        let events: Vec<_> = append.events().collect();
        let body = encode_body(events.iter().copied());
        let revisions = vec![0; body.streams.len()];
        let header = Header { first: 1, recorded_at: 1, device_time: 1, parts_left: 0, revisions };
        let commit = decode_commit(&seal(&header, &body)).expect("what was written is read");
        for (found, (stream_id, event)) in commit.table().events().zip(events) {
            let found = found.to_event();
            assert_eq!(
                (&found.stream_id, &found.r#type, &found.data),
                (stream_id, &event.r#type, &event.data)
            );
            assert_eq!(
                (&found.tags, &found.metadata, found.version),
                (&event.tags, &event.metadata, event.version)
            );
        }
        is_read = true;
    }
    is_read
}

fn read_all(request: ReadAllRequest) -> bool {
    STORE.with(|store| {
        let head = request.head;
        let read = ReadAll::from(request);
        go_through(match head {
            Some(head) => now(store.read_all_at(read, head)),
            None => now(store.read_all(read)),
        })
    })
}

fn read_stream(request: ReadStreamRequest) -> bool {
    STORE.with(|store| {
        let Ok(stream_id) = StreamId::new(request.stream_id.as_str()) else { return false };
        let read = ReadStream::from(&request);
        go_through(match request.head {
            Some(head) => now(store.read_stream_at(stream_id, &read, head)),
            None => now(store.read_stream(stream_id, read)),
        })
    })
}

fn go_through(reader: Result<Reader<Memory>, ReadError>) -> bool {
    let Ok(mut reader) = reader else { return false };
    for _ in 0..PAGES {
        match now(reader.next_page()).expect("an undamaged store is read") {
            Some(page) => assert!(page.events().all(|event| event.position() <= MAX_POSITION)),
            None => break,
        }
    }
    true
}

fn subscribe(request: SubscribeRequest) -> bool {
    let start = request.after.map_or(Start::Head, Start::After);
    STORE.with(|store| store.subscribe(start, request.query.map(Query::from)).is_ok())
}

fn streams(request: StreamsRequest) -> bool {
    let limit = request.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let names = STORE.with(|store| now(store.streams(&request.prefix, request.after.as_deref(), limit)));
    let names = names.expect("an undamaged store is read");
    assert!(names.len() <= limit && names.iter().all(|name| name.starts_with(&request.prefix)));
    assert!(names.is_sorted());
    true
}

fn open(request: OpenRequest) -> bool {
    let _ = (request.durability(), request.name.len(), request.memory, request.repair);
    request.expect.is_none_or(|expect| expect.witness().is_ok())
}
