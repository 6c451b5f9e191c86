//! Readings of the log: fixed in extent when they start, brought in pages.

use std::rc::Rc;

use crate::{
    model::{MAX_POSITION, Query, RecordedEvent, StreamId},
    storage::Storage,
};

use super::{
    Corrupt, Direction, LogError, Page, ReadError, core::Core, index::Range, page::MAX_PAGE_EVENTS,
    stream_reading::Revisions,
};

/// Which events of the whole log to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAll {
    /// Only events after this position.
    pub after: u64,
    /// Only events up to this position, inclusive.
    pub until: u64,
    /// Only events that were stored at or after this time, in ms since the epoch.
    pub from_time: u64,
    /// Only events that were stored at or before this time.
    pub until_time: u64,
    /// Only events that match.
    pub query: Option<Query>,
    /// Which end comes first.
    pub direction: Direction,
    /// At most so many.
    pub limit: u64,
}

impl Default for ReadAll {
    /// All events, oldest first.
    fn default() -> Self {
        Self {
            after: 0,
            until: u64::MAX,
            from_time: 0,
            until_time: u64::MAX,
            query: None,
            direction: Direction::Forward,
            limit: u64::MAX,
        }
    }
}

/// Which events of one stream to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadStream {
    /// The first revision, inclusive.
    pub from: u64,
    /// The last revision, inclusive.
    pub to: u64,
    /// Which end comes first.
    pub direction: Direction,
    /// At most so many.
    pub limit: u64,
}

impl Default for ReadStream {
    /// The whole stream, oldest first.
    fn default() -> Self {
        Self { from: 1, to: MAX_POSITION, direction: Direction::Forward, limit: u64::MAX }
    }
}

/// A reading: it covers the log up to [`Reader::head`], whatever is stored meanwhile.
pub struct Reader<S> {
    core: Rc<Core<S>>,
    head: u64,
    selection: Selection,
    left: u64,
}

enum Selection {
    All { query: Option<Query>, range: Range },
    Stream { stream_id: StreamId, left: Revisions, direction: Direction },
}

impl<S: Storage> Reader<S> {
    pub(super) async fn all(core: Rc<Core<S>>, head: u64, read: ReadAll) -> Result<Self, LogError> {
        let before = if read.from_time == 0 { 0 } else { core.last_at(read.from_time, false).await? };
        let until =
            if read.until_time == u64::MAX { head } else { core.last_at(read.until_time, true).await? };
        let range = Range {
            after: read.after.max(before),
            until: read.until.min(until).min(head),
            direction: read.direction,
        };
        Ok(Self { core, head, left: read.limit, selection: Selection::All { query: read.query, range } })
    }

    pub(super) async fn stream(
        core: Rc<Core<S>>,
        head: u64,
        stream_id: StreamId,
        read: &ReadStream,
    ) -> Result<Self, LogError> {
        let is_now = head == core.head();
        let in_memory = if is_now { core.revision_in_memory(&stream_id) } else { None };
        let newest = match in_memory {
            Some(revision) => revision,
            // While it is looked for, more may be stored: that is not meant.
            None => core.revision_at(&stream_id, head).await?,
        };
        let left = Revisions { after: read.from.max(1) - 1, until: read.to.min(newest) };
        let selection = Selection::Stream { stream_id, left, direction: read.direction };
        Ok(Self { core, head, left: read.limit, selection })
    }

    /// Of a stream, the last revision that this reading comes to; 0 of another reading.
    pub(crate) fn last_revision(&self) -> u64 {
        match &self.selection {
            Selection::All { .. } => 0,
            Selection::Stream { left, .. } => left.until,
        }
    }

    /// Of a stream read forward, leaves out what is up to a revision.
    pub(crate) fn skip(&mut self, revision: u64) {
        if let Selection::Stream { left, .. } = &mut self.selection {
            left.after = left.after.max(revision);
        }
    }

    /// The position up to which the reading covers the store: the `after` of a condition that says "nothing new since".
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Whether it is known that no page follows. When it is not, the next page may still be none.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let is_covered = match &self.selection {
            Selection::All { range, .. } => range.after >= range.until,
            Selection::Stream { left, .. } => left.is_empty(),
        };
        self.left == 0 || is_covered
    }

    /// The next page, or `None` at the end.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged. A later call goes on at the same place.
    pub async fn next_page(&mut self) -> Result<Option<Page>, ReadError> {
        self.core.check_open()?;
        loop {
            let limit = usize::try_from(self.left).unwrap_or(usize::MAX).min(MAX_PAGE_EVENTS);
            let Some(page) = self.read_on(limit).await? else { return Ok(None) };
            // Where all events are lost that would fill a page, the next one follows.
            if !page.is_empty() {
                self.left -= page.len() as u64;
                return Ok(Some(page));
            }
        }
    }

    /// All that is left.
    ///
    /// # Errors
    /// As [`Reader::next_page`].
    pub async fn to_vec(&mut self) -> Result<Vec<RecordedEvent>, ReadError> {
        let mut events = Vec::new();
        while let Some(page) = self.next_page().await? {
            events.extend(page.to_events());
        }
        Ok(events)
    }

    async fn read_on(&mut self, limit: usize) -> Result<Option<Page>, LogError> {
        let core = &self.core;
        match &mut self.selection {
            _ if limit == 0 => Ok(None),
            Selection::All { query, range } => core.read_range(query.as_ref(), range, limit).await,
            Selection::Stream { left, .. } if left.is_empty() => Ok(None),
            Selection::Stream { stream_id, left, direction } => {
                let found = core.stream_page(stream_id, *left, *direction, limit).await?;
                *left = found.left;
                Ok(Some(found.page))
            }
        }
    }
}

impl<S: Storage> Core<S> {
    /// The next page of a range, which is shortened by what it covers; `None` at its end.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn read_range(
        &self,
        query: Option<&Query>,
        range: &mut Range,
        limit: usize,
    ) -> Result<Option<Page>, LogError> {
        let positions = self.select(query, *range, limit).await?;
        if positions.is_empty() {
            return Ok(None);
        }
        let (page, covered) = self.read_page(&positions).await?;
        let last = positions[covered.clamp(1, positions.len()) - 1];
        match range.direction {
            Direction::Forward => range.after = last,
            Direction::Backward => range.until = last - 1,
        }
        Ok(Some(page))
    }

    /// The last position whose event was stored before, or (`inclusive`) at or before, a time; 0 without one.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn last_at(&self, time: u64, inclusive: bool) -> Result<u64, LogError> {
        if let Some(position) = self.known.borrow().directory.last_at(time, inclusive) {
            return Ok(position);
        }
        self.under_layout(async |layout| {
            let is_earlier = |one: u64| if inclusive { one <= time } else { one < time };
            let whole = layout.segments.partition_point(|segment| is_earlier(segment.last_time));
            let Some(cut) = layout.segments.get(whole) else { return Ok(layout.head()) };
            let orders = self.orders(&layout, &[whole]).await?;
            let Some(order) = orders.first() else { return Ok(cut.last) };
            Ok(order.last_at(time, inclusive).map_err(|e| Corrupt::malformed(cut.first, &e))?)
        })
        .await
    }
}
