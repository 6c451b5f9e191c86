//! What is read in one transaction.

use crate::storage::{Key, Mark, Meta, Reading, Record, StorageError, Tail, Wanted};

use super::{
    COMMITS, FORMAT_KEY, LAYOUT_KEY, MARK_KEY, META, SEGMENTS,
    answer::{RecordRequest, all_records},
    transaction::{Ended, Transaction},
};

/// The stores that a reading needs: it waits for whoever writes to one of them.
pub(super) fn scope(wanted: &Wanted<'_>) -> &'static [&'static str] {
    if wanted.commits.is_empty() { &[META, SEGMENTS] } else { &[META, COMMITS, SEGMENTS] }
}

pub(super) async fn meta(transaction: &Transaction) -> Result<Meta, StorageError> {
    let store = transaction.store(META)?;
    let (format, mark, layout) = (store.get(FORMAT_KEY)?, store.get(MARK_KEY)?, store.get(LAYOUT_KEY)?);
    ended(transaction).await?;
    Ok(Meta { format: format.bytes()?.unwrap_or_default(), mark: mark.bytes()?, layout: layout.bytes()? })
}

/// Asks for everything at once: a generation that has passed is rare, and costs what was read in vain.
pub(super) async fn read(transaction: &Transaction, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
    let mark = transaction.store(META)?.get(MARK_KEY)?;
    let segments = transaction.store(SEGMENTS)?.get_ranges(wanted.segments)?;
    let commits = if wanted.commits.is_empty() {
        Vec::new()
    } else {
        transaction.store(COMMITS)?.get_ranges(wanted.commits)?
    };
    ended(transaction).await?;
    if mark.mark()?.generation != wanted.generation {
        return Ok(Reading::Moved);
    }
    Ok(Reading::Found { commits: all_records(&commits)?, segments: all_records(&segments)? })
}

pub(super) async fn scan(
    transaction: &Transaction,
    store: &str,
    after: Key,
    limit: usize,
) -> Result<Vec<Record>, StorageError> {
    if limit == 0 {
        return Ok(Vec::new()); // To IndexedDB, none is no limit.
    }
    let records = transaction.store(store)?.get_after(after, limit)?;
    ended(transaction).await?;
    records.records()
}

/// Nothing is awaited here but the transaction's own requests.
pub(super) async fn tail(
    transaction: &Transaction,
    after: Key,
    generation: u64,
    limit: usize,
) -> Result<Tail, StorageError> {
    let meta = transaction.store(META)?;
    let mark = meta.get(MARK_KEY)?;
    let records = transaction.store(COMMITS)?.get_after(after, limit)?;
    transaction.answered(&mark.0).await?;
    let mark = mark.mark()?;
    let layout = if mark.generation == generation { None } else { Some(meta.get(LAYOUT_KEY)?) };
    ended(transaction).await?;
    let layout = layout.map_or(Ok(None), |layout| layout.bytes())?;
    Ok(Tail { layout, ..tail_of(mark, &records, limit)? })
}

/// The tail of commits that were asked for, without a layout. What stands at or below the fence is void.
pub(super) fn tail_of(mark: Mark, records: &RecordRequest, limit: usize) -> Result<Tail, StorageError> {
    let mut records = records.records()?;
    let more = records.len() == limit;
    records.retain(|record| record.key > mark.fence);
    Ok(Tail { mark, layout: None, records, more })
}

async fn ended(transaction: &Transaction) -> Result<(), StorageError> {
    transaction.end().await.map_err(Ended::into_storage_error)
}
