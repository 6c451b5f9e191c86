//! Every limit on what a caller may store, by name.

/// The highest position, revision and time: 2^53 - 1, the largest integer that JavaScript counts exactly
/// (`Number.MAX_SAFE_INTEGER`).
pub const MAX_POSITION: u64 = (1 << 53) - 1;

/// The longest stream id, in bytes of UTF-8.
pub const MAX_STREAM_ID_BYTES: usize = 512;

/// The longest event type, in bytes of UTF-8.
pub const MAX_TYPE_BYTES: usize = 512;

/// The highest version of an event's schema.
pub const MAX_VERSION: u32 = u32::MAX - 1;

/// The longest tag, in bytes of UTF-8.
pub const MAX_TAG_BYTES: usize = 512;

/// The most tags on one event.
pub const MAX_TAGS: usize = 64;

/// The most that one append may hold, in bytes: data and metadata of all its events as JSON text in UTF-8, their types
/// and tags. 16 MiB.
pub const MAX_APPEND_BYTES: usize = 16 * 1024 * 1024;

/// The most positions that a failed condition names.
pub const MAX_NAMED_MATCHES: usize = 100;
