//! What a writer believes of a stream.

use super::{InvalidArgument, MAX_POSITION};

/// What a writer believes of a stream. There is no default: whoever wants no check says [`ExpectedRevision::Any`] aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedRevision {
    /// No check.
    Any,
    /// The stream has no event yet.
    NoStream,
    /// The stream has at least one event.
    Exists,
    /// The stream has exactly this many events; 0 is the same as [`ExpectedRevision::NoStream`].
    Exact(u64),
}

impl ExpectedRevision {
    /// Whether a stream at `actual` (0: no such stream) is what the writer believes.
    #[must_use]
    pub fn holds(self, actual: u64) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual == 0,
            Self::Exists => actual > 0,
            Self::Exact(revision) => actual == revision,
        }
    }

    pub(super) fn check(self) -> Result<(), InvalidArgument> {
        match self {
            Self::Exact(revision) if revision > MAX_POSITION => Err(InvalidArgument::new(
                "expectedRevision",
                format!("at most {MAX_POSITION}"),
                revision.to_string(),
            )),
            _ => Ok(()),
        }
    }
}
