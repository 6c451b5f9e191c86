//! What looking at everything again finds.

use std::ops::RangeInclusive;

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Records read.
    pub records: u64,
    /// Events read.
    pub events: u64,
    /// Bytes read, as stored.
    pub bytes: u64,
    /// What is wrong, at most the first thousand findings; empty when all is well.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The positions of the events that it concerns, first and last; 0 when it concerns no event.
    pub positions: RangeInclusive<u64>,
    /// A sentence.
    pub detail: String,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// A record whose bytes are not what was written.
    Damaged,
    /// Events or records that should be there and are not.
    Missing,
    /// Records that contradict each other: numbers, times, ids.
    Inconsistent,
    /// Events that a repair has given up: the record that had them is set aside.
    Lost,
}

impl FindingKind {
    /// The kind as one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Inconsistent => "inconsistent",
            Self::Lost => "lost",
        }
    }
}

/// Positions, in order, as ranges.
pub(in crate::log) fn ranges(positions: impl IntoIterator<Item = u64>) -> Vec<RangeInclusive<u64>> {
    let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
    for position in positions {
        match ranges.last_mut() {
            Some(range) if range.end() + 1 == position => *range = *range.start()..=position,
            _ => ranges.push(position..=position),
        }
    }
    ranges
}
