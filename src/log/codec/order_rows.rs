//! A piece of an order: the rows of some positions.

use std::ops::Range;

use crate::{
    log::hashing::FastMap,
    model::{MAX_POSITION, sort},
};

use super::{
    EventRef, Malformed,
    bytes::{Cursor, put_varint},
    dictionary::Dictionary,
    order_names::NameCounts,
};

/// In place of an event that is lost.
const LOST: u32 = u32::MAX;

/// An event, its stream's number, and its place among the segment's events ordered by stream; `None` when it is lost.
pub(super) type Placed<'a> = Option<(EventRef<'a>, u32, u32)>;

/// The rows, read.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Vec<Row>,
    tag_indices: Vec<u32>,
    /// From which row on which time holds.
    times: Vec<(u32, u64)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) stream: u32,
    slot: u32,
    pub(super) r#type: u32,
    tags: Range<u32>,
}

/// Writes the rows of some positions.
pub(super) fn encode_rows<'a>(
    placed: &[Placed<'a>],
    types: &mut Dictionary<'a>,
    tags: &mut Dictionary<'a>,
) -> Vec<u8> {
    let mut body = Vec::with_capacity(6 * placed.len());
    let streams = streams_of(placed);
    put_varint(&mut body, streams.len() as u64);
    let (mut last_stream, mut last_slot) = (0, 0);
    for &(stream, slot) in &streams {
        put_varint(&mut body, (stream - last_stream).into());
        put_varint(&mut body, (slot - last_slot).into());
        (last_stream, last_slot) = (stream, slot);
    }
    let numbers: FastMap<u32, u64> =
        streams.iter().enumerate().map(|(n, (stream, _))| (*stream, n as u64 + 1)).collect();
    let (mut type_column, mut tag_column, mut times) = (Vec::new(), Vec::new(), Times::default());
    for row in placed {
        let Some((event, stream, _)) = row else {
            put_varint(&mut body, 0);
            continue;
        };
        put_varint(&mut body, numbers.get(stream).copied().unwrap_or(0));
        put_varint(&mut type_column, types.index(event.r#type()));
        put_varint(&mut tag_column, event.tags().len() as u64);
        event.tags().for_each(|tag| put_varint(&mut tag_column, tags.index(tag)));
        times.push(event.recorded_at());
    }
    body.extend_from_slice(&type_column);
    body.extend_from_slice(&tag_column);
    times.put(&mut body);
    body
}

/// The streams of the rows by number, each with the place of its first event here.
fn streams_of(placed: &[Placed<'_>]) -> Vec<(u32, u32)> {
    let mut streams: Vec<(u32, u32)> =
        placed.iter().flatten().map(|(_, stream, slot)| (*stream, *slot)).collect();
    sort::sort(&mut streams);
    streams.dedup_by_key(|(stream, _)| *stream);
    streams
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

/// Reads the rows of `count` positions, of a segment with so many events and names.
pub(super) fn decode_rows(
    body: &[u8],
    count: usize,
    slots: u32,
    names: NameCounts,
) -> Result<Rows, Malformed> {
    let mut cursor = Cursor::new(body);
    let mut streams = read_streams(&mut cursor, slots, names.streams)?;
    if cursor.left() < count {
        let found = format!("{} bytes", cursor.left());
        return Err(Malformed::new("the rows", format!("{count} of a byte at least"), found));
    }
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        let Some(number) = cursor.index("an event's stream", streams.len() + 1)?.checked_sub(1) else {
            rows.push(Row { slot: LOST, ..Row::default() });
            continue;
        };
        let (stream, slot) = &mut streams[number as usize];
        if *slot >= slots {
            return Err(Malformed::new("an event's place", format!("below {slots}"), slot.to_string()));
        }
        rows.push(Row { stream: *stream, slot: *slot, ..Row::default() });
        *slot += 1;
    }
    for row in rows.iter_mut().filter(|row| row.slot != LOST) {
        row.r#type = cursor.index("an event's type", names.types)?;
    }
    let tag_indices = read_tags(&mut cursor, &mut rows, names.tags)?;
    let times = read_times(&mut cursor, &rows)?;
    cursor.end("the rows")?;
    Ok(Rows { rows, tag_indices, times })
}

/// The streams that have events here, each with the place of the first of them.
fn read_streams(cursor: &mut Cursor<'_>, slots: u32, most: usize) -> Result<Vec<(u32, u32)>, Malformed> {
    let count = cursor.count("the number of streams", 2)?;
    let mut streams = Vec::with_capacity(count);
    let (mut stream, mut slot) = (0_u64, 0_u64);
    for _ in 0..count {
        stream = stream.saturating_add(cursor.varint("a stream")?);
        if stream >= most as u64 {
            return Err(Malformed::new("a stream", format!("below {most}"), stream.to_string()));
        }
        slot += cursor.up_to("a place", u64::from(slots).saturating_sub(slot))?;
        streams.push((stream as u32, slot as u32));
    }
    Ok(streams)
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
        last += cursor.up_to("a time", MAX_POSITION - last)?;
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

impl Rows {
    /// The row with an index, if its event is there.
    pub(super) fn row(&self, index: usize) -> Option<&Row> {
        self.rows.get(index).filter(|row| row.slot != LOST)
    }

    /// The place of its event among all of the segment, ordered by stream.
    pub(super) fn slot(&self, index: usize) -> Option<u32> {
        self.row(index).map(|row| row.slot)
    }

    pub(super) fn tags(&self, row: &Row) -> &[u32] {
        &self.tag_indices[row.tags.start as usize..row.tags.end as usize]
    }

    /// The first row whose event was stored at a time that is meant.
    pub(super) fn first_at(&self, is_meant: impl Fn(u64) -> bool) -> Option<usize> {
        self.times.iter().find(|(_, time)| is_meant(*time)).map(|(row, _)| *row as usize)
    }
}

/// What a row takes in memory, in bytes.
pub(super) const ROW_BYTES: usize = size_of::<Row>();
