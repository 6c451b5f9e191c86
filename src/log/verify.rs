//! Reading everything again, and checking every promise of the log.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::{
    model::{Json, StreamId},
    storage::{Record, Storage},
};

use super::{
    LogError,
    codec::{EventRecord, EventRef, decode},
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
    /// Revisions cannot be followed past a record that cannot be read.
    lost_track: bool,
}

impl<S: Storage> Core<S> {
    /// Re-reads the log. `between` is told how many positions of how many were covered, and may end it.
    pub(super) async fn verify(&self, between: impl Fn(u64, u64) -> bool) -> Result<Verification, LogError> {
        let mut seen = Seen::default();
        let mut after = 0;
        let target = self.head();
        loop {
            let tail = self.connected(async || self.storage.tail(after, STEP_RECORDS).await).await?;
            for record in &tail.records {
                seen.look_at(record);
                after = record.key;
            }
            if !between(seen.head.min(target), target) {
                return Err(LogError::Aborted);
            }
            if !tail.more {
                break;
            }
        }
        seen.end_at(target);
        Ok(seen.report)
    }
}

impl Seen {
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
        let mut wrong = |detail: String| self.report.findings.push(inconsistent(key, detail));
        if record.first() != key {
            wrong(format!("the record under key {key} begins at position {}", record.first()));
        }
        if record.header().recorded_at < self.time {
            wrong(format!(
                "its time is {}, before {} of the record before",
                record.header().recorded_at,
                self.time
            ));
        }
        if self.parts_left > 0 && self.parts_left != record.header().parts_left + 1 && !self.lost_track {
            wrong(format!("expected {} more parts of a commit before it", self.parts_left));
        }
        self.check_revisions(key, record);
        for event in record.events() {
            self.check_event(event);
        }
        self.report.events += record.count() as u64;
        self.time = self.time.max(record.header().recorded_at);
        self.parts_left = record.header().parts_left;
        self.head = self.head.max(record.last());
        self.lost_track = false;
    }

    fn check_revisions(&mut self, key: u64, record: &EventRecord) {
        for (stream_id, before) in record.streams() {
            let expected = self.revisions.get(stream_id).copied();
            let lost = self.report.findings.iter().any(|finding| finding.kind != FindingKind::Inconsistent);
            if expected.unwrap_or(0) != before && !lost {
                let detail =
                    format!("stream {stream_id:?} is at revision {}, not {before}", expected.unwrap_or(0));
                self.report.findings.push(inconsistent(key, detail));
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
        let mut wrong = |detail: String| self.report.findings.push(inconsistent(event.position(), detail));
        if !self.ids.insert(event.id()) {
            wrong(format!("the event's id {} is that of an earlier event", event.id()));
        }
        if StreamId::new(event.stream_id()).is_err() || event.r#type().is_empty() {
            wrong("the event has no stream or no type".to_owned());
        }
        if Json::from_text(event.data()).is_err() || Json::from_text(event.metadata()).is_err() {
            wrong("the event's data or metadata is not JSON".to_owned());
        }
    }

    fn end_at(&mut self, target: u64) {
        if self.head < target && !self.lost_track {
            let detail = format!("expected events up to position {target}, found none after {}", self.head);
            self.find(FindingKind::Missing, self.head + 1, detail);
        }
        self.report.findings.truncate(MAX_FINDINGS);
    }

    fn find(&mut self, kind: FindingKind, position: u64, detail: String) {
        self.report.findings.push(Finding { kind, position, detail });
    }
}

fn inconsistent(position: u64, detail: String) -> Finding {
    Finding { kind: FindingKind::Inconsistent, position, detail }
}
