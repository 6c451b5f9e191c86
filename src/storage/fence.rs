//! The fence: the last position whose record was removed, kept as checksummed bytes.

use twox_hash::XxHash64;

use super::StorageError;

const LENGTH: usize = 16;

/// Writes a fence: the position and its checksum (XXH64), little-endian.
#[must_use]
pub fn encode_fence(position: u64) -> Vec<u8> {
    let position = position.to_le_bytes();
    let mut bytes = position.to_vec();
    bytes.extend_from_slice(&XxHash64::oneshot(0, &position).to_le_bytes());
    bytes
}

/// Reads a fence.
///
/// # Errors
/// [`StorageError::Damaged`] when the bytes are not a fence.
pub fn decode_fence(bytes: &[u8]) -> Result<u64, StorageError> {
    let damaged = || StorageError::Damaged("the fence does not match its checksum".to_owned());
    let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| damaged())?;
    let (position, checksum) = bytes.split_at(LENGTH / 2);
    if XxHash64::oneshot(0, position).to_le_bytes() != checksum {
        return Err(damaged());
    }
    let position = position.try_into().map_err(|_| damaged())?;
    Ok(u64::from_le_bytes(position))
}
