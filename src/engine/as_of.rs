//! A moment in a history.

/// A moment in a history. What lies beyond the end is the present; 0 is before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AsOf {
    /// With everything that is stored.
    #[default]
    Now,
    /// When the aggregate had so many events.
    Revision(u64),
    /// When the event at this position was the store's newest.
    Position(u64),
    /// With all that was stored up to a time, in ms since the epoch, inclusive.
    Time(u64),
}
