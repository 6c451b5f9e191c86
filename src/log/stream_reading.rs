//! Reading one stream, over segments and tail.

use std::{ops::Range, rc::Rc};

use crate::{
    model::{Facts, StreamId, sort},
    storage::Storage,
};

use super::{
    Corrupt, Direction, LogError, Page,
    codec::{Block, Bound, EventTable, Layout, NameKind, Segment},
    core::Core,
    loading::{BlockPlace, Missed},
    page::{MAX_PAGE_EVENTS, MAX_READ_BYTES},
};

/// Some revisions of a stream: after one, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Revisions {
    /// Exclusive.
    pub(super) after: u64,
    /// Inclusive.
    pub(super) until: u64,
}

/// What one segment has of a stream.
#[derive(Debug, Clone, Copy)]
struct Share {
    segment: usize,
    revisions: Revisions,
}

/// A page of a stream, and the revisions that it leaves.
pub(super) struct StreamPage {
    pub(super) page: Page,
    pub(super) left: Revisions,
}

impl Revisions {
    pub(super) fn is_empty(self) -> bool {
        self.after >= self.until
    }

    fn count(self) -> u64 {
        self.until.saturating_sub(self.after)
    }

    fn and(self, other: Self) -> Self {
        Self { after: self.after.max(other.after), until: self.until.min(other.until) }
    }

    fn contains(self, revision: u64) -> bool {
        self.after < revision && revision <= self.until
    }

    /// Without those up to, or (backwards) from, a revision.
    fn beyond(self, revision: u64, direction: Direction) -> Self {
        match direction {
            Direction::Forward => Self { after: revision.max(self.after), ..self },
            Direction::Backward => Self { until: (revision - 1).min(self.until), ..self },
        }
    }
}

impl<S: Storage> Core<S> {
    /// How many events a stream has.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn revision(&self, stream_id: &StreamId) -> Result<u64, LogError> {
        match self.revision_in_memory(stream_id) {
            Some(revision) => Ok(revision),
            None => self.revision_at(stream_id, u64::MAX).await,
        }
    }

    /// How many events a stream has now, if that is known without asking the storage.
    pub(super) fn revision_in_memory(&self, stream_id: &StreamId) -> Option<u64> {
        let known = self.known.borrow();
        match known.index.revision(stream_id.as_str()) {
            0 => known.merged_revision(stream_id.as_str()),
            revision => Some(revision),
        }
    }

    /// How many events a stream had when the event at a position was the newest.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn revision_at(&self, stream_id: &StreamId, position: u64) -> Result<u64, LogError> {
        self.under_layout(async |layout| {
            let merged = self.merged_revision_at(&layout, stream_id, position).await?;
            self.check_layout(&layout)?;
            let known = self.known.borrow();
            if position < known.index.base() {
                return Ok(merged); // The tail knows how a stream stood where it begins, not before.
            }
            Ok(match known.index.revision_at(stream_id.as_str(), position) {
                0 => merged,
                revision => revision,
            })
        })
        .await
    }

    /// As [`Core::revision_at`], of the segments alone.
    pub(super) async fn merged_revision_at(
        &self,
        layout: &Layout,
        stream_id: &StreamId,
        position: u64,
    ) -> Result<u64, Missed> {
        let shares = self.shares(layout, stream_id).await?;
        let before = shares.partition_point(|share| layout.segments[share.segment].last <= position);
        let whole = before.checked_sub(1).map_or(0, |n| shares[n].revisions.until);
        let cut = shares.get(before).filter(|share| layout.segments[share.segment].first <= position);
        let Some(share) = cut else { return Ok(whole) };
        let tables = self.share_tables(layout, stream_id, share).await?;
        let events = tables.iter().flat_map(|table| table.events());
        let earlier =
            events.filter(|event| event.stream_id() == stream_id.as_str() && event.position() <= position);
        Ok(earlier.map(|event| event.revision()).max().unwrap_or(whole))
    }

    /// The next events of a stream, as many as fit a page and are asked for.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn stream_page(
        &self,
        stream_id: &StreamId,
        wanted: Revisions,
        direction: Direction,
        limit: usize,
    ) -> Result<StreamPage, LogError> {
        let limit = limit.min(MAX_PAGE_EVENTS);
        self.under_layout(async |layout| {
            let base = self.known.borrow().index.stream_base(stream_id.as_str());
            let is_all_tail = base.is_some_and(|base| wanted.after >= base);
            if is_all_tail
                || (direction == Direction::Backward && base.is_some_and(|base| wanted.until > base))
            {
                return self.tail_page(&layout, stream_id, wanted, direction, limit).await;
            }
            match self.merged_page(&layout, stream_id, wanted, direction, limit).await? {
                Some(page) => Ok(page),
                None => self.tail_page(&layout, stream_id, wanted, direction, limit).await,
            }
        })
        .await
    }

    /// From the tail alone.
    async fn tail_page(
        &self,
        layout: &Rc<Layout>,
        stream_id: &StreamId,
        wanted: Revisions,
        direction: Direction,
        limit: usize,
    ) -> Result<StreamPage, Missed> {
        self.check_layout(layout)?;
        let (positions, revisions) = self.tail_positions(stream_id, wanted, direction, limit);
        if positions.is_empty() {
            return Ok(StreamPage { page: Page::default(), left: Revisions { after: 0, until: 0 } });
        }
        let (page, covered) = self.read_page(&positions).await?;
        let last = match direction {
            Direction::Forward => revisions.after + covered as u64,
            Direction::Backward => revisions.until + 1 - covered as u64,
        };
        Ok(StreamPage { page, left: wanted.beyond(last, direction) })
    }

    /// Of a stream's events in the tail the positions of those that are wanted, and which revisions the tail has of these.
    fn tail_positions(
        &self,
        stream_id: &StreamId,
        wanted: Revisions,
        direction: Direction,
        limit: usize,
    ) -> (Vec<u64>, Revisions) {
        let known = self.known.borrow();
        let base = known.index.stream_base(stream_id.as_str()).unwrap_or(0);
        let positions = known.index.stream(stream_id.as_str());
        let all = Revisions { after: base, until: base + positions.len() as u64 };
        let revisions = wanted.and(all);
        if revisions.is_empty() {
            return (Vec::new(), revisions);
        }
        let positions = &positions[(revisions.after - base) as usize..(revisions.until - base) as usize];
        let positions = match direction {
            Direction::Forward => positions.iter().take(limit).copied().collect(),
            Direction::Backward => positions.iter().rev().take(limit).copied().collect(),
        };
        (positions, revisions)
    }

    /// From the segments; `None` when they have nothing of what is wanted.
    async fn merged_page(
        &self,
        layout: &Rc<Layout>,
        stream_id: &StreamId,
        wanted: Revisions,
        direction: Direction,
        limit: usize,
    ) -> Result<Option<StreamPage>, Missed> {
        let mut shares = self.shares(layout, stream_id).await?;
        shares.retain(|share| !share.revisions.and(wanted).is_empty());
        if direction == Direction::Backward {
            shares.reverse();
        }
        let mut page = Page::default();
        let mut left = wanted;
        let (mut count, mut bytes) = (0, 0);
        let mut taken = Vec::new();
        for share in &shares {
            taken.push((share, share.revisions.and(wanted)));
            let (segment, span) = (&layout.segments[share.segment], share.revisions.and(wanted));
            count += span.count();
            bytes += segment.block_bytes() * share.blocks(layout, stream_id, span).len() as u64;
            if count >= limit as u64 || bytes >= MAX_READ_BYTES {
                break;
            }
        }
        if taken.is_empty() {
            return Ok(None);
        }
        let places: Vec<Vec<BlockPlace>> =
            taken.iter().map(|(share, span)| share.places(layout, stream_id, *span)).collect();
        let mut blocks = self.blocks(layout, &places.concat()).await?.into_iter();
        for ((share, span), places) in taken.iter().zip(&places) {
            let blocks: Vec<Rc<Block>> = blocks.by_ref().take(places.len()).collect();
            let events = self.events_of(layout, stream_id, share, *span, &blocks).await?;
            let ordered: Box<dyn Iterator<Item = &(u64, Rc<EventTable>, usize)>> = match direction {
                Direction::Forward => Box::new(events.iter()),
                Direction::Backward => Box::new(events.iter().rev()),
            };
            for (revision, table, index) in ordered {
                if page.len() == limit || !page.push(table, *index) {
                    return Ok(Some(StreamPage { page, left }));
                }
                left = left.beyond(*revision, direction);
            }
            let end = if direction == Direction::Forward { span.until } else { span.after + 1 };
            left = left.beyond(end, direction);
        }
        Ok(Some(StreamPage { page, left }))
    }

    /// A stream's events in blocks of a segment, by revision. When not all are there that should be, more blocks are looked at: two
    /// streams may share the part of their hash that the layout tells.
    async fn events_of(
        &self,
        layout: &Layout,
        stream_id: &StreamId,
        share: &Share,
        wanted: Revisions,
        blocks: &[Rc<Block>],
    ) -> Result<Vec<(u64, Rc<EventTable>, usize)>, Missed> {
        let segment = &layout.segments[share.segment];
        let events = collect(stream_id, wanted, tables_with(segment, stream_id, wanted, blocks)?);
        if events.len() as u64 == wanted.count() {
            return Ok(events);
        }
        let events = collect(stream_id, wanted, self.share_tables(layout, stream_id, share).await?);
        // Once events were given up, the index may not know of all that there were.
        let may_be_fewer = layout.has_lost();
        if events.len() as u64 == wanted.count() || may_be_fewer {
            return Ok(events);
        }
        let (expected, found) = (wanted.count(), events.len());
        let why = format!("expected {expected} events of stream {stream_id:?} in its segment, found {found}");
        Err(Corrupt::new(segment.first, why).into())
    }

    /// All that a segment has of the streams with a hash.
    async fn share_tables(
        &self,
        layout: &Layout,
        stream_id: &StreamId,
        share: &Share,
    ) -> Result<Vec<Rc<EventTable>>, Missed> {
        let hash = Bound::hash_of(stream_id.as_str());
        let segment = &layout.segments[share.segment];
        let all = Bound::parts(&segment.bounds, hash);
        let places: Vec<BlockPlace> = all.map(|block| BlockPlace { segment: share.segment, block }).collect();
        let mut tables = Vec::new();
        for block in self.blocks(layout, &places).await? {
            let found = block.tables(Bound::parts(block.bounds(), hash));
            tables.extend(found.map_err(|e| Corrupt::malformed(segment.first, &e))?);
        }
        Ok(tables)
    }

    /// Which segments have which revisions of a stream, oldest first.
    async fn shares(&self, layout: &Layout, stream_id: &StreamId) -> Result<Vec<Share>, Missed> {
        let places = self.lookup_names(layout, &[(NameKind::Stream, stream_id.as_str())]).await?;
        let mut shares: Vec<Share> = Vec::new();
        for place in places.into_iter().flatten() {
            let Some(segment) = layout.segment_of(place.position) else { continue };
            match shares.last_mut() {
                Some(share) if share.segment == segment => share.revisions.until = place.revision,
                last => {
                    let after = last.map_or(0, |share| share.revisions.until);
                    shares.push(Share { segment, revisions: Revisions { after, until: place.revision } });
                }
            }
        }
        Ok(shares)
    }
}

impl Share {
    fn blocks(&self, layout: &Layout, stream_id: &StreamId, wanted: Revisions) -> Range<usize> {
        let hash = Bound::hash_of(stream_id.as_str());
        Bound::parts_with(&layout.segments[self.segment].bounds, hash, wanted.after, wanted.until)
    }

    fn places(&self, layout: &Layout, stream_id: &StreamId, wanted: Revisions) -> Vec<BlockPlace> {
        let blocks = self.blocks(layout, stream_id, wanted);
        blocks.map(|block| BlockPlace { segment: self.segment, block }).collect()
    }
}

/// What blocks of a segment have of some revisions of a stream, and what lies beside it.
fn tables_with(
    segment: &Segment,
    stream_id: &StreamId,
    wanted: Revisions,
    blocks: &[Rc<Block>],
) -> Result<Vec<Rc<EventTable>>, Corrupt> {
    let hash = Bound::hash_of(stream_id.as_str());
    let mut tables = Vec::new();
    for block in blocks {
        let pieces = Bound::parts_with(block.bounds(), hash, wanted.after, wanted.until);
        tables.extend(block.tables(pieces).map_err(|e| Corrupt::malformed(segment.first, &e))?);
    }
    Ok(tables)
}

fn collect(
    stream_id: &StreamId,
    wanted: Revisions,
    tables: Vec<Rc<EventTable>>,
) -> Vec<(u64, Rc<EventTable>, usize)> {
    let mut events = Vec::new();
    for table in tables {
        for (index, event) in table.events().enumerate() {
            if event.stream_id() == stream_id.as_str() && wanted.contains(event.revision()) {
                events.push((event.revision(), table.clone(), index));
            }
        }
    }
    sort::sort_by_key(&mut events, |(revision, ..)| *revision);
    events.dedup_by_key(|(revision, ..)| *revision);
    events
}
