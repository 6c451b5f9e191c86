//! Looking at one segment: its order, its blocks, and that they say the same.

use std::{ops::RangeInclusive, rc::Rc};

use crate::{
    model::sort,
    storage::{Mark, Record, Shelf, Storage},
};

use super::{
    super::{
        Corrupt,
        codec::{
            Block, Bound, EventRef, EventTable, Layout, Order, OrderRow, Segment, decode_block, decode_order,
        },
        core::Core,
        loading::Missed,
    },
    FindingKind, Seen,
    finding::ranges,
    index::ExpectedIndex,
    why,
};

/// A block, and all its events.
pub(in crate::log) struct FoundBlock {
    bound: Option<Bound>,
    pub(in crate::log) tables: Vec<Rc<EventTable>>,
}

/// The records of a segment as they are found.
pub(in crate::log) struct FoundSegment {
    /// `None` when it is missing.
    pub(in crate::log) order: Option<Result<Order, Corrupt>>,
    /// As many as there should be.
    pub(in crate::log) blocks: Vec<Option<Result<FoundBlock, Corrupt>>>,
    /// All that were found, as stored.
    pub(in crate::log) records: Vec<Record>,
}

impl<S: Storage> Core<S> {
    /// Reads a segment as it is, damaged or not.
    pub(in crate::log) async fn find_segment(
        &self,
        layout: &Layout,
        segment: &Segment,
    ) -> Result<FoundSegment, Missed> {
        let keys = segment.keys();
        let count = segment.bounds.len() + 1;
        // As they are, for it may be the mark that is damaged.
        let scan = async || self.storage.scan(Shelf::Segments, segment.key - 1, count).await;
        let mut records = self.connected(scan).await?;
        records.retain(|record| keys.contains(&record.key));
        let bytes_of =
            |key: u64| records.iter().find(|record| record.key == key).map(|record| &*record.bytes);
        let order = bytes_of(segment.key).map(|bytes| order_of(segment, bytes));
        let block = |n: usize| bytes_of(segment.block_key(n)).map(|bytes| block_of(segment, n, bytes));
        let blocks = (0..segment.bounds.len()).map(block).collect();
        let found = FoundSegment { order, blocks, records };
        if !found.is_sound() {
            self.check_generation(layout).await?;
        }
        Ok(found)
    }

    /// What is not there may have moved.
    async fn check_generation(&self, layout: &Layout) -> Result<(), Missed> {
        let mark = self.connected(async || self.storage.meta().await).await?.mark;
        match mark.as_deref().map_or(Ok(Mark::default()), Mark::decode) {
            Ok(mark) if mark.generation != layout.generation => Err(Missed::Moved),
            _ => Ok(()),
        }
    }

    pub(super) async fn look_at_segment(
        &self,
        layout: &Rc<Layout>,
        number: usize,
        seen: &mut Seen,
        expected: &mut ExpectedIndex,
    ) -> Result<(), Missed> {
        let segment = &layout.segments[number];
        let found = self.find_segment(layout, segment).await?;
        found.records.iter().for_each(|record| seen.count(record.bytes.len()));
        let order = found.look_at_order(segment, seen);
        found.look_at_blocks(segment, order, seen);
        found.look_at_layout(segment, order, seen);
        if let Some(order) = order {
            for positions in ranges(order.lost()) {
                let detail = "the events were lost, and the record that had them set aside".to_owned();
                seen.find(FindingKind::Lost, positions, detail);
            }
        }
        let mut events: Vec<EventRef<'_>> = found.events().collect();
        sort::sort_by_key(&mut events, EventRef::position);
        for event in &events {
            seen.look_at_event(*event);
            expected.expect(number, *event);
        }
        seen.head = segment.last;
        Ok(())
    }
}

impl FoundSegment {
    /// Whether all of it is there and undamaged.
    pub(in crate::log) fn is_sound(&self) -> bool {
        matches!(self.order, Some(Ok(_))) && self.blocks.iter().all(|block| matches!(block, Some(Ok(_))))
    }

    /// The events that can be read.
    pub(in crate::log) fn events(&self) -> impl Iterator<Item = EventRef<'_>> {
        self.blocks.iter().flatten().flatten().flat_map(FoundBlock::events)
    }

    fn look_at_order(&self, segment: &Segment, seen: &mut Seen) -> Option<&Order> {
        let (kind, detail) = match &self.order {
            Some(Ok(order)) => return Some(order),
            Some(Err(corrupt)) => (FindingKind::Damaged, why("the order of a segment", corrupt.clone())),
            None => (FindingKind::Missing, why("the order of a segment", None)),
        };
        seen.find(kind, segment.positions(), detail);
        None
    }

    /// The layout says of the segment what the segment says.
    fn look_at_layout(&self, segment: &Segment, order: Option<&Order>, seen: &mut Seen) {
        let begins = |(block, bound): (&Option<Result<FoundBlock, Corrupt>>, &Bound)| !matches!(block, Some(Ok(block)) if block.bound != Some(*bound));
        let is_same = self.blocks.iter().zip(&segment.bounds).all(begins)
            && order.is_none_or(|order| order.lost().count() as u64 == segment.lost);
        if !is_same {
            seen.wrong(segment.positions(), "the layout says something else of the segment".to_owned());
        }
    }

    fn look_at_blocks(&self, segment: &Segment, order: Option<&Order>, seen: &mut Seen) {
        for (n, block) in self.blocks.iter().enumerate() {
            let (kind, detail) = match block {
                Some(Ok(block)) => {
                    order.into_iter().for_each(|order| compare(order, n, block, seen));
                    continue;
                }
                Some(Err(corrupt)) => (FindingKind::Damaged, why("a block of a segment", corrupt.clone())),
                None => (FindingKind::Missing, why("a block of a segment", None)),
            };
            // Without the order it cannot be told which of the segment's events the block had.
            let affected: Vec<RangeInclusive<u64>> =
                order.map_or_else(|| vec![segment.positions()], |order| ranges(order.positions_in(n)));
            for positions in affected {
                seen.find(kind, positions, detail.clone());
            }
        }
    }
}

fn order_of(segment: &Segment, bytes: &[u8]) -> Result<Order, Corrupt> {
    let order = decode_order(bytes.to_vec()).map_err(|e| Corrupt::malformed(segment.first, &e))?;
    order.check().map_err(|e| Corrupt::malformed(segment.first, &e))?;
    if *order.positions() != segment.positions() || order.blocks() != segment.bounds.len() {
        return Err(Corrupt::new(segment.first, "expected the order of its segment, found another"));
    }
    Ok(order)
}

fn block_of(segment: &Segment, number: usize, bytes: &[u8]) -> Result<FoundBlock, Corrupt> {
    let block: Block = decode_block(bytes.to_vec()).map_err(|e| Corrupt::malformed(segment.first, &e))?;
    if block.positions != segment.positions() || block.number as usize != number {
        return Err(Corrupt::new(segment.first, "expected a block of its segment, found another"));
    }
    let tables = block.all_tables().map_err(|e| Corrupt::malformed(segment.first, &e))?;
    Ok(FoundBlock { bound: block.bound(), tables })
}

impl FoundBlock {
    pub(in crate::log) fn events(&self) -> impl Iterator<Item = EventRef<'_>> {
        self.tables.iter().flat_map(|table| table.events())
    }
}

/// The order says of a block's events what the block says.
fn compare(order: &Order, block: usize, found: &FoundBlock, seen: &mut Seen) {
    let (expected, count) = (order.positions_in(block).count(), found.events().count());
    if count != expected {
        let detail = format!("expected {expected} events in a block of the segment, found {count}");
        seen.wrong(order.positions().clone(), detail);
    }
    for (index, event) in found.events().enumerate() {
        let position = event.position();
        let is_same = order.locate(position) == Ok(Some((block, index)))
            && matches!(order.row(position), Ok(Some(row)) if is_like(&row, &event));
        if !is_same {
            seen.wrong(position..=position, "the order of its segment says something else of it".to_owned());
        }
    }
}

fn is_like(row: &OrderRow<'_>, event: &EventRef<'_>) -> bool {
    row.r#type() == event.r#type() && row.stream_id() == event.stream_id() && row.tags().eq(event.tags())
}
