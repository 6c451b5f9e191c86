//! The shards of the index: from an id to a position, and from a name to the positions where segments had it last.

use uuid::Uuid;

use twox_hash::XxHash64;

use crate::model::MAX_POSITION;

use super::{
    Malformed,
    bytes::{Cursor, put_text, put_varint},
    frame::{Magic, frame, unframe},
};

const ID_MAGIC: Magic = b"ANLi";
const NAME_MAGIC: Magic = b"ANLn";

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A stream.
    Stream,
    /// A type of events.
    Type,
    /// A tag.
    Tag,
    /// A category of streams.
    Category,
}

/// Where an event's id leads: a fingerprint, for the event itself bears the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdEntry {
    /// The upper half of the id's hash.
    pub hash: u32,
    /// The position of an event whose id has this hash.
    pub position: u64,
}

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameEntry {
    /// The hash of kind and text.
    pub hash: u64,
    /// What it names.
    pub kind: NameKind,
    /// The name.
    pub text: Box<str>,
    /// For each stretch of the log that was merged at once and has the name: the last position that has it, and, for a stream, its
    /// revision there (0 otherwise). In order.
    pub places: Vec<Place>,
}

/// Where a stretch of the log has a name last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The position.
    pub position: u64,
    /// The stream's revision there; 0 for what is no stream.
    pub revision: u64,
}

/// The hash by which ids are sharded: XXH64, the upper half.
#[must_use]
pub fn id_hash(id: Uuid) -> u32 {
    (XxHash64::oneshot(0, id.as_bytes()) >> 32) as u32
}

/// The hash by which names are sharded: XXH64 with the kind as seed.
#[must_use]
pub fn name_hash(kind: NameKind, text: &str) -> u64 {
    XxHash64::oneshot(kind as u64, text.as_bytes())
}

/// Writes a shard of ids, which are sorted.
#[must_use]
pub fn encode_ids(entries: &[IdEntry]) -> Vec<u8> {
    let mut body = Vec::with_capacity(6 * entries.len() + 20);
    let base = entries.iter().map(|entry| entry.position).min().unwrap_or(0);
    put_varint(&mut body, entries.len() as u64);
    put_varint(&mut body, base);
    let mut last = 0;
    for entry in entries {
        put_varint(&mut body, (entry.hash - last).into());
        put_varint(&mut body, entry.position - base);
        last = entry.hash;
    }
    frame(ID_MAGIC, &body)
}

/// Reads a shard of ids.
///
/// # Errors
/// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
pub fn decode_ids(bytes: &[u8]) -> Result<Vec<IdEntry>, Malformed> {
    let body = unframe(ID_MAGIC, bytes)?;
    let mut cursor = Cursor::new(&body);
    let count = cursor.count("the number of ids", 2)?;
    let base = cursor.up_to("a position", MAX_POSITION)?;
    let mut entries = Vec::with_capacity(count);
    let mut hash = 0;
    for _ in 0..count {
        hash += cursor.up_to("a hash", (u32::MAX - hash).into())? as u32;
        let position = base + cursor.up_to("a position", MAX_POSITION - base)?;
        entries.push(IdEntry { hash, position });
    }
    cursor.end("the shard")?;
    Ok(entries)
}

/// Writes a shard of names, which are sorted by hash.
#[must_use]
pub fn encode_names<'a>(entries: impl ExactSizeIterator<Item = &'a NameEntry>) -> Vec<u8> {
    let mut body = Vec::new();
    put_varint(&mut body, entries.len() as u64);
    for entry in entries {
        body.push(entry.kind as u8);
        put_text(&mut body, &entry.text);
        put_varint(&mut body, entry.places.len() as u64);
        let mut last = Place { position: 0, revision: 0 };
        for place in &entry.places {
            put_varint(&mut body, place.position.saturating_sub(last.position));
            put_varint(&mut body, place.revision.saturating_sub(last.revision));
            last = *place;
        }
    }
    frame(NAME_MAGIC, &body)
}

/// Reads a shard of names.
///
/// # Errors
/// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
pub fn decode_names(bytes: &[u8]) -> Result<Vec<NameEntry>, Malformed> {
    let body = unframe(NAME_MAGIC, bytes)?;
    let mut cursor = Cursor::new(&body);
    let count = cursor.count("the number of names", 3)?;
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let kind = read_kind(&mut cursor)?;
        let text: Box<str> = cursor.text("a name")?.into();
        let places = read_places(&mut cursor)?;
        entries.push(NameEntry { hash: name_hash(kind, &text), kind, text, places });
    }
    cursor.end("the shard")?;
    Ok(entries)
}

fn read_kind(cursor: &mut Cursor<'_>) -> Result<NameKind, Malformed> {
    match cursor.byte("the kind of a name")? {
        0 => Ok(NameKind::Stream),
        1 => Ok(NameKind::Type),
        2 => Ok(NameKind::Tag),
        3 => Ok(NameKind::Category),
        other => Err(Malformed::new("the kind of a name", "0 to 3", other.to_string())),
    }
}

fn read_places(cursor: &mut Cursor<'_>) -> Result<Vec<Place>, Malformed> {
    let count = cursor.count("the places of a name", 2)?;
    let mut places = Vec::with_capacity(count);
    let mut last = Place { position: 0, revision: 0 };
    for _ in 0..count {
        last.position += cursor.up_to("a position", MAX_POSITION - last.position)?;
        last.revision += cursor.up_to("a revision", MAX_POSITION - last.revision)?;
        places.push(last);
    }
    Ok(places)
}

impl NameEntry {
    /// What the entry takes in memory, in bytes, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.places.capacity() * size_of::<Place>()
    }
}
