//! Reading everything again, and checking every promise of the log.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::{
    model::{Json, StreamId},
    storage::{Record, Storage, StorageError},
};

use super::{
    LogError,
    codec::{EventRecord, EventRef, StoreManifest, decode},
    core::Core,
};

/// How many records one step reads.
const STEP_RECORDS: usize = 64;

/// The most findings that are listed.
const MAX_FINDINGS: usize = 1000;

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Records read.
    pub records: u64,
    /// Events read.
    pub events: u64,
    /// Bytes read, as stored.
    pub bytes: u64,
    /// What is wrong, at most the first thousand findings; empty when all is well.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The first position that it concerns.
    pub position: u64,
    /// A sentence.
    pub detail: String,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// A record whose bytes are not what was written.
    Damaged,
    /// Events that should be there and are not.
    Missing,
    /// Records that contradict each other: numbers, times, ids.
    Inconsistent,
}

impl FindingKind {
    /// The kind as one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Inconsistent => "inconsistent",
        }
    }
}

/// What has been seen of the log so far.
#[derive(Default)]
struct Seen {
    report: Verification,
    head: u64,
    time: u64,
    parts_left: u32,
    revisions: HashMap<String, u64>,
    ids: HashSet<Uuid>,
    /// The record before could not be read: where the next should begin is not known.
    lost_track: bool,
    /// Something before could not be read: revisions cannot be followed past it.
    has_gap: bool,
}

impl<S: Storage> Core<S> {
    /// Re-reads the log. `between` is told how many positions of how many were covered, and may end it.
    pub(super) async fn verify(&self, between: impl Fn(u64, u64) -> bool) -> Result<Verification, LogError> {
        let mut seen = Seen::default();
        seen.look_at_manifest(&self.manifest, &self.connected(async || self.storage.format().await).await?);
        let mut after = 0;
        let target = self.head();
        loop {
            let tail = match self.connected(async || self.storage.tail(after, STEP_RECORDS).await).await {
                Err(LogError::Storage(StorageError::Damaged(detail))) => {
                    seen.find(FindingKind::Damaged, after + 1, detail);
                    break;
                }
                other => other?,
            };
            for record in &tail.records {
                seen.look_at(record);
                after = record.key;
            }
            if !between(seen.head.min(target), target) {
                return Err(LogError::Aborted);
            }
            if !tail.more {
                seen.end_at(target);
                break;
            }
        }
        Ok(seen.report)
    }
}

impl Seen {
    fn look_at_manifest(&mut self, expected: &StoreManifest, bytes: &[u8]) {
        match StoreManifest::decode(bytes) {
            Ok(manifest) if manifest == *expected => {}
            Ok(_) => {
                self.find(FindingKind::Inconsistent, 0, "the manifest is that of another store".to_owned())
            }
            Err(malformed) => self.find(FindingKind::Damaged, 0, malformed.to_string()),
        }
    }

    fn look_at(&mut self, Record { key, bytes }: &Record) {
        self.report.records += 1;
        self.report.bytes += bytes.len() as u64;
        if *key > self.head + 1 && !self.lost_track {
            let detail = format!("expected a record at position {}, the next is at {key}", self.head + 1);
            self.find(FindingKind::Missing, self.head + 1, detail);
            self.lost_track = true;
        }
        match decode(bytes) {
            Ok(record) => self.look_into(*key, &record),
            Err(malformed) => {
                self.find(FindingKind::Damaged, *key, malformed.to_string());
                self.lost_track = true;
                self.head = *key;
            }
        }
    }

    fn look_into(&mut self, key: u64, record: &EventRecord) {
        let (header, time) = (record.header(), self.time);
        if record.first() != key {
            self.wrong(key, format!("the record under key {key} begins at position {}", record.first()));
        }
        if header.recorded_at < time {
            self.wrong(
                key,
                format!("its time is {}, before {time} of the record before", header.recorded_at),
            );
        }
        if self.parts_left > 0 && self.parts_left != header.parts_left + 1 && !self.lost_track {
            self.wrong(key, format!("expected {} more parts of a commit before it", self.parts_left));
        }
        self.check_revisions(key, record);
        for event in record.events() {
            self.check_event(event);
        }
        self.report.events += record.count() as u64;
        self.time = time.max(header.recorded_at);
        self.parts_left = header.parts_left;
        self.head = self.head.max(record.last());
        self.lost_track = false;
    }

    fn check_revisions(&mut self, key: u64, record: &EventRecord) {
        for (stream_id, before) in record.streams() {
            let known = self.revisions.get(stream_id).copied().unwrap_or(0);
            if known != before && !self.has_gap {
                self.wrong(key, format!("stream {stream_id:?} is at revision {known}, not {before}"));
            }
        }
        for event in record.events() {
            match self.revisions.get_mut(event.stream_id()) {
                Some(revision) => *revision = event.revision(),
                None => {
                    self.revisions.insert(event.stream_id().to_owned(), event.revision());
                }
            }
        }
    }

    fn check_event(&mut self, event: EventRef<'_>) {
        let position = event.position();
        if !self.ids.insert(event.id()) {
            self.wrong(position, format!("the event's id {} is that of an earlier event", event.id()));
        }
        if StreamId::new(event.stream_id()).is_err() || event.r#type().is_empty() {
            self.wrong(position, "the event has no stream or no type".to_owned());
        }
        if Json::from_text(event.data()).is_err() || Json::from_text(event.metadata()).is_err() {
            self.wrong(position, "the event's data or metadata is not JSON".to_owned());
        }
    }

    fn end_at(&mut self, target: u64) {
        let next = self.head + 1;
        if self.head < target && !self.lost_track {
            let detail = format!("expected events up to position {target}, found none after {}", self.head);
            self.find(FindingKind::Missing, next, detail);
        } else if self.parts_left > 0 && !self.lost_track {
            let detail = format!("expected {} more parts of the last commit, found none", self.parts_left);
            self.find(FindingKind::Missing, next, detail);
        }
    }

    fn wrong(&mut self, position: u64, detail: String) {
        self.find(FindingKind::Inconsistent, position, detail);
    }

    fn find(&mut self, kind: FindingKind, position: u64, detail: String) {
        self.has_gap |= kind != FindingKind::Inconsistent;
        if self.report.findings.len() < MAX_FINDINGS {
            self.report.findings.push(Finding { kind, position, detail });
        }
    }
}
