//! Whether an append may be stored: the rules of the store in one place.

use thiserror::Error;
use uuid::Uuid;

use super::{Append, ExpectedRevision, Facts, MAX_NAMED_MATCHES, MAX_POSITION, Restored, StreamId, Write};

/// What becomes of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its events take the next positions.
    Accept(AppendResult),
    /// It was stored before; nothing is written.
    Duplicate(AppendResult),
    /// It leaves no trace.
    Refuse(Refusal),
}

/// Where an append stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendResult {
    /// The position of its last event.
    pub position: u64,
    /// The revision of each stream after it, in the order of the writes.
    pub revisions: Vec<u64>,
    /// When it was stored, in ms since the epoch; `None` until it is, and for what had been stored before.
    pub recorded_at: Option<u64>,
    /// Whether it had been stored before this call.
    pub duplicate: bool,
}

/// Why an append is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A stream is not at the revision that the writer believes in.
    #[error("{}", say_conflicts(.0))]
    RevisionConflict(Vec<Conflict>),
    /// An event matches what must not be there.
    #[error("the append's condition failed: events match it, the first at position {}", .0.first().unwrap_or(&0))]
    ConditionFailed(Vec<u64>),
    /// Some of the events are stored already, but not as this append has them.
    #[error("event {id} is stored already, at position {position}, but not as this append has it: {why}")]
    DuplicateEvent {
        /// The first such event.
        id: Uuid,
        /// Where it is stored.
        position: u64,
        /// How the two differ.
        why: &'static str,
    },
    /// Events that are put back cannot stand where they stood.
    #[error("an event cannot be put back at position {position}: {why}")]
    Misplaced {
        /// Where it stood.
        position: u64,
        /// What is in the way.
        why: &'static str,
    },
    /// The log has no positions left.
    #[error("expected a position of at most {MAX_POSITION}, found none left")]
    Full,
}

/// A stream that is not at the revision that the writer believes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The stream.
    pub stream_id: StreamId,
    /// What the writer believes.
    pub expected: ExpectedRevision,
    /// How many events the stream has.
    pub actual: u64,
}

/// Judges an append against what is known of the log, whose newest event was stored at `last_time`. Idempotency comes first, then the place of
/// what is put back, then revisions, then the condition.
#[must_use]
pub fn judge(append: &Append, facts: &impl Facts, last_time: u64) -> Verdict {
    if let Some(verdict) = judge_ids(append, facts) {
        return verdict;
    }
    if let Some(restored) = append.restored()
        && let Some(why) = hindrance(restored, facts, last_time)
    {
        return Verdict::Refuse(Refusal::Misplaced { position: restored.position, why });
    }
    let mut revisions: Vec<u64> =
        append.writes().iter().map(|write| facts.revision(write.stream_id.as_str())).collect();
    let conflicts = conflicts(append, &revisions, facts);
    if !conflicts.is_empty() {
        return Verdict::Refuse(Refusal::RevisionConflict(conflicts));
    }
    if let Some(condition) = append.condition() {
        let found = facts.matching(&condition.fail_if_events_match, condition.after, MAX_NAMED_MATCHES);
        if !found.is_empty() {
            return Verdict::Refuse(Refusal::ConditionFailed(found));
        }
    }
    // Positions go on from the head and revisions from each stream's, both without a gap.
    let position = facts.head() + append.count() as u64;
    if position > MAX_POSITION {
        return Verdict::Refuse(Refusal::Full);
    }
    for (revision, write) in revisions.iter_mut().zip(append.writes()) {
        *revision += write.events.len() as u64;
    }
    Verdict::Accept(AppendResult { position, revisions, recorded_at: None, duplicate: false })
}

/// Why events cannot be put back where they stood; `None` when they can.
fn hindrance(restored: &Restored, facts: &impl Facts, last_time: u64) -> Option<&'static str> {
    let head = facts.head();
    if restored.position != head + 1 {
        return Some("it is not the next position");
    }
    let is_after = match restored.after {
        Some(id) => facts.position_of(id) == Some(head),
        None => head == 0,
    };
    if !is_after {
        return Some("the newest event is another than the one before it");
    }
    match (last_time..=MAX_POSITION).contains(&restored.recorded_at) {
        true => None,
        false => Some("its time is before that of the newest event"),
    }
}

/// `revisions` are those of the streams written to, in order.
fn conflicts(append: &Append, revisions: &[u64], facts: &impl Facts) -> Vec<Conflict> {
    let is_broken = |(n, (write, actual)): &(usize, (&Write, &u64))| {
        !write.expected.holds(**actual) || (*n == 0 && !is_followed(append, write, **actual, facts))
    };
    let broken =
        append.writes().iter().zip(revisions).enumerate().filter(is_broken).map(|(_, broken)| broken);
    let conflict = |(write, &actual): (&Write, &u64)| Conflict {
        stream_id: write.stream_id.clone(),
        expected: write.expected,
        actual,
    };
    broken.map(conflict).collect()
}

/// Whether the newest event of a stream is the one that the append counts on. A revision alone does not tell: another's event may have
/// taken the place of one that was refused.
fn is_followed(append: &Append, write: &Write, revision: u64, facts: &impl Facts) -> bool {
    append.follows().is_none_or(|id| {
        let position = facts.position_of(id);
        position.and_then(|at| facts.revision_in(write.stream_id.as_str(), at)) == Some(revision)
    })
}

/// `None` when none of the ids is stored.
fn judge_ids(append: &Append, facts: &impl Facts) -> Option<Verdict> {
    let (id, position) = append.event_ids().find_map(|id| Some((id, facts.position_of(id)?)))?;
    let refuse = |why| Some(Verdict::Refuse(Refusal::DuplicateEvent { id, position, why }));
    let mut last = 0;
    for write in append.writes() {
        match stored_as(write, facts) {
            StoredAs::Whole(position) => last = last.max(position),
            StoredAs::Other(why) => return refuse(why),
        }
    }
    let revisions =
        append.writes().iter().map(|write| facts.revision_at(write.stream_id.as_str(), last)).collect();
    Some(Verdict::Duplicate(AppendResult { position: last, revisions, recorded_at: None, duplicate: true }))
}

enum StoredAs {
    /// All in its stream, in order and contiguous; the last is at this position (0 when the write is empty).
    Whole(u64),
    Other(&'static str),
}

fn stored_as(write: &Write, facts: &impl Facts) -> StoredAs {
    let stream_id = write.stream_id.as_str();
    let (mut position, mut revision) = (0, 0);
    for id in write.events.iter().filter_map(|event| event.id) {
        let Some(found) = facts.position_of(id) else {
            return StoredAs::Other("other events of the append are not stored");
        };
        let Some(at) = facts.revision_in(stream_id, found) else {
            return StoredAs::Other("it is in another stream");
        };
        if revision != 0 && at != revision + 1 {
            return StoredAs::Other("the order is another");
        }
        (position, revision) = (found, at);
    }
    StoredAs::Whole(position)
}

fn say_conflicts(conflicts: &[Conflict]) -> String {
    let one = |conflict: &Conflict| {
        let expected = match conflict.expected {
            ExpectedRevision::Any => "any revision".to_owned(),
            ExpectedRevision::NoStream => "no stream".to_owned(),
            ExpectedRevision::Exists => "an existing stream".to_owned(),
            ExpectedRevision::Exact(revision) => format!("revision {revision}"),
        };
        format!("stream {:?}: expected {expected}, found revision {}", conflict.stream_id, conflict.actual)
    };
    conflicts.iter().map(one).collect::<Vec<_>>().join("; ")
}
