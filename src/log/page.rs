//! A page of events, as a reader gets it.

use std::rc::Rc;

use crate::{model::RecordedEvent, storage::Storage};

use super::{
    Corrupt, LogError,
    codec::{EventRef, EventTable, Layout},
    core::Core,
    directory::RecordMeta,
    loading::{BlockPlace, Missed},
};

/// The most events of a page.
pub(super) const MAX_PAGE_EVENTS: usize = 4096;

/// The most stored bytes that one reading brings, unless a single record is longer.
pub(super) const MAX_READ_BYTES: u64 = 2 * 1024 * 1024;

/// The most bytes of data and metadata of a page, unless a single event is longer.
const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// The most segments whose events share a page.
const MAX_PAGE_SEGMENTS: usize = 16;

/// A page of events. They are looked at in place, without a copy.
#[derive(Debug, Default)]
pub struct Page {
    events: Vec<(Rc<EventTable>, u32)>,
    bytes: usize,
}

impl Page {
    /// The events in the order of the reading.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = EventRef<'_>> + Clone {
        self.events.iter().filter_map(|(table, index)| table.event(*index as usize))
    }

    /// Copies that stand by themselves.
    #[must_use]
    pub fn to_events(&self) -> Vec<RecordedEvent> {
        self.events().map(|event| event.to_event()).collect()
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Takes in an event, unless the page is full: then `false`.
    pub(super) fn push(&mut self, table: &Rc<EventTable>, index: usize) -> bool {
        let Some(event) = table.event(index) else { return true };
        let bytes = event.payload_bytes();
        if !self.is_empty() && (self.bytes + bytes > MAX_PAGE_BYTES || self.len() == MAX_PAGE_EVENTS) {
            return false;
        }
        self.bytes += bytes;
        self.events.push((table.clone(), index as u32));
        true
    }
}

/// Where a position's event is.
enum Spot {
    Merged(BlockPlace, usize),
    Tail(RecordMeta),
    Lost,
}

/// What a page needs: the spots of the first positions, and the records that hold them, each once and in order.
#[derive(Default)]
struct Needs {
    spots: Vec<Spot>,
    blocks: Vec<BlockPlace>,
    commits: Vec<RecordMeta>,
    bytes: u64,
}

impl Needs {
    /// Whether a record of so many bytes, which is not there yet, still fits.
    fn fits(&mut self, bytes: u64) -> bool {
        let is_first = self.bytes == 0;
        self.bytes += bytes;
        is_first || self.bytes <= MAX_READ_BYTES
    }
}

impl<S: Storage> Core<S> {
    /// Reads the events at positions, in their order, as many as fit a page, and says how many positions that covers: at least one.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails, or a record is damaged.
    pub(super) async fn read_page(&self, positions: &[u64]) -> Result<(Page, usize), LogError> {
        self.under_layout(async |layout| self.try_read_page(&layout, positions).await).await
    }

    async fn try_read_page(&self, layout: &Rc<Layout>, positions: &[u64]) -> Result<(Page, usize), Missed> {
        let needs = self.needs(layout, positions).await?;
        let blocks = self.blocks(layout, &needs.blocks).await?;
        let commits = self.commits(layout, &needs.commits).await?;
        let mut page = Page::default();
        let mut covered = 0;
        for (spot, position) in needs.spots.iter().zip(positions) {
            let has_room = match spot {
                Spot::Merged(place, index) => match needs.blocks.binary_search(place) {
                    Ok(n) => {
                        let found = blocks[n].find(*index);
                        let (table, index) = found.map_err(|e| Corrupt::malformed(*position, &e))?;
                        page.push(table, index)
                    }
                    Err(_) => true,
                },
                Spot::Tail(meta) => {
                    let found = needs.commits.binary_search_by_key(&meta.first, |one| one.first);
                    found.ok().is_none_or(|n| page.push(&commits[n], (position - meta.first) as usize))
                }
                Spot::Lost => true,
            };
            if !has_room {
                break;
            }
            covered += 1;
        }
        Ok((page, covered))
    }

    async fn needs(&self, layout: &Rc<Layout>, positions: &[u64]) -> Result<Needs, Missed> {
        let mut segments: Vec<usize> = Vec::new();
        for segment in positions.iter().filter_map(|&position| layout.segment_of(position)) {
            if segments.last() != Some(&segment) {
                segments.push(segment);
            }
            if segments.len() == MAX_PAGE_SEGMENTS {
                break;
            }
        }
        let orders = self.orders(layout, &segments).await?;
        self.check_layout(layout)?;
        let known = self.known.borrow();
        let mut needs = Needs::default();
        for &position in positions {
            if position <= layout.head() {
                let found = layout.segment_of(position);
                let order = found.and_then(|found| segments.iter().position(|one| *one == found));
                let (Some(segment), Some(order)) = (found, order) else { break };
                let located = orders[order].locate(position);
                let located = located.map_err(|e| Corrupt::malformed(position, &e))?;
                let Some((block, index)) = located else {
                    needs.spots.push(Spot::Lost);
                    continue;
                };
                let place = BlockPlace { segment, block };
                if let Err(at) = needs.blocks.binary_search(&place) {
                    let of = &layout.segments[segment];
                    if !needs.fits(of.block_bytes()) {
                        break;
                    }
                    needs.blocks.insert(at, place);
                }
                needs.spots.push(Spot::Merged(place, index));
            } else {
                let Some(meta) = known.directory.locate(position) else { break };
                if let Err(at) = needs.commits.binary_search_by_key(&meta.first, |one| one.first) {
                    if !needs.fits(meta.bytes as u64) {
                        break;
                    }
                    needs.commits.insert(at, meta);
                }
                needs.spots.push(Spot::Tail(meta));
            }
        }
        Ok(needs)
    }
}
