//! What this store knows as stored.

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
            if *key <= self.head() {
                continue; // Taken in meanwhile, by another reading.
            }
            let record = decode(bytes).map_err(|malformed| Corrupt::malformed(*key, &malformed))?;
            self.check_next(*key, &record)?;
            self.index.add_record(&record);
            self.directory.push(RecordMeta::of(&record, bytes.len()));
        }
        if tail.fence > self.head() {
            return Err(Corrupt::new(
                self.head() + 1,
                format!("expected events up to {}, found none", tail.fence),
            ));
        }
        Ok(())
    }

    /// What the log promises of neighbours: no gap in positions and revisions, and time never goes back.
    fn check_next(&self, key: u64, record: &EventRecord) -> Result<(), Corrupt> {
        let corrupt = |what: &str, expected: u64, found: u64| {
            Err(Corrupt::new(key, format!("{what}: expected {expected}, found {found}")))
        };
        if key != self.head() + 1 {
            return corrupt("the next record's key", self.head() + 1, key);
        }
        if record.first() != key {
            return corrupt("the record's first position", key, record.first());
        }
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
