//! The order of a segment: what of each of its events is needed to find and choose it, in the order of positions.
//!
//! It holds nothing that the segment's blocks do not.

use std::ops::{Range, RangeInclusive};

use super::{
    EventRef, Malformed,
    block::read_range,
    bytes::{Cursor, put_text, put_varint},
    dictionary::{Dictionary, part, read_dictionary, read_name},
    frame::{Magic, frame, has_magic, unframe},
};

const MAGIC: Magic = b"ANLo";

/// In place of an event that is lost.
const LOST: u32 = u32::MAX;

/// The order of a segment, read.
#[derive(Debug)]
pub struct Order {
    positions: RangeInclusive<u64>,
    names: String,
    streams: Vec<Range<u32>>,
    types: Vec<Range<u32>>,
    tags: Vec<Range<u32>>,
    /// Where each block begins, counted in events of the segment ordered by stream; and where the last ends.
    blocks: Vec<u32>,
    rows: Vec<Row>,
    tag_indices: Vec<u32>,
    /// From which row on which time holds.
    times: Vec<(u32, u64)>,
}

#[derive(Debug, Clone, Default)]
struct Row {
    stream: u32,
    /// The event's place among those of the segment ordered by stream; [`LOST`] without an event.
    slot: u32,
    r#type: u32,
    tags: Range<u32>,
}

/// What a choice of events looks at.
#[derive(Debug, Clone, Copy)]
pub struct OrderRow<'a> {
    order: &'a Order,
    row: &'a Row,
}

/// Writes the order of a segment. `events` are ordered by stream; `blocks` says how many of them each block holds.
#[must_use]
pub fn encode_order(positions: &RangeInclusive<u64>, events: &[EventRef<'_>], blocks: &[u32]) -> Vec<u8> {
    let mut body = Vec::new();
    put_varint(&mut body, *positions.start());
    put_varint(&mut body, positions.end() - positions.start());
    let streams = streams(events);
    put_varint(&mut body, streams.len() as u64);
    for (stream_id, count) in &streams {
        put_text(&mut body, stream_id);
        put_varint(&mut body, *count);
    }
    put_varint(&mut body, blocks.len() as u64);
    blocks.iter().for_each(|&count| put_varint(&mut body, count.into()));
    put_rows(&mut body, positions, events, &streams);
    frame(MAGIC, body)
}

/// Whether a record says of itself that it is an order.
#[must_use]
pub fn is_order(bytes: &[u8]) -> bool {
    has_magic(MAGIC, bytes)
}

/// The streams in order, with the number of their events.
fn streams<'a>(events: &[EventRef<'a>]) -> Vec<(&'a str, u64)> {
    let mut streams: Vec<(&str, u64)> = Vec::new();
    for event in events {
        match streams.last_mut() {
            Some((stream_id, count)) if *stream_id == event.stream_id() => *count += 1,
            _ => streams.push((event.stream_id(), 1)),
        }
    }
    streams
}

fn put_rows(
    body: &mut Vec<u8>,
    positions: &RangeInclusive<u64>,
    events: &[EventRef<'_>],
    streams: &[(&str, u64)],
) {
    let mut rows: Vec<Option<(usize, EventRef<'_>)>> = vec![None; length(positions)];
    let stream_numbers = streams.iter().enumerate().flat_map(|(n, (_, count))| (0..*count).map(move |_| n));
    for (stream, event) in stream_numbers.zip(events) {
        rows[(event.position() - positions.start()) as usize] = Some((stream, *event));
    }
    let (mut types, mut tags) = (Dictionary::default(), Dictionary::default());
    let (mut type_column, mut tag_column, mut times) = (Vec::new(), Vec::new(), Times::default());
    let mut stream_column = Vec::with_capacity(2 * rows.len());
    for row in &rows {
        let Some((stream, event)) = row else {
            put_varint(&mut stream_column, 0);
            continue;
        };
        put_varint(&mut stream_column, *stream as u64 + 1);
        put_varint(&mut type_column, types.index(event.r#type()));
        put_varint(&mut tag_column, event.tags().len() as u64);
        event.tags().for_each(|tag| put_varint(&mut tag_column, tags.index(tag)));
        times.push(event.recorded_at());
    }
    types.put(body);
    tags.put(body);
    for column in [stream_column, type_column, tag_column] {
        body.extend_from_slice(&column);
    }
    times.put(body);
}

/// Runs of events that were stored at one time.
#[derive(Default)]
struct Times(Vec<(u64, u64)>);

impl Times {
    fn push(&mut self, time: u64) {
        match self.0.last_mut() {
            Some((last, count)) if *last == time => *count += 1,
            _ => self.0.push((time, 1)),
        }
    }

    fn put(&self, body: &mut Vec<u8>) {
        put_varint(body, self.0.len() as u64);
        let mut last = 0;
        for &(time, count) in &self.0 {
            put_varint(body, time.saturating_sub(last));
            put_varint(body, count);
            last = time;
        }
    }
}

fn length(positions: &RangeInclusive<u64>) -> usize {
    (positions.end() - positions.start() + 1) as usize
}

/// Reads the order of a segment.
///
/// # Errors
/// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
pub fn decode_order(bytes: &[u8]) -> Result<Order, Malformed> {
    let body = unframe(MAGIC, bytes)?;
    let mut cursor = Cursor::new(&body);
    let positions = read_range(&mut cursor)?;
    let mut names = String::new();
    let count = cursor.count("the number of streams", 2)?;
    let (mut streams, mut starts) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut slots = 0_u64;
    for _ in 0..count {
        streams.push(read_name(&mut cursor, "a stream", &mut names)?);
        starts.push(slots as u32);
        slots += cursor.up_to("the events of a stream", u64::from(LOST) - slots)?;
    }
    let blocks = read_blocks(&mut cursor, slots)?;
    let types = read_dictionary(&mut cursor, "a type", &mut names)?;
    let tags = read_dictionary(&mut cursor, "a tag", &mut names)?;
    if (cursor.left() as u64) < positions.end() - positions.start() {
        let found = format!("{} bytes", cursor.left());
        return Err(Malformed::new("the rows", format!("one of each of {positions:?}"), found));
    }
    let mut rows = read_slots(&mut cursor, length(&positions), starts, slots)?;
    for row in rows.iter_mut().filter(|row| row.slot != LOST) {
        row.r#type = cursor.index("an event's type", types.len())?;
    }
    let tag_indices = read_tags(&mut cursor, &mut rows, tags.len())?;
    let times = read_times(&mut cursor, &rows)?;
    cursor.end("the order")?;
    Ok(Order { positions, names, streams, types, tags, blocks, rows, tag_indices, times })
}

fn read_blocks(cursor: &mut Cursor<'_>, slots: u64) -> Result<Vec<u32>, Malformed> {
    let count = cursor.count("the number of blocks", 1)?;
    let mut blocks = Vec::with_capacity(count + 1);
    let mut start = 0;
    blocks.push(0);
    for _ in 0..count {
        start += cursor.up_to("the events of a block", slots - start)?;
        blocks.push(start as u32);
    }
    if start != slots {
        return Err(Malformed::new("the events of all blocks", slots.to_string(), start.to_string()));
    }
    Ok(blocks)
}

/// `next` is where each stream's events begin.
fn read_slots(
    cursor: &mut Cursor<'_>,
    count: usize,
    mut next: Vec<u32>,
    slots: u64,
) -> Result<Vec<Row>, Malformed> {
    let ends: Vec<u32> = next.iter().skip(1).copied().chain([slots as u32]).take(next.len()).collect();
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        let Some(stream) = cursor.index("an event's stream", next.len() + 1)?.checked_sub(1) else {
            rows.push(Row { slot: LOST, ..Row::default() });
            continue;
        };
        let slot = &mut next[stream as usize];
        if *slot == ends[stream as usize] {
            return Err(Malformed::new("an event's stream", "no more events than it has", "one more"));
        }
        rows.push(Row { stream, slot: *slot, ..Row::default() });
        *slot += 1;
    }
    if next != ends {
        return Err(Malformed::new("the events of a stream", "as many as it has", "fewer"));
    }
    Ok(rows)
}

fn read_tags(cursor: &mut Cursor<'_>, rows: &mut [Row], tags: usize) -> Result<Vec<u32>, Malformed> {
    let mut indices = Vec::new();
    for row in rows.iter_mut().filter(|row| row.slot != LOST) {
        let start = indices.len() as u32;
        for _ in 0..cursor.count("an event's tags", 1)? {
            indices.push(cursor.index("an event's tag", tags)?);
        }
        row.tags = start..indices.len() as u32;
    }
    Ok(indices)
}

fn read_times(cursor: &mut Cursor<'_>, rows: &[Row]) -> Result<Vec<(u32, u64)>, Malformed> {
    let runs = cursor.count("the number of times", 2)?;
    let mut times = Vec::with_capacity(runs);
    let mut present = rows.iter().enumerate().filter(|(_, row)| row.slot != LOST).map(|(n, _)| n as u32);
    let mut last = 0_u64;
    for _ in 0..runs {
        last = last.saturating_add(cursor.varint("a time")?);
        let count = cursor.varint("the events of a time")?;
        let first = present.next().filter(|_| count > 0);
        let row =
            first.ok_or_else(|| Malformed::new("the events of a time", "some that are there", "none"))?;
        times.push((row, last));
        for _ in 1..count {
            if present.next().is_none() {
                return Err(Malformed::new("the events of a time", "some that are there", "more"));
            }
        }
    }
    match present.next() {
        None => Ok(times),
        Some(_) => Err(Malformed::new("the events of all times", "all", "fewer")),
    }
}

impl Order {
    /// The segment's positions, first and last.
    #[must_use]
    pub fn positions(&self) -> &RangeInclusive<u64> {
        &self.positions
    }

    /// In which block the event at a position is, and which of its events it is; `None` when it is lost.
    #[must_use]
    pub fn locate(&self, position: u64) -> Option<(usize, usize)> {
        let row = self.rows.get(self.index_of(position)?)?;
        if row.slot == LOST {
            return None;
        }
        let block = self.blocks.partition_point(|&start| start <= row.slot) - 1;
        Some((block, (row.slot - self.blocks[block]) as usize))
    }

    /// What is at a position; `None` when that is lost.
    #[must_use]
    pub fn row(&self, position: u64) -> Option<OrderRow<'_>> {
        let row = self.rows.get(self.index_of(position)?).filter(|row| row.slot != LOST)?;
        Some(OrderRow { order: self, row })
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks.len() - 1
    }

    /// The positions of the events of a block that is damaged, say.
    pub fn positions_in(&self, block: usize) -> impl Iterator<Item = u64> {
        let slots = self.blocks[block]..self.blocks[block + 1];
        let first = *self.positions.start();
        let rows = self.rows.iter().enumerate();
        rows.filter(move |(_, row)| slots.contains(&row.slot)).map(move |(n, _)| first + n as u64)
    }

    /// The number of a type, a tag, a stream: all rows compare numbers, not texts.
    #[must_use]
    pub fn type_number(&self, text: &str) -> Option<u32> {
        self.number(&self.types, text)
    }

    /// As [`Order::type_number`], of a tag.
    #[must_use]
    pub fn tag_number(&self, text: &str) -> Option<u32> {
        self.number(&self.tags, text)
    }

    /// The numbers of the streams that are meant.
    pub fn stream_numbers(&self, is_meant: impl Fn(&str) -> bool) -> Vec<bool> {
        self.streams.iter().map(|range| is_meant(part(&self.names, range))).collect()
    }

    /// The last position whose event was stored before, or (`inclusive`) at or before, a time; none is the one before the first.
    #[must_use]
    pub fn last_at(&self, time: u64, inclusive: bool) -> u64 {
        let later = |one: u64| if inclusive { one > time } else { one >= time };
        let first = *self.positions.start();
        match self.times.iter().find(|(_, one)| later(*one)) {
            Some((row, _)) => first + u64::from(*row) - 1,
            None => *self.positions.end(),
        }
    }

    /// What the order takes in memory, in bytes, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>()
            + self.names.capacity()
            + self.rows.capacity() * size_of::<Row>()
            + self.tag_indices.capacity() * size_of::<u32>()
            + self.times.capacity() * size_of::<(u32, u64)>()
            + (self.streams.len() + self.types.len() + self.tags.len()) * size_of::<Range<u32>>()
    }

    fn index_of(&self, position: u64) -> Option<usize> {
        usize::try_from(position.checked_sub(*self.positions.start())?).ok()
    }

    fn number(&self, ranges: &[Range<u32>], text: &str) -> Option<u32> {
        ranges.iter().position(|range| part(&self.names, range) == text).map(|n| n as u32)
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
        part(&self.order.names, &self.order.streams[self.row.stream as usize])
    }

    /// Its type.
    #[must_use]
    pub fn r#type(&self) -> &'a str {
        part(&self.order.names, &self.order.types[self.row.r#type as usize])
    }

    /// Its tags.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let order = self.order;
        self.tag_numbers().iter().map(move |&tag| part(&order.names, &order.tags[tag as usize]))
    }

    /// The number of its stream.
    #[must_use]
    pub fn stream_number(&self) -> u32 {
        self.row.stream
    }

    /// The numbers of its tags.
    #[must_use]
    pub fn tag_numbers(&self) -> &'a [u32] {
        &self.order.tag_indices[self.row.tags.start as usize..self.row.tags.end as usize]
    }
}
