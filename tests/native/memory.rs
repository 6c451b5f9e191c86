//! The contract over memory.

use annals::storage::{Memory, MemoryServer};

use crate::contract::{self, Place};

/// A place in memory.
#[derive(Clone, Default)]
pub struct InMemory(pub MemoryServer);

impl Place for InMemory {
    type Storage = Memory;

    async fn connect(&self) -> Memory {
        self.0.connect()
    }

    async fn delete(&self) {
        self.0.delete();
    }
}

macro_rules! tests {
    ($suite:ident: $($case:ident),* $(,)?) => {
        mod $suite {
            $(#[test]
            fn $case() {
                pollster::block_on(super::contract::$suite::$case(super::InMemory::default()));
            })*
        }
    };
}

crate::for_all_cases!(tests);
