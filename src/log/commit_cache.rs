//! Commits that were read or written lately.

use std::rc::Rc;

use super::{
    Corrupt,
    cache::ByteCache,
    codec::{EventTable, decode_commit},
};

/// The most that cached commits may take in memory, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Commits that were read or written lately, by their first position.
#[derive(Debug)]
pub(super) struct CommitCache(ByteCache<Content>);

#[derive(Debug, Clone)]
enum Content {
    /// As stored: what was just written is only decoded if somebody reads it.
    Encoded(Rc<Vec<u8>>),
    Decoded(Rc<EventTable>),
}

impl Default for CommitCache {
    fn default() -> Self {
        Self(ByteCache::with_limit(MAX_BYTES))
    }
}

impl CommitCache {
    pub(super) fn bytes(&self) -> usize {
        self.0.bytes()
    }

    pub(super) fn put_encoded(&self, first: u64, bytes: Vec<u8>) {
        let size = bytes.len();
        self.0.put(first, Content::Encoded(Rc::new(bytes)), size);
    }

    pub(super) fn put(&self, first: u64, table: Rc<EventTable>) {
        let size = table.memory();
        self.0.put(first, Content::Decoded(table), size);
    }

    pub(super) fn get(&self, first: u64) -> Result<Option<Rc<EventTable>>, Corrupt> {
        match self.0.get(first) {
            None => Ok(None),
            Some(Content::Decoded(table)) => Ok(Some(table)),
            Some(Content::Encoded(bytes)) => {
                let record = decode_commit(&bytes).map_err(|e| Corrupt::malformed(first, &e))?;
                let table = Rc::new(record.into_table());
                self.put(first, table.clone());
                Ok(Some(table))
            }
        }
    }

    /// Forgets commits that were merged.
    pub(super) fn forget_up_to(&self, position: u64) {
        self.0.retain(|first| first > position);
    }
}
