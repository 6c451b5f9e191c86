//! What is read in one transaction.

use web_sys::IdbRequest;

use crate::storage::{Key, Mark, Meta, Reading, StorageError, Tail, Wanted};

use super::{
    COMMITS, FORMAT_KEY, LAYOUT_KEY, MARK_KEY, META, SEGMENTS,
    answer::{RecordRequest, ValueRequest, all_records},
    transaction::Transaction,
};

/// What stands beside the shelves, asked for.
pub(super) struct MetaRequest {
    format: ValueRequest,
    mark: ValueRequest,
    layout: ValueRequest,
}

/// Records under a mark, asked for.
pub(super) struct MarkedRequest {
    mark: ValueRequest,
    commits: Vec<RecordRequest>,
    segments: Vec<RecordRequest>,
}

impl MarkedRequest {
    /// The request that is answered last.
    fn last(&self) -> &IdbRequest {
        self.segments.last().or(self.commits.last()).map_or(&self.mark.0, RecordRequest::last)
    }
}

pub(super) fn ask_meta(transaction: &Transaction) -> Result<MetaRequest, StorageError> {
    let store = transaction.store(META)?;
    Ok(MetaRequest {
        format: store.get(FORMAT_KEY)?,
        mark: store.get(MARK_KEY)?,
        layout: store.get(LAYOUT_KEY)?,
    })
}

pub(super) async fn meta(transaction: &Transaction, asked: &MetaRequest) -> Result<Meta, StorageError> {
    transaction.answered(&asked.layout.0).await?;
    let (mark, layout) = (asked.mark.bytes()?, asked.layout.bytes()?);
    Ok(Meta { format: asked.format.bytes()?.unwrap_or_default(), mark, layout })
}

/// Asks for everything at once: a generation that has passed is rare, and costs what was read in vain.
pub(super) fn ask_records(
    transaction: &Transaction,
    wanted: Wanted<'_>,
) -> Result<MarkedRequest, StorageError> {
    let mark = transaction.store(META)?.get(MARK_KEY)?;
    let commits = transaction.store(COMMITS)?.get_ranges(wanted.commits)?;
    let segments = transaction.store(SEGMENTS)?.get_ranges(wanted.segments)?;
    Ok(MarkedRequest { mark, commits, segments })
}

pub(super) async fn read(
    transaction: &Transaction,
    wanted: Wanted<'_>,
    asked: &MarkedRequest,
) -> Result<Reading, StorageError> {
    transaction.answered(asked.last()).await?;
    if asked.mark.mark()?.generation != wanted.generation {
        return Ok(Reading::Moved);
    }
    Ok(Reading::Found { commits: all_records(&asked.commits)?, segments: all_records(&asked.segments)? })
}

pub(super) fn ask_tail(
    transaction: &Transaction,
    after: Key,
    limit: usize,
) -> Result<MarkedRequest, StorageError> {
    let mark = transaction.store(META)?.get(MARK_KEY)?;
    let commits = vec![transaction.store(COMMITS)?.get_after(after, limit)?];
    Ok(MarkedRequest { mark, commits, segments: Vec::new() })
}

/// Nothing is awaited here but the transaction's own requests.
pub(super) async fn tail(
    transaction: &Transaction,
    asked: &MarkedRequest,
    generation: u64,
    limit: usize,
) -> Result<Tail, StorageError> {
    transaction.answered(asked.last()).await?;
    let mark = asked.mark.mark()?;
    let layout = if mark.generation == generation {
        None
    } else {
        let layout = transaction.store(META)?.get(LAYOUT_KEY)?;
        transaction.answered(&layout.0).await?;
        layout.bytes()?
    };
    let [commits] = asked.commits.as_slice() else {
        return Ok(Tail { mark, layout, records: Vec::new(), more: false });
    };
    Ok(Tail { layout, ..tail_of(mark, commits, limit)? })
}

/// The tail of commits that were asked for, without a layout. What stands at or below the fence is void.
pub(super) fn tail_of(mark: Mark, records: &RecordRequest, limit: usize) -> Result<Tail, StorageError> {
    let mut records = records.records()?;
    let more = records.len() == limit;
    records.retain(|record| record.key > mark.fence);
    Ok(Tail { mark, layout: None, records, more })
}
