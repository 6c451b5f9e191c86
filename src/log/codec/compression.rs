//! LZ4 blocks, with the limits that keep hostile lengths harmless.

use super::Malformed;

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

/// Restores a body whose length is known.
pub(super) fn decompress(block: &[u8], length: usize) -> Result<Vec<u8>, Malformed> {
    let most = block.len().saturating_mul(MAX_RATIO).saturating_add(RATIO_SLACK).min(MAX_BODY_BYTES);
    if length > most {
        return Err(Malformed::new("the body's length", format!("at most {most}"), length.to_string()));
    }
    let body = lz4_flex::block::decompress(block, length)
        .map_err(|e| Malformed::new("the body", "an LZ4 block", e.to_string()))?;
    if body.len() != length {
        return Err(Malformed::new("the body", format!("{length} bytes"), body.len().to_string()));
    }
    Ok(body)
}
