//! What this store knows as stored.

use std::{mem, rc::Rc};

use crate::{
    model::{Facts, StreamId},
    storage::{Record, Tail},
};

use super::{
    Corrupt,
    codec::{CommitRecord, Layout, decode_commit},
    directory::{Directory, RecordMeta},
    hashing::FastMap,
    index::Index,
};

/// The most streams whose revisions are kept in memory beside the tail.
const MAX_REVISIONS: usize = 65_536;

/// What this store knows as stored: everything up to a head, and nothing after it. What is merged is known by its layout, what
/// comes after it, the tail, by an index in memory.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) layout: Rc<Layout>,
    pub(super) index: Index,
    pub(super) directory: Directory,
    /// How many events streams have in the segments, as far as it was asked lately.
    revisions: FastMap<StreamId, u64>,
    /// The first parts of a commit whose last part was not read yet: an append is seen whole or not at all.
    partial: Vec<(CommitRecord, usize)>,
}

impl Known {
    pub(super) fn head(&self) -> u64 {
        self.index.head()
    }

    /// When the newest event was stored; 0 without one.
    pub(super) fn last_time(&self) -> u64 {
        self.directory.last_time().max(self.layout.last_time())
    }

    /// Takes in what another connection, or an earlier session, has stored.
    ///
    /// # Errors
    /// [`Corrupt`] when the records do not go on from the head.
    pub(super) fn take_in(&mut self, tail: &Tail) -> Result<(), Corrupt> {
        if let Some(bytes) = &tail.layout
            && tail.mark.generation != self.layout.generation
        {
            self.adopt(Rc::new(read_layout(bytes, tail)?));
        }
        for Record { key, bytes } in &tail.records {
            if *key <= self.read_up_to() {
                continue; // Taken in meanwhile, by another reading.
            }
            let record = decode_commit(bytes).map_err(|malformed| Corrupt::malformed(*key, &malformed))?;
            self.check_place(*key, &record)?;
            let is_last = record.header().parts_left == 0;
            self.partial.push((record, bytes.len()));
            if is_last {
                self.take_in_commit()?;
            }
        }
        let missing = |what: String| Err(Corrupt::new(self.read_up_to() + 1, what));
        if tail.mark.fence > self.head() {
            return missing(format!("expected events up to {}, found none", tail.mark.fence));
        }
        // A tail that was read before the newest part does not say that there is no more.
        let newest = self.partial.last().map(|(record, _)| record.first());
        let is_seen = newest.is_some() && tail.records.last().map(|record| record.key) >= newest;
        if !tail.more && is_seen {
            return missing("expected the rest of a commit, found none".to_owned());
        }
        Ok(())
    }

    /// Goes on under another layout, which says the same of what both cover.
    pub(super) fn adopt(&mut self, layout: Rc<Layout>) {
        let head = layout.head();
        let is_repaired = layout.aside.len() != self.layout.aside.len();
        if is_repaired {
            self.revisions.clear();
        }
        if head > self.index.head() || head < self.index.base() {
            // What lies between was never read: nothing in memory says how it changed the streams.
            self.revisions.clear();
            self.partial.clear();
            self.index = Index::after(head, 0, 0);
            self.directory = Directory::default();
        } else if head > self.index.base() {
            let revisions = self.index.forget_up_to(head);
            self.remember(revisions);
            self.directory.forget_up_to(head);
        }
        self.layout = layout;
    }

    /// How many events a stream has in the segments, if that is in memory.
    pub(super) fn merged_revision(&self, stream_id: &str) -> Option<u64> {
        if self.layout.segments.is_empty() {
            return Some(0);
        }
        self.index.stream_base(stream_id).or_else(|| self.revisions.get(stream_id).copied())
    }

    /// Keeps how many events streams have in the segments.
    pub(super) fn remember(&mut self, revisions: impl IntoIterator<Item = (StreamId, u64)>) {
        for (stream_id, revision) in revisions {
            if self.revisions.len() >= MAX_REVISIONS {
                self.revisions.clear();
            }
            self.revisions.insert(stream_id, revision);
        }
    }

    /// The newest position that was read: beyond the head when a commit came only in part so far.
    pub(super) fn read_up_to(&self) -> u64 {
        self.partial.last().map_or(self.head(), |(record, _)| record.last())
    }

    fn take_in_commit(&mut self) -> Result<(), Corrupt> {
        for (record, bytes) in mem::take(&mut self.partial) {
            self.check_next(&record)?;
            self.index.add_record(record.table());
            self.directory.push(RecordMeta::of(&record, bytes));
        }
        Ok(())
    }

    fn check_place(&self, key: u64, record: &CommitRecord) -> Result<(), Corrupt> {
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

    /// What the log promises of neighbours: no gap in positions and revisions, and time never goes back. Of a stream that only
    /// the segments have, it is not known here.
    fn check_next(&self, record: &CommitRecord) -> Result<(), Corrupt> {
        let corrupt = |what: &str, expected: u64, found: u64| {
            Err(Corrupt::new(record.first(), format!("{what}: expected {expected}, found {found}")))
        };
        let (time, last_time) = (record.header().recorded_at, self.last_time());
        if time < last_time {
            return corrupt("the record's time, at least", last_time, time);
        }
        for (stream_id, revision) in record.revisions() {
            let known = match self.index.revision(stream_id) {
                0 => self.merged_revision(stream_id),
                revision => Some(revision),
            };
            match known {
                Some(expected) if expected != revision => {
                    let what = format!("the revision of stream {stream_id:?} before the record");
                    return corrupt(&what, expected, revision);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn read_layout(bytes: &[u8], tail: &Tail) -> Result<Layout, Corrupt> {
    let layout = Layout::decode(bytes)
        .map_err(|malformed| Corrupt::new(0, format!("the layout is damaged: {malformed}")))?;
    if layout.generation != tail.mark.generation || layout.head() != tail.mark.fence {
        let (found, expected) = ((layout.generation, layout.head()), (tail.mark.generation, tail.mark.fence));
        let why = format!("the layout's generation and head: expected {expected:?}, found {found:?}");
        return Err(Corrupt::new(0, why));
    }
    Ok(layout)
}
