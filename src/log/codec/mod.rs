//! The byte format, both ways: values in, bytes out; bytes in, values out. No I/O.
//!
//! `FORMAT.md` beside this file describes every byte. Decoding never panics and never allocates more than a fixed
//! multiple of what it was given: anything malformed is a [`Malformed`] that says where and why.

mod block;
mod bound;
mod bytes;
mod commit;
mod commit_record;
mod compression;
mod dense;
mod dictionary;
mod event_columns;
mod event_table;
mod frame;
mod layout;
mod manifest;
mod order;
mod order_names;
mod order_rows;
mod piece;
mod pieces;
mod runs;
mod shard;

pub use block::{Block, BlockWriter, MAX_EVENTS, decode_block};
pub use bound::Bound;
pub use bytes::Malformed;
pub use commit::{Body, Header, encode_body, seal};
pub use commit_record::{CommitRecord, claimed_count, decode_commit};
pub use event_table::{EventRef, EventTable};
pub use layout::{Aside, Layout, Pending, Run, Runs, Segment};
pub use manifest::{FORMAT_VERSION, MANIFEST_MAGIC, StoreManifest};
pub use order::{Order, OrderRow, OrderWriter, decode_order};
pub use runs::left_of;
pub use shard::{
    IdEntry, NameEntry, NameKind, Place, decode_ids, decode_names, encode_ids, encode_names, id_hash,
    name_hash,
};
