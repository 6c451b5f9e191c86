//! A cache with a limit in bytes.

use crate::model::sort;

use std::{cell::RefCell, collections::HashMap};

/// What was read lately, up to a number of bytes. What has not been used for longest goes first.
#[derive(Debug)]
pub(super) struct ByteCache<V> {
    limit: usize,
    inner: RefCell<Inner<V>>,
}

#[derive(Debug)]
struct Inner<V> {
    slots: HashMap<u64, Slot<V>>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Slot<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<V: Clone> ByteCache<V> {
    pub(super) fn with_limit(limit: usize) -> Self {
        Self { limit, inner: RefCell::new(Inner { slots: HashMap::new(), bytes: 0, clock: 0 }) }
    }

    pub(super) fn bytes(&self) -> usize {
        self.inner.borrow().bytes
    }

    pub(super) fn get(&self, key: u64) -> Option<V> {
        let mut inner = self.inner.borrow_mut();
        inner.clock += 1;
        let clock = inner.clock;
        let slot = inner.slots.get_mut(&key)?;
        slot.used = clock;
        Some(slot.value.clone())
    }

    pub(super) fn put(&self, key: u64, value: V, bytes: usize) {
        let mut inner = self.inner.borrow_mut();
        inner.clock += 1;
        let slot = Slot { value, bytes, used: inner.clock };
        inner.bytes += bytes;
        if let Some(old) = inner.slots.insert(key, slot) {
            inner.bytes -= old.bytes;
        }
        if inner.bytes > self.limit {
            inner.shrink_to(self.limit / 2);
        }
    }

    /// Forgets what is under the keys that are not meant.
    pub(super) fn retain(&self, is_meant: impl Fn(u64) -> bool) {
        let mut inner = self.inner.borrow_mut();
        let Inner { slots, bytes, .. } = &mut *inner;
        slots.retain(|key, slot| {
            let stays = is_meant(*key);
            *bytes -= if stays { 0 } else { slot.bytes };
            stays
        });
    }
}

impl<V> Inner<V> {
    /// Drops the longest unused until half is free, so that dropping is rare and its sorting is paid by many.
    fn shrink_to(&mut self, bytes: usize) {
        let mut by_use: Vec<(u64, u64)> = self.slots.iter().map(|(&key, slot)| (slot.used, key)).collect();
        sort::sort(&mut by_use);
        for (_, key) in by_use {
            if self.bytes <= bytes {
                break;
            }
            if let Some(slot) = self.slots.remove(&key) {
                self.bytes -= slot.bytes;
            }
        }
    }
}
