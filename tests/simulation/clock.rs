//! The device's clock, which jumps, and randomness that repeats.

use std::{cell::Cell, rc::Rc};

use annals::model::Sockets;

use crate::chance::Chance;

const HOUR: u64 = 3_600_000;

#[derive(Clone)]
pub struct Clock(Rc<Cell<u64>>);

impl Default for Clock {
    fn default() -> Self {
        Self(Rc::new(Cell::new(1_700_000_000_000)))
    }
}

impl Clock {
    pub fn tick(&self) {
        self.0.update(|now| now + 1);
    }

    /// Somebody sets the clock: by up to an hour in either direction.
    pub fn jump(&self, chance: &Chance) {
        let by = chance.below(HOUR);
        self.0.update(|now| if chance.one_in(2) { now + by } else { now - by });
    }

    pub fn sockets(&self, chance: &Chance) -> Sockets {
        let (now, chance) = (self.0.clone(), chance.clone());
        Sockets::new(
            move || now.get(),
            move |bytes| {
                bytes
                    .chunks_mut(8)
                    .for_each(|chunk| chunk.copy_from_slice(&chance.next().to_le_bytes()[..chunk.len()]))
            },
        )
    }
}
