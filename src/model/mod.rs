//! The words of an event store and the rules that hold between them.
//!
//! Nothing here knows the outside world: no storage, no clock, no randomness, no JavaScript, nothing asynchronous. What a
//! rule needs to know of the log comes in through [`Facts`], so that no two storages can disagree about a rule.

mod aggregate;
mod append;
mod command_id;
mod event;
mod expected_revision;
mod facts;
mod invalid;
mod json;
mod judgement;
mod limits;
mod projection;
mod query;
mod snapshots;
mod sockets;
pub(crate) mod sort;
mod stream_id;
mod time;
mod upcaster;
mod upcasters;

pub use aggregate::Aggregate;
pub use append::{Append, Condition, Restored, Write};
pub use command_id::{CommandId, MAX_COMMAND_ID_BYTES};
pub use event::{NewEvent, RecordedEvent};
pub use expected_revision::ExpectedRevision;
pub use facts::Facts;
pub use invalid::InvalidArgument;
pub use json::{Json, NotJson};
pub use judgement::{AppendResult, Conflict, Refusal, Verdict, judge};
pub use limits::{
    MAX_APPEND_BYTES, MAX_NAMED_MATCHES, MAX_POSITION, MAX_STREAM_ID_BYTES, MAX_TAG_BYTES, MAX_TAGS,
    MAX_TYPE_BYTES, MAX_VERSION,
};
pub use projection::{OnError, Projection, RowKeys, Stored};
pub use query::{Query, QueryItem, Subject};
pub use snapshots::Snapshots;
pub use sockets::Sockets;
pub use stream_id::{StreamId, category_of};
pub use time::recorded_at;
pub use upcaster::{Chain, Piece, Upcaster};
pub use upcasters::{OnUnknown, UpcastError, UpcastFault, Upcasters};

pub use uuid::Uuid;
