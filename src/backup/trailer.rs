//! The last line of an export: that all came before it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    check::{Checks, Digits},
    header::put_frame,
    text::said,
};

/// The type of the last line.
pub(super) const FINISHED: &str = "annals.export.finished";

/// The last line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trailer {
    /// How many events there are.
    pub(super) count: u64,
    /// The checksum of the checks of all lines before it.
    pub(super) checks: String,
}

impl Trailer {
    pub(super) fn of(count: u64, checks: &Checks) -> Self {
        Self { count, checks: checks.digits() }
    }

    /// Writes the line, and says its check.
    pub(super) fn put(&self, out: &mut Vec<u8>, source: &str, id: Uuid, time: u64) -> Digits {
        // A trailer is JSON: this cannot fail.
        put_frame(out, source, FINISHED, (id, time), &serde_json::to_string(self).unwrap_or_default())
    }

    pub(super) fn read(data: &str) -> Result<Self, String> {
        serde_json::from_str(data).map_err(|error| said(&error))
    }
}
