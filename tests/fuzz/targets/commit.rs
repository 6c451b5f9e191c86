//! Commits.

use std::collections::HashSet;

use crate::{
    log::codec::{CommitRecord, EventTable, Header, claimed_count, decode_commit, encode_body, seal},
    model::{Json, NewEvent, StreamId},
};

use super::{
    frame::{AS_IT_IS, PLAIN, refuse_flipped, under_checksum},
    input::Input,
};

const MAGIC: &[u8; 4] = b"ANLc";

/// An input is a frame as it is; or the numbers of a header, its revisions as a part, and a body.
fn record(bytes: &[u8]) -> Vec<u8> {
    let mut input = Input::new(bytes);
    let how = input.byte();
    if how == AS_IT_IS {
        return under_checksum([MAGIC, input.rest()].concat());
    }
    let [first, recorded_at, device_time] = [(); 3].map(|()| input.u64().to_le_bytes());
    let [count, parts_left] = [(); 2].map(|()| input.u32().to_le_bytes());
    let revisions = input.part();
    let body = input.rest();
    let length = (body.len() as u32).to_le_bytes();
    let compressed;
    let (compression, stored) = if how == PLAIN {
        (0, body)
    } else {
        compressed = lz4_flex::block::compress(body);
        (1, &*compressed)
    };
    let head = [&MAGIC[..], &[1, compression, 0, 0], &first, &recorded_at, &device_time, &count];
    under_checksum([&head.concat(), &parts_left[..], &length, revisions, stored].concat())
}

pub(super) fn read(input: &[u8]) -> bool {
    let bytes = record(input);
    let Ok(commit) = decode_commit(&bytes) else { return false };
    assert_eq!(claimed_count(&bytes).map(|count| count as usize), Some(commit.table().count()));
    assert_eq!(commit.last() - commit.first() + 1, commit.table().count() as u64);
    assert_eq!(commit.revisions().count(), commit.header().revisions.len());
    write_again(&commit);
    refuse_flipped(bytes, |bytes| decode_commit(&bytes));
    true
}

/// What was read is written, and reads back the same.
fn write_again(commit: &CommitRecord) {
    let events = new_events(commit.table());
    let body = encode_body(events.iter().map(|(stream_id, event)| (stream_id, event)));
    let before = |name: &StreamId| {
        let first = commit.table().events().find(|event| event.stream_id() == name.as_str());
        first.map_or(0, |event| event.revision() - 1)
    };
    let header = Header { revisions: body.streams.iter().map(before).collect(), ..commit.header().clone() };
    let again = decode_commit(&seal(&header, &body)).expect("what was written is read");
    let names: HashSet<&str> = commit.table().streams().collect();
    // A stream that is named twice has two revisions at once: none of ours does, and `known.rs` refuses it.
    if names.len() == commit.table().streams().len() {
        assert!(commit.table().events().zip(again.table().events()).all(|(one, other)| one.is_equal(&other)));
    }
}

fn new_events(table: &EventTable) -> Vec<(StreamId, NewEvent)> {
    let event = |event: crate::log::codec::EventRef<'_>| {
        let event = event.to_event();
        let new = NewEvent {
            r#type: event.r#type,
            version: event.version,
            id: Some(event.id),
            tags: event.tags,
            metadata: event.metadata,
            data: event.data,
        };
        (event.stream_id, new)
    };
    let events: Vec<(StreamId, NewEvent)> = table.events().map(event).collect();
    debug_assert!(events.iter().all(|(_, event)| event.metadata != Json::trusted("")));
    events
}
