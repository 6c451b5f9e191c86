//! Judging a group of appends, and making the records that store what is accepted.

use crate::{
    model::{Append, Facts, NewEvent, StreamId, Verdict, judge, recorded_at},
    storage::Record,
};

use super::{
    codec::{Body, Header, encode_body, seal},
    directory::RecordMeta,
    index::{Entry, Index, Layered},
    known::Known,
    merged_facts::{MergedFacts, Stored},
    queue::Waiting,
};

/// The longest record, as stored, unless a single event is longer. Chromium moves values of 64 KiB and more out of the database
/// into files of their own, which makes a commit more than twice as slow (2.3 ms for two of 50,000 bytes, 4.5 ms for one of
/// 100,000: Chromium 156, strict, medians of 15).
const MAX_PART_BYTES: usize = 60_000;

/// How well events are expected to compress; a part that turns out too long is made again, shorter.
const EXPECTED_RATIO: usize = 3;

/// Bytes that an event's id, numbers and lengths take beside its text, about.
const FRAMING_BYTES: usize = 32;

/// A group of appends, judged in call order, each as if the accepted ones before it were stored.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// One for each append.
    pub(super) verdicts: Vec<Verdict>,
    /// What is to be stored: nothing when nothing was accepted.
    pub(super) records: Vec<Record>,
    /// Of the records.
    pub(super) metas: Vec<RecordMeta>,
    /// The accepted events.
    pub(super) index: Index,
    /// The position of the first of them.
    pub(super) first: u64,
    bodies: Bodies,
}

/// Encoded events, kept so that judging again does not encode again when the same appends are accepted.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    accepted: Vec<bool>,
    parts: Vec<Part>,
}

/// The events of one record.
#[derive(Debug)]
struct Part {
    body: Body,
    /// When they were stored, if they are put back.
    restored_at: Option<u64>,
    /// How many more records of the same run follow: a commit, for whoever reads it.
    parts_left: u32,
}

impl Judged {
    /// Whether the verdicts hold whatever was stored elsewhere meanwhile: what is stored stays stored.
    pub(super) fn rests_on_nothing_new(&self) -> bool {
        self.verdicts.iter().all(|verdict| matches!(verdict, Verdict::Duplicate(_)))
    }

    pub(super) fn into_bodies(self) -> Bodies {
        self.bodies
    }
}

/// Judges a group against what is known, at a time by the device's clock. `merged` ends where the known tail begins. What is put back has a time of
/// its own, and what comes after it is not older.
pub(super) fn judge_group(
    group: &[Waiting],
    known: &Known,
    merged: &MergedFacts,
    device_time: u64,
    bodies: Bodies,
) -> Judged {
    let stored = Stored { merged, tail: &known.index };
    let count = group.iter().map(|waiting| waiting.append.count()).sum();
    let writes = group.iter().map(|waiting| waiting.append.writes().len()).sum();
    let mut index = Index::after(known.head(), count, writes);
    let mut verdicts = Vec::with_capacity(group.len());
    let mut last_time = known.last_time();
    for waiting in group {
        let mut verdict = judge(&waiting.append, &Layered { stored: &stored, pending: &index }, last_time);
        if let Verdict::Accept(result) = &mut verdict {
            last_time = time_of(restored_at(&waiting.append), device_time, last_time);
            result.recorded_at = Some(last_time);
            add(&mut index, &waiting.append, &result.revisions);
        }
        verdicts.push(verdict);
    }
    let accepted: Vec<bool> = verdicts.iter().map(|verdict| matches!(verdict, Verdict::Accept(_))).collect();
    let bodies = if bodies.accepted == accepted { bodies } else { encode(group, accepted) };
    let first = known.head() + 1;
    let mut judged = Judged { verdicts, index, first, bodies, ..Judged::default() };
    seal_parts(&mut judged, &stored, known.last_time(), device_time);
    judged
}

fn restored_at(append: &Append) -> Option<u64> {
    append.restored().map(|restored| restored.recorded_at)
}

fn time_of(restored_at: Option<u64>, device_time: u64, last_time: u64) -> u64 {
    restored_at.unwrap_or_else(|| recorded_at(device_time, last_time))
}

/// `revisions` are those of the streams after the append.
fn add(index: &mut Index, append: &Append, revisions: &[u64]) {
    for (write, revision) in append.writes().iter().zip(revisions) {
        let revision_before = revision - write.events.len() as u64;
        for event in &write.events {
            let Some(id) = event.id else { continue };
            let tags = event.tags.iter().map(String::as_str);
            index.add(Entry {
                stream_id: &write.stream_id,
                revision_before,
                r#type: event.r#type.as_str(),
                tags,
                id,
            });
        }
    }
}

fn encode(group: &[Waiting], accepted: Vec<bool>) -> Bodies {
    let taken = group.iter().zip(&accepted).filter(|(_, accepted)| **accepted);
    let appends: Vec<&Append> = taken.map(|(waiting, _)| &waiting.append).collect();
    let mut parts = Vec::new();
    // A record has one time.
    for run in appends.chunk_by(|one, next| restored_at(one) == restored_at(next)) {
        encode_run(run, &mut parts);
    }
    Bodies { accepted, parts }
}

/// Encodes appends that are stored at one time.
fn encode_run(run: &[&Append], parts: &mut Vec<Part>) {
    let restored_at = run.first().and_then(|append| restored_at(append));
    let events: Vec<(&StreamId, &NewEvent)> = run.iter().flat_map(|append| append.events()).collect();
    let (mut rest, begin) = (events.as_slice(), parts.len());
    let mut budget = MAX_PART_BYTES * EXPECTED_RATIO;
    while !rest.is_empty() {
        let (part, others) = rest.split_at(part_length(rest, budget));
        let body = encode_body(part.iter().copied());
        if body.stored_bytes() > MAX_PART_BYTES && part.len() > 1 {
            budget = shorter(budget, body.stored_bytes());
            continue;
        }
        parts.push(Part { body, restored_at, parts_left: 0 });
        rest = others;
    }
    for (left, part) in (0..).zip(parts[begin..].iter_mut().rev()) {
        part.parts_left = left;
    }
}

/// The budget with which a part that came out as long as `stored` should fit, with a tenth to spare. In 64 bits, for the product is
/// more than 32 hold.
fn shorter(budget: usize, stored: usize) -> usize {
    let fitting = budget as u64 * MAX_PART_BYTES as u64 / stored as u64;
    (fitting * 9 / 10) as usize
}

/// How many of the events go into a record of so many bytes before compression: at least one.
fn part_length(events: &[(&StreamId, &NewEvent)], budget: usize) -> usize {
    let mut bytes = 0;
    let fits = |(stream_id, event): &(&StreamId, &NewEvent)| {
        bytes += event.bytes() + stream_id.as_str().len() + FRAMING_BYTES;
        bytes <= budget
    };
    events.iter().map(fits).take_while(|fits| *fits).count().max(1)
}

fn seal_parts(judged: &mut Judged, stored: &Stored<'_>, last_time: u64, device_time: u64) {
    let facts = Layered { stored, pending: &judged.index };
    let (mut first, mut time) = (judged.first, last_time);
    for Part { body, restored_at, parts_left } in &judged.bodies.parts {
        let revisions =
            body.streams.iter().map(|stream_id| facts.revision_at(stream_id.as_str(), first - 1)).collect();
        time = time_of(*restored_at, device_time, time);
        let (recorded_at, parts_left) = (time, *parts_left);
        let bytes = seal(&Header { first, recorded_at, device_time, parts_left, revisions }, body);
        let last = first + u64::from(body.count) - 1;
        judged.metas.push(RecordMeta {
            first,
            last,
            recorded_at,
            bytes: bytes.len(),
            length: body.length(),
            ends_commit: parts_left == 0,
        });
        judged.records.push(Record { key: first, bytes });
        first = last + 1;
    }
}
