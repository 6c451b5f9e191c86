//! Where the events of the tail are: from stream, id, type and tag to positions.
//!
//! It holds nothing that the log does not: it is built from the commits that are not merged yet when a store opens. A writer keeps
//! a second, small one of what it has judged but not yet stored, and [`Layered`] reads both as one. What is merged has an index of
//! its own, on the disk.

mod layered;
mod lists;
mod names;
mod select;

use std::collections::hash_map;

use uuid::Uuid;

use crate::model::{Facts, Query, StreamId, category_of};

use super::{codec::EventTable, hashing::FastMap};
use lists::{Lists, positions_up_to};
use names::Names;

pub use layered::Layered;
pub use select::{Direction, Range};

/// From stream, id, type and tag to positions, for the events after a base position.
#[derive(Debug, Default)]
pub struct Index {
    base: u64,
    head: u64,
    streams: FastMap<StreamId, Stream>,
    names: Names,
    ids: FastMap<Uuid, u64>,
    types: Lists,
    tags: Lists,
    categories: Lists,
}

/// The positions of one stream's events.
#[derive(Debug, Default)]
struct Stream {
    /// How many events precede them.
    base: u64,
    positions: Vec<u64>,
}

/// What the index keeps of an event.
#[derive(Debug, Clone, Copy)]
pub struct Entry<N, W, T> {
    /// The event's stream.
    pub stream_id: N,
    /// How many events the stream has before it.
    pub revision_before: u64,
    /// Its type.
    pub r#type: W,
    /// Its tags.
    pub tags: T,
    /// Its id.
    pub id: Uuid,
}

/// The name of a stream, shared already or only lent.
pub trait StreamName {
    /// The name as text.
    fn as_str(&self) -> &str;

    /// The name to keep.
    fn to_stream_id(&self) -> StreamId;
}

impl StreamName for &StreamId {
    fn as_str(&self) -> &str {
        StreamId::as_str(self)
    }

    fn to_stream_id(&self) -> StreamId {
        (*self).clone()
    }
}

impl StreamName for &str {
    fn as_str(&self) -> &str {
        self
    }

    fn to_stream_id(&self) -> StreamId {
        StreamId::trusted(self)
    }
}

impl Index {
    /// An index of the events after a position, with room for so many, in so many streams.
    #[must_use]
    pub fn after(base: u64, events: usize, streams: usize) -> Self {
        let mut index = Self { base, head: base, ..Self::default() };
        index.ids.reserve(events);
        index.streams.reserve(streams);
        index
    }

    /// Takes in the next event.
    pub fn add<'a>(&mut self, entry: Entry<impl StreamName, &str, impl Iterator<Item = &'a str>>) {
        self.head += 1;
        let position = self.head;
        let stream_id = entry.stream_id.as_str();
        match self.streams.get_mut(stream_id) {
            Some(stream) => stream.positions.push(position),
            None => {
                let stream = Stream { base: entry.revision_before, positions: vec![position] };
                let stream_id = entry.stream_id.to_stream_id();
                self.names.add(stream_id.clone());
                self.streams.insert(stream_id, stream);
            }
        }
        self.ids.insert(entry.id, position);
        self.types.push(entry.r#type, position);
        self.categories.push(category_of(stream_id), position);
        for tag in entry.tags {
            self.tags.push(tag, position);
        }
    }

    /// Takes in a record that begins right after the head.
    pub fn add_record(&mut self, record: &EventTable) {
        for event in record.events() {
            self.add(Entry {
                stream_id: event.stream_id(),
                revision_before: event.revision() - 1,
                r#type: event.r#type(),
                tags: event.tags(),
                id: event.id(),
            });
        }
    }

    /// Takes in an index of the events right after the head.
    pub fn absorb(&mut self, next: Self) {
        for (stream_id, found) in next.streams {
            match self.streams.entry(stream_id) {
                hash_map::Entry::Occupied(stream) => stream.into_mut().positions.extend(found.positions),
                hash_map::Entry::Vacant(vacant) => {
                    self.names.add(vacant.key().clone());
                    vacant.insert(found);
                }
            }
        }
        self.ids.extend(next.ids);
        self.types.absorb(next.types);
        self.tags.absorb(next.tags);
        self.categories.absorb(next.categories);
        self.head = next.head;
    }

    /// The ids of all events, with their positions, in no order.
    pub fn ids(&self) -> impl Iterator<Item = (Uuid, u64)> {
        self.ids.iter().map(|(&id, &position)| (id, position))
    }

    /// The position after which its events come.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// How many streams begin in it.
    #[must_use]
    pub fn new_streams(&self) -> usize {
        self.streams.values().filter(|stream| stream.base == 0).count()
    }

    /// How many events of a stream come before those that it has.
    #[must_use]
    pub fn stream_base(&self, stream_id: &str) -> Option<u64> {
        self.streams.get(stream_id).map(|stream| stream.base)
    }

    /// Forgets the events up to a position, and says how many events each of their streams had then.
    pub fn forget_up_to(&mut self, position: u64) -> Vec<(StreamId, u64)> {
        let mut revisions = Vec::new();
        self.streams.retain(|stream_id, stream| {
            let count = positions_up_to(&stream.positions, position);
            if count > 0 {
                stream.positions.drain(..count);
                stream.base += count as u64;
                revisions.push((stream_id.clone(), stream.base));
            }
            !stream.positions.is_empty()
        });
        self.names = self.streams.keys().cloned().collect();
        self.ids.retain(|_, at| *at > position);
        for lists in [&mut self.types, &mut self.tags, &mut self.categories] {
            lists.forget_up_to(position);
        }
        self.base = self.base.max(position);
        self.head = self.head.max(position);
        revisions
    }

    /// Names of streams in code-point order, those with a prefix, after a name.
    #[must_use]
    pub fn streams(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        self.names.list(prefix, after, limit)
    }

    /// The positions of a stream's events, from the revision after [`Index::stream_base`].
    #[must_use]
    pub fn stream(&self, stream_id: &str) -> &[u64] {
        self.streams.get(stream_id).map_or(&[], |stream| &stream.positions)
    }
}

impl Facts for Index {
    fn head(&self) -> u64 {
        self.head
    }

    fn revision(&self, stream_id: &str) -> u64 {
        self.streams.get(stream_id).map_or(0, |stream| stream.base + stream.positions.len() as u64)
    }

    fn revision_at(&self, stream_id: &str, position: u64) -> u64 {
        self.streams
            .get(stream_id)
            .map_or(0, |stream| stream.base + positions_up_to(&stream.positions, position) as u64)
    }

    fn revision_in(&self, stream_id: &str, position: u64) -> Option<u64> {
        let stream = self.streams.get(stream_id)?;
        let index = stream.positions.binary_search(&position).ok()?;
        Some(stream.base + index as u64 + 1)
    }

    fn position_of(&self, id: Uuid) -> Option<u64> {
        self.ids.get(&id).copied()
    }

    fn matching(&self, query: &Query, after: u64, limit: usize) -> Vec<u64> {
        let range = Range { after, until: self.head, direction: Direction::Forward };
        self.select(Some(query), range, limit)
    }
}
