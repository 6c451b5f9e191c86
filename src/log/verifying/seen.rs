//! What has been seen of the log so far.

use std::{collections::HashMap, ops::RangeInclusive};

use crate::model::{Json, StreamId, sort};

use super::{
    super::codec::{CommitRecord, EventRef, Malformed},
    Finding, FindingKind, Verification,
};

/// The most findings that are listed.
const MAX_FINDINGS: usize = 1000;

/// What has been seen of the log so far.
#[derive(Default)]
pub(super) struct Seen {
    report: Verification,
    pub(super) head: u64,
    time: u64,
    parts_left: u32,
    pub(super) revisions: HashMap<String, u64>,
    ids: Vec<(u128, u64)>,
    /// The record before could not be read: where the next should begin is not known.
    lost_track: bool,
    /// Something before could not be read: revisions cannot be followed past it.
    has_gap: bool,
}

impl Seen {
    /// Whether something could not be read.
    pub(super) fn has_gap(&self) -> bool {
        self.has_gap
    }

    /// Counts a record that was read.
    pub(super) fn count(&mut self, bytes: usize) {
        self.report.records += 1;
        self.report.bytes += bytes as u64;
    }

    /// Counts bytes of records that were counted.
    pub(super) fn count_bytes(&mut self, bytes: u64) {
        self.report.bytes += bytes;
    }

    pub(super) fn look_at_commit(&mut self, key: u64, bytes: usize, found: Result<CommitRecord, Malformed>) {
        self.count(bytes);
        if key > self.head + 1 && !self.lost_track {
            let detail = format!("expected a record at position {}, the next is at {key}", self.head + 1);
            self.find(FindingKind::Missing, self.head + 1..=key - 1, detail);
            self.lost_track = true;
        }
        match found {
            Ok(record) => self.look_into(key, &record),
            Err(malformed) => {
                self.find(FindingKind::Damaged, key..=key, malformed.to_string());
                self.lost_track = true;
                self.head = key;
            }
        }
    }

    fn look_into(&mut self, key: u64, record: &CommitRecord) {
        let header = record.header();
        let all = record.first()..=record.last();
        if self.lost_track && key > self.head {
            self.widen_last(key - 1); // Now it is known how far the damage before reaches.
        }
        if record.first() != key {
            self.wrong(
                all.clone(),
                format!("the record under key {key} begins at position {}", record.first()),
            );
        }
        if self.parts_left > 0 && self.parts_left != header.parts_left + 1 && !self.lost_track {
            self.wrong(all, format!("expected {} more parts of a commit before it", self.parts_left));
        }
        for event in record.table().events() {
            self.look_at_event(event);
        }
        self.parts_left = header.parts_left;
        self.head = self.head.max(record.last());
        self.lost_track = false;
    }

    /// Looks at the next event in order of positions.
    pub(super) fn look_at_event(&mut self, event: EventRef<'_>) {
        self.report.events += 1;
        let (position, revision) = (event.position(), event.revision());
        let here = position..=position;
        let (time, last_time) = (event.recorded_at(), self.time);
        if time < last_time {
            self.wrong(here.clone(), format!("its time is {time}, before {last_time} of the event before"));
        }
        self.time = self.time.max(time);
        let known = self.revisions.get(event.stream_id()).copied().unwrap_or(0);
        if known + 1 != revision && !self.has_gap {
            let detail =
                format!("stream {:?} is at revision {known}, and this is {revision}", event.stream_id());
            self.wrong(here.clone(), detail);
        }
        match self.revisions.get_mut(event.stream_id()) {
            Some(known) => *known = revision,
            None => drop(self.revisions.insert(event.stream_id().to_owned(), revision)),
        }
        self.ids.push((event.id().as_u128(), position));
        if StreamId::new(event.stream_id()).is_err() || event.r#type().is_empty() {
            self.wrong(here.clone(), "the event has no stream or no type".to_owned());
        }
        if Json::from_text(event.data()).is_err() || Json::from_text(event.metadata()).is_err() {
            self.wrong(here, "the event's data or metadata is not JSON".to_owned());
        }
    }

    /// From here on the commits of the tail are looked at, after a position.
    pub(super) fn begin_tail(&mut self, head: u64) -> u64 {
        self.head = head;
        head
    }

    pub(super) fn end_at(&mut self, target: u64) {
        let next = self.head + 1;
        if self.lost_track {
            self.widen_last(target);
        } else if self.head < target {
            let detail = format!("expected events up to position {target}, found none after {}", self.head);
            self.find(FindingKind::Missing, next..=target, detail);
        } else if self.parts_left > 0 {
            let detail = format!("expected {} more parts of the last commit, found none", self.parts_left);
            self.find(FindingKind::Missing, next..=next, detail);
        }
    }

    pub(super) fn wrong(&mut self, positions: RangeInclusive<u64>, detail: String) {
        self.find(FindingKind::Inconsistent, positions, detail);
    }

    pub(super) fn find(&mut self, kind: FindingKind, positions: RangeInclusive<u64>, detail: String) {
        self.has_gap |= kind != FindingKind::Inconsistent;
        if self.report.findings.len() < MAX_FINDINGS {
            self.report.findings.push(Finding { kind, positions, detail });
        }
    }

    /// Says that the events from here on were not seen all: revisions have gaps.
    pub(super) fn into_report(mut self) -> Verification {
        let mut ids = std::mem::take(&mut self.ids);
        sort::sort(&mut ids);
        for pair in ids.windows(2) {
            if pair[0].0 == pair[1].0 {
                let detail = format!("the event's id is that of the event at position {}", pair[0].1);
                self.wrong(pair[1].1..=pair[1].1, detail);
            }
        }
        self.report
    }

    fn widen_last(&mut self, last: u64) {
        if let Some(finding) = self.report.findings.last_mut()
            && finding.kind != FindingKind::Inconsistent
            && *finding.positions.end() < last
        {
            finding.positions = *finding.positions.start()..=last;
        }
    }
}
