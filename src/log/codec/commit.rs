//! Writing a commit: a body that does not depend on where it will stand, and a header that does.

use twox_hash::XxHash64;

use crate::model::{NewEvent, StreamId};

use super::{
    bytes::put_varint,
    compression::compress,
    dictionary::Dictionary,
    event_columns::{EventColumns, Lengths},
    frame::{LZ4, PLAIN},
};

pub(super) const MAGIC: &[u8; 4] = b"ANLc";
pub(super) const VERSION: u8 = 1;

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
    /// Bytes that the events take before compression.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length as usize
    }

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
    let mut stream_column = Vec::with_capacity(2 * count);
    let mut columns = EventColumns::with_room(count, Lengths::Paired);
    let mut stream_ids = Vec::new();
    for (stream_id, event) in events.clone() {
        let stream = streams.index(stream_id.as_str());
        if stream == stream_ids.len() as u64 {
            stream_ids.push(stream_id.clone());
        }
        put_varint(&mut stream_column, stream);
        columns.push(event);
    }
    let mut body = Vec::with_capacity(streams.bytes() + stream_column.len() + columns.bytes() + 16);
    streams.put(&mut body);
    columns.put_dictionaries(&mut body);
    body.extend_from_slice(&stream_column);
    columns.put_columns(&mut body, events.map(|(_, event)| event));
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
