//! The mark: how far commits were merged away, and which generation of the layout is in force, as checksummed bytes.

use twox_hash::XxHash64;

use super::{Key, StorageError};

const LENGTH: usize = 24;

/// What every transaction looks at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The fence: the last key whose commit was removed. Commits at or below it are void.
    pub fence: Key,
    /// The generation of the layout: each swap raises it.
    pub generation: u64,
}

impl Mark {
    /// Writes a mark: fence, generation and their checksum (XXH64), little-endian.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        let mut bytes = self.fence.to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        let checksum = XxHash64::oneshot(0, &bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads a mark; a store that never merged has none, which is [`Mark::default`].
    ///
    /// # Errors
    /// [`StorageError::Damaged`] when the bytes are not a mark.
    pub fn decode(bytes: &[u8]) -> Result<Self, StorageError> {
        let damaged = || StorageError::Damaged("the mark does not match its checksum".to_owned());
        let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| damaged())?;
        let (checked, checksum) = bytes.split_at(LENGTH - 8);
        if XxHash64::oneshot(0, checked).to_le_bytes() != checksum {
            return Err(damaged());
        }
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).map_err(|_| damaged());
        Ok(Self { fence: number(&checked[..8])?, generation: number(&checked[8..])? })
    }
}
