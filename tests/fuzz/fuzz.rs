//! One target under libFuzzer: the one that `FUZZ_TARGET` names.

#![no_main]

use std::{alloc::System, env, sync::OnceLock};

use annals::fuzzing::{TARGETS, Target};
use cap::Cap;
use libfuzzer_sys::fuzz_target;

/// No input of a kilobyte or so may make room for more.
const MOST_BYTES: usize = 256 * 1024 * 1024;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MOST_BYTES);

static CHOSEN: OnceLock<Target> = OnceLock::new();

fuzz_target!(init: choose(), |input: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        target(input);
    }
});

fn choose() {
    let wanted = env::var("FUZZ_TARGET").unwrap_or_default();
    match TARGETS.iter().find(|(name, _)| *name == wanted) {
        Some((_, target)) => drop(CHOSEN.set(*target)),
        None => {
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            panic!("FUZZ_TARGET is one of {}; found {wanted:?}", names.join(", "));
        }
    }
}
