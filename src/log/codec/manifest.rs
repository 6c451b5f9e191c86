//! The record that says whose database this is.

use twox_hash::XxHash64;
use uuid::Uuid;

use super::{Malformed, bytes::Cursor};

/// The newest format that this code writes and reads.
pub const FORMAT_VERSION: u16 = 2;

/// The part of a manifest that says that it is one: a [`Malformed`] of it means that this is somebody else's.
pub const MANIFEST_MAGIC: &str = "the manifest's magic";

const MAGIC: &[u8; 8] = b"annals\r\n";

/// Whose database this is, and in which format it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreManifest {
    /// The format that everything in the database is at most written in.
    pub format: u16,
    /// The store's own id, made when it was created.
    pub store_id: Uuid,
    /// How often the store has lost its newest events.
    pub epoch: u32,
}

impl StoreManifest {
    /// The manifest of a new store.
    #[must_use]
    pub fn new(store_id: Uuid) -> Self {
        Self { format: FORMAT_VERSION, store_id, epoch: 0 }
    }

    /// Writes the manifest.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.format.to_le_bytes());
        out.extend_from_slice(self.store_id.as_bytes());
        out.extend_from_slice(&self.epoch.to_le_bytes());
        let checksum = XxHash64::oneshot(0, &out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// Reads a manifest. One of a newer format is read only as far as its version, for it may be of another shape.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not a manifest, or are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        if cursor.take(MANIFEST_MAGIC, MAGIC.len())? != MAGIC {
            return Err(Malformed::new(MANIFEST_MAGIC, "that of annals", "another"));
        }
        let format = cursor.u16("the manifest's format")?;
        if format == 0 {
            return Err(Malformed::new("the manifest's format", "at least 1", "0"));
        }
        if format > FORMAT_VERSION {
            return Ok(Self { format, store_id: Uuid::nil(), epoch: 0 });
        }
        let store_id = Uuid::from_bytes(cursor.array("the store's id")?);
        let epoch = cursor.u32("the epoch")?;
        let checked = &bytes[..cursor.at()];
        let checksum = cursor.u64("the manifest's checksum")?;
        if XxHash64::oneshot(0, checked) != checksum || cursor.left() > 0 {
            return Err(Malformed::new("the manifest", "bytes that match their checksum", "others"));
        }
        Ok(Self { format, store_id, epoch })
    }
}
