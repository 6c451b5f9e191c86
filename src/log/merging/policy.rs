//! When to merge, and into how much.

/// When to merge, and into how much. The defaults are meant for browsers; tests make everything small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergePolicy {
    /// So many commits that are not merged yet are merged: opening reads each of them. At least 1.
    pub tail_records: usize,
    /// So many bytes of such commits are merged, as stored.
    pub tail_bytes: u64,
    /// The most bytes that a step takes in, as stored, and so about the most that it puts, unless a single commit is larger. No segment
    /// is merged beyond it.
    pub step_bytes: u64,
    /// About the most memory that a step takes, in bytes, unless a single commit takes more: all its events are unpacked at once, and a
    /// page never gives memory back.
    pub step_memory: u64,
    /// How long a block is before compression, in bytes, unless a single event is longer. Reading one stream brings whole blocks.
    pub block_bytes: usize,
    /// How long a piece of a block is before compression, in bytes, unless a single event is longer. Reading one stream unpacks, of
    /// each block, the first piece and those that have the stream.
    pub piece_bytes: usize,
    /// About how long a shard of the index is to be, in bytes: short enough to read for one name, long enough to be few.
    pub shard_bytes: u64,
    /// Parts of the index up to so many bytes join at once what a step adds to it.
    pub joining_bytes: u64,
}

impl Default for MergePolicy {
    fn default() -> Self {
        Self {
            tail_records: 64,
            tail_bytes: 192 * 1024,
            step_bytes: 2 * 1024 * 1024,
            step_memory: 6 * 1024 * 1024,
            block_bytes: 128 * 1024,
            piece_bytes: 16 * 1024,
            shard_bytes: 12 * 1024,
            joining_bytes: 128 * 1024,
        }
    }
}
