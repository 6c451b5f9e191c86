//! The order of a segment: what of each of its events is needed to find and choose it, in the order of positions.
//!
//! It holds nothing that the segment's blocks do not. It comes in pieces: who looks for one event unpacks one of them.

use std::{cell::OnceCell, mem, ops::RangeInclusive};

use super::{
    EventRef, Malformed,
    block::read_range,
    bytes::{Cursor, put_varint, put_varints},
    dictionary::Dictionary,
    frame::{Magic, find_body, frame_as_is},
    order_names::{NameCounts, OrderNames, encode_names},
    order_rows::{Placed, ROW_BYTES, Row, Rows, decode_rows, encode_rows},
    pieces::{PieceWriter, Pieces, Sharing},
};

const MAGIC: Magic = b"ANLo";

/// How many positions a piece covers; the last may cover fewer.
const ROWS: usize = 2048;

/// The order of a segment, read. Its pieces are unpacked when they are asked for.
#[derive(Debug)]
pub struct Order {
    positions: RangeInclusive<u64>,
    /// Where each block begins, counted in events of the segment ordered by stream; and where the last ends.
    blocks: Vec<u32>,
    counts: NameCounts,
    pieces: Pieces,
    rows: Vec<OnceCell<Rows>>,
    names: OnceCell<OrderNames>,
}

/// What a choice of events looks at.
#[derive(Debug, Clone, Copy)]
pub struct OrderRow<'a> {
    names: &'a OrderNames,
    rows: &'a Rows,
    row: &'a Row,
}

/// The order of a segment on its way into a record, piece by piece.
pub struct OrderWriter<'a> {
    positions: RangeInclusive<u64>,
    blocks: Vec<u32>,
    streams: Vec<&'a str>,
    placed: Vec<Placed<'a>>,
    types: Dictionary<'a>,
    tags: Dictionary<'a>,
    pieces: PieceWriter,
    /// How many positions are written.
    done: usize,
}

impl<'a> OrderWriter<'a> {
    /// `events` are ordered by stream; `blocks` says how many of them each block holds.
    #[must_use]
    pub fn new(positions: &RangeInclusive<u64>, events: &[EventRef<'a>], blocks: &[u32]) -> Self {
        let mut placed: Vec<Placed<'a>> = vec![None; length(positions)];
        let mut streams: Vec<&'a str> = Vec::new();
        for (slot, event) in events.iter().enumerate() {
            if streams.last() != Some(&event.stream_id()) {
                streams.push(event.stream_id());
            }
            let place = (event.position() - positions.start()) as usize;
            placed[place] = Some((*event, streams.len() as u32 - 1, slot as u32));
        }
        Self {
            positions: positions.clone(),
            blocks: blocks.to_vec(),
            streams,
            placed,
            types: Dictionary::default(),
            tags: Dictionary::default(),
            pieces: PieceWriter::new(Sharing::Nothing),
            done: 0,
        }
    }

    /// Writes the next piece; `false` when all are written.
    pub fn write(&mut self) -> bool {
        let end = (self.done + ROWS).min(self.placed.len());
        if self.done == end {
            return false;
        }
        let rows = encode_rows(&self.placed[self.done..end], &mut self.types, &mut self.tags);
        self.pieces.push(rows, usize::MAX);
        self.done = end;
        true
    }

    /// The record.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        while self.write() {}
        self.pieces.push(encode_names(&self.streams, &self.types, &self.tags), usize::MAX);
        let mut body = Vec::new();
        put_varints(&mut body, &[*self.positions.start(), self.positions.end() - self.positions.start()]);
        let (streams, types, tags) = (self.streams.len(), self.types.len(), self.tags.len());
        NameCounts { streams, types, tags }.put(&mut body);
        put_varint(&mut body, self.blocks.len() as u64);
        self.blocks.iter().for_each(|&count| put_varint(&mut body, count.into()));
        self.pieces.put(&mut body);
        frame_as_is(MAGIC, &body)
    }
}

/// Reads the order of a segment.
///
/// # Errors
/// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
pub fn decode_order(bytes: Vec<u8>) -> Result<Order, Malformed> {
    let body = find_body(MAGIC, &bytes)?;
    let mut cursor = Cursor::new(&bytes[body.clone()]);
    let positions = read_range(&mut cursor)?;
    let counts = NameCounts::read(&mut cursor)?;
    let blocks = read_blocks(&mut cursor, length(&positions) as u64)?;
    let count = length(&positions).div_ceil(ROWS);
    let pieces = body.start + cursor.at()..body.end;
    let pieces = Pieces::read(bytes, pieces, count + 1, Sharing::Nothing)?;
    let rows = std::iter::repeat_with(OnceCell::new).take(count).collect();
    Ok(Order { positions, blocks, counts, pieces, rows, names: OnceCell::new() })
}

fn length(positions: &RangeInclusive<u64>) -> usize {
    (positions.end() - positions.start() + 1) as usize
}

fn read_blocks(cursor: &mut Cursor<'_>, most: u64) -> Result<Vec<u32>, Malformed> {
    let count = cursor.count("the number of blocks", 1)?;
    let mut blocks = Vec::with_capacity(count + 1);
    let mut start = 0;
    blocks.push(0);
    for _ in 0..count {
        start += cursor.up_to("the events of a block", most - start)?;
        blocks.push(start as u32);
    }
    Ok(blocks)
}

impl Order {
    /// The segment's positions, first and last.
    #[must_use]
    pub fn positions(&self) -> &RangeInclusive<u64> {
        &self.positions
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks.len() - 1
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.blocks.last().copied().unwrap_or(0)
    }

    /// In which block the event at a position is, and which of its events it is; `None` when it is lost.
    ///
    /// # Errors
    /// [`Malformed`] when the piece that has the position is not what it should be.
    pub fn locate(&self, position: u64) -> Result<Option<(usize, usize)>, Malformed> {
        let Some((piece, index)) = self.place(position) else { return Ok(None) };
        let Some(slot) = self.rows(piece)?.slot(index) else { return Ok(None) };
        let block = self.blocks.partition_point(|&start| start <= slot) - 1;
        Ok(Some((block, (slot - self.blocks[block]) as usize)))
    }

    /// What is at a position; `None` when that is lost.
    ///
    /// # Errors
    /// [`Malformed`] when a piece is not what it should be.
    pub fn row(&self, position: u64) -> Result<Option<OrderRow<'_>>, Malformed> {
        let Some((piece, index)) = self.place(position) else { return Ok(None) };
        let rows = self.rows(piece)?;
        let Some(row) = rows.row(index) else { return Ok(None) };
        Ok(Some(OrderRow { names: self.names()?, rows, row }))
    }

    /// Looks at every piece. Once this has succeeded, nothing else that is asked of it fails.
    ///
    /// # Errors
    /// [`Malformed`] when a piece is not what it should be.
    pub fn check(&self) -> Result<(), Malformed> {
        (0..self.pieces()).try_for_each(|piece| self.check_piece(piece))?;
        let mut is_taken = vec![false; self.events() as usize];
        for (piece, index) in self.positions.clone().filter_map(|position| self.place(position)) {
            let Some(slot) = self.rows(piece)?.slot(index) else { continue };
            if mem::replace(&mut is_taken[slot as usize], true) {
                return Err(Malformed::new("an event's place", "one of its own", format!("{slot} again")));
            }
        }
        if let Some(free) = is_taken.iter().position(|is_taken| !is_taken) {
            return Err(Malformed::new(
                "the places of all events",
                "each of them",
                format!("none at {free}"),
            ));
        }
        self.names().map(drop)
    }

    /// How many pieces have rows.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.rows.len()
    }

    /// Looks at one piece.
    ///
    /// # Errors
    /// [`Malformed`] when it is not what it should be.
    pub fn check_piece(&self, piece: usize) -> Result<(), Malformed> {
        self.rows(piece).map(drop)
    }

    /// The positions whose events are lost.
    pub fn lost(&self) -> impl Iterator<Item = u64> {
        self.positions.clone().filter(|&position| matches!(self.locate(position), Ok(None)))
    }

    /// The positions of the events of a block that is damaged, say.
    pub fn positions_in(&self, block: usize) -> impl Iterator<Item = u64> {
        let is_in =
            move |position: &u64| matches!(self.locate(*position), Ok(Some((one, _))) if one == block);
        self.positions.clone().filter(is_in)
    }

    /// The number of a type, a tag, a stream: all rows compare numbers, not texts.
    ///
    /// # Errors
    /// [`Malformed`] when the names are not what they should be.
    pub fn type_number(&self, text: &str) -> Result<Option<u32>, Malformed> {
        Ok(self.names()?.type_number(text))
    }

    /// As [`Order::type_number`], of a tag.
    ///
    /// # Errors
    /// [`Malformed`] when the names are not what they should be.
    pub fn tag_number(&self, text: &str) -> Result<Option<u32>, Malformed> {
        Ok(self.names()?.tag_number(text))
    }

    /// Of each stream by its number, whether it is meant.
    ///
    /// # Errors
    /// [`Malformed`] when the names are not what they should be.
    pub fn stream_numbers(&self, is_meant: impl Fn(&str) -> bool) -> Result<Vec<bool>, Malformed> {
        Ok(self.names()?.stream_numbers(is_meant))
    }

    /// The last position whose event was stored before, or (`inclusive`) at or before, a time; none is the one before the first.
    ///
    /// # Errors
    /// [`Malformed`] when a piece is not what it should be.
    pub fn last_at(&self, time: u64, inclusive: bool) -> Result<u64, Malformed> {
        let is_later = |one: u64| if inclusive { one > time } else { one >= time };
        // From the front, for a piece whose events are all lost has no time.
        for piece in 0..self.rows.len() {
            if let Some(index) = self.rows(piece)?.first_at(is_later) {
                return Ok(self.positions.start() + (piece * ROWS + index) as u64 - 1);
            }
        }
        Ok(*self.positions.end())
    }

    /// What the order takes in memory once all of it is unpacked, in bytes, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.pieces.memory() + length(&self.positions) * ROW_BYTES
    }

    /// In which piece a position is, and where there.
    fn place(&self, position: u64) -> Option<(usize, usize)> {
        let index = usize::try_from(position.checked_sub(*self.positions.start())?).ok()?;
        (position <= *self.positions.end()).then_some((index / ROWS, index % ROWS))
    }

    fn rows(&self, piece: usize) -> Result<&Rows, Malformed> {
        if let Some(rows) = self.rows[piece].get() {
            return Ok(rows);
        }
        let count = ROWS.min(length(&self.positions) - piece * ROWS);
        let rows = decode_rows(&self.pieces.unpack(piece)?, count, self.events(), self.counts)?;
        Ok(self.rows[piece].get_or_init(|| rows))
    }

    fn names(&self) -> Result<&OrderNames, Malformed> {
        if let Some(names) = self.names.get() {
            return Ok(names);
        }
        let names = OrderNames::read(&self.pieces.unpack(self.rows.len())?, self.counts)?;
        Ok(self.names.get_or_init(|| names))
    }
}

impl<'a> OrderRow<'a> {
    /// The number of its type.
    #[must_use]
    pub fn type_number(&self) -> u32 {
        self.row.r#type
    }

    /// Its stream.
    #[must_use]
    pub fn stream_id(&self) -> &'a str {
        self.names.stream(self.row.stream)
    }

    /// Its type.
    #[must_use]
    pub fn r#type(&self) -> &'a str {
        self.names.r#type(self.row.r#type)
    }

    /// Its tags.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let names = self.names;
        self.tag_numbers().iter().map(move |&tag| names.tag(tag))
    }

    /// The number of its stream.
    #[must_use]
    pub fn stream_number(&self) -> u32 {
        self.row.stream
    }

    /// The numbers of its tags.
    #[must_use]
    pub fn tag_numbers(&self) -> &'a [u32] {
        self.rows.tags(self.row)
    }
}
