//! The storage port and its adapters.
//!
//! A storage keeps *records*: bytes under keys that only grow. It knows nothing about events. What it promises is small and
//! the same for every adapter (`contract` holds the suite that all of them pass): a commit is stored whole or not at all, it is
//! refused when another connection was first, and what was stored reads back the same.

mod error;
mod fence;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod indexeddb;
mod memory;
mod port;

pub use error::{Cause, CommitError, StorageError};
pub use fence::{decode_fence, encode_fence};
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub use indexeddb::{IndexedDb, delete as delete_indexeddb};
pub use memory::{Memory, MemoryServer};
pub use port::{
    Commit, Committed, Decision, Durability, Key, Listener, Manifest, Record, Signal, Storage, Tail,
};
