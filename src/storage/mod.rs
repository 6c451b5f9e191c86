//! The storage port and its adapters.
//!
//! A storage keeps *records*: bytes under keys that only grow. It knows nothing about events. What it promises is small and
//! the same for every adapter (`contract` holds the suite that all of them pass): a commit is stored whole or not at all, it is
//! refused when another connection was first, and what was stored reads back the same.

mod error;
#[cfg(not(target_family = "wasm"))]
mod file;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod indexeddb;
mod mark;
mod memory;
mod port;
mod saved_view;
mod snapshot;

pub use error::{Cause, CommitError, StorageError};
#[cfg(not(target_family = "wasm"))]
pub use file::{File, FileServer};
#[cfg(all(any(test, fuzzing), not(target_family = "wasm")))]
pub(crate) use file::{read_snapshot_file, read_view_file, write_snapshot_file, write_view_file};
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub use indexeddb::{IndexedDb, delete as delete_indexeddb};
pub use mark::Mark;
pub use memory::{Contents, Memory, MemoryServer};
pub use port::{
    Commit, Committed, Decision, Durability, Key, Listener, Manifest, Meta, Reading, Record, Shelf, Signal,
    Storage, Swap, Tail, Wanted,
};
pub use saved_view::{Bucket, Checkpoint, ForgetViews, Kept, SavedView, ViewKey, ViewSave};
pub use snapshot::{Forget, Snapshot, SnapshotKey};
