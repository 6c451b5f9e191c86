//! When an event counts as stored.

use super::MAX_POSITION;

/// When a commit counts as stored: the device's clock, but never before the commit that precedes it, so that time never
/// decreases along positions even when the clock does.
#[must_use]
pub fn recorded_at(device_clock: u64, last: u64) -> u64 {
    device_clock.min(MAX_POSITION).max(last)
}
