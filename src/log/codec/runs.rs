//! Which shards of the index to ask.

use super::{Run, Runs};

impl Runs {
    /// All runs, and the one that is being made.
    pub fn with_pending(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().chain(self.pending.as_ref().map(|pending| &pending.output))
    }

    /// The keys of the shards that may know a hash.
    #[must_use]
    pub fn shard_keys(&self, hash: u64) -> Vec<u64> {
        let merged = self.pending.filter(|pending| pending.output.shard_of(hash) < pending.done);
        let mut keys = Vec::with_capacity(self.runs.len());
        for (n, run) in self.runs.iter().enumerate() {
            match merged {
                Some(pending) if n == pending.from => {
                    keys.push(pending.output.key + pending.output.shard_of(hash));
                }
                Some(pending) if pending.inputs().contains(&n) => {}
                _ => keys.push(run.key + run.shard_of(hash)),
            }
        }
        keys
    }

    /// The keys of all shards that hold anything, each with the hash below which what it holds has a newer place.
    #[must_use]
    pub fn live_keys(&self) -> Vec<(u64, u64)> {
        let mut keys = Vec::new();
        for (n, run) in self.runs.iter().enumerate() {
            match self.pending.filter(|pending| pending.inputs().contains(&n)) {
                Some(pending) => {
                    let (output, done) = (&pending.output, pending.done);
                    if n == pending.from {
                        keys.extend((0..done).map(|shard| (output.key + shard, 0)));
                    }
                    let from = if done == 0 { 0 } else { done << (64 - output.bits) };
                    keys.extend(left_of(run, output, done).map(|shard| (run.key + shard, from)));
                }
                None => keys.extend((0..run.shards()).map(|shard| (run.key + shard, 0))),
            }
        }
        keys
    }

    /// The keys of all shards that hold anything.
    #[must_use]
    pub fn all_keys(&self) -> Vec<u64> {
        self.live_keys().into_iter().map(|(key, _)| key).collect()
    }
}

/// The shards of a run that still hold something when so many shards of what it is merged into are done.
pub fn left_of(run: &Run, output: &Run, done: u64) -> std::ops::Range<u64> {
    // A shard of fewer bits covers several of more: it stays until the last of these is done.
    let consumed = if run.bits <= output.bits {
        done >> (output.bits - run.bits)
    } else {
        done << (run.bits - output.bits)
    };
    consumed..run.shards()
}
