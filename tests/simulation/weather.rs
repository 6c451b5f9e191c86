//! What a seed makes likely: how many tabs there are, what they do, and what befalls them.

use annals::{log::MergePolicy, storage::Durability};

use crate::chance::Chance;

/// Everything that is "once in so many" is never when it is 0.
#[derive(Debug, Clone)]
pub struct Weather {
    pub tabs: usize,
    /// How often a tab that has ended is opened again.
    pub lives: u64,
    /// How many works each worker of a tab does in one life.
    pub works: u64,
    pub workers: u64,
    pub durability: Durability,
    pub policy: MergePolicy,
    /// A transaction fails, once in so many.
    pub fault: u64,
    /// What befalls a tab or all of them, once in so many steps.
    pub crash: u64,
    pub sleep: u64,
    pub lost_connection: u64,
    pub power_loss: u64,
    pub clock_jump: u64,
    /// A hint that nobody has sent.
    pub false_hint: u64,
    /// Whether hints get lost, doubled and wrong.
    pub hints_are_bad: bool,
    /// A caller stops waiting, once in so many calls.
    pub impatience: u64,
    /// Whether some events are put back, as an import does. In one world of five, and not in those of seeds that are kept for something else.
    pub puts_back: bool,
}

impl Weather {
    pub fn of(seed: u64, chance: &Chance) -> Self {
        // In one world of a few nothing goes wrong: there no error is excused.
        let is_calm = chance.one_in(8);
        let once_in = |often: u64, seldom: u64| {
            if is_calm || chance.one_in(3) { 0 } else { chance.between(often, seldom) }
        };
        Self {
            tabs: chance.between(1, 4) as usize,
            lives: chance.between(0, 2),
            works: chance.between(3, 12),
            workers: chance.between(1, 3),
            durability: if chance.one_in(2) { Durability::Strict } else { Durability::Relaxed },
            policy: policy(chance),
            fault: once_in(8, 150),
            crash: once_in(150, 3000),
            sleep: once_in(150, 2000),
            lost_connection: once_in(100, 2000),
            power_loss: if chance.one_in(3) { once_in(400, 4000) } else { 0 },
            clock_jump: once_in(50, 1000),
            false_hint: once_in(50, 1000),
            hints_are_bad: !is_calm && !chance.one_in(3),
            impatience: once_in(10, 100),
            puts_back: seed % 5 == 2,
        }
    }

    /// Whether there is anything by which a call may fail.
    pub fn has_failures(&self) -> bool {
        self.fault > 0 || self.lost_connection > 0
    }
}

/// Segments, blocks and shards so small that there are many of each.
fn policy(chance: &Chance) -> MergePolicy {
    let step_bytes = chance.between(300, 4000);
    MergePolicy {
        tail_records: chance.between(1, 8) as usize,
        tail_bytes: 100_000,
        step_bytes,
        step_memory: 8 * step_bytes,
        block_bytes: chance.between(60, 1200) as usize,
        piece_bytes: chance.between(20, 400) as usize,
        shard_bytes: chance.between(12, 200),
        joining_bytes: chance.below(400),
    }
}
