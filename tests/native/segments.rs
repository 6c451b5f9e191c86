//! The byte format of segments: blocks and orders, whole and not.

use annals::{
    log::codec::{
        BlockWriter, Bound, CommitRecord, EventRef, Header, NameKind, OrderWriter, decode_block,
        decode_commit, decode_order, encode_body, name_hash, seal,
    },
    model::{NewEvent, RecordedEvent},
};
use proptest::prelude::*;

use crate::support::{id, numbered, random, stream};

const STREAMS: [&str; 4] = ["user-1", "ключ-1", "__proto__", "cart-9"];

/// A commit of some events from a position on, stored at a time.
fn commit(events: &[(usize, NewEvent)], first: u64, time: u64) -> CommitRecord {
    let named: Vec<_> = events
        .iter()
        .enumerate()
        .map(|(n, (name, event))| {
            (stream(STREAMS[*name]), event.clone().with_id(id(first as u128 * 1000 + n as u128)))
        })
        .collect();
    let body = encode_body(named.iter().map(|(name, event)| (name, event)));
    let revisions = vec![first; body.streams.len()];
    let header = Header { first, recorded_at: time, device_time: time, parts_left: 0, revisions };
    decode_commit(&seal(&header, &body)).expect("it is whole")
}

fn ordered<'a>(commits: &'a [CommitRecord]) -> Vec<EventRef<'a>> {
    let mut events: Vec<EventRef<'a>> = commits.iter().flat_map(|commit| commit.table().events()).collect();
    events.sort_by_key(|event| (name_hash(NameKind::Stream, event.stream_id()), event.revision()));
    events
}

/// Of the positions up to the last, a block whose pieces have so many events.
fn block(events: &[EventRef<'_>], last: u64, piece: usize) -> Vec<u8> {
    let mut writer = BlockWriter::new(&(1..=last), 3);
    for some in events.chunks(piece) {
        assert!(writer.write(some, usize::MAX));
    }
    writer.finish()
}

fn order(events: &[EventRef<'_>], last: u64) -> Vec<u8> {
    OrderWriter::new(&(1..=last), events, &[events.len() as u32]).finish()
}

fn all_of(bytes: Vec<u8>) -> Vec<RecordedEvent> {
    let block = decode_block(bytes).expect("it is whole");
    let tables = block.all_tables().expect("they are whole");
    tables.iter().flat_map(|table| table.events()).map(|event| event.to_event()).collect()
}

fn resealed(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let end = bytes.len() - 8;
    for (index, value) in changes {
        let at = index.index(end);
        bytes[at] = *value;
    }
    let checksum = twox_hash::XxHash64::oneshot(0, &bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

fn events() -> impl Strategy<Value = Vec<(usize, NewEvent)>> {
    prop::collection::vec((0..STREAMS.len(), random::event()), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_block_reads_back_as_it_was_written_piece_by_piece(events in events(), piece in 1_usize..20) {
        let commits = [commit(&events, 1, 7)];
        let sorted = ordered(&commits);
        let expected: Vec<RecordedEvent> = sorted.iter().map(|event| event.to_event()).collect();
        let bytes = block(&sorted, events.len() as u64, piece);
        prop_assert_eq!(all_of(bytes.clone()), expected.clone());
        let block = decode_block(bytes).expect("it is whole");
        prop_assert_eq!(block.pieces(), events.len().div_ceil(piece));
        for (n, event) in expected.iter().enumerate() {
            let (table, index) = block.find(n).expect("it is there");
            prop_assert_eq!(&table.event(index).expect("it is there").to_event(), event);
        }
        prop_assert!(block.find(expected.len()).is_err());
        for name in STREAMS {
            let parts = Bound::parts(block.bounds(), Bound::hash_of(name));
            let found = block.tables(parts).expect("they are whole");
            let found = found.iter().flat_map(|table| table.events()).filter(|event| event.stream_id() == name);
            prop_assert_eq!(found.count(), expected.iter().filter(|event| event.stream_id.as_str() == name).count());
        }
    }

    #[test]
    fn an_order_says_where_each_event_is_and_what_it_is(events in events()) {
        let commits = [commit(&events, 1, 7)];
        let sorted = ordered(&commits);
        let order = decode_order(order(&sorted, events.len() as u64)).expect("it is whole");
        order.check().expect("it is whole");
        for (slot, event) in sorted.iter().enumerate() {
            prop_assert_eq!(order.locate(event.position()), Ok(Some((0, slot))));
            let row = order.row(event.position()).expect("it is whole").expect("it is there");
            prop_assert_eq!((row.r#type(), row.stream_id()), (event.r#type(), event.stream_id()));
            prop_assert!(row.tags().eq(event.tags()));
        }
    }

    /// With a checksum that fits, so that every check behind it is reached.
    #[test]
    fn bytes_with_a_right_checksum_and_wrong_contents_never_panic(
        events in events(),
        piece in 1_usize..20,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let commits = [commit(&events, 1, 7)];
        let sorted = ordered(&commits);
        let last = events.len() as u64;
        if let Ok(block) = decode_block(resealed(block(&sorted, last, piece), &changes)) {
            prop_assert!(block.memory() < 1 << 32);
            if let Ok(tables) = block.all_tables() {
                tables.iter().flat_map(|table| table.events()).for_each(|event| drop(event.to_event()));
            }
        }
        if let Ok(order) = decode_order(resealed(order(&sorted, last), &changes)) {
            prop_assert!(order.memory() < 1 << 32);
            let _ = (order.last_at(7, true), order.stream_numbers(|_| true));
            if order.check().is_ok() {
                for position in order.positions().clone() {
                    if let Ok(Some(row)) = order.row(position) {
                        let _ = (row.stream_id(), row.r#type(), row.tags().count());
                    }
                }
            }
        }
    }
}

#[test]
fn times_are_found_where_many_events_are_lost() {
    let some =
        |count: usize| -> Vec<(usize, NewEvent)> { (0..count).map(|n| (n % 4, numbered("A", n))).collect() };
    let commits = [commit(&some(1000), 1, 100), commit(&some(500), 7_001, 200)];
    let sorted = ordered(&commits);
    let order = decode_order(order(&sorted, 7_500)).expect("it is whole");
    order.check().expect("it is whole");
    let found = |time, inclusive| order.last_at(time, inclusive).expect("it is whole");
    assert_eq!([found(99, true), found(100, false)], [0, 0]);
    assert_eq!(found(150, true), 7_000, "what is lost has no time: it counts with what came before it");
    assert_eq!([found(200, false), found(200, true)], [7_000, 7_500]);
    assert_eq!(order.lost().count(), 6_000);
}

#[test]
fn a_stream_that_is_not_there_is_refused() {
    let commits = [commit(&[(0, numbered("A", 1))], 1, 7)];
    let bytes = order(&ordered(&commits), 1);
    // The range takes two bytes; the number of streams is the next one.
    let mut none = bytes.clone();
    none[14] = 0;
    let end = none.len() - 8;
    let checksum = twox_hash::XxHash64::oneshot(0, &none[..end]);
    none[end..].copy_from_slice(&checksum.to_le_bytes());
    let refused = decode_order(none).expect("its head is whole").check().expect_err("it has no stream");
    assert_eq!(refused.what, "a stream");
}
