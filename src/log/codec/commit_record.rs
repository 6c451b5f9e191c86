//! Reading a commit.

use std::iter;

use crate::model::MAX_POSITION;

use super::{
    EventTable, Malformed,
    bytes::Cursor,
    commit::{Header, MAGIC, VERSION},
    dictionary::read_dictionary,
    event_columns::{Lengths, check_count, read_columns, read_dictionaries},
    event_table::Entry,
    frame::{check, unpack},
};

/// A commit, or a part of one, read.
#[derive(Debug)]
pub struct CommitRecord {
    header: Header,
    length: usize,
    table: EventTable,
}

/// Reads a commit.
///
/// # Errors
/// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
pub fn decode_commit(bytes: &[u8]) -> Result<CommitRecord, Malformed> {
    let mut cursor = Cursor::new(check(bytes)?);
    let frame = read_frame(&mut cursor)?;
    let block = cursor.take("the body", cursor.left())?;
    let body = unpack(frame.compression, block, frame.length)?;
    let table = read_body(&frame.header, frame.count, &body)?;
    Ok(CommitRecord { header: frame.header, length: frame.length, table })
}

/// How many events a commit says that it holds, whatever else is damaged.
#[must_use]
pub fn claimed_count(bytes: &[u8]) -> Option<u32> {
    let count = bytes.get(32..36)?.try_into().ok()?;
    Some(u32::from_le_bytes(count))
}

struct Frame {
    header: Header,
    count: usize,
    length: usize,
    compression: u8,
}

fn read_frame(cursor: &mut Cursor<'_>) -> Result<Frame, Malformed> {
    if cursor.take("the record's magic", MAGIC.len())? != MAGIC {
        return Err(Malformed::new("the record's magic", "that of a commit", "another"));
    }
    let version = cursor.byte("the record's version")?;
    if version != VERSION {
        return Err(Malformed::new("the record's version", VERSION.to_string(), version.to_string()));
    }
    let compression = cursor.byte("the compression")?;
    let flags = cursor.u16("the flags")?;
    if flags != 0 {
        return Err(Malformed::new("the flags", "none", format!("{flags:#06x}")));
    }
    let first = cursor.u64("the first position")?;
    let recorded_at = cursor.u64("the time")?;
    let device_time = cursor.u64("the device's time")?;
    let count = cursor.u32("the number of events")?;
    let parts_left = cursor.u32("the number of parts")?;
    let length = cursor.u32("the body's length")? as usize;
    let in_range = (1..=MAX_POSITION).contains(&first) && first + u64::from(count) - 1 <= MAX_POSITION;
    if count == 0 || !in_range || recorded_at > MAX_POSITION {
        return Err(Malformed::new(
            "the header",
            "positions from 1 to 2^53 - 1",
            format!("{first} + {count}"),
        ));
    }
    let streams = cursor.count("the number of streams", 1)?;
    let mut revisions = Vec::with_capacity(streams);
    for _ in 0..streams {
        revisions.push(cursor.varint("a revision")?.min(MAX_POSITION));
    }
    let header = Header { first, recorded_at, device_time, parts_left, revisions };
    Ok(Frame { header, count: count as usize, length, compression })
}

fn read_body(header: &Header, count: usize, body: &[u8]) -> Result<EventTable, Malformed> {
    let mut cursor = Cursor::new(body);
    check_count(&cursor, count)?;
    let mut table = EventTable::default();
    table.streams = read_dictionary(&mut cursor, "a stream", &mut table.names)?;
    if table.streams.len() != header.revisions.len() {
        let expected = header.revisions.len().to_string();
        return Err(Malformed::new("the number of streams", expected, table.streams.len().to_string()));
    }
    read_dictionaries(&mut cursor, &mut table)?;
    table.events = read_streams(&mut cursor, count, header)?;
    read_columns(body, cursor, Lengths::Paired, &mut table)?;
    Ok(table)
}

/// Each event's stream, and with it its revision.
fn read_streams(cursor: &mut Cursor<'_>, count: usize, header: &Header) -> Result<Vec<Entry>, Malformed> {
    let mut revisions = header.revisions.clone();
    let mut events = Vec::with_capacity(count);
    for position in iter::successors(Some(header.first), |last| Some(last + 1)).take(count) {
        let stream = cursor.index("an event's stream", revisions.len())?;
        let revision = &mut revisions[stream as usize];
        *revision += 1;
        let (recorded_at, device_time) = (header.recorded_at, header.device_time);
        events.push(Entry {
            stream,
            revision: *revision,
            position,
            recorded_at,
            device_time,
            ..Entry::default()
        });
    }
    Ok(events)
}

impl CommitRecord {
    /// Where the record stands.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The position of its first event.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.header.first
    }

    /// The position of its last event.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.header.first + self.table.count() as u64 - 1
    }

    /// How long its events are before compression, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Its streams, each with its revision before the record.
    pub fn revisions(&self) -> impl Iterator<Item = (&str, u64)> {
        self.table.streams().zip(self.header.revisions.iter().copied())
    }

    /// Its events.
    #[must_use]
    pub fn table(&self) -> &EventTable {
        &self.table
    }

    /// Its events alone.
    #[must_use]
    pub fn into_table(self) -> EventTable {
        self.table
    }
}
