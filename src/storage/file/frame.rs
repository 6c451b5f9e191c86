//! A frame: what is appended to a file in one piece. A prefix of fixed length, the head, the bytes of the records, an end.

use twox_hash::XxHash64;

use super::{
    super::{Record, StorageError},
    blank::has_blank_sector,
    head::Head,
};

/// The length of a prefix.
pub(super) const PREFIX_LENGTH: usize = 40;
/// What each frame begins with.
pub(super) const MAGIC: &[u8; 4] = b"\xf5frm";
/// What each frame ends with: not zero in any byte, so that a whole frame never ends in a blank.
const END: &[u8; 4] = b"\xf5end";
/// Where the prefix's own checksum is.
const CHECKSUM_AT: usize = 32;

/// The first bytes of a frame, which say how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) kind: u8,
    /// Whether the frame had a blank sector when it was written: then one proves nothing.
    pub(super) has_blank: bool,
    pub(super) head_length: u64,
    pub(super) data_length: u64,
    pub(super) head_checksum: u64,
}

impl Prefix {
    fn encode(&self, offset: u64) -> [u8; PREFIX_LENGTH] {
        let mut bytes = [0; PREFIX_LENGTH];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4] = self.kind;
        bytes[5] = self.has_blank.into();
        bytes[8..16].copy_from_slice(&self.head_length.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.data_length.to_le_bytes());
        bytes[24..CHECKSUM_AT].copy_from_slice(&self.head_checksum.to_le_bytes());
        let checksum = XxHash64::oneshot(offset, &bytes[..CHECKSUM_AT]);
        bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the prefix of a frame at this offset; `None` if there is none. The checksum has the offset as its seed, so bytes
    /// of a record that look like a frame are none.
    pub(super) fn decode(bytes: &[u8], offset: u64) -> Option<Self> {
        let bytes: &[u8; PREFIX_LENGTH] = bytes.get(..PREFIX_LENGTH)?.try_into().ok()?;
        let number = |at: usize| bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        let is_whole = bytes.starts_with(MAGIC)
            && XxHash64::oneshot(offset, &bytes[..CHECKSUM_AT]) == number(CHECKSUM_AT);
        is_whole.then(|| Self {
            kind: bytes[4],
            has_blank: bytes[5] != 0,
            head_length: number(8),
            data_length: number(16),
            head_checksum: number(24),
        })
    }

    /// Where the head begins.
    pub(super) fn head_at(offset: u64) -> u64 {
        offset + PREFIX_LENGTH as u64
    }

    /// Where the bytes of the records begin, in a frame that is known to lie within the file.
    pub(super) fn data_at(&self, offset: u64) -> u64 {
        Self::head_at(offset) + self.head_length
    }

    /// Where the frame ends; `None` if no file could be so long.
    pub(super) fn end(&self, offset: u64) -> Option<u64> {
        let fixed = (PREFIX_LENGTH + END.len()) as u64;
        offset.checked_add(fixed)?.checked_add(self.head_length)?.checked_add(self.data_length)
    }

    /// Reads the head, whose length and checksum the prefix has said.
    ///
    /// # Errors
    /// [`StorageError::Damaged`].
    pub(super) fn head(&self, bytes: &[u8]) -> Result<Head, StorageError> {
        let head = Head::decode(self.kind, bytes)?;
        let data = head.entries().iter().try_fold(0_u64, |sum, entry| sum.checked_add(entry.length));
        if data == Some(self.data_length) {
            return Ok(head);
        }
        Err(StorageError::Damaged("the records of a frame are not as long as the frame says".to_owned()))
    }

    pub(super) fn matches(&self, head: &[u8]) -> bool {
        XxHash64::oneshot(0, head) == self.head_checksum
    }
}

/// A frame made ready for the place in the file where it goes.
pub(super) struct Sealed {
    pub(super) bytes: Vec<u8>,
    /// Where in the file the bytes of its records will be.
    pub(super) data_at: u64,
}

/// Makes a frame for an offset. The records are those that the head has entries for.
pub(super) fn seal<'a>(offset: u64, head: &Head, records: impl Iterator<Item = &'a Record>) -> Sealed {
    let head_bytes = head.encode();
    let mut prefix = Prefix {
        kind: head.kind(),
        has_blank: false,
        head_length: head_bytes.len() as u64,
        data_length: head.entries().iter().map(|entry| entry.length).sum(),
        head_checksum: XxHash64::oneshot(0, &head_bytes),
    };
    let mut bytes = prefix.encode(offset).to_vec();
    bytes.extend_from_slice(&head_bytes);
    records.for_each(|record| bytes.extend_from_slice(&record.bytes));
    bytes.extend_from_slice(END);
    if has_blank_sector(&bytes, offset) {
        prefix.has_blank = true;
        bytes[..PREFIX_LENGTH].copy_from_slice(&prefix.encode(offset));
    }
    Sealed { bytes, data_at: prefix.data_at(offset) }
}
