//! What is written in one transaction.

use crate::storage::{Commit, CommitError, Committed, Decision, Key, StorageError, Swap, Tail};

use super::{
    COMMITS, FORMAT_KEY, LAYOUT_KEY, MARK_KEY, META, SEGMENTS,
    answer::ValueRequest,
    reading::tail_of,
    transaction::{Ended, Transaction},
};

/// What an append may touch: less than a swap may, so that it waits for less.
pub(super) const APPENDING: &[&str] = &[META, COMMITS];

/// What a swap may touch.
pub(super) const SWAPPING: &[&str] = &[META, COMMITS, SEGMENTS];

/// How many bytes a swap puts before it lets the page breathe.
const PUT_AT_ONCE: usize = 256 * 1024;

/// Nothing is awaited before the end: the mark is looked at when all is over.
pub(super) async fn commit(transaction: &Transaction, commit: Commit<'_>) -> Result<Committed, CommitError> {
    let mark = add(transaction, &commit).map_err(|error| transaction.give_up(error))?;
    transaction.commit();
    match transaction.end().await {
        Ok(()) => {}
        Err(ended) if ended.is_constraint() => return Ok(Committed::Refused),
        Err(ended) => return Err(ended.into_commit_error()),
    }
    // What was added at or below the fence is void: nobody reads there.
    let is_void = mark.mark().map_err(CommitError::Unknown)?.fence > commit.guard;
    Ok(if is_void { Committed::Refused } else { Committed::Stored })
}

fn add(transaction: &Transaction, commit: &Commit<'_>) -> Result<ValueRequest, StorageError> {
    let mark = transaction.store(META)?.get(MARK_KEY)?;
    transaction.store(COMMITS)?.add(commit.adds)?;
    Ok(mark)
}

/// Says whether something was stored.
pub(super) async fn commit_after(
    transaction: &Transaction,
    after: Key,
    limit: usize,
    decide: impl FnOnce(Tail) -> Decision,
) -> Result<bool, CommitError> {
    let decided = decide_inside(transaction, after, limit, decide).await;
    let stored = decided.map_err(|error| transaction.give_up(error))?;
    transaction.end().await.map_err(Ended::into_commit_error)?;
    Ok(stored)
}

/// Nothing is awaited here but the transaction's own requests.
async fn decide_inside(
    transaction: &Transaction,
    after: Key,
    limit: usize,
    decide: impl FnOnce(Tail) -> Decision,
) -> Result<bool, StorageError> {
    let mark = transaction.store(META)?.get(MARK_KEY)?;
    let commits = transaction.store(COMMITS)?;
    let records = commits.get_after(after, limit)?;
    transaction.answered(records.last()).await?;
    let decision = decide(tail_of(mark.mark()?, &records, limit)?);
    let stored = match decision {
        Decision::Store(adds) => {
            commits.add(&adds)?;
            true
        }
        Decision::Leave => false,
    };
    transaction.commit();
    Ok(stored)
}

pub(super) async fn swap(transaction: &Transaction, swap: Swap<'_>) -> Result<Committed, CommitError> {
    let swapped = swap_inside(transaction, &swap).await;
    let committed = swapped.map_err(|error| transaction.give_up(error))?;
    match committed {
        Committed::Stored => transaction.end().await.map_err(Ended::into_commit_error)?,
        Committed::Refused => transaction.abort(),
    }
    Ok(committed)
}

/// Nothing is awaited here but the transaction's own requests.
async fn swap_inside(transaction: &Transaction, swap: &Swap<'_>) -> Result<Committed, StorageError> {
    if let Some(generation) = swap.generation {
        let mark = transaction.store(META)?.get(MARK_KEY)?;
        transaction.answered(&mark.0).await?;
        if mark.mark()?.generation != generation {
            return Ok(Committed::Refused);
        }
    }
    replace(transaction, swap).await?;
    transaction.commit();
    Ok(Committed::Stored)
}

/// Removes before it puts, so that a full disk has room.
async fn replace(transaction: &Transaction, swap: &Swap<'_>) -> Result<(), StorageError> {
    let (meta, segments) = (transaction.store(META)?, transaction.store(SEGMENTS)?);
    segments.delete_ranges(swap.removes)?;
    let mut bytes = 0;
    for record in swap.puts {
        let put = segments.put_record(record)?;
        bytes += record.bytes.len();
        if bytes > PUT_AT_ONCE {
            transaction.answered(&put).await?; // The page does what waits meanwhile.
            bytes = 0;
        }
    }
    transaction.store(COMMITS)?.delete_up_to(swap.mark.fence)?;
    meta.put(MARK_KEY, &swap.mark.encode())?;
    meta.put(LAYOUT_KEY, swap.layout)?;
    swap.format.map_or(Ok(()), |format| meta.put(FORMAT_KEY, format))
}
