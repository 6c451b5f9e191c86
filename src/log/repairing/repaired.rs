//! What a repair did.

use std::ops::RangeInclusive;

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Events that cannot be read any more; their positions stay theirs.
    pub lost: Vec<LostEvents>,
    /// How many records were set aside.
    pub set_aside: u64,
    /// Whether the layout or the index was made again.
    pub rebuilt: bool,
}

/// Events that cannot be read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostEvents {
    /// Their positions, first and last.
    pub positions: RangeInclusive<u64>,
    /// Their streams, as far as anything tells.
    pub streams: Vec<String>,
    /// What was wrong.
    pub detail: String,
}
