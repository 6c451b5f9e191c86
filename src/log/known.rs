//! What this store knows as stored.

use std::mem;

use crate::{
    model::Facts,
    storage::{Record, Tail},
};

use super::{
    Corrupt,
    codec::{EventRecord, decode},
    directory::{Directory, RecordMeta},
    index::Index,
};

/// What this store knows as stored: everything up to a head, and nothing after it.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) index: Index,
    pub(super) directory: Directory,
    /// The first parts of a commit whose last part was not read yet: an append is seen whole or not at all.
    partial: Vec<(EventRecord, usize)>,
}

impl Known {
    pub(super) fn head(&self) -> u64 {
        self.index.head()
    }

    /// Takes in what another connection, or an earlier session, has stored.
    ///
    /// # Errors
    /// [`Corrupt`] when the records do not go on from the head.
    pub(super) fn take_in(&mut self, tail: &Tail) -> Result<(), Corrupt> {
        for Record { key, bytes } in &tail.records {
            if *key <= self.read_up_to() {
                continue; // Taken in meanwhile, by another reading.
            }
            let record = decode(bytes).map_err(|malformed| Corrupt::malformed(*key, &malformed))?;
            self.check_place(*key, &record)?;
            let is_last = record.header().parts_left == 0;
            self.partial.push((record, bytes.len()));
            if is_last {
                self.take_in_commit()?;
            }
        }
        let missing = |what: String| Err(Corrupt::new(self.read_up_to() + 1, what));
        if tail.fence > self.head() {
            return missing(format!("expected events up to {}, found none", tail.fence));
        }
        if !tail.more && !self.partial.is_empty() {
            return missing("expected the rest of a commit, found none".to_owned());
        }
        Ok(())
    }

    /// The newest position that was read: beyond the head when a commit came only in part so far.
    pub(super) fn read_up_to(&self) -> u64 {
        self.partial.last().map_or(self.head(), |(record, _)| record.last())
    }

    fn take_in_commit(&mut self) -> Result<(), Corrupt> {
        for (record, bytes) in mem::take(&mut self.partial) {
            self.check_next(&record)?;
            self.index.add_record(&record);
            self.directory.push(RecordMeta::of(&record, bytes));
        }
        Ok(())
    }

    fn check_place(&self, key: u64, record: &EventRecord) -> Result<(), Corrupt> {
        let expected = self.read_up_to() + 1;
        if key != expected {
            return Err(Corrupt::new(
                key,
                format!("the next record's key: expected {expected}, found {key}"),
            ));
        }
        if record.first() != key {
            let why = format!("the record's first position: expected {key}, found {}", record.first());
            return Err(Corrupt::new(key, why));
        }
        Ok(())
    }

    /// What the log promises of neighbours: no gap in positions and revisions, and time never goes back.
    fn check_next(&self, record: &EventRecord) -> Result<(), Corrupt> {
        let corrupt = |what: &str, expected: u64, found: u64| {
            Err(Corrupt::new(record.first(), format!("{what}: expected {expected}, found {found}")))
        };
        let (time, last_time) = (record.header().recorded_at, self.directory.last_time());
        if time < last_time {
            return corrupt("the record's time, at least", last_time, time);
        }
        for (stream_id, revision) in record.streams() {
            let expected = self.index.revision(stream_id);
            if revision != expected {
                return corrupt(
                    &format!("the revision of stream {stream_id:?} before the record"),
                    expected,
                    revision,
                );
            }
        }
        Ok(())
    }
}
