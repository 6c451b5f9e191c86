//! Writing a record: a body that does not depend on where it will stand, and a header that does.

use twox_hash::XxHash64;
use uuid::Uuid;

use crate::{
    log::hashing::FastMap,
    model::{NewEvent, StreamId},
};

use super::{
    bytes::{put_text, put_varint},
    compression::compress,
};

pub(super) const MAGIC: &[u8; 4] = b"ANLc";
pub(super) const VERSION: u8 = 1;
pub(super) const PLAIN: u8 = 0;
pub(super) const LZ4: u8 = 1;

/// Where a record stands, which is only known when it is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The position of its first event.
    pub first: u64,
    /// When it was stored, in ms since the epoch.
    pub recorded_at: u64,
    /// What the device's own clock said then.
    pub device_time: u64,
    /// How many more records of the same commit follow.
    pub parts_left: u32,
    /// The revision of each of its streams before it, in the body's order of streams.
    pub revisions: Vec<u64>,
}

/// The events of a record, compressed. It may be sealed under any header: moving it to another place is not a new
/// encoding.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its streams, in order of first appearance: the order of [`Header::revisions`].
    pub streams: Vec<StreamId>,
    /// How many events it holds.
    pub count: u32,
    length: u32,
    compression: u8,
    stored: Vec<u8>,
}

impl Body {
    /// Bytes that the events take in a record, compressed.
    #[must_use]
    pub fn stored_bytes(&self) -> usize {
        self.stored.len()
    }
}

/// Encodes the events of one record.
#[must_use]
pub fn encode_body<'a>(events: impl ExactSizeIterator<Item = (&'a StreamId, &'a NewEvent)> + Clone) -> Body {
    let count = events.len();
    let mut streams = Dictionary::default();
    let mut types = Dictionary::default();
    let mut tags = Dictionary::default();
    let mut columns = Columns::with_room(count);
    let mut stream_ids = Vec::new();
    for (stream_id, event) in events.clone() {
        let stream = streams.index(stream_id.as_str());
        if stream == stream_ids.len() as u64 {
            stream_ids.push(stream_id.clone());
        }
        put_varint(&mut columns.streams, stream);
        put_varint(&mut columns.types, types.index(&event.r#type));
        put_varint(&mut columns.versions, event.version.into());
        put_varint(&mut columns.tags, event.tags.len() as u64);
        for tag in &event.tags {
            put_varint(&mut columns.tags, tags.index(tag));
        }
        columns.ids.extend_from_slice(event.id.unwrap_or(Uuid::nil()).as_bytes());
        put_varint(&mut columns.lengths, metadata_bytes(event).len() as u64);
        put_varint(&mut columns.lengths, event.data.as_str().len() as u64);
    }
    let texts: usize = events.clone().map(|(_, event)| event.bytes()).sum();
    let mut body = Vec::with_capacity(columns.len() + texts + streams.out.len() + 64);
    for dictionary in [&streams, &types, &tags] {
        put_varint(&mut body, dictionary.indices.len() as u64);
        body.extend_from_slice(&dictionary.out);
    }
    columns.append_to(&mut body);
    for (_, event) in events.clone() {
        body.extend_from_slice(metadata_bytes(event));
    }
    for (_, event) in events {
        body.extend_from_slice(event.data.as_str().as_bytes());
    }
    let length = body.len() as u32;
    let (compression, stored) = compress(&body).map_or((PLAIN, body), |block| (LZ4, block));
    Body { streams: stream_ids, count: count as u32, length, compression, stored }
}

/// Puts a header before a body and a checksum behind both.
#[must_use]
pub fn seal(header: &Header, body: &Body) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.stored.len() + 4 * header.revisions.len() + 80);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[VERSION, body.compression, 0, 0]);
    out.extend_from_slice(&header.first.to_le_bytes());
    out.extend_from_slice(&header.recorded_at.to_le_bytes());
    out.extend_from_slice(&header.device_time.to_le_bytes());
    out.extend_from_slice(&body.count.to_le_bytes());
    out.extend_from_slice(&header.parts_left.to_le_bytes());
    out.extend_from_slice(&body.length.to_le_bytes());
    put_varint(&mut out, header.revisions.len() as u64);
    for &revision in &header.revisions {
        put_varint(&mut out, revision);
    }
    out.extend_from_slice(&body.stored);
    let checksum = XxHash64::oneshot(0, &out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out
}

/// No metadata takes no bytes.
fn metadata_bytes(event: &NewEvent) -> &[u8] {
    match event.metadata.as_str() {
        "{}" => &[],
        text => text.as_bytes(),
    }
}

/// Texts that are written once and named by number.
#[derive(Default)]
struct Dictionary<'a> {
    indices: FastMap<&'a str, u64>,
    out: Vec<u8>,
    last: Option<(&'a str, u64)>,
}

impl<'a> Dictionary<'a> {
    fn index(&mut self, text: &'a str) -> u64 {
        // Events of one kind come in runs: the last text is most often the next one.
        if let Some((last, index)) = self.last
            && last == text
        {
            return index;
        }
        let next = self.indices.len() as u64;
        let index = *self.indices.entry(text).or_insert_with(|| {
            put_text(&mut self.out, text);
            next
        });
        self.last = Some((text, index));
        index
    }
}

/// One column per field: alike values beside one another compress well.
struct Columns {
    streams: Vec<u8>,
    types: Vec<u8>,
    versions: Vec<u8>,
    tags: Vec<u8>,
    ids: Vec<u8>,
    lengths: Vec<u8>,
}

impl Columns {
    fn with_room(count: usize) -> Self {
        Self {
            streams: Vec::with_capacity(2 * count),
            types: Vec::with_capacity(count),
            versions: Vec::with_capacity(count),
            tags: Vec::with_capacity(count),
            ids: Vec::with_capacity(16 * count),
            lengths: Vec::with_capacity(3 * count),
        }
    }

    fn all(&self) -> [&Vec<u8>; 6] {
        [&self.streams, &self.types, &self.versions, &self.tags, &self.ids, &self.lengths]
    }

    fn len(&self) -> usize {
        self.all().iter().map(|column| column.len()).sum()
    }

    fn append_to(&self, body: &mut Vec<u8>) {
        for column in self.all() {
            body.extend_from_slice(column);
        }
    }
}
