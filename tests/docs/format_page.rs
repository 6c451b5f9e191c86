//! The examples in FORMAT.md: the engine reads them, and writes just that.

use annals::{
    log::codec::{
        BlockWriter, CommitRecord, EventRef, EventTable, Header, NameKind, decode_block, decode_commit,
        encode_body, name_hash, seal,
    },
    model::{Json, NewEvent, RecordedEvent},
    storage::Mark,
};

use crate::support::{id, stream};

const PAGE: &str = include_str!("../../src/log/codec/FORMAT.md");

/// Where the body begins in the example: after a header of 44 bytes and three numbers of one byte.
const BODY: usize = 47;

/// Where the piece begins in the example of a block, and how long it is before compression.
const PIECE: (usize, usize) = (26, 130);

fn dump(name: &str) -> Vec<u8> {
    let (_, rest) = PAGE.split_once(&format!("```hex {name}\n")).expect("the page has the dump");
    let lines = rest.lines().take_while(|line| *line != "```");
    let digits: String = lines.flat_map(|line| line[6..54].split_whitespace()).collect();
    (0..digits.len()).step_by(2).map(|n| u8::from_str_radix(&digits[n..n + 2], 16).expect("hex")).collect()
}

fn example() -> Vec<u8> {
    let first = 0x018b_cfe5_6800_7000_8000_0000_0000_0001;
    let json = |text: &str| Json::from_text(text).expect("JSON");
    let added =
        NewEvent::of_json("ItemAdded", json(r#"{"sku":"lamp"}"#)).with_id(id(first)).with_tag("sku:lamp");
    let mut again = NewEvent::of_json("ItemAdded", Json::null())
        .with_id(id(first + 1))
        .with_metadata(json(r#"{"user":"u1"}"#));
    again.version = 2;
    let header = Header {
        first: 5,
        recorded_at: 1_700_000_000_000,
        device_time: 1_699_999_999_000,
        parts_left: 0,
        revisions: vec![3, 0],
    };
    let (one, two) = (stream("cart-1"), stream("cart-2"));
    seal(&header, &encode_body([(&one, &added), (&two, &again)].into_iter()))
}

/// The events of the record, as a block.
fn block_example() -> Vec<u8> {
    let record = decode_commit(&example()).expect("it is whole");
    let mut events: Vec<EventRef<'_>> = record.table().events().collect();
    events.sort_by_key(|event| name_hash(NameKind::Stream, event.stream_id()));
    let mut writer = BlockWriter::new(&(5..=6), 0);
    assert!(writer.write(&events, usize::MAX));
    writer.finish()
}

/// The body as it is before compression: another release of the compressor may pack it otherwise.
fn unpacked(record: &[u8]) -> Vec<u8> {
    unpacked_from(BODY, 112, record)
}

fn unpacked_from(start: usize, length: usize, record: &[u8]) -> Vec<u8> {
    lz4_flex::block::decompress(&record[start..record.len() - 8], length).expect("an LZ4 block")
}

#[test]
fn the_record_in_the_format_page_is_what_the_engine_writes() {
    let (shown, written) = (dump("record"), example());
    assert_eq!(shown[..BODY], written[..BODY], "the header");
    assert_eq!(unpacked(&shown), unpacked(&written));
    assert_eq!(unpacked(&shown), dump("body"));
}

#[test]
fn the_record_in_the_format_page_is_read() {
    let (shown, written) = (decode_commit(&dump("record")), decode_commit(&example()));
    let events =
        |record: &CommitRecord| record.table().events().map(|event| event.to_event()).collect::<Vec<_>>();
    assert_eq!(events(&shown.expect("it is whole")), events(&written.expect("it is whole")));
}

#[test]
fn the_block_in_the_format_page_is_what_the_engine_writes() {
    let (shown, written) = (dump("block"), block_example());
    let (start, length) = PIECE;
    assert_eq!(shown, written); // The compressor is the engine's own.
    assert_eq!(unpacked_from(start, length, &shown), dump("piece"));
}

#[test]
fn the_block_in_the_format_page_is_read() {
    let block = decode_block(dump("block")).expect("it is whole");
    assert_eq!((block.positions.clone(), block.number), (5..=6, 0));
    let record = decode_commit(&dump("record")).expect("it is whole");
    let events =
        |table: &EventTable| table.events().map(|event| event.to_event()).collect::<Vec<RecordedEvent>>();
    let tables = block.all_tables().expect("its piece is whole");
    let (found, mut expected) = (events(&tables[0]), events(record.table()));
    assert_eq!(tables.len(), 1);
    expected.reverse(); // The hash of cart-2 is the lower one.
    assert_eq!(found, expected);
}

#[test]
fn the_hashes_in_the_format_page_are_those_of_the_engine() {
    for name in ["cart-1", "cart-2"] {
        let hash = name_hash(NameKind::Stream, name);
        assert!(PAGE.replace('\n', " ").contains(&format!("`{name}` is `{hash:016x}`")), "{name}");
    }
}

#[test]
fn the_mark_in_the_format_page_is_what_the_engine_writes() {
    let bytes: Vec<String> =
        Mark { fence: 300, generation: 7 }.encode().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(PAGE.contains(&format!("The mark with fence 300 and generation 7 is `{}`.", bytes.join(" "))));
}
