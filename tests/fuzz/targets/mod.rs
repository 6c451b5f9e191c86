//! The fuzz targets. Each takes bytes from outside to where they are parsed, and knows what must be true of what comes out: what is read
//! is written again to the same meaning, and with one bit another it is not read.
//!
//! A checksum would keep every input out, so a target puts a right one under whatever the input says. They are a part of the crate, under
//! test and under `cfg(fuzzing)` only, for much of what parses is nobody else's business. `tests/fuzz/fuzz.rs` runs them under libFuzzer,
//! `replay.rs` runs the corpus as a plain test.

mod backup;
mod beside;
mod block;
mod commit;
mod events;
mod fields;
mod file;
mod frame;
mod input;
mod layout;
mod manifest;
mod order;
mod pieces;
#[cfg(test)]
mod replay;
mod requests;
mod saved_view;
#[cfg(test)]
mod seeds;
mod shards;
mod store;
mod stored;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Takes an input, and says whether it was read: an input that is refused at the door has shown little.
pub type Target = fn(&[u8]) -> bool;

/// All targets by their names, which are those of the folders in the corpus.
pub const TARGETS: [(&str, Target); 17] = [
    ("backup", backup::read),
    ("beside", beside::read_file),
    ("block", block::read),
    ("bucket", saved_view::read_bucket),
    ("checkpoint", saved_view::read_checkpoint),
    ("commit", commit::read),
    ("events", events::read),
    ("fields", fields::read),
    ("file", file::read),
    ("ids", shards::read_ids),
    ("layout", layout::read),
    ("manifest", manifest::read),
    ("names", shards::read_names),
    ("order", order::read),
    ("requests", requests::read),
    ("snapshot", beside::read_snapshot),
    ("store", store::read),
];

/// What comes of work that waits for nobody but itself.
fn now<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}
