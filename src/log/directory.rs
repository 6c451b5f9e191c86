//! Which commit of the tail holds which positions.

use super::codec::CommitRecord;

/// What is known of a record without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordMeta {
    /// The position of its first event, which is its key.
    pub(super) first: u64,
    /// The position of its last event.
    pub(super) last: u64,
    /// When its events were stored.
    pub(super) recorded_at: u64,
    /// Its stored length.
    pub(super) bytes: usize,
    /// Its length before compression.
    pub(super) length: usize,
    /// Whether it is the last record of its commit.
    pub(super) ends_commit: bool,
}

impl RecordMeta {
    pub(super) fn of(record: &CommitRecord, bytes: usize) -> Self {
        let header = record.header();
        let (first, last, recorded_at) = (record.first(), record.last(), header.recorded_at);
        let (length, ends_commit) = (record.length(), header.parts_left == 0);
        Self { first, last, recorded_at, bytes, length, ends_commit }
    }
}

/// Which record holds which positions, in order and without a gap.
#[derive(Debug, Default)]
pub(super) struct Directory {
    records: Vec<RecordMeta>,
    bytes: u64,
}

impl Directory {
    pub(super) fn push(&mut self, meta: RecordMeta) {
        self.bytes += meta.bytes as u64;
        self.records.push(meta);
    }

    /// Forgets the commits up to a position.
    pub(super) fn forget_up_to(&mut self, position: u64) {
        let count = self.records.partition_point(|record| record.last <= position);
        self.bytes -= self.records.drain(..count).map(|record| record.bytes as u64).sum::<u64>();
    }

    /// The commits, in order.
    pub(super) fn records(&self) -> &[RecordMeta] {
        &self.records
    }

    pub(super) fn count(&self) -> usize {
        self.records.len()
    }

    /// Stored bytes of all records.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The record that holds a position.
    pub(super) fn locate(&self, position: u64) -> Option<RecordMeta> {
        let index = self.records.partition_point(|record| record.last < position);
        self.records.get(index).copied()
    }

    /// The newest record's key; 0 without one.
    pub(super) fn last_key(&self) -> u64 {
        self.records.last().map_or(0, |record| record.first)
    }

    /// When the newest event was stored; 0 without one.
    pub(super) fn last_time(&self) -> u64 {
        self.records.last().map_or(0, |record| record.recorded_at)
    }

    /// The last position that was stored before, or (`inclusive`) at or before, a time; `None` without one.
    pub(super) fn last_at(&self, time: u64, inclusive: bool) -> Option<u64> {
        let is_earlier = |one: u64| if inclusive { one <= time } else { one < time };
        let count = self.records.partition_point(|record| is_earlier(record.recorded_at));
        count.checked_sub(1).map(|index| self.records[index].last)
    }
}
