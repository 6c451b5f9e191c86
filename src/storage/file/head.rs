//! The head of a frame: what the frame does, and where in it the bytes of each record are.

use std::ops::RangeInclusive;

use twox_hash::XxHash64;

use super::{
    super::{Key, Mark, Record, StorageError},
    cursor::Cursor,
};

/// The length of one entry.
pub(super) const ENTRY_LENGTH: usize = 24;

/// A record of a frame: the bytes come after the head, in the order of the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) length: u64,
    /// XXH64 of the bytes, with the key as its seed: bytes of another key do not match.
    pub(super) checksum: u64,
}

/// What a frame does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// Creates the place.
    Created { format: Vec<u8> },
    /// Adds commits.
    Commit { adds: Vec<Entry> },
    /// Puts segments in the place of others and of commits.
    Swap(SwapHead),
}

/// What a swap does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SwapHead {
    pub(super) mark: Mark,
    pub(super) layout: Vec<u8>,
    pub(super) format: Option<Vec<u8>>,
    pub(super) removes: Vec<RangeInclusive<Key>>,
    pub(super) puts: Vec<Entry>,
}

impl Entry {
    pub(super) fn of(record: &Record) -> Self {
        let checksum = XxHash64::oneshot(record.key, &record.bytes);
        Self { key: record.key, length: record.bytes.len() as u64, checksum }
    }

    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        XxHash64::oneshot(self.key, bytes) == self.checksum
    }
}

impl Head {
    /// The number that a frame's prefix says this kind by.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Created { .. } => 1,
            Self::Commit { .. } => 2,
            Self::Swap(_) => 3,
        }
    }

    /// The records that follow.
    pub(super) fn entries(&self) -> &[Entry] {
        match self {
            Self::Created { .. } => &[],
            Self::Commit { adds } => adds,
            Self::Swap(swap) => &swap.puts,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Created { format } => put_bytes(&mut bytes, format),
            Self::Commit { adds } => put_entries(&mut bytes, adds),
            Self::Swap(swap) => swap.encode(&mut bytes),
        }
        bytes
    }

    /// Reads a head that has passed its checksum.
    pub(super) fn decode(kind: u8, bytes: &[u8]) -> Result<Self, StorageError> {
        let mut cursor = Cursor::new(bytes);
        let head = match kind {
            1 => Self::Created { format: cursor.bytes()?.to_vec() },
            2 => Self::Commit { adds: entries(&mut cursor)? },
            3 => Self::Swap(SwapHead::decode(&mut cursor)?),
            other => {
                return Err(StorageError::Damaged(format!("expected a frame of kind 1 to 3, found {other}")));
            }
        };
        cursor.end()?;
        Ok(head)
    }
}

impl SwapHead {
    fn encode(&self, bytes: &mut Vec<u8>) {
        put_bytes(bytes, &self.mark.encode());
        put_bytes(bytes, &self.layout);
        put_number(bytes, self.format.is_some().into());
        put_bytes(bytes, self.format.as_deref().unwrap_or_default());
        put_number(bytes, self.removes.len() as u64);
        for range in &self.removes {
            put_number(bytes, *range.start());
            put_number(bytes, *range.end());
        }
        put_entries(bytes, &self.puts);
    }

    fn decode(cursor: &mut Cursor<'_>) -> Result<Self, StorageError> {
        let mark = Mark::decode(cursor.bytes()?)?;
        let layout = cursor.bytes()?.to_vec();
        let has_format = cursor.number()? != 0;
        let format = Some(cursor.bytes()?.to_vec()).filter(|_| has_format);
        let ranges = cursor.count(16)?;
        let range = |_| Ok(cursor.number()?..=cursor.number()?);
        let removes = (0..ranges).map(range).collect::<Result<_, StorageError>>()?;
        Ok(Self { mark, layout, format, removes, puts: entries(cursor)? })
    }
}

fn put_number(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn put_bytes(bytes: &mut Vec<u8>, what: &[u8]) {
    put_number(bytes, what.len() as u64);
    bytes.extend_from_slice(what);
}

fn put_entries(bytes: &mut Vec<u8>, entries: &[Entry]) {
    put_number(bytes, entries.len() as u64);
    for entry in entries {
        put_number(bytes, entry.key);
        put_number(bytes, entry.length);
        put_number(bytes, entry.checksum);
    }
}

fn entries(cursor: &mut Cursor<'_>) -> Result<Vec<Entry>, StorageError> {
    let count = cursor.count(ENTRY_LENGTH)?;
    let entry = |_| Ok(Entry { key: cursor.number()?, length: cursor.number()?, checksum: cursor.number()? });
    (0..count).map(entry).collect()
}
