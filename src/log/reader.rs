//! Readings of the log: fixed in extent when they start, brought in pages.

use std::rc::Rc;

use crate::{
    model::{Facts, MAX_POSITION, Query, RecordedEvent, StreamId},
    storage::Storage,
};

use super::{Direction, Page, ReadError, core::Core, index::Range, page::MAX_PAGE_EVENTS};

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
    All {
        query: Option<Query>,
        range: Range,
    },
    /// Revisions from (exclusive) and to (inclusive).
    Stream {
        stream_id: StreamId,
        after: u64,
        until: u64,
        direction: Direction,
    },
}

impl<S: Storage> Reader<S> {
    pub(super) fn all(core: Rc<Core<S>>, head: u64, read: ReadAll) -> Self {
        let range = {
            let known = core.known.borrow();
            let before = if read.from_time == 0 { 0 } else { known.directory.last_before(read.from_time) };
            let until = known.directory.last_until(read.until_time);
            Range {
                after: read.after.max(before),
                until: read.until.min(until).min(head),
                direction: read.direction,
            }
        };
        Self { core, head, left: read.limit, selection: Selection::All { query: read.query, range } }
    }

    pub(super) fn stream(core: Rc<Core<S>>, head: u64, stream_id: StreamId, read: &ReadStream) -> Self {
        let newest = core.known.borrow().index.revision_at(stream_id.as_str(), head);
        let (after, until) = (read.from.max(1) - 1, read.to.min(newest));
        let selection = Selection::Stream { stream_id, after, until, direction: read.direction };
        Self { core, head, left: read.limit, selection }
    }

    /// The position up to which the reading covers the store: the `after` of a condition that says "nothing new since".
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head
    }

    /// The next page, or `None` at the end.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged. A later call goes on at the same place.
    pub async fn next_page(&mut self) -> Result<Option<Page>, ReadError> {
        self.core.check_open()?;
        let positions = self.next_positions();
        if positions.is_empty() {
            return Ok(None);
        }
        let page = self.core.read_page(&positions).await?;
        self.advance(&page);
        Ok(Some(page))
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

    fn next_positions(&self) -> Vec<u64> {
        let limit = usize::try_from(self.left).unwrap_or(usize::MAX).min(MAX_PAGE_EVENTS);
        let known = self.core.known.borrow();
        match &self.selection {
            Selection::All { query, range } => known.index.select(query.as_ref(), *range, limit),
            Selection::Stream { stream_id, after, until, direction } => {
                let positions = known.index.stream(stream_id.as_str());
                let [after, until] = [*after, *until].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
                let end = until.min(positions.len());
                let positions = &positions[after.min(end)..end];
                match direction {
                    Direction::Forward => positions.iter().take(limit).copied().collect(),
                    Direction::Backward => positions.iter().rev().take(limit).copied().collect(),
                }
            }
        }
    }

    fn advance(&mut self, page: &Page) {
        let count = page.len() as u64;
        self.left -= count;
        match (&mut self.selection, page.last_position()) {
            (Selection::All { range, .. }, Some(last)) => match range.direction {
                Direction::Forward => range.after = last,
                Direction::Backward => range.until = last - 1,
            },
            (Selection::Stream { after, until, direction, .. }, _) => match direction {
                Direction::Forward => *after += count,
                Direction::Backward => *until -= count,
            },
            (Selection::All { .. }, None) => {}
        }
    }
}
