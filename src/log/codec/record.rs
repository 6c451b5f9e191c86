//! Reading a record.

use std::ops::Range;

use twox_hash::XxHash64;
use uuid::Uuid;

use crate::model::{Json, MAX_POSITION, RecordedEvent, StreamId};

use super::{
    Malformed,
    bytes::Cursor,
    commit::{Header, LZ4, MAGIC, PLAIN, VERSION},
    compression::decompress,
};

const CHECKSUM_BYTES: usize = 8;
const ID_BYTES: usize = 16;

/// A record, read: its events can be looked at without a copy.
#[derive(Debug)]
pub struct EventRecord {
    header: Header,
    names: String,
    payload: String,
    streams: Vec<Range<usize>>,
    types: Vec<Range<usize>>,
    tags: Vec<Range<usize>>,
    events: Vec<Entry>,
    tag_indices: Vec<u32>,
}

/// Where an event's parts are.
#[derive(Debug, Default)]
struct Entry {
    id: Uuid,
    stream: u32,
    r#type: u32,
    version: u32,
    revision: u64,
    tags: Range<usize>,
    metadata: Range<usize>,
    data: Range<usize>,
}

/// One event of a record.
#[derive(Debug, Clone, Copy)]
pub struct EventRef<'a> {
    record: &'a EventRecord,
    entry: &'a Entry,
    index: usize,
}

/// Reads a record.
///
/// # Errors
/// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
pub fn decode(bytes: &[u8]) -> Result<EventRecord, Malformed> {
    let checked = check(bytes)?;
    let mut cursor = Cursor::new(checked);
    let frame = read_frame(&mut cursor)?;
    let block = cursor.take("the body", cursor.left())?;
    let body = match frame.compression {
        PLAIN if block.len() == frame.length => block.to_vec(),
        PLAIN => {
            return Err(Malformed::new(
                "the body",
                format!("{} bytes", frame.length),
                block.len().to_string(),
            ));
        }
        LZ4 => decompress(block, frame.length)?,
        other => return Err(Malformed::new("the compression", "0 or 1", other.to_string())),
    };
    read_body(frame.header, frame.count, body)
}

fn check(bytes: &[u8]) -> Result<&[u8], Malformed> {
    let Some(end) = bytes.len().checked_sub(CHECKSUM_BYTES) else {
        return Err(Malformed::new("the record", "a checksum at its end", format!("{} bytes", bytes.len())));
    };
    let (checked, checksum) = bytes.split_at(end);
    if XxHash64::oneshot(0, checked).to_le_bytes() != checksum {
        return Err(Malformed::new("the record", "bytes that match their checksum", "others"));
    }
    Ok(checked)
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

fn read_body(header: Header, count: usize, mut body: Vec<u8>) -> Result<EventRecord, Malformed> {
    let mut cursor = Cursor::new(&body);
    let most = cursor.left() / ID_BYTES;
    if count > most {
        return Err(Malformed::new("the number of events", format!("at most {most}"), count.to_string()));
    }
    let mut names = String::new();
    let streams = read_names(&mut cursor, "a stream", &mut names)?;
    if streams.len() != header.revisions.len() {
        let expected = header.revisions.len().to_string();
        return Err(Malformed::new("the number of streams", expected, streams.len().to_string()));
    }
    let types = read_names(&mut cursor, "a type", &mut names)?;
    let tags = read_names(&mut cursor, "a tag", &mut names)?;
    let mut events = read_streams(&mut cursor, count, header.revisions.clone())?;
    for event in &mut events {
        event.r#type = cursor.index("an event's type", types.len())?;
    }
    for event in &mut events {
        event.version = cursor.index("an event's version", u32::MAX as usize)?;
    }
    let tag_indices = read_tags(&mut cursor, &mut events, tags.len())?;
    for event in &mut events {
        event.id = Uuid::from_bytes(cursor.array("an id")?);
    }
    let lengths = read_lengths(&mut cursor, count)?;
    let payload = body.split_off(cursor.at());
    let payload = String::from_utf8(payload).map_err(|e| {
        Malformed::new("the payloads", "UTF-8", format!("another byte at {}", e.utf8_error().valid_up_to()))
    })?;
    place_payloads(&mut events, &lengths, &payload)?;
    Ok(EventRecord { header, names, payload, streams, types, tags, events, tag_indices })
}

/// The texts of a dictionary, each written once.
fn read_names(
    cursor: &mut Cursor<'_>,
    what: &'static str,
    names: &mut String,
) -> Result<Vec<Range<usize>>, Malformed> {
    let count = cursor.count(what, 1)?;
    let mut ranges = Vec::with_capacity(count);
    for _ in 0..count {
        let length = cursor.count(what, 1)?;
        let text = str::from_utf8(cursor.take(what, length)?)
            .map_err(|e| Malformed::new(what, "UTF-8", format!("another byte at {}", e.valid_up_to())))?;
        let start = names.len();
        names.push_str(text);
        ranges.push(start..names.len());
    }
    Ok(ranges)
}

/// Each event's stream, and with it its revision.
fn read_streams(
    cursor: &mut Cursor<'_>,
    count: usize,
    mut revisions: Vec<u64>,
) -> Result<Vec<Entry>, Malformed> {
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        let stream = cursor.index("an event's stream", revisions.len())?;
        let revision = &mut revisions[stream as usize];
        *revision += 1;
        events.push(Entry { stream, revision: *revision, ..Entry::default() });
    }
    Ok(events)
}

fn read_tags(cursor: &mut Cursor<'_>, events: &mut [Entry], tags: usize) -> Result<Vec<u32>, Malformed> {
    let mut indices = Vec::new();
    for event in events {
        let start = indices.len();
        for _ in 0..cursor.count("an event's tags", 1)? {
            indices.push(cursor.index("an event's tag", tags)?);
        }
        event.tags = start..indices.len();
    }
    Ok(indices)
}

/// Of each event the lengths of its metadata and its data.
fn read_lengths(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<[usize; 2]>, Malformed> {
    let mut lengths = Vec::with_capacity(count);
    for _ in 0..count {
        lengths.push([cursor.count("metadata", 1)?, cursor.count("data", 1)?]);
    }
    Ok(lengths)
}

/// All metadata stands before all data: alike texts beside one another compress well.
fn place_payloads(events: &mut [Entry], lengths: &[[usize; 2]], payload: &str) -> Result<(), Malformed> {
    let mut at = 0;
    for (event, [metadata, _]) in events.iter_mut().zip(lengths) {
        event.metadata = at..at + metadata;
        at += metadata;
        check_boundary(payload, at)?;
    }
    for (event, [_, data]) in events.iter_mut().zip(lengths) {
        event.data = at..at + data;
        at += data;
        check_boundary(payload, at)?;
    }
    if at != payload.len() {
        return Err(Malformed::new("the payloads", format!("{at} bytes"), payload.len().to_string()));
    }
    Ok(())
}

fn check_boundary(payload: &str, at: usize) -> Result<(), Malformed> {
    if payload.is_char_boundary(at) {
        return Ok(());
    }
    Err(Malformed::new("a payload's end", format!("one of {} bytes of UTF-8", payload.len()), at.to_string()))
}

impl EventRecord {
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
        self.header.first + self.events.len() as u64 - 1
    }

    /// How many events it holds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.events.len()
    }

    /// Its streams, each with its revision before the record.
    pub fn streams(&self) -> impl Iterator<Item = (&str, u64)> {
        self.streams.iter().map(|range| &self.names[range.clone()]).zip(self.header.revisions.iter().copied())
    }

    /// Its events in order.
    pub fn events(&self) -> impl ExactSizeIterator<Item = EventRef<'_>> {
        (0..self.events.len()).map(|index| EventRef { record: self, entry: &self.events[index], index })
    }

    /// The event at a position, if it is in this record.
    #[must_use]
    pub fn event_at(&self, position: u64) -> Option<EventRef<'_>> {
        let index = usize::try_from(position.checked_sub(self.header.first)?).ok()?;
        Some(EventRef { record: self, entry: self.events.get(index)?, index })
    }

    /// What the record takes in memory, in bytes, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>()
            + self.names.capacity()
            + self.payload.capacity()
            + self.events.capacity() * size_of::<Entry>()
            + (self.streams.len() + self.types.len() + self.tags.len()) * size_of::<Range<usize>>()
    }
}

impl<'a> EventRef<'a> {
    /// The event's type.
    #[must_use]
    pub fn r#type(&self) -> &'a str {
        &self.record.names[self.record.types[self.entry.r#type as usize].clone()]
    }

    /// The event's stream.
    #[must_use]
    pub fn stream_id(&self) -> &'a str {
        &self.record.names[self.record.streams[self.entry.stream as usize].clone()]
    }

    /// Its place in the stream.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.entry.revision
    }

    /// Its place in the store.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.record.header.first + self.index as u64
    }

    /// The version of its schema.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.entry.version
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.entry.id
    }

    /// Its tags.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let record = self.record;
        let indices = &record.tag_indices[self.entry.tags.clone()];
        indices.iter().map(move |&tag| &record.names[record.tags[tag as usize].clone()])
    }

    /// Its metadata, as JSON text.
    #[must_use]
    pub fn metadata(&self) -> &'a str {
        match &self.record.payload[self.entry.metadata.clone()] {
            "" => "{}",
            text => text,
        }
    }

    /// Its data, as JSON text.
    #[must_use]
    pub fn data(&self) -> &'a str {
        &self.record.payload[self.entry.data.clone()]
    }

    /// When it was stored.
    #[must_use]
    pub fn recorded_at(&self) -> u64 {
        self.record.header.recorded_at
    }

    /// A copy that stands by itself.
    #[must_use]
    pub fn to_event(&self) -> RecordedEvent {
        RecordedEvent {
            r#type: self.r#type().to_owned(),
            data: Json::trusted(self.data()),
            version: self.version(),
            id: self.id(),
            stream_id: StreamId::trusted(self.stream_id()),
            revision: self.revision(),
            position: self.position(),
            tags: self.tags().map(str::to_owned).collect(),
            metadata: Json::trusted(self.metadata()),
            recorded_at: self.recorded_at(),
        }
    }
}
