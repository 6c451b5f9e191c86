//! The byte format, both ways: values in, bytes out; bytes in, values out. No I/O.
//!
//! `FORMAT.md` beside this file describes every byte. Decoding never panics and never allocates more than a fixed
//! multiple of what it was given: anything malformed is a [`Malformed`] that says where and why.

mod bytes;
mod commit;
mod compression;
mod manifest;
mod record;

pub use bytes::Malformed;
pub use commit::{Body, Header, encode_body, seal};
pub use manifest::{FORMAT_VERSION, MANIFEST_MAGIC, StoreManifest};
pub use record::{EventRecord, EventRef, decode};
