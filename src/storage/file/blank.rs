//! Blank sectors: what a loss of power leaves of bytes that had not reached the device, while the file's length had.

/// What a device writes whole or not at all, in bytes. Larger sectors are multiples of it.
pub(super) const SECTOR: u64 = 512;

/// Whether some sector is zero throughout, as far as it lies in these bytes, which are at `offset` in the file.
pub(super) fn has_blank_sector(bytes: &[u8], offset: u64) -> bool {
    let to_border = usize::try_from(SECTOR - offset % SECTOR).unwrap_or(bytes.len());
    let (first, rest) = bytes.split_at(to_border.min(bytes.len()));
    let is_blank = |part: &[u8]| !part.is_empty() && part.iter().all(|&byte| byte == 0);
    is_blank(first) || rest.chunks(SECTOR as usize).any(is_blank)
}
