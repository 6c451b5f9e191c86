#![doc = include_str!("../README.md")]

/// The code of the guide runs, as that of the README does.
#[cfg(doctest)]
#[doc = include_str!("../www/docs/guides/rust.md")]
mod guide {}

pub mod backup;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub mod browser;
pub mod engine;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[path = "../tests/fuzz/targets/mod.rs"]
pub mod fuzzing;
pub mod log;
pub mod model;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub mod native;
pub mod storage;
pub mod testing;
#[cfg(all(target_family = "wasm", target_os = "unknown", feature = "js"))]
pub mod wasm;

pub use engine::{
    AsOf, BusCommand, BusQuery, CommandContext, DispatchOptions, Engine, QueryContext, views::View,
};
pub use log::{EventStore, OpenOptions, ReadAll, ReadStream};
pub use model::{
    Aggregate, CommandId, Condition, ExpectedRevision, NewEvent, Projection, Query, QueryItem, RecordedEvent,
    Snapshots, StreamId, Upcaster, Upcasters,
};
