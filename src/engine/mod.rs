//! Aggregates over the log: commands are decided on the state that the history gives, and what they make happen is stored.
//!
//! A [`Repository`] keeps one kind of aggregate. Dispatches to one aggregate are decided in call order, each on the state that the
//! former ones leave, without waiting for these to be stored; they share commits. What another connection has stored first is taken in,
//! and the command decided again.

mod as_of;
mod bus;
mod commands;
mod decider;
mod dispatched;
mod error;
mod event_fields;
mod happening;
mod line;
mod lines;
mod registry;
mod replaying;
mod repository;
mod snapshots;
mod typed;
mod under_way;
pub mod views;

pub use as_of::AsOf;
pub use bus::{BusCommand, BusQuery, CommandContext, HandlerNotFound, QueryContext, SendError};
pub use commands::DispatchOptions;
pub use decider::{Decider, Undecided};
pub use dispatched::{Dispatched, Loaded};
pub use error::{DispatchError, LoadError, SnapshotError};
pub use happening::Happening;
pub use registry::Engine;
pub use repository::Repository;
pub use snapshots::SnapshotPolicy;
#[cfg(any(test, fuzzing))]
pub(crate) use snapshots::{decode as read_state, encode as write_state};
pub use typed::Unreadable;
pub(crate) use typed::{read, written};
