//! What all records but commits share: a magic, a body that may be compressed, and a checksum over both.

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
pub(super) fn frame(magic: Magic, body: Vec<u8>) -> Vec<u8> {
    let length = body.len() as u32;
    let (compression, stored) = compress(&body).map_or((PLAIN, body), |block| (LZ4, block));
    let mut out = Vec::with_capacity(stored.len() + 20);
    out.extend_from_slice(magic);
    out.extend_from_slice(&[VERSION, compression, 0, 0]);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&stored);
    let checksum = XxHash64::oneshot(0, &out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out
}

/// The body in a frame.
pub(super) fn unframe(magic: Magic, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
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
    let stored = cursor.take("the body", cursor.left())?;
    unpack(compression, stored, length)
}

/// Whether a record bears a magic; its checksum is not looked at.
pub(super) fn has_magic(magic: Magic, bytes: &[u8]) -> bool {
    bytes.starts_with(magic)
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
        PLAIN if stored.len() == length => Ok(stored.to_vec()),
        PLAIN => Err(Malformed::new("the body", format!("{length} bytes"), stored.len().to_string())),
        LZ4 => decompress(stored, length),
        other => Err(Malformed::new("the compression", "0 or 1", other.to_string())),
    }
}
