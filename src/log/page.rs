//! A page of events, as a reader gets it.

use std::rc::Rc;

use crate::{
    model::RecordedEvent,
    storage::{Record, Storage},
};

use super::{
    Corrupt, LogError,
    codec::{EventRecord, EventRef, decode},
    core::Core,
    directory::RecordMeta,
};

/// The most events of a page.
pub(super) const MAX_PAGE_EVENTS: usize = 4096;

/// The most stored bytes that one reading brings, unless a single record is longer.
const MAX_READ_BYTES: usize = 2 * 1024 * 1024;

/// The most bytes of data and metadata of a page, unless a single event is longer.
const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// A page of events. They are looked at in place, without a copy.
#[derive(Debug, Default)]
pub struct Page {
    events: Vec<(Rc<EventRecord>, u64)>,
}

impl Page {
    /// The events in the order of the reading.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = EventRef<'_>> {
        self.events.iter().filter_map(|(record, position)| record.event_at(*position))
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

    /// The position of the last event in the order of the reading.
    pub(super) fn last_position(&self) -> Option<u64> {
        self.events.last().map(|(_, position)| *position)
    }
}

impl<S: Storage> Core<S> {
    /// Reads the events at positions, in their order, as many as fit a page: at least one.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails, or a record is damaged.
    pub(super) async fn read_page(&self, positions: &[u64]) -> Result<Page, LogError> {
        let metas = self.records_of(positions);
        let records = self.load(&metas).await?;
        let mut page = Page::default();
        let mut bytes = 0;
        let mut records = records.into_iter().peekable();
        for &position in positions {
            while records.next_if(|record| !(record.first()..=record.last()).contains(&position)).is_some() {}
            let Some(record) = records.peek() else { break };
            if let Some(event) = record.event_at(position) {
                bytes += event.data().len() + event.metadata().len();
            }
            if bytes > MAX_PAGE_BYTES && !page.is_empty() {
                break;
            }
            page.events.push((record.clone(), position));
        }
        Ok(page)
    }

    /// The records that hold the positions, in their order, as many as one reading brings.
    fn records_of(&self, positions: &[u64]) -> Vec<RecordMeta> {
        let known = self.known.borrow();
        let mut metas: Vec<RecordMeta> = Vec::new();
        let mut bytes = 0;
        for &position in positions {
            if metas.last().is_some_and(|meta| (meta.first..=meta.last).contains(&position)) {
                continue;
            }
            let Some(meta) = known.directory.locate(position) else {
                break;
            };
            bytes += meta.bytes;
            if bytes > MAX_READ_BYTES && !metas.is_empty() {
                break;
            }
            metas.push(meta);
        }
        metas
    }

    async fn load(&self, metas: &[RecordMeta]) -> Result<Vec<Rc<EventRecord>>, LogError> {
        let mut records = Vec::with_capacity(metas.len());
        let mut missing = Vec::new();
        for meta in metas {
            let record = self.cache.get(meta.first)?;
            if record.is_none() {
                missing.push(*meta);
            }
            records.push(record);
        }
        let mut fetched = self.fetch(missing).await?;
        let take = |(meta, record): (&RecordMeta, Option<Rc<EventRecord>>)| {
            let fetched = || {
                fetched.binary_search_by_key(&meta.first, |one| one.first()).ok().map(|n| fetched[n].clone())
            };
            record.or_else(fetched).ok_or_else(|| LogError::from(hole(meta)))
        };
        let loaded = metas.iter().zip(records).map(take).collect();
        fetched.clear();
        loaded
    }

    /// Reads records that are not cached, in order of keys.
    async fn fetch(&self, mut missing: Vec<RecordMeta>) -> Result<Vec<Rc<EventRecord>>, LogError> {
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        missing.sort_unstable_by_key(|meta| meta.first);
        let ranges = ranges(&missing);
        let stored = self.connected(async || self.storage.read(&ranges).await).await?;
        let mut records = Vec::with_capacity(stored.len());
        for (meta, Record { key, bytes }) in missing.iter().zip(stored) {
            let record = decode(&bytes).map_err(|malformed| Corrupt::malformed(key, &malformed))?;
            if RecordMeta::of(&record, bytes.len()) != *meta || key != meta.first {
                return Err(Corrupt::new(
                    meta.first,
                    "expected the record that was here at opening, found another",
                )
                .into());
            }
            let record = Rc::new(record);
            self.cache.put(key, record.clone());
            records.push(record);
        }
        Ok(records)
    }
}

fn hole(meta: &RecordMeta) -> Corrupt {
    Corrupt::new(meta.first, "expected a record, found none")
}

/// Records that are neighbours are read as one range. No other record lies between neighbours.
fn ranges(metas: &[RecordMeta]) -> Vec<std::ops::RangeInclusive<u64>> {
    let mut ranges: Vec<(RecordMeta, RecordMeta)> = Vec::new();
    for meta in metas {
        match ranges.last_mut() {
            Some((_, end)) if end.last + 1 == meta.first => *end = *meta,
            _ => ranges.push((*meta, *meta)),
        }
    }
    ranges.into_iter().map(|(start, end)| start.first..=end.first).collect()
}
