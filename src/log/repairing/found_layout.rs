//! The layout as the segments themselves tell it.

use std::ops::RangeInclusive;

use crate::storage::Record;

use super::super::codec::{Bound, Layout, Segment, decode_block, decode_ids, decode_names, decode_order};

/// The most blocks that a segment is believed to have, when only a block says so.
const MAX_BLOCKS: u32 = 1 << 16;

/// A layout as the segments tell it, and the shards of an index that is made again.
pub(super) struct FoundLayout {
    pub(super) layout: Layout,
    pub(super) removes: Vec<RangeInclusive<u64>>,
}

pub(super) fn is_shard(record: &Record) -> bool {
    decode_ids(&record.bytes).is_ok() || decode_names(&record.bytes).is_ok()
}

/// A record that tells of its segment.
pub(super) struct FoundRecord {
    pub(super) key: u64,
    pub(super) positions: RangeInclusive<u64>,
    /// Which block it is; `None` for the order.
    block: Option<(u32, Bound)>,
    bytes: u64,
    length: u64,
    last_time: u64,
    pub(super) new_streams: u64,
    /// Of an order: how many events it says are lost.
    lost: u64,
}

impl FoundRecord {
    pub(super) fn of(record: &Record) -> Option<Self> {
        let (key, bytes) = (record.key, record.bytes.len() as u64);
        if let Ok(order) = decode_order(record.bytes.clone())
            && order.check().is_ok()
        {
            let positions = order.positions().clone();
            let lost = order.lost().count() as u64;
            return Some(Self {
                key,
                positions,
                block: None,
                bytes,
                length: 0,
                last_time: 0,
                new_streams: 0,
                lost,
            });
        }
        let found = decode_block(record.bytes.clone()).ok()?;
        // The order is under a key of its own before the first block.
        if key <= u64::from(found.number) + 1 || found.number > MAX_BLOCKS {
            return None;
        }
        let tables = found.all_tables().ok()?;
        let events = || tables.iter().flat_map(|table| table.events());
        Some(Self {
            key,
            positions: found.positions.clone(),
            block: Some((found.number, found.bound()?)),
            bytes,
            length: events().map(|event| event.data().len() as u64).sum(),
            last_time: events().map(|event| event.recorded_at()).max().unwrap_or(0),
            new_streams: events().filter(|event| event.revision() == 1).count() as u64,
            lost: 0,
        })
    }
}

/// The segment that records of the same positions make. Blocks of which nothing is left get the bound of the one before.
pub(super) fn segment_of(records: &[FoundRecord]) -> Segment {
    let keys =
        records.iter().map(|record| record.key - record.block.map_or(0, |(number, _)| u64::from(number) + 1));
    let key = keys.min().unwrap_or(0);
    let count = records.iter().filter_map(|record| record.block).map(|(number, _)| number as usize + 1).max();
    let mut bounds: Vec<Option<Bound>> = vec![None; count.unwrap_or(0)];
    for (number, bound) in records.iter().filter_map(|record| record.block) {
        bounds[number as usize] = Some(bound);
    }
    let mut last = Bound { hash: 0, revision: 1 };
    let fill = |bound: Option<Bound>| {
        last = bound.unwrap_or(last);
        last
    };
    let positions = records.first().map_or(1..=1, |record| record.positions.clone());
    Segment {
        first: *positions.start(),
        last: *positions.end(),
        key,
        bytes: records.iter().map(|record| record.bytes).sum(),
        length: records.iter().map(|record| record.length).sum(),
        last_time: records.iter().map(|record| record.last_time).max().unwrap_or(0),
        lost: records.iter().map(|record| record.lost).max().unwrap_or(0),
        bounds: bounds.into_iter().map(fill).collect(),
    }
}

/// What was merged up to a fence and is not there is lost: its positions are not given again.
pub(super) fn with_hole_up_to(mut layout: Layout, fence: u64) -> Layout {
    let head = layout.head();
    if fence > head {
        let mut hole = hole_segment(&mut layout.last_key, head + 1..=fence);
        hole.last_time = layout.last_time();
        layout.segments.push(hole);
    }
    layout
}

/// A segment of which nothing is left; it is written when it is repaired.
pub(super) fn hole_segment(last_key: &mut u64, positions: RangeInclusive<u64>) -> Segment {
    *last_key += 1;
    let (first, last) = (*positions.start(), *positions.end());
    Segment {
        first,
        last,
        key: *last_key,
        bytes: 0,
        length: 0,
        last_time: 0,
        lost: last - first + 1,
        bounds: Vec::new(),
    }
}
