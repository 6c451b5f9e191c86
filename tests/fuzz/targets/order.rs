//! Orders of segments.

use crate::log::codec::{Order, decode_order};

use super::{
    frame::refuse_flipped,
    pieces::{Sharing, framed},
};

const MAGIC: &[u8; 4] = b"ANLo";

/// So many positions are looked at one by one.
const LOOKED_AT: usize = 40;

pub(super) fn read(input: &[u8]) -> bool {
    let bytes = framed(MAGIC, Sharing::Nothing, input);
    let Ok(order) = decode_order(bytes.clone()) else { return false };
    let is_whole = order.check().is_ok();
    look(&order, is_whole);
    if is_whole {
        let lost = order.lost().count();
        let held: usize = (0..order.blocks()).map(|block| order.positions_in(block).count()).sum();
        assert_eq!(held, order.events() as usize);
        assert_eq!(lost + held, order.positions().clone().count());
    }
    refuse_flipped(bytes, decode_order);
    is_whole
}

/// Of an order that is whole nothing fails.
fn look(order: &Order, is_whole: bool) {
    let (first, last) = (*order.positions().start(), *order.positions().end());
    for position in order.positions().clone().take(LOOKED_AT).chain([last, first - 1, last + 1]) {
        let (place, row) = (order.locate(position), order.row(position));
        if let Ok(Some(row)) = &row {
            assert!(row.tags().count() == row.tag_numbers().len());
            assert!(order.type_number(row.r#type()).is_ok_and(|number| number.is_some()));
            let streams = order.stream_numbers(|name| name == row.stream_id()).expect("the names are read");
            assert!(streams[row.stream_number() as usize]);
        }
        if is_whole {
            assert_eq!(place.expect("nothing fails").is_some(), row.expect("nothing fails").is_some());
        }
    }
    for time in [0, 1, 1_700_000_000_000, u64::MAX] {
        let [until, before] = [true, false].map(|inclusive| order.last_at(time, inclusive));
        if let (Ok(until), Ok(before)) = (until, before) {
            assert!(first - 1 <= before && before <= until && until <= last);
        }
    }
}
