//! Where a part of a segment begins, and so which parts may have a stream.

use std::ops::Range;

use super::{
    EventRef,
    shard::{NameKind, name_hash},
};

/// The event with which a block, or a piece of one, begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// The upper half of the hash of its stream.
    pub hash: u32,
    /// Its revision.
    pub revision: u64,
}

impl Bound {
    /// Of what begins with an event.
    #[must_use]
    pub fn of(event: &EventRef<'_>) -> Self {
        Self { hash: Self::hash_of(event.stream_id()), revision: event.revision() }
    }

    /// The part of a stream's hash that bounds tell.
    #[must_use]
    pub fn hash_of(stream_id: &str) -> u32 {
        (name_hash(NameKind::Stream, stream_id) >> 32) as u32
    }

    /// Of parts with these bounds, the ones that may have events of the streams with a hash.
    #[must_use]
    pub fn parts(bounds: &[Self], hash: u32) -> Range<usize> {
        let start = bounds.partition_point(|bound| bound.hash < hash).saturating_sub(1);
        start..bounds.partition_point(|bound| bound.hash <= hash)
    }

    /// Of these the ones with some revisions, `after` one and up to another, if no other stream has the same part of the hash.
    #[must_use]
    pub fn parts_with(bounds: &[Self], hash: u32, after: u64, until: u64) -> Range<usize> {
        let all = Self::parts(bounds, hash);
        // The first part may begin with another stream: what it has of this one comes before what the next one begins with.
        let own = &bounds[all.clone()];
        if own.len() < 3 {
            return all;
        }
        let inner = &own[1..];
        let start = inner.partition_point(|bound| bound.revision <= after + 1);
        let end = 1 + inner.partition_point(|bound| bound.revision <= until);
        all.start + start..all.start + end.max(start + 1)
    }
}
