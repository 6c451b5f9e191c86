//! What is stored and what is not yet, read as one.

use uuid::Uuid;

use crate::model::{Facts, Query};

use super::Index;

/// What is stored and, after it, what was judged but is not stored yet, read as one.
#[derive(Debug, Clone, Copy)]
pub struct Layered<'a, F> {
    /// What is stored.
    pub stored: &'a F,
    /// What comes after it.
    pub pending: &'a Index,
}

impl<F: Facts> Facts for Layered<'_, F> {
    fn head(&self) -> u64 {
        self.pending.head()
    }

    fn revision(&self, stream_id: &str) -> u64 {
        match self.pending.revision(stream_id) {
            0 => self.stored.revision(stream_id),
            revision => revision,
        }
    }

    fn revision_at(&self, stream_id: &str, position: u64) -> u64 {
        if position <= self.stored.head() {
            return self.stored.revision_at(stream_id, position);
        }
        match self.pending.revision_at(stream_id, position) {
            0 => self.stored.revision(stream_id),
            revision => revision,
        }
    }

    fn revision_in(&self, stream_id: &str, position: u64) -> Option<u64> {
        if position <= self.stored.head() {
            return self.stored.revision_in(stream_id, position);
        }
        self.pending.revision_in(stream_id, position)
    }

    fn position_of(&self, id: Uuid) -> Option<u64> {
        self.stored.position_of(id).or_else(|| self.pending.position_of(id))
    }

    fn matching(&self, query: &Query, after: u64, limit: usize) -> Vec<u64> {
        let mut found = self.stored.matching(query, after, limit);
        let left = limit - found.len();
        found.extend(self.pending.matching(query, after, left));
        found
    }
}
