//! What to merge next.
//!
//! The rule is that of geometric tiers: a part is merged with the one before it when that is not much larger, so that there are few
//! of them and each event is written few times. Segments grow up to what one step can put; parts of the index grow on.

use std::ops::Range;

use super::{
    super::{
        codec::{Runs, Segment},
        directory::RecordMeta,
        known::Known,
    },
    MergePolicy,
};

/// A segment joins a merge of what follows it if it is at most half as large again: two of one size become one.
const SEGMENT_RATIO: (u64, u64) = (3, 2);

/// A part of the index joins if it is at most so many times as large: there are few, for each is one more record to read.
const RUN_RATIO: u64 = 4;

/// What an event takes in memory during a step beside its texts, in bytes, about: 88 in its table, 24 in three lists of all events, 40 in the
/// order and the index that are being made.
const EVENT_MEMORY: u64 = 160;

/// What is to be done.
pub(super) enum Due {
    Nothing,
    Segments(SegmentPlan),
    Ids(RunPlan),
    Names(RunPlan),
}

/// Commits, and segments before them, that become one segment.
#[derive(Debug, Clone)]
pub(super) struct SegmentPlan {
    /// From the first of the tail on.
    pub(super) commits: Vec<RecordMeta>,
    /// The segments, as indices.
    pub(super) segments: Range<usize>,
}

/// Parts of the index that become one, as indices.
pub(super) type RunPlan = Range<usize>;

/// Whether there is anything to merge.
pub(super) fn is_due(known: &Known, policy: &MergePolicy) -> bool {
    is_tail_due(known, policy, 1)
        || plan_runs(&known.layout.ids).is_some()
        || plan_runs(&known.layout.names).is_some()
}

/// Whether the tail is so many times as long as it may be.
pub(super) fn is_tail_due(known: &Known, policy: &MergePolicy, times: u64) -> bool {
    let (count, bytes) = (known.directory.count() as u64, known.directory.bytes());
    count > 0 && (count >= times * policy.tail_records as u64 || bytes >= times * policy.tail_bytes)
}

/// What to merge next.
pub(super) fn due(known: &Known, policy: &MergePolicy) -> Due {
    if is_tail_due(known, policy, 1) {
        return Due::Segments(plan_segments(known.directory.records(), &known.layout.segments, policy));
    }
    if let Some(plan) = plan_runs(&known.layout.ids) {
        return Due::Ids(plan);
    }
    if let Some(plan) = plan_runs(&known.layout.names) {
        return Due::Names(plan);
    }
    Due::Nothing
}

/// As many whole commits as a step takes in, and the small segments before them.
pub(super) fn plan_segments(tail: &[RecordMeta], segments: &[Segment], policy: &MergePolicy) -> SegmentPlan {
    let (mut bytes, mut memory) = (0, 0);
    let (mut fitting, mut end) = ((0, 0), 0);
    for (n, meta) in tail.iter().enumerate() {
        bytes += meta.bytes as u64;
        memory += memory_of(meta.length as u64, meta.first, meta.last);
        if end > 0 && (bytes > policy.step_bytes || memory > policy.step_memory) {
            break;
        }
        if meta.ends_commit {
            (end, fitting) = (n + 1, (bytes, memory));
        }
    }
    let (mut bytes, mut memory) = fitting;
    let mut start = segments.len();
    for segment in segments.iter().rev() {
        let is_small = SEGMENT_RATIO.1 * segment.bytes <= SEGMENT_RATIO.0 * bytes;
        bytes += segment.bytes;
        memory += memory_of(segment.length, segment.first, segment.last);
        if !is_small || bytes > policy.step_bytes || memory > policy.step_memory {
            break;
        }
        start -= 1;
    }
    SegmentPlan { commits: tail[..end].to_vec(), segments: start..segments.len() }
}

/// What events take that are so long before compression.
fn memory_of(length: u64, first: u64, last: u64) -> u64 {
    length.saturating_add((last - first + 1).saturating_mul(EVENT_MEMORY))
}

/// The parts to merge, or the merge that is under way.
fn plan_runs(runs: &Runs) -> Option<RunPlan> {
    if let Some(pending) = &runs.pending {
        return Some(pending.inputs());
    }
    let start = joining(runs, 0, 0, u64::MAX);
    (runs.runs.len() - start > 1).then_some(start..runs.runs.len())
}

/// Of the parts from an index on the first that joins `bytes` more of the newest, up to a number of bytes in all.
pub(super) fn joining(runs: &Runs, from: usize, bytes: u64, most: u64) -> usize {
    let mut sum = bytes;
    let mut start = runs.runs.len();
    while start > from {
        let run = runs.runs[start - 1];
        if (sum > 0 && run.bytes > RUN_RATIO * sum) || sum + run.bytes > most {
            break;
        }
        sum += run.bytes;
        start -= 1;
    }
    start
}
