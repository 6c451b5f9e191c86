//! What is read in one transaction.

use std::cell::Cell;

use web_sys::IdbRequest;

use crate::storage::{Key, Mark, Meta, Reading, StorageError, Tail, Wanted};

use super::{
    COMMITS, FORMAT_KEY, LAYOUT_KEY, MARK_KEY, META, SEGMENTS,
    answer::{RecordRequest, ValueRequest, all_records},
    transaction::Transaction,
};

/// A transaction that only reads. Nobody writes while it is open: its mark is asked for once.
pub(super) struct ReadingTransaction {
    pub(super) transaction: Transaction,
    mark: ValueRequest,
    /// How often it was asked.
    pub(super) asked: Cell<u32>,
}

/// What stands beside the shelves, asked for.
pub(super) struct MetaRequest {
    format: ValueRequest,
    layout: ValueRequest,
}

/// Records of both shelves, asked for.
pub(super) struct RecordsRequest {
    commits: Vec<RecordRequest>,
    segments: Vec<RecordRequest>,
    /// Who asks for nothing still waits for an answer, and that of the mark may have been given long ago.
    nothing: Option<ValueRequest>,
}

impl RecordsRequest {
    /// The request that is answered last, if there is one.
    fn last(&self) -> Option<&IdbRequest> {
        let records = self.segments.last().or(self.commits.last()).map(RecordRequest::last);
        records.or(self.nothing.as_ref().map(|mark| &mark.0))
    }
}

impl ReadingTransaction {
    pub(super) fn of(transaction: Transaction) -> Result<Self, StorageError> {
        let mark = transaction.store(META)?.get(MARK_KEY)?;
        Ok(Self { transaction, mark, asked: Cell::new(0) })
    }

    pub(super) fn ask_meta(&self) -> Result<MetaRequest, StorageError> {
        let store = self.transaction.store(META)?;
        Ok(MetaRequest { format: store.get(FORMAT_KEY)?, layout: store.get(LAYOUT_KEY)? })
    }

    pub(super) async fn meta(&self, asked: &MetaRequest) -> Result<Meta, StorageError> {
        self.transaction.answered(&asked.layout.0).await?;
        let (mark, layout) = (self.mark.bytes()?, asked.layout.bytes()?);
        Ok(Meta { format: asked.format.bytes()?.unwrap_or_default(), mark, layout })
    }

    /// Asks for everything at once: a generation that has passed is rare, and costs what was read in vain.
    pub(super) fn ask_records(&self, wanted: Wanted<'_>) -> Result<RecordsRequest, StorageError> {
        let of = |name, ranges: &[_]| match ranges {
            [] => Ok(Vec::new()),
            ranges => self.transaction.store(name)?.get_ranges(ranges),
        };
        let is_empty = wanted.commits.is_empty() && wanted.segments.is_empty();
        let nothing = is_empty.then(|| self.transaction.store(META)?.get(MARK_KEY)).transpose()?;
        Ok(RecordsRequest {
            commits: of(COMMITS, wanted.commits)?,
            segments: of(SEGMENTS, wanted.segments)?,
            nothing,
        })
    }

    pub(super) async fn records(
        &self,
        wanted: Wanted<'_>,
        asked: &RecordsRequest,
    ) -> Result<Reading, StorageError> {
        self.transaction.answered(asked.last().unwrap_or(&self.mark.0)).await?;
        if self.mark.mark()?.generation != wanted.generation {
            return Ok(Reading::Moved);
        }
        Ok(Reading::Found { commits: all_records(&asked.commits)?, segments: all_records(&asked.segments)? })
    }

    pub(super) fn ask_after(
        &self,
        shelf: &str,
        after: Key,
        limit: usize,
    ) -> Result<RecordRequest, StorageError> {
        self.transaction.store(shelf)?.get_after(after, limit)
    }

    /// Nothing is awaited here but the transaction's own requests.
    pub(super) async fn tail(
        &self,
        asked: &RecordRequest,
        generation: u64,
        limit: usize,
    ) -> Result<Tail, StorageError> {
        self.transaction.answered(asked.last()).await?;
        let mark = self.mark.mark()?;
        let layout = if mark.generation == generation {
            None
        } else {
            let layout = self.transaction.store(META)?.get(LAYOUT_KEY)?;
            self.transaction.answered(&layout.0).await?;
            layout.bytes()?
        };
        Ok(Tail { layout, ..tail_of(mark, asked, limit)? })
    }
}

/// The tail of commits that were asked for, without a layout. What stands at or below the fence is void.
pub(super) fn tail_of(mark: Mark, records: &RecordRequest, limit: usize) -> Result<Tail, StorageError> {
    let mut records = records.records()?;
    let more = records.len() == limit;
    records.retain(|record| record.key > mark.fence);
    Ok(Tail { mark, layout: None, records, more })
}
