//! Blocks: what is read is written again, and an order is made of it.

use std::{collections::HashSet, ops::RangeInclusive};

use crate::log::codec::{Block, BlockWriter, EventRef, OrderWriter, decode_block, decode_order};

use super::{
    frame::refuse_flipped,
    pieces::{Sharing, framed},
};

const MAGIC: &[u8; 4] = b"ANLb";

/// Of longer segments no order is made: it has room for each position.
const MOST_POSITIONS: u64 = 10_000;

pub(super) fn read(input: &[u8]) -> bool {
    let bytes = framed(MAGIC, Sharing::First, input);
    let Ok(block) = decode_block(bytes.clone()) else { return false };
    for index in (0..block.count().min(100)).chain([block.count().saturating_sub(1), block.count()]) {
        if let Ok((table, at)) = block.find(index) {
            assert!(at < table.count() && index < block.count());
        }
    }
    let Ok(tables) = block.all_tables() else { return false };
    let events: Vec<Vec<EventRef<'_>>> = tables.iter().map(|table| table.events().collect()).collect();
    assert_eq!(events.iter().map(Vec::len).sum::<usize>(), block.count());
    if is_sorted(events.iter().flatten()) {
        write_again(&block, &events);
        make_order(&block.positions, &events.concat());
    }
    refuse_flipped(bytes, decode_block);
    true
}

/// Whether the events of a stream stand together, and rise in revisions and positions. Those of ours do; of others an order cannot be told.
fn is_sorted<'a, 'b: 'a>(events: impl Iterator<Item = &'a EventRef<'b>> + Clone) -> bool {
    let mut seen = HashSet::new();
    let follows = |(one, next): (&EventRef<'_>, &EventRef<'_>)| {
        one.stream_id() != next.stream_id()
            || one.revision() < next.revision() && one.position() < next.position()
    };
    events.clone().zip(events.clone().skip(1)).all(follows)
        && events
            .clone()
            .zip([None].into_iter().chain(events.map(|event| Some(event.stream_id()))))
            .filter(|(event, before)| Some(event.stream_id()) != *before)
            .all(|(event, _)| seen.insert(event.stream_id()))
}

fn write_again(block: &Block, pieces: &[Vec<EventRef<'_>>]) {
    let mut writer = BlockWriter::new(&block.positions, block.number);
    for events in pieces {
        assert!(writer.write(events, usize::MAX), "there is room");
    }
    let again = decode_block(writer.finish()).expect("what was written is read");
    let tables = again.all_tables().expect("what was written is read");
    assert_eq!(again.bounds(), block.bounds());
    let found = tables.iter().flat_map(|table| table.events());
    assert!(found.zip(pieces.iter().flatten()).all(|(one, other)| one.is_equal(other)));
}

fn make_order(positions: &RangeInclusive<u64>, events: &[EventRef<'_>]) {
    let taken: HashSet<u64> = events.iter().map(EventRef::position).collect();
    if positions.end() - positions.start() > MOST_POSITIONS || taken.len() != events.len() {
        return;
    }
    let blocks = [events.len() as u32 / 2, events.len() as u32 - events.len() as u32 / 2];
    let order = decode_order(OrderWriter::new(positions, events, &blocks).finish());
    let order = order.expect("what was written is read");
    order.check().expect("what was written is whole");
    for (slot, event) in events.iter().enumerate() {
        let first = blocks[0] as usize;
        let place = if slot < first { (0, slot) } else { (1, slot - first) };
        assert_eq!(order.locate(event.position()), Ok(Some(place)));
        let row = order.row(event.position()).ok().flatten().expect("it is there");
        assert_eq!((row.stream_id(), row.r#type()), (event.stream_id(), event.r#type()));
        assert!(row.tags().eq(event.tags()));
    }
    assert_eq!(order.lost().count() + events.len(), (positions.end() - positions.start() + 1) as usize);
}
