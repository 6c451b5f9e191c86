//! Where time and randomness come in.

use std::{cell::Cell, rc::Rc};

use uuid::{Builder, Uuid};

/// Says the time, in ms since the epoch.
type Clock = dyn Fn() -> u64;

/// Fills bytes with randomness.
type Randomness = dyn Fn(&mut [u8]);

/// Where time and randomness come in, so that a test can hold both in its hand.
#[derive(Clone)]
pub struct Sockets {
    now: Rc<Clock>,
    random: Rc<Randomness>,
    last_id: Rc<Cell<u128>>,
}

impl Sockets {
    /// Takes a clock (ms since the epoch) and a source of random bytes.
    pub fn new(now: impl Fn() -> u64 + 'static, random: impl Fn(&mut [u8]) + 'static) -> Self {
        Self { now: Rc::new(now), random: Rc::new(random), last_id: Rc::default() }
    }

    /// The device's clock, in ms since the epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        (self.now)()
    }

    /// A new id for an event: a version 7 UUID (RFC 9562), so that ids of one device sort by time.
    #[must_use]
    pub fn event_id(&self) -> Uuid {
        let mut random = [0; 10];
        (self.random)(&mut random);
        let id = Builder::from_unix_timestamp_millis(self.now(), &random).into_uuid();
        // Two events of one millisecond would sort by chance: count on from the last id instead (RFC 9562, 6.2, method 2).
        let id = if id.as_u128() > self.last_id.get() { id } else { Uuid::from_u128(self.last_id.get() + 1) };
        self.last_id.set(id.as_u128());
        id
    }

    /// A new id for a store: a version 4 UUID (RFC 9562).
    #[must_use]
    pub fn store_id(&self) -> Uuid {
        let mut random = [0; 16];
        (self.random)(&mut random);
        Builder::from_random_bytes(random).into_uuid()
    }
}
