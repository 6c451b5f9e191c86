//! Records in IndexedDB, in windows and workers: the only module that knows IndexedDB.
//!
//! A transaction commits by itself when control returns to the event loop with none of its requests pending. So nothing is
//! awaited inside one but its own requests: a task that such a request wakes runs as a microtask of its event, while the
//! transaction is still active.

mod answer;
mod channel;
mod connection;
mod factory;
mod failure;
mod object_store;
mod page;
mod reading;
mod request;
mod saved_views;
mod slot;
mod snapshots;
mod storage;
mod timer;
mod transaction;
mod writing;

pub use factory::delete;
pub use storage::IndexedDb;

/// The version of the database's stores. It stays when the format changes compatibly: the format has a number of its own.
const VERSION: u32 = 1;

const META: &str = "meta";
const COMMITS: &str = "commits";
const SEGMENTS: &str = "segments";
const VIEWS: &str = "views";
const SNAPSHOTS: &str = "snapshots";

const FORMAT_KEY: &str = "format";
/// The mark stands where the fence alone stood at first.
const MARK_KEY: &str = "fence";
const LAYOUT_KEY: &str = "layout";
