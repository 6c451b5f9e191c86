//! What happened, in one number, and in words for whoever replays a seed; and how often which kind of thing happened.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt,
};

#[derive(Default)]
pub struct Trace {
    digest: Cell<u64>,
    tally: RefCell<BTreeMap<&'static str, u64>>,
    is_told: bool,
}

impl Trace {
    pub fn new(is_told: bool) -> Self {
        Self { is_told, ..Self::default() }
    }

    /// Takes a number in: the same run takes in the same numbers.
    pub fn mix(&self, number: u64) {
        // One round of FNV-1a over whole numbers.
        self.digest.set((self.digest.get() ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23));
    }

    pub fn digest(&self) -> u64 {
        self.digest.get()
    }

    /// Something of a kind has happened.
    pub fn count(&self, kind: &'static str) {
        *self.tally.borrow_mut().entry(kind).or_default() += 1;
        kind.bytes().for_each(|byte| self.mix(byte.into()));
        self.tell(format_args!("-- {kind}"));
    }

    pub fn tally(&self) -> BTreeMap<&'static str, u64> {
        self.tally.borrow().clone()
    }

    pub fn tell(&self, what: fmt::Arguments<'_>) {
        if self.is_told {
            println!("{what}");
        }
    }
}
