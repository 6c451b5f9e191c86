//! The edge to JavaScript: the only module that knows that there is a caller in JavaScript.
//!
//! Everything here converts, calls and wraps the error. What happens often crosses in batches: many appends come in as one
//! text and are answered in one call; events go out a page at a time. Exports take `&self`, and nothing is borrowed while
//! JavaScript runs.

mod aggregates;
mod answers;
mod backup;
mod commanding;
mod definition;
mod engine;
mod error;
mod host;
mod options;
mod outcomes;
mod page;
mod projections;
mod reader;
mod report;
mod requests;
mod storage;
mod subscription;
mod views;

pub use backup::{EngineExport, EngineImport};
pub use engine::{Engine, delete_store};
pub use reader::EngineReader;
pub use subscription::EngineSubscription;
pub use views::{EnginePast, EngineViews};
