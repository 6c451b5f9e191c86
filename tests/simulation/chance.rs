//! What a seed decides: one stream of numbers, of which everybody takes the next.

use std::{cell::Cell, rc::Rc};

#[derive(Clone)]
pub struct Chance(Rc<Cell<u64>>);

impl Chance {
    pub fn of(seed: u64) -> Self {
        let chance = Self(Rc::new(Cell::new(seed)));
        chance.next(); // Neighbouring seeds have nothing in common from here on.
        chance
    }

    /// splitmix64 (Steele, Lea, Flood 2014)
    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another, 0 below 0.
    pub fn below(&self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    pub fn index(&self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    pub fn between(&self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// Whether what happens once in so many times happens now; never in 0 times.
    pub fn one_in(&self, times: u64) -> bool {
        times > 0 && self.below(times) == 0
    }

    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }
}
