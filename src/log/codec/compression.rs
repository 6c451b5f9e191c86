//! LZ4 blocks, with the limits that keep hostile lengths harmless.

use super::{Malformed, dense::compress_densely};

/// The longest body of a record, before compression: the largest append in one event, and room for its framing.
pub(super) const MAX_BODY_BYTES: usize = 2 * crate::model::MAX_APPEND_BYTES;

/// The most that LZ4 can expand a byte to (a match's length grows by 255 per byte).
const MAX_RATIO: usize = 255;

/// What an LZ4 block adds at least, so that very short ones pass [`MAX_RATIO`].
const RATIO_SLACK: usize = 64;

/// Compresses, or `None` when that would save nothing.
pub(super) fn compress(body: &[u8]) -> Option<Vec<u8>> {
    let compressed = lz4_flex::block::compress(body);
    (compressed.len() < body.len()).then_some(compressed)
}

/// Compresses as well as LZ4 can, which takes its time: what is much like another body is restored from it. `None` when that would
/// save nothing.
pub(super) fn compress_well(body: &[u8], other: &[u8]) -> Option<Vec<u8>> {
    let compressed = compress_densely(body, other);
    (compressed.len() < body.len()).then_some(compressed)
}

/// Restores a body whose length is known.
pub(super) fn decompress(block: &[u8], length: usize) -> Result<Vec<u8>, Malformed> {
    check_length(block.len(), length)?;
    restored(length, lz4_flex::block::decompress(block, length))
}

/// Restores what was compressed like another body.
pub(super) fn decompress_like(block: &[u8], length: usize, other: &[u8]) -> Result<Vec<u8>, Malformed> {
    check_length(block.len(), length)?;
    restored(length, lz4_flex::block::decompress_with_dict(block, length, other))
}

/// Refuses a length that no such block can have, before room is made for it.
pub(super) fn check_length(stored: usize, length: usize) -> Result<(), Malformed> {
    let most = stored.saturating_mul(MAX_RATIO).saturating_add(RATIO_SLACK).min(MAX_BODY_BYTES);
    if length > most {
        return Err(Malformed::new("the body's length", format!("at most {most}"), length.to_string()));
    }
    Ok(())
}

fn restored(
    length: usize,
    body: Result<Vec<u8>, lz4_flex::block::DecompressError>,
) -> Result<Vec<u8>, Malformed> {
    let body = body.map_err(|e| Malformed::new("the body", "an LZ4 block", e.to_string()))?;
    if body.len() != length {
        return Err(Malformed::new("the body", format!("{length} bytes"), body.len().to_string()));
    }
    Ok(body)
}
