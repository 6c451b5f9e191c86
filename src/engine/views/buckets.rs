//! In which part of its save a row is, and which parts have changed.

use twox_hash::XxHash64;

/// How many rows there may be for each bucket before there are more buckets.
const ROWS_PER_BUCKET: usize = 512;

/// How many bits of a key's hash tell its bucket, at most; and how many more when a view has outgrown its buckets.
const MAX_BITS: u32 = 8;
const BITS_STEP: u32 = 4;

/// The buckets that the rows of a view are saved in, by the hash of their keys: what changes in one row writes one bucket again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Buckets {
    bits: u32,
    /// For each, the position of the last event that may have changed a row of it.
    changed_at: Vec<u64>,
}

impl Buckets {
    /// Buckets of a layout, all of them changed at a position; `None` for a layout that there is not.
    pub(super) fn of_layout(bits: u32, changed_at: u64) -> Option<Self> {
        let is_known = bits <= MAX_BITS && bits.is_multiple_of(BITS_STEP);
        is_known.then(|| Self { bits, changed_at: vec![changed_at; 1 << bits] })
    }

    /// How the rows are divided.
    pub(super) fn layout(&self) -> u32 {
        self.bits
    }

    pub(super) fn count(&self) -> usize {
        self.changed_at.len()
    }

    /// The bucket of a key.
    pub(super) fn of(&self, key: &str) -> usize {
        // The layout is the upper bits: a bucket of one layout is divided by the next.
        (XxHash64::oneshot(0, key.as_bytes()) >> (u64::BITS - MAX_BITS) >> (MAX_BITS - self.bits)) as usize
    }

    pub(super) fn touch(&mut self, key: &str, position: u64) {
        let bucket = self.of(key);
        self.changed_at[bucket] = position;
    }

    /// The buckets that may have changed after a position.
    pub(super) fn changed_after(&self, position: u64) -> impl Iterator<Item = usize> {
        self.changed_at.iter().enumerate().filter(move |(_, at)| **at > position).map(|(bucket, _)| bucket)
    }

    /// Whether so many rows are too many for these buckets.
    pub(super) fn are_outgrown(&self, rows: usize) -> bool {
        self.bits < MAX_BITS && rows > self.count() * ROWS_PER_BUCKET
    }

    /// More buckets, all of them changed.
    pub(super) fn grown(&self, position: u64) -> Self {
        let bits = self.bits + BITS_STEP;
        Self { bits, changed_at: vec![position; 1 << bits] }
    }
}

impl Default for Buckets {
    /// One for all rows.
    fn default() -> Self {
        Self { bits: 0, changed_at: vec![0] }
    }
}
