//! The byte format, both ways: values in, bytes out; bytes in, values out. No I/O.
//!
//! `FORMAT.md` beside this file describes every byte. Decoding never panics and never allocates more than a fixed
//! multiple of what it was given: anything malformed is a [`Malformed`] that says where and why.

mod block;
mod bytes;
mod commit;
mod commit_record;
mod compression;
mod dictionary;
mod event_columns;
mod event_table;
mod frame;
mod layout;
mod manifest;
mod order;
mod runs;
mod shard;

pub use block::{Block, decode_block, encode_block, is_block};
pub use bytes::Malformed;
pub use commit::{Body, Header, encode_body, seal};
pub use commit_record::{CommitRecord, claimed_count, decode_commit};
pub use event_table::{EventRef, EventTable};
pub use layout::{Aside, Bound, Layout, Pending, Run, Runs, Segment};
pub use manifest::{FORMAT_VERSION, MANIFEST_MAGIC, StoreManifest};
pub use order::{Order, OrderRow, decode_order, encode_order, is_order};
pub use runs::left_of;
pub use shard::{
    IdEntry, NameEntry, NameKind, Place, decode_ids, decode_names, encode_ids, encode_names, id_hash,
    name_hash,
};
