//! Records that were read or written lately.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use super::{
    Corrupt,
    codec::{EventRecord, decode},
};

/// The most that cached records may take in memory, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Records that were read or written lately, up to [`MAX_BYTES`].
#[derive(Debug, Default)]
pub(super) struct RecordCache(RefCell<Inner>);

#[derive(Debug, Default)]
struct Inner {
    slots: HashMap<u64, Slot>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    content: Content,
    bytes: usize,
    used: u64,
}

#[derive(Debug)]
enum Content {
    /// As stored: what was just written is only decoded if somebody reads it.
    Encoded(Vec<u8>),
    Decoded(Rc<EventRecord>),
}

impl RecordCache {
    pub(super) fn bytes(&self) -> usize {
        self.0.borrow().bytes
    }

    pub(super) fn put_encoded(&self, key: u64, bytes: Vec<u8>) {
        let size = bytes.len();
        self.0.borrow_mut().put(key, Content::Encoded(bytes), size);
    }

    pub(super) fn put(&self, key: u64, record: Rc<EventRecord>) {
        let size = record.memory();
        self.0.borrow_mut().put(key, Content::Decoded(record), size);
    }

    pub(super) fn get(&self, key: u64) -> Result<Option<Rc<EventRecord>>, Corrupt> {
        let mut inner = self.0.borrow_mut();
        inner.clock += 1;
        let clock = inner.clock;
        let Some(slot) = inner.slots.get_mut(&key) else {
            return Ok(None);
        };
        slot.used = clock;
        let record = match &slot.content {
            Content::Decoded(record) => return Ok(Some(record.clone())),
            Content::Encoded(bytes) => Rc::new(decode(bytes).map_err(|e| Corrupt::malformed(key, &e))?),
        };
        let size = record.memory();
        inner.put(key, Content::Decoded(record.clone()), size);
        Ok(Some(record))
    }
}

impl Inner {
    fn put(&mut self, key: u64, content: Content, bytes: usize) {
        self.clock += 1;
        let slot = Slot { content, bytes, used: self.clock };
        self.bytes += bytes;
        if let Some(old) = self.slots.insert(key, slot) {
            self.bytes -= old.bytes;
        }
        if self.bytes > MAX_BYTES {
            self.evict();
        }
    }

    /// Drops the longest unused until half is free, so that eviction is rare and its sorting is paid by many.
    fn evict(&mut self) {
        let mut by_use: Vec<(u64, u64)> = self.slots.iter().map(|(&key, slot)| (slot.used, key)).collect();
        by_use.sort_unstable();
        for (_, key) in by_use {
            if self.bytes <= MAX_BYTES / 2 {
                break;
            }
            if let Some(slot) = self.slots.remove(&key) {
                self.bytes -= slot.bytes;
            }
        }
    }
}
