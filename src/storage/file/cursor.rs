//! A cursor over the bytes of a head: numbers and bytes, never more than there are.

use super::super::StorageError;

/// What is left to read.
pub(super) struct Cursor<'a> {
    left: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// The next eight bytes, as a number.
    pub(super) fn number(&mut self) -> Result<u64, StorageError> {
        let (number, left) = self.left.split_first_chunk().ok_or_else(malformed)?;
        self.left = left;
        Ok(u64::from_le_bytes(*number))
    }

    /// A length, and so many bytes.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], StorageError> {
        let length = self.count(1)?;
        let (bytes, left) = self.left.split_at_checked(length).ok_or_else(malformed)?;
        self.left = left;
        Ok(bytes)
    }

    /// A count of things of `size` bytes each, which all have to fit in what is left: what is made of them is no larger than
    /// the input.
    pub(super) fn count(&mut self, size: usize) -> Result<usize, StorageError> {
        let count = usize::try_from(self.number()?).map_err(|_| malformed())?;
        let fits = count.checked_mul(size).is_some_and(|bytes| bytes <= self.left.len());
        if fits { Ok(count) } else { Err(malformed()) }
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), StorageError> {
        if self.left.is_empty() { Ok(()) } else { Err(malformed()) }
    }
}

fn malformed() -> StorageError {
    StorageError::Damaged("the head of a frame matches its checksum, but is not one".to_owned())
}
