//! What a dispatch and a load answer.

use crate::model::{NewEvent, RecordedEvent, StreamId};

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatched<T> {
    /// The state after it.
    pub state: T,
    /// What it made happen, as stored.
    pub events: Vec<RecordedEvent>,
    /// How many events the aggregate has with these.
    pub revision: u64,
    /// The position of the last of them; without one, how far the store was looked at.
    pub position: u64,
    /// Whether it had been carried out before: then all of this is as it was then.
    pub duplicate: bool,
    /// How often it was decided; 0 for one that had been carried out before.
    pub attempts: u32,
}

/// A state that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded<T> {
    /// The state.
    pub state: T,
    /// How many events it is made of.
    pub revision: u64,
    /// The position up to which it covers the store.
    pub head: u64,
}

/// Events as they were stored: the last of them at a position and as a revision.
pub(super) fn as_stored(
    events: Vec<NewEvent>,
    stream_id: &StreamId,
    revision: u64,
    position: u64,
    recorded_at: u64,
) -> Vec<RecordedEvent> {
    let count = events.len() as u64;
    let stored = |(n, event): (u64, NewEvent)| RecordedEvent {
        r#type: event.r#type,
        data: event.data,
        version: event.version,
        id: event.id.unwrap_or_default(),
        stream_id: stream_id.clone(),
        revision: revision - count + n,
        position: position - count + n,
        tags: event.tags,
        metadata: event.metadata,
        recorded_at,
    };
    (1..=count).zip(events).map(stored).collect()
}
