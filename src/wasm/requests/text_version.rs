//! The version of what JavaScript's functions have made.

use twox_hash::XxHash64;

/// The version that is said, and a fingerprint of the text of the functions: other text is another version, whatever the number says.
pub(crate) fn text_version(version: u64, text: &str) -> String {
    format!("{version}-{:016x}", XxHash64::oneshot(0, text.as_bytes()))
}
