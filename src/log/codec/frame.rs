//! What all records but commits share: a magic, a body that may be compressed, and a checksum over both.

use std::ops::Range;

use twox_hash::XxHash64;

use super::{
    Malformed,
    bytes::Cursor,
    compression::{compress, decompress},
};

/// A body as it is.
pub(super) const PLAIN: u8 = 0;
/// A body as an LZ4 block.
pub(super) const LZ4: u8 = 1;

const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 8;

/// Four letters that say what a record is.
pub(super) type Magic = &'static [u8; 4];

/// Frames a body.
pub(super) fn frame(magic: Magic, body: &[u8]) -> Vec<u8> {
    match compress(body) {
        Some(block) => seal(magic, LZ4, body.len(), &block),
        None => frame_as_is(magic, body),
    }
}

/// Frames a body whose parts are compressed already.
pub(super) fn frame_as_is(magic: Magic, body: &[u8]) -> Vec<u8> {
    seal(magic, PLAIN, body.len(), body)
}

fn seal(magic: Magic, compression: u8, length: usize, stored: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(stored.len() + 20);
    out.extend_from_slice(magic);
    out.extend_from_slice(&[VERSION, compression, 0, 0]);
    out.extend_from_slice(&(length as u32).to_le_bytes());
    out.extend_from_slice(stored);
    let checksum = XxHash64::oneshot(0, &out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out
}

/// The body in a frame.
pub(super) fn unframe(magic: Magic, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let Framed { compression, length, stored } = look(magic, bytes)?;
    unpack(compression, &bytes[stored], length)
}

/// Where the body is in a frame whose parts are compressed one by one.
pub(super) fn find_body(magic: Magic, bytes: &[u8]) -> Result<Range<usize>, Malformed> {
    let Framed { compression, length, stored } = look(magic, bytes)?;
    match compression {
        PLAIN => check_plain(stored.len(), length).map(|()| stored),
        other => Err(Malformed::new("the compression", "0", other.to_string())),
    }
}

struct Framed {
    compression: u8,
    length: usize,
    stored: Range<usize>,
}

fn look(magic: Magic, bytes: &[u8]) -> Result<Framed, Malformed> {
    let mut cursor = Cursor::new(check(bytes)?);
    if cursor.take("the record's magic", magic.len())? != magic {
        return Err(Malformed::new("the record's magic", String::from_utf8_lossy(magic), "another"));
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
    let length = cursor.u32("the body's length")? as usize;
    Ok(Framed { compression, length, stored: cursor.at()..cursor.at() + cursor.left() })
}

/// What a checksum at the end covers.
pub(super) fn check(bytes: &[u8]) -> Result<&[u8], Malformed> {
    let Some(end) = bytes.len().checked_sub(CHECKSUM_BYTES) else {
        return Err(Malformed::new("the record", "a checksum at its end", format!("{} bytes", bytes.len())));
    };
    let (checked, checksum) = bytes.split_at(end);
    if XxHash64::oneshot(0, checked).to_le_bytes() != checksum {
        return Err(Malformed::new("the record", "bytes that match their checksum", "others"));
    }
    Ok(checked)
}

/// A stored body, unpacked.
pub(super) fn unpack(compression: u8, stored: &[u8], length: usize) -> Result<Vec<u8>, Malformed> {
    match compression {
        PLAIN => check_plain(stored.len(), length).map(|()| stored.to_vec()),
        LZ4 => decompress(stored, length),
        other => Err(Malformed::new("the compression", "0 or 1", other.to_string())),
    }
}

fn check_plain(stored: usize, length: usize) -> Result<(), Malformed> {
    if stored == length {
        return Ok(());
    }
    Err(Malformed::new("the body", format!("{length} bytes"), stored.to_string()))
}
