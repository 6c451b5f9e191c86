//! Records in a file, for programs that run natively: an append-only file of checksummed frames. FORMAT.md, beside this, says
//! what every byte is.

mod blank;
mod compaction;
mod cursor;
mod draft;
mod failure;
mod folder;
mod frame;
mod head;
mod header;
mod index;
mod journal;
mod lock;
mod place;
mod recovery;
mod saved_views;
mod server;
mod snapshots;
mod storage;
#[cfg(all(test, unix))]
mod tests;

#[cfg(any(test, fuzzing))]
pub(crate) use saved_views::{decode as read_view_file, encode as write_view_file};
pub use server::FileServer;
#[cfg(any(test, fuzzing))]
pub(crate) use snapshots::{decode as read_snapshot_file, encode as write_snapshot_file};
pub use storage::File;
