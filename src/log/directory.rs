//! Which record holds which positions.

use super::codec::EventRecord;

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
}

impl RecordMeta {
    pub(super) fn of(record: &EventRecord, bytes: usize) -> Self {
        Self { first: record.first(), last: record.last(), recorded_at: record.header().recorded_at, bytes }
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

    /// The last position that was stored before a time; 0 without one.
    pub(super) fn last_before(&self, time: u64) -> u64 {
        self.last_of(self.records.partition_point(|record| record.recorded_at < time))
    }

    /// The last position that was stored at or before a time; 0 without one.
    pub(super) fn last_until(&self, time: u64) -> u64 {
        self.last_of(self.records.partition_point(|record| record.recorded_at <= time))
    }

    fn last_of(&self, count: usize) -> u64 {
        count.checked_sub(1).map_or(0, |index| self.records[index].last)
    }
}
