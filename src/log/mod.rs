//! The event log: records of events over a storage, an index over them, and the one writer that numbers them.

mod cache;
pub mod codec;
mod core;
mod diagnostics;
mod directory;
mod error;
mod group;
mod hashing;
mod head_watch;
pub mod index;
mod known;
mod open;
mod page;
mod queue;
mod reader;
mod store;
mod subscription;
mod verify;
mod writer;

pub use diagnostics::Diagnostics;
pub use error::{AppendError, Corrupt, LogError, ReadError};
pub use index::Direction;
pub use open::{OpenOptions, Progress, Witness};
pub use page::Page;
pub use queue::{Answer, Ticket};
pub use reader::{ReadAll, ReadStream, Reader};
pub use store::EventStore;
pub use subscription::{Start, Step, Subscription};
pub use verify::{Finding, FindingKind, Verification};
