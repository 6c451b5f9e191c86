//! What the rules need to know of the log.

use uuid::Uuid;

use super::Query;

/// What the rules need to know of the log. Positions and revisions count from 1; 0 means "nothing yet".
pub trait Facts {
    /// The position of the newest event.
    fn head(&self) -> u64;

    /// How many events a stream has.
    fn revision(&self, stream_id: &str) -> u64;

    /// How many events a stream had when the event at `position` was the newest.
    fn revision_at(&self, stream_id: &str, position: u64) -> u64;

    /// The revision of the event at a position, if it is in this stream.
    fn revision_in(&self, stream_id: &str, position: u64) -> Option<u64>;

    /// Where the event with this id is.
    fn position_of(&self, id: Uuid) -> Option<u64>;

    /// The first `limit` positions after `after` whose events match.
    fn matching(&self, query: &Query, after: u64, limit: usize) -> Vec<u64>;
}
