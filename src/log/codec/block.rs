//! A block: events of a segment that stand beside one another when the segment is ordered by stream, in pieces.
//!
//! A block says everything about its events by itself. What else a segment has can be made again from its blocks. Its pieces are
//! unpacked one by one: who wants one stream wants few of them.

use std::{
    cell::OnceCell,
    ops::{Range, RangeInclusive},
    rc::Rc,
};

use crate::model::MAX_POSITION;

use super::{
    Bound, EventRef, EventTable, Malformed,
    bytes::{Cursor, put_varint, put_varints},
    event_columns::check_events,
    frame::{Magic, find_body, frame_as_is},
    piece::{decode_piece, encode_piece},
    pieces::{PieceWriter, Pieces, Sharing},
};

const MAGIC: Magic = b"ANLb";

/// The most positions of a segment, less one: what a damaged number says must not be gone through one by one.
pub const MAX_EVENTS: u64 = (1 << 24) - 1;

/// What an event of a table takes in memory beside its texts, in bytes, about.
const ENTRY_BYTES: usize = 100;

/// A block, read. Its pieces are unpacked when they are asked for.
#[derive(Debug)]
pub struct Block {
    /// The positions of its segment, first and last.
    pub positions: RangeInclusive<u64>,
    /// Which of the segment's blocks it is, from 0.
    pub number: u32,
    /// With which event each piece begins.
    bounds: Vec<Bound>,
    /// Where each piece begins, counted in events of the block; and where the last ends.
    starts: Vec<u32>,
    pieces: Pieces,
    tables: Vec<OnceCell<Rc<EventTable>>>,
}

/// A block on its way into a record, piece by piece.
pub struct BlockWriter {
    first: u64,
    head: Vec<u8>,
    bounds: Vec<u8>,
    count: usize,
    pieces: PieceWriter,
}

impl BlockWriter {
    /// The block of a segment that covers some positions; which one it is, from 0.
    #[must_use]
    pub fn new(positions: &RangeInclusive<u64>, number: u32) -> Self {
        let mut head = Vec::new();
        put_varints(&mut head, &[*positions.start(), positions.end() - positions.start(), number.into()]);
        let pieces = PieceWriter::new(Sharing::First);
        Self { first: *positions.start(), head, bounds: Vec::new(), count: 0, pieces }
    }

    /// Writes a piece, if the block stays shorter than `most` bytes with it; the first fits always.
    #[must_use]
    pub fn write(&mut self, events: &[EventRef<'_>], most: usize) -> bool {
        let Some(first) = events.first() else { return true };
        if !self.pieces.push(encode_piece(self.first, events), most) {
            return false;
        }
        let bound = Bound::of(first);
        put_varints(&mut self.bounds, &[events.len() as u64, bound.hash.into(), bound.revision]);
        self.count += 1;
        true
    }

    /// The record.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        put_varint(&mut self.head, self.count as u64);
        self.head.extend_from_slice(&self.bounds);
        self.pieces.put(&mut self.head);
        frame_as_is(MAGIC, &self.head)
    }
}

/// Reads a block.
///
/// # Errors
/// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
pub fn decode_block(bytes: Vec<u8>) -> Result<Block, Malformed> {
    let body = find_body(MAGIC, &bytes)?;
    let mut cursor = Cursor::new(&bytes[body.clone()]);
    let positions = read_range(&mut cursor)?;
    let number = cursor.up_to("the block's number", u32::MAX.into())? as u32;
    let count = cursor.count("the number of pieces", 3)?;
    let (mut bounds, mut starts) = (Vec::with_capacity(count), Vec::with_capacity(count + 1));
    let mut start = 0;
    starts.push(0);
    for _ in 0..count {
        start += cursor.up_to("the events of a piece", u64::from(u32::MAX) - start)?;
        starts.push(start as u32);
        let hash = cursor.up_to("a hash", u32::MAX.into())? as u32;
        if bounds.last().is_some_and(|bound: &Bound| bound.hash > hash) {
            return Err(Malformed::new("the hashes of the pieces", "an order that rises", hash.to_string()));
        }
        bounds.push(Bound { hash, revision: cursor.up_to("a revision", MAX_POSITION)? });
    }
    let pieces = body.start + cursor.at()..body.end;
    let pieces = Pieces::read(bytes, pieces, count, Sharing::First)?;
    for (piece, ends) in starts.windows(2).enumerate() {
        check_events(u64::from(ends[1] - ends[0]), pieces.length(piece))?;
    }
    let tables = std::iter::repeat_with(OnceCell::new).take(count).collect();
    Ok(Block { positions, number, bounds, starts, pieces, tables })
}

/// A range of positions: the first, and how many follow.
pub(super) fn read_range(cursor: &mut Cursor<'_>) -> Result<RangeInclusive<u64>, Malformed> {
    let first = cursor.up_to("the first position", MAX_POSITION)?;
    if first == 0 {
        return Err(Malformed::new("the first position", "at least 1", "0"));
    }
    let more = cursor.up_to("the last position", (MAX_POSITION - first).min(MAX_EVENTS))?;
    Ok(first..=first + more)
}

impl Block {
    /// How many events there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }

    /// The event with which it begins; `None` when it has none.
    #[must_use]
    pub fn bound(&self) -> Option<Bound> {
        self.bounds.first().copied()
    }

    /// With which event each piece begins.
    #[must_use]
    pub fn bounds(&self) -> &[Bound] {
        &self.bounds
    }

    /// The events of some pieces, ordered by stream and revision.
    ///
    /// # Errors
    /// [`Malformed`] when a piece is not what the block says of it.
    pub fn tables(&self, pieces: Range<usize>) -> Result<Vec<Rc<EventTable>>, Malformed> {
        pieces.map(|piece| self.table(piece).cloned()).collect()
    }

    /// All events, ordered by stream and revision.
    ///
    /// # Errors
    /// [`Malformed`] when a piece is not what the block says of it.
    pub fn all_tables(&self) -> Result<Vec<Rc<EventTable>>, Malformed> {
        self.tables(0..self.bounds.len())
    }

    /// How many pieces there are.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.bounds.len()
    }

    /// Of an event by its place in the block, the table that has it, and its place there.
    ///
    /// # Errors
    /// [`Malformed`] when there is no such event, or its piece is not what the block says of it.
    pub fn find(&self, index: usize) -> Result<(&Rc<EventTable>, usize), Malformed> {
        let after = self.starts.partition_point(|&start| start as usize <= index);
        if index >= self.count() || after == 0 {
            return Err(Malformed::new(
                "the events of a block",
                format!("more than {index}"),
                self.count().to_string(),
            ));
        }
        Ok((self.table(after - 1)?, index - self.starts[after - 1] as usize))
    }

    /// What the block takes in memory once all of it is unpacked, in bytes, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.pieces.memory().saturating_add(self.count().saturating_mul(ENTRY_BYTES))
    }

    fn table(&self, piece: usize) -> Result<&Rc<EventTable>, Malformed> {
        if let Some(table) = self.tables[piece].get() {
            return Ok(table);
        }
        let count = (self.starts[piece + 1] - self.starts[piece]) as usize;
        let table = Rc::new(decode_piece(&self.pieces.unpack(piece)?, &self.positions, count)?);
        let found = table.event(0).map(|event| Bound::of(&event));
        if found != Some(self.bounds[piece]) {
            let expected = format!("{:?}", self.bounds[piece]);
            return Err(Malformed::new("the first event of a piece", expected, format!("{found:?}")));
        }
        Ok(self.tables[piece].get_or_init(|| table))
    }
}
