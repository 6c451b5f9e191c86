//! The platform, for programs that run natively.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Sockets;

/// The system's clock and randomness.
#[must_use]
pub fn sockets() -> Sockets {
    Sockets::new(now, |bytes| {
        #[expect(clippy::expect_used, reason = "without randomness there are no ids, and no way to go on")]
        getrandom::fill(bytes).expect("the system has a source of randomness");
    })
}

/// A clock before the epoch says 0: times only ever grow.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
