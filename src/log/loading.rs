//! Bringing records from the storage, through the caches.
//!
//! What a reading needs is found by a layout. When another connection has put a newer one in force meanwhile, the storage says so,
//! the newer one is taken in, and the reading begins again: it asks for positions, which stay where they are.

use std::rc::Rc;

use crate::{
    model::sort,
    storage::{Shelf, Storage, StorageError},
};

use super::{
    Corrupt, LogError,
    cache::ByteCache,
    codec::{
        Block, EventTable, IdEntry, Layout, Malformed, NameEntry, Order, decode_block, decode_commit,
        decode_ids, decode_names, decode_order,
    },
    core::Core,
    directory::RecordMeta,
    errands::Asked,
};

/// The most that cached blocks may take in memory, in bytes: those of one segment, which reading the whole log goes through.
const MAX_BLOCK_BYTES: usize = 16 * 1024 * 1024;

/// The most that cached orders of segments may take in memory, in bytes.
const MAX_ORDER_BYTES: usize = 4 * 1024 * 1024;

/// The most that cached shards of ids may take in memory, in bytes.
const MAX_ID_BYTES: usize = 6 * 1024 * 1024;

/// The most that cached shards of names may take in memory, in bytes.
const MAX_NAME_BYTES: usize = 4 * 1024 * 1024;

/// How often a reading begins again because the layout has changed under it.
const MAX_MOVES: usize = 64;

/// What was read of the segments lately, by key.
#[derive(Debug)]
pub(super) struct SegmentCaches {
    pub(super) blocks: ByteCache<Rc<Block>>,
    pub(super) orders: ByteCache<Rc<Order>>,
    pub(super) ids: ByteCache<Rc<Vec<IdEntry>>>,
    pub(super) names: ByteCache<Rc<Vec<NameEntry>>>,
}

impl Default for SegmentCaches {
    fn default() -> Self {
        Self {
            blocks: ByteCache::with_limit(MAX_BLOCK_BYTES),
            orders: ByteCache::with_limit(MAX_ORDER_BYTES),
            ids: ByteCache::with_limit(MAX_ID_BYTES),
            names: ByteCache::with_limit(MAX_NAME_BYTES),
        }
    }
}

impl SegmentCaches {
    /// Forgets what a layout has no more: nobody asks for it again.
    pub(super) fn keep_only(&self, layout: &Layout) {
        let keys = layout.keys();
        let is_meant = |key| {
            keys[..keys.partition_point(|keys| *keys.start() <= key)]
                .last()
                .is_some_and(|keys| keys.contains(&key))
        };
        self.blocks.retain(is_meant);
        self.orders.retain(is_meant);
        self.ids.retain(is_meant);
        self.names.retain(is_meant);
    }

    pub(super) fn bytes(&self) -> usize {
        self.blocks.bytes() + self.orders.bytes() + self.ids.bytes() + self.names.bytes()
    }
}

/// Why a reading did not end.
#[derive(Debug, Clone)]
pub(super) enum Missed {
    /// Another layout is in force.
    Moved,
    Failed(LogError),
}

impl From<LogError> for Missed {
    fn from(error: LogError) -> Self {
        Self::Failed(error)
    }
}

impl From<Corrupt> for Missed {
    fn from(corrupt: Corrupt) -> Self {
        Self::Failed(corrupt.into())
    }
}

/// Where a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BlockPlace {
    /// Of the segments of the layout, which.
    pub(super) segment: usize,
    /// Of its blocks, which.
    pub(super) block: usize,
}

impl<S: Storage> Core<S> {
    pub(super) fn layout(&self) -> Rc<Layout> {
        self.known.borrow().layout.clone()
    }

    /// Runs a reading until it ends under one layout.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn under_layout<T>(
        &self,
        read: impl AsyncFn(Rc<Layout>) -> Result<T, Missed>,
    ) -> Result<T, LogError> {
        for _ in 0..MAX_MOVES {
            match read(self.layout()).await {
                Ok(found) => return Ok(found),
                Err(Missed::Failed(error)) => return Err(error),
                Err(Missed::Moved) => self.catch_up().await?,
            }
        }
        let why = format!("the layout changed {MAX_MOVES} times during one reading");
        Err(StorageError::Failed(crate::storage::Cause::new("", why)).into())
    }

    /// Says that a layout is no more the one in force here.
    pub(super) fn check_layout(&self, layout: &Rc<Layout>) -> Result<(), Missed> {
        if Rc::ptr_eq(layout, &self.known.borrow().layout) { Ok(()) } else { Err(Missed::Moved) }
    }

    /// The orders of segments.
    pub(super) async fn orders(&self, layout: &Layout, segments: &[usize]) -> Result<Vec<Rc<Order>>, Missed> {
        let keys: Vec<u64> = segments.iter().map(|&n| layout.segments[n].key).collect();
        let segment_of =
            |key: u64| keys.iter().position(|one| *one == key).map(|n| &layout.segments[segments[n]]);
        let decode = |key: u64, bytes: Vec<u8>| {
            let segment = segment_of(key).ok_or_else(|| Corrupt::new(0, "a key that was not asked for"))?;
            let order = decode_order(bytes).map_err(|e| Corrupt::malformed(segment.first, &e))?;
            if *order.positions() != segment.positions() || order.blocks() != segment.bounds.len() {
                return Err(Corrupt::new(segment.first, "expected the order of its segment, found another"));
            }
            let memory = order.memory();
            Ok((Rc::new(order), memory))
        };
        let hole =
            |key| Corrupt::new(segment_of(key).map_or(0, |one| one.first), "expected an order, found none");
        self.cached(layout, &self.segments.orders, &keys, decode, hole).await
    }

    /// Blocks of segments.
    pub(super) async fn blocks(
        &self,
        layout: &Layout,
        places: &[BlockPlace],
    ) -> Result<Vec<Rc<Block>>, Missed> {
        let keys: Vec<u64> =
            places.iter().map(|place| layout.segments[place.segment].block_key(place.block)).collect();
        let place_of = |key: u64| keys.iter().position(|one| *one == key).map(|n| places[n]);
        let first_of = |key| place_of(key).map_or(0, |place| layout.segments[place.segment].first);
        let decode = |key: u64, bytes: Vec<u8>| {
            let block = decode_block(bytes).map_err(|e| Corrupt::malformed(first_of(key), &e))?;
            let is_it = place_of(key).is_some_and(|place| {
                block.positions == layout.segments[place.segment].positions()
                    && block.number as usize == place.block
            });
            if !is_it {
                return Err(Corrupt::new(first_of(key), "expected a block of its segment, found another"));
            }
            let memory = block.memory();
            Ok((Rc::new(block), memory))
        };
        let hole = |key| Corrupt::new(first_of(key), "expected a block, found none");
        self.cached(layout, &self.segments.blocks, &keys, decode, hole).await
    }

    /// Shards of ids.
    pub(super) async fn id_shards(
        &self,
        layout: &Layout,
        keys: &[u64],
    ) -> Result<Vec<Rc<Vec<IdEntry>>>, Missed> {
        let decode = |_, bytes: Vec<u8>| {
            let entries = decode_ids(&bytes).map_err(|e| damaged_index(&e))?;
            let memory = entries.capacity() * size_of::<IdEntry>();
            Ok((Rc::new(entries), memory))
        };
        self.cached(layout, &self.segments.ids, keys, decode, |_| missing_shard()).await
    }

    /// Shards of names.
    pub(super) async fn name_shards(
        &self,
        layout: &Layout,
        keys: &[u64],
    ) -> Result<Vec<Rc<Vec<NameEntry>>>, Missed> {
        let decode = |_, bytes: Vec<u8>| {
            let entries = decode_names(&bytes).map_err(|e| damaged_index(&e))?;
            let memory = entries.iter().map(NameEntry::memory).sum();
            Ok((Rc::new(entries), memory))
        };
        self.cached(layout, &self.segments.names, keys, decode, |_| missing_shard()).await
    }

    /// Records of the segments under some keys, in their order: from a cache, and all that it lacks in one transaction.
    async fn cached<V>(
        &self,
        layout: &Layout,
        cache: &ByteCache<Rc<V>>,
        keys: &[u64],
        decode: impl Fn(u64, Vec<u8>) -> Result<(Rc<V>, usize), Corrupt>,
        hole: impl Fn(u64) -> Corrupt,
    ) -> Result<Vec<Rc<V>>, Missed> {
        let mut found: Vec<Option<Rc<V>>> = keys.iter().map(|&key| cache.get(key)).collect();
        let mut missing: Vec<u64> =
            keys.iter().zip(&found).filter(|(_, one)| one.is_none()).map(|(&key, _)| key).collect();
        missing.sort_unstable();
        missing.dedup();
        let mut made = Vec::with_capacity(missing.len());
        if !missing.is_empty() {
            let asked: Vec<Asked> = missing.iter().copied().map(Asked::segment).collect();
            let mut brought = self.bring(Shelf::Segments, layout.generation, &asked).await?;
            for key in missing {
                // Whoever else has waited for it may have unpacked it.
                let value = match cache.get(key) {
                    Some(value) => value,
                    None => {
                        let (value, memory) = decode(key, brought.take(key).ok_or_else(|| hole(key))?)?;
                        cache.put(key, value.clone(), memory);
                        value
                    }
                };
                made.push((key, value));
            }
        }
        for (key, slot) in keys.iter().zip(&mut found).filter(|(_, slot)| slot.is_none()) {
            *slot = made.binary_search_by_key(key, |(key, _)| *key).ok().map(|n| made[n].1.clone());
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Commits of the tail.
    pub(super) async fn commits(
        &self,
        layout: &Layout,
        metas: &[RecordMeta],
    ) -> Result<Vec<Rc<EventTable>>, Missed> {
        let mut found = Vec::with_capacity(metas.len());
        for meta in metas {
            found.push(self.cache.get(meta.first)?);
        }
        let mut missing: Vec<RecordMeta> =
            metas.iter().zip(&found).filter(|(_, one)| one.is_none()).map(|(meta, _)| *meta).collect();
        sort::sort_by_key(&mut missing, |meta| meta.first);
        missing.dedup();
        let mut made = Vec::with_capacity(missing.len());
        if !missing.is_empty() {
            let asked: Vec<Asked> = missing.iter().map(Asked::commit).collect();
            let mut brought = self.bring(Shelf::Commits, layout.generation, &asked).await?;
            for meta in missing {
                // As above.
                let table = match self.cache.get(meta.first)? {
                    Some(table) => table,
                    None => {
                        let table = Rc::new(table_of(&meta, brought.take(meta.first))?);
                        self.cache.put(meta.first, table.clone());
                        table
                    }
                };
                made.push((meta.first, table));
            }
        }
        for (meta, slot) in metas.iter().zip(&mut found).filter(|(_, slot)| slot.is_none()) {
            *slot = made.binary_search_by_key(&meta.first, |(key, _)| *key).ok().map(|n| made[n].1.clone());
        }
        Ok(found.into_iter().flatten().collect())
    }
}

/// The events of a commit that is known.
fn table_of(meta: &RecordMeta, bytes: Option<Vec<u8>>) -> Result<EventTable, Corrupt> {
    let hole = || Corrupt::new(meta.first, "expected a record, found none");
    let bytes = bytes.ok_or_else(hole)?;
    let record = decode_commit(&bytes).map_err(|e| Corrupt::malformed(meta.first, &e))?;
    if RecordMeta::of(&record, bytes.len()) != *meta {
        let why = "expected the record that was here at opening, found another";
        return Err(Corrupt::new(meta.first, why));
    }
    Ok(record.into_table())
}

fn damaged_index(malformed: &Malformed) -> Corrupt {
    Corrupt::new(0, format!("the index is damaged: {malformed}"))
}

fn missing_shard() -> Corrupt {
    Corrupt::new(0, "the index is damaged: a shard is missing")
}
