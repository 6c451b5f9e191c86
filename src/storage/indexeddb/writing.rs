//! What is written in one transaction.

use web_sys::IdbRequest;

use crate::storage::{Commit, CommitError, Committed, Decision, Key, Record, StorageError, Swap, Tail};

use super::{
    COMMITS, FORMAT_KEY, LAYOUT_KEY, MARK_KEY, META, SEGMENTS,
    object_store::ObjectStore,
    reading::tail_of,
    transaction::{Ended, Transaction},
};

/// What an append may touch.
pub(super) const APPENDING: &[&str] = &[META, COMMITS];

/// What a swap may touch.
pub(super) const SWAPPING: &[&str] = &[META, COMMITS, SEGMENTS];

/// How many bytes a swap puts before it lets the page breathe.
const PUT_AT_ONCE: usize = 256 * 1024;

pub(super) async fn commit(transaction: &Transaction, commit: Commit<'_>) -> Result<Committed, CommitError> {
    match commit.adds {
        [] | [_] => commit_one(transaction, commit).await,
        _ => commit_several(transaction, commit).await,
    }
}

/// One record, as most commits are, is added without waiting for anything but the end: the mark is looked at when all is over.
async fn commit_one(transaction: &Transaction, commit: Commit<'_>) -> Result<Committed, CommitError> {
    let asked = || {
        let mark = transaction.store(META)?.get(MARK_KEY)?;
        add(&transaction.store(COMMITS)?, commit.adds)?;
        Ok(mark)
    };
    let mark = asked().map_err(|error| transaction.give_up(error))?;
    transaction.commit();
    match committed(transaction.end().await)? {
        // What was added at or below the fence is void: nobody reads there.
        Committed::Stored if mark.mark().map_err(CommitError::Unknown)?.fence > commit.guard => {
            Ok(Committed::Refused)
        }
        committed => Ok(committed),
    }
}

/// Several are added once the mark is seen: of those, the later ones may be above the fence, and would be read.
async fn commit_several(transaction: &Transaction, commit: Commit<'_>) -> Result<Committed, CommitError> {
    let added = add_unless_void(transaction, commit).await;
    let Some(last) = added.map_err(|error| transaction.give_up(error))? else {
        transaction.abort();
        return Ok(Committed::Refused);
    };
    committed(transaction.end_after(&last).await)
}

/// Nothing is awaited here but the transaction's own requests. The last of them is the answer, none when it is refused.
async fn add_unless_void(
    transaction: &Transaction,
    commit: Commit<'_>,
) -> Result<Option<IdbRequest>, StorageError> {
    let mark = transaction.store(META)?.get(MARK_KEY)?;
    transaction.answered(&mark.0).await?;
    if mark.mark()?.fence > commit.guard {
        return Ok(None);
    }
    add(&transaction.store(COMMITS)?, commit.adds)
}

/// What the end of a transaction says of what was added: a key that was taken says that somebody else was first.
fn committed(end: Result<(), Ended>) -> Result<Committed, CommitError> {
    match end {
        Ok(()) => Ok(Committed::Stored),
        Err(ended) if ended.is_constraint() => Ok(Committed::Refused),
        Err(ended) => Err(ended.into_commit_error()),
    }
}

/// Asks to add all, and answers with the last request.
fn add(commits: &ObjectStore, records: &[Record]) -> Result<Option<IdbRequest>, StorageError> {
    records.iter().try_fold(None, |_, record| commits.add(record).map(Some))
}

/// Says whether something was stored.
pub(super) async fn commit_after(
    transaction: &Transaction,
    after: Key,
    limit: usize,
    decide: impl FnOnce(Tail) -> Decision,
) -> Result<bool, CommitError> {
    let decided = decide_inside(transaction, after, limit, decide).await;
    let last = decided.map_err(|error| transaction.give_up(error))?;
    end(transaction, last.as_ref()).await.map_err(Ended::into_commit_error)?;
    Ok(last.is_some())
}

async fn end(transaction: &Transaction, last: Option<&IdbRequest>) -> Result<(), Ended> {
    let Some(last) = last else {
        transaction.commit();
        return transaction.end().await;
    };
    transaction.end_after(last).await
}

/// Nothing is awaited here but the transaction's own requests.
async fn decide_inside(
    transaction: &Transaction,
    after: Key,
    limit: usize,
    decide: impl FnOnce(Tail) -> Decision,
) -> Result<Option<IdbRequest>, StorageError> {
    let mark = transaction.store(META)?.get(MARK_KEY)?;
    let commits = transaction.store(COMMITS)?;
    let records = commits.get_after(after, limit)?;
    transaction.answered(records.last()).await?;
    let decision = decide(tail_of(mark.mark()?, &records, limit)?);
    match decision {
        Decision::Store(adds) => add(&commits, &adds),
        Decision::Leave => Ok(None),
    }
}

pub(super) async fn swap(transaction: &Transaction, swap: Swap<'_>) -> Result<Committed, CommitError> {
    let swapped = swap_inside(transaction, &swap).await;
    let Some(last) = swapped.map_err(|error| transaction.give_up(error))? else {
        transaction.abort();
        return Ok(Committed::Refused);
    };
    transaction.end_after(&last).await.map_err(Ended::into_commit_error)?;
    Ok(Committed::Stored)
}

/// Nothing is awaited here but the transaction's own requests. The last of them is the answer, none when it is refused.
async fn swap_inside(transaction: &Transaction, swap: &Swap<'_>) -> Result<Option<IdbRequest>, StorageError> {
    if let Some(generation) = swap.generation {
        let mark = transaction.store(META)?.get(MARK_KEY)?;
        transaction.answered(&mark.0).await?;
        if mark.mark()?.generation != generation {
            return Ok(None);
        }
    }
    replace(transaction, swap).await.map(Some)
}

/// Removes before it puts, so that a full disk has room.
async fn replace(transaction: &Transaction, swap: &Swap<'_>) -> Result<IdbRequest, StorageError> {
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
    let layout = meta.put(LAYOUT_KEY, swap.layout)?;
    swap.format.map_or(Ok(layout), |format| meta.put(FORMAT_KEY, format))
}
