//! What the records of events have in common: types, versions, tags, ids, lengths and payloads, one column each, so that alike
//! values stand beside one another and compress well.

use uuid::Uuid;

use crate::model::NewEvent;

use super::{
    EventRef, Malformed,
    bytes::{Cursor, put_varint},
    dictionary::{Dictionary, read_dictionary},
    event_table::{Entry, EventTable},
};

const ID_BYTES: usize = 16;

/// An event, whether it is new or was read.
pub(super) trait EventParts<'a>: Copy {
    fn r#type(self) -> &'a str;
    fn version(self) -> u32;
    fn tags(self) -> impl ExactSizeIterator<Item = &'a str>;
    fn id(self) -> Uuid;
    /// As it is stored: no metadata takes no bytes.
    fn metadata(self) -> &'a str;
    fn data(self) -> &'a str;
}

impl<'a> EventParts<'a> for &'a NewEvent {
    fn r#type(self) -> &'a str {
        &self.r#type
    }

    fn version(self) -> u32 {
        self.version
    }

    fn tags(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.tags.iter().map(String::as_str)
    }

    fn id(self) -> Uuid {
        self.id.unwrap_or(Uuid::nil())
    }

    fn metadata(self) -> &'a str {
        without_empty(self.metadata.as_str())
    }

    fn data(self) -> &'a str {
        self.data.as_str()
    }
}

impl<'a> EventParts<'a> for EventRef<'a> {
    fn r#type(self) -> &'a str {
        EventRef::r#type(&self)
    }

    fn version(self) -> u32 {
        EventRef::version(&self)
    }

    fn tags(self) -> impl ExactSizeIterator<Item = &'a str> {
        EventRef::tags(&self)
    }

    fn id(self) -> Uuid {
        EventRef::id(&self)
    }

    fn metadata(self) -> &'a str {
        without_empty(EventRef::metadata(&self))
    }

    fn data(self) -> &'a str {
        EventRef::data(&self)
    }
}

fn without_empty(metadata: &str) -> &str {
    if metadata == "{}" { "" } else { metadata }
}

/// How the lengths of metadata and data stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lengths {
    /// Of each event both: in commits.
    Paired,
    /// Those of all metadata, then those of all data: in blocks. Most events have no metadata, and alike lengths compress.
    Apart,
}

/// The columns of some events, on their way into a body.
pub(super) struct EventColumns<'a> {
    types: Dictionary<'a>,
    tags: Dictionary<'a>,
    columns: [Vec<u8>; 5],
    /// Of all data, when they stand apart.
    data_lengths: Vec<u8>,
    lengths: Lengths,
    payload: usize,
}

impl<'a> EventColumns<'a> {
    pub(super) fn with_room(count: usize, lengths: Lengths) -> Self {
        let [types, versions, tags] = [count, count, count].map(Vec::with_capacity);
        let (ids, first_lengths) = (Vec::with_capacity(ID_BYTES * count), Vec::with_capacity(3 * count));
        let columns = [types, versions, tags, ids, first_lengths];
        let (types, tags) = (Dictionary::default(), Dictionary::default());
        Self { types, tags, columns, data_lengths: Vec::new(), lengths, payload: 0 }
    }

    pub(super) fn push(&mut self, event: impl EventParts<'a>) {
        let [types, versions, tags, ids, lengths] = &mut self.columns;
        put_varint(types, self.types.index(event.r#type()));
        put_varint(versions, event.version().into());
        let event_tags = event.tags();
        put_varint(tags, event_tags.len() as u64);
        for tag in event_tags {
            put_varint(tags, self.tags.index(tag));
        }
        ids.extend_from_slice(event.id().as_bytes());
        let (metadata, data) = (event.metadata().len(), event.data().len());
        put_varint(lengths, metadata as u64);
        let lengths = if self.lengths == Lengths::Paired { lengths } else { &mut self.data_lengths };
        put_varint(lengths, data as u64);
        self.payload += metadata + data;
    }

    /// How many bytes all of it takes.
    pub(super) fn bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(Vec::len).sum::<usize>() + self.data_lengths.len();
        self.types.bytes() + self.tags.bytes() + columns + self.payload + 20
    }

    pub(super) fn put_dictionaries(&self, out: &mut Vec<u8>) {
        self.types.put(out);
        self.tags.put(out);
    }

    /// Puts the columns, and behind them all metadata and all data. The events are those that were pushed.
    pub(super) fn put_columns<E: EventParts<'a>>(
        &self,
        out: &mut Vec<u8>,
        events: impl Iterator<Item = E> + Clone,
    ) {
        for column in &self.columns {
            out.extend_from_slice(column);
        }
        out.extend_from_slice(&self.data_lengths);
        for event in events.clone() {
            out.extend_from_slice(event.metadata().as_bytes());
        }
        for event in events {
            out.extend_from_slice(event.data().as_bytes());
        }
    }
}

/// Refuses a number of events that the bytes cannot hold, before room is made for them.
pub(super) fn check_count(cursor: &Cursor<'_>, count: usize) -> Result<(), Malformed> {
    check_events(count as u64, cursor.left())
}

/// As [`check_count`], of a body that is so long.
pub(super) fn check_events(count: u64, length: usize) -> Result<(), Malformed> {
    let most = (length / ID_BYTES) as u64;
    if count > most {
        return Err(Malformed::new("the number of events", format!("at most {most}"), count.to_string()));
    }
    Ok(())
}

/// Reads the dictionaries of types and tags.
pub(super) fn read_dictionaries(cursor: &mut Cursor<'_>, table: &mut EventTable) -> Result<(), Malformed> {
    table.types = read_dictionary(cursor, "a type", &mut table.names)?;
    table.tags = read_dictionary(cursor, "a tag", &mut table.names)?;
    Ok(())
}

/// Reads the columns of events whose streams are known, and what is left of the body as their payloads.
pub(super) fn read_columns(
    body: &[u8],
    mut cursor: Cursor<'_>,
    lengths: Lengths,
    table: &mut EventTable,
) -> Result<(), Malformed> {
    for event in &mut table.events {
        event.r#type = cursor.index("an event's type", table.types.len())?;
    }
    for event in &mut table.events {
        event.version = cursor.index("an event's version", u32::MAX as usize)?;
    }
    table.tag_indices = read_tags(&mut cursor, &mut table.events, table.tags.len())?;
    for event in &mut table.events {
        event.id = Uuid::from_bytes(cursor.array("an id")?);
    }
    let lengths = read_lengths(&mut cursor, table.events.len(), lengths)?;
    let payload = &body[cursor.at()..];
    table.payload = str::from_utf8(payload)
        .map_err(|e| Malformed::new("the payloads", "UTF-8", format!("another byte at {}", e.valid_up_to())))?
        .to_owned();
    place_payloads(&mut table.events, &lengths, &table.payload)
}

fn read_tags(cursor: &mut Cursor<'_>, events: &mut [Entry], tags: usize) -> Result<Vec<u32>, Malformed> {
    let mut indices = Vec::new();
    for event in events {
        let start = indices.len() as u32;
        for _ in 0..cursor.count("an event's tags", 1)? {
            indices.push(cursor.index("an event's tag", tags)?);
        }
        event.tags = start..indices.len() as u32;
    }
    Ok(indices)
}

/// Of each event the lengths of its metadata and its data.
fn read_lengths(cursor: &mut Cursor<'_>, count: usize, order: Lengths) -> Result<Vec<[u32; 2]>, Malformed> {
    let mut lengths = Vec::with_capacity(count);
    for _ in 0..count {
        let metadata = cursor.count("metadata", 1)? as u32;
        let data = if order == Lengths::Paired { cursor.count("data", 1)? as u32 } else { 0 };
        lengths.push([metadata, data]);
    }
    if order == Lengths::Apart {
        for [_, data] in &mut lengths {
            *data = cursor.count("data", 1)? as u32;
        }
    }
    Ok(lengths)
}

/// All metadata stands before all data: alike texts beside one another compress well.
fn place_payloads(events: &mut [Entry], lengths: &[[u32; 2]], payload: &str) -> Result<(), Malformed> {
    let mut at = 0;
    for (event, [metadata, _]) in events.iter_mut().zip(lengths) {
        event.metadata = at..advance(payload, at, *metadata)?;
        at = event.metadata.end;
    }
    for (event, [_, data]) in events.iter_mut().zip(lengths) {
        event.data = at..advance(payload, at, *data)?;
        at = event.data.end;
    }
    if at as usize != payload.len() {
        return Err(Malformed::new("the payloads", format!("{at} bytes"), payload.len().to_string()));
    }
    Ok(())
}

fn advance(payload: &str, at: u32, length: u32) -> Result<u32, Malformed> {
    match at.checked_add(length) {
        Some(end) if payload.is_char_boundary(end as usize) => Ok(end),
        _ => {
            let expected = format!("one of {} bytes of UTF-8", payload.len());
            Err(Malformed::new("a payload's end", expected, format!("{at} + {length}")))
        }
    }
}
