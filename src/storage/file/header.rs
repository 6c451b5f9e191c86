//! The first bytes of a file: whose it is, and which version of the format the rest is of.

use twox_hash::XxHash64;

use super::super::StorageError;

/// The length of the header, of this and of every later version.
pub(super) const HEADER_LENGTH: usize = 24;
/// The newest format of files that this code reads, and the one that it writes.
const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"annalsf\n";
/// Where the checksum is.
const CHECKSUM_AT: usize = 16;

/// Writes the header: magic, version, four zeros and a checksum (XXH64), little-endian.
pub(super) fn encode() -> [u8; HEADER_LENGTH] {
    let mut bytes = [0; HEADER_LENGTH];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    let checksum = XxHash64::oneshot(0, &bytes[..CHECKSUM_AT]);
    bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Whether a file that begins so is one of ours, of whatever version and in whatever state.
pub(super) fn is_ours(start: &[u8]) -> bool {
    start.starts_with(MAGIC)
}

/// Whether a file that begins so may be one that was never finished: creating it ended before its bytes were all there.
pub(super) fn is_unfinished(start: &[u8]) -> bool {
    is_ours(start) || MAGIC.starts_with(start) || start.iter().all(|&byte| byte == 0)
}

/// Looks at the first bytes of a file, fewer than [`HEADER_LENGTH`] if there are no more.
///
/// # Errors
/// [`StorageError::Foreign`], [`StorageError::NewerFormat`], or [`StorageError::Damaged`].
pub(super) fn check(start: &[u8]) -> Result<(), StorageError> {
    if !is_ours(start) {
        return Err(StorageError::Foreign(format!(
            "a file of something else ({} bytes looked at)",
            start.len()
        )));
    }
    let damaged = || StorageError::Damaged("the file's header does not match its checksum".to_owned());
    let header: &[u8; HEADER_LENGTH] = start.try_into().map_err(|_| damaged())?;
    let (checked, checksum) = header.split_at(CHECKSUM_AT);
    if XxHash64::oneshot(0, checked).to_le_bytes() != checksum {
        return Err(damaged());
    }
    match checked[8..12].try_into().map(u32::from_le_bytes) {
        Ok(found) if found > VERSION => {
            Err(StorageError::NewerFormat { known: VERSION.into(), found: found.into() })
        }
        Ok(VERSION) => Ok(()),
        _ => Err(damaged()),
    }
}
