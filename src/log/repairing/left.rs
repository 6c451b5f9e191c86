//! What is left where records are damaged.

use std::{ops::RangeInclusive, rc::Rc};

use crate::{model::sort, storage::Record};

use super::{
    super::{
        codec::{Aside, EventTable, Segment, claimed_count, decode_commit},
        verifying::{FoundSegment, ranges},
    },
    LostEvents,
};

/// The most events that a damaged commit, or the missing rest of one, is believed to have had: its count may be what is damaged, and there is room
/// made for each.
const MAX_CLAIMED: u32 = 1 << 20;

/// What is left of some records, and what is not.
#[derive(Default)]
pub(super) struct Left {
    pub(super) tables: Vec<Rc<EventTable>>,
    pub(super) lost: Vec<LostEvents>,
    pub(super) damaged: Vec<(Record, Aside)>,
}

pub(super) fn left_of_segment(segment: &Segment, found: FoundSegment) -> Left {
    let mut left = Left::default();
    let order = found.order.as_ref().and_then(|order| order.as_ref().ok());
    let mut damaged_keys = Vec::new();
    if order.is_none() {
        damaged_keys.push((segment.key, "the order of a segment".to_owned(), segment.positions()));
    }
    let mut present = Vec::new();
    for (n, block) in found.blocks.iter().enumerate() {
        match block {
            Some(Ok(block)) => present.extend(block.events().map(|event| event.position())),
            other => {
                let detail = match other {
                    Some(Err(corrupt)) => format!("a block of a segment: {}", corrupt.why),
                    _ => "a block of a segment is missing".to_owned(),
                };
                damaged_keys.push((segment.block_key(n), detail, segment.positions()));
            }
        }
    }
    present.sort_unstable();
    let is_there = |position: &u64| present.binary_search(position).is_ok();
    let was_lost = |position: &u64| order.is_some_and(|order| order.locate(*position) == Ok(None));
    for positions in ranges(segment.positions().filter(|one| !is_there(one) && !was_lost(one))) {
        let streams =
            positions.clone().filter_map(|one| order?.row(one).ok()?).map(|row| row.stream_id().to_owned());
        let mut streams: Vec<String> = streams.collect();
        sort::sort(&mut streams);
        streams.dedup();
        left.lost.push(LostEvents { positions, streams, detail: "their block is damaged".to_owned() });
    }
    for (key, what, positions) in damaged_keys {
        if let Some(record) = found.records.iter().find(|record| record.key == key) {
            let (first, last) = (*positions.start(), *positions.end());
            left.damaged.push((record.clone(), Aside { key, first, last, what }));
        }
    }
    left.tables = found.blocks.into_iter().flatten().flatten().flat_map(|block| block.tables).collect();
    left
}

/// What is left of a tail, and where it ends.
pub(super) struct LeftOfTail {
    pub(super) left: Left,
    pub(super) end: Option<u64>,
}

pub(super) fn left_of_tail(head: u64, records: Vec<Record>) -> LeftOfTail {
    let mut left = Left::default();
    let mut end = head;
    let keys: Vec<u64> = records.iter().map(|record| record.key).collect();
    let mut parts_left = 0;
    for (n, record) in records.into_iter().enumerate() {
        if record.key > end + 1 {
            left.lose(end + 1..=record.key - 1, "their record is missing");
        }
        match decode_commit(&record.bytes) {
            Ok(found) if found.first() == record.key && found.first() > end => {
                end = end.max(found.last());
                parts_left = found.header().parts_left;
                left.tables.push(Rc::new(found.into_table()));
            }
            found => {
                let why =
                    found.err().map_or_else(|| "a record under a wrong key".to_owned(), |e| e.to_string());
                // The next record says how far this one reached; behind the last there is only its own word.
                let claimed = claimed_count(&record.bytes).filter(|count| (1..=MAX_CLAIMED).contains(count));
                let last =
                    keys.get(n + 1).map_or(record.key + u64::from(claimed.unwrap_or(1)) - 1, |next| next - 1);
                left.lose(record.key..=last, "their record is damaged");
                let (key, first, what) = (record.key, record.key, format!("a commit: {why}"));
                left.damaged.push((record, Aside { key, first, last, what }));
                end = end.max(last);
                parts_left = 0;
            }
        }
    }
    if parts_left > 0 {
        // Each part had an event at least; how many more nobody knows.
        let claimed = u64::from(parts_left.min(MAX_CLAIMED));
        left.lose(end + 1..=end + claimed, "the rest of their commit is missing");
        end += claimed;
    }
    LeftOfTail { left, end: (end > head).then_some(end) }
}

impl Left {
    fn lose(&mut self, positions: RangeInclusive<u64>, detail: &str) {
        self.lost.push(LostEvents { positions, streams: Vec::new(), detail: detail.to_owned() });
    }
}
