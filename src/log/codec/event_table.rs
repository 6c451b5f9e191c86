//! The events of one record, looked at in place.

use std::ops::Range;

use uuid::Uuid;

use crate::model::{Json, RecordedEvent, StreamId};

use super::dictionary::part;

/// The events of one record: they can be looked at without a copy.
#[derive(Debug, Default)]
pub struct EventTable {
    pub(super) names: String,
    pub(super) payload: String,
    pub(super) streams: Vec<Range<u32>>,
    pub(super) types: Vec<Range<u32>>,
    pub(super) tags: Vec<Range<u32>>,
    pub(super) events: Vec<Entry>,
    pub(super) tag_indices: Vec<u32>,
}

/// Where an event's parts are.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub(super) id: Uuid,
    pub(super) stream: u32,
    pub(super) r#type: u32,
    pub(super) version: u32,
    pub(super) revision: u64,
    pub(super) position: u64,
    pub(super) recorded_at: u64,
    pub(super) device_time: u64,
    pub(super) tags: Range<u32>,
    pub(super) metadata: Range<u32>,
    pub(super) data: Range<u32>,
}

/// One event of a record.
#[derive(Debug, Clone, Copy)]
pub struct EventRef<'a> {
    table: &'a EventTable,
    entry: &'a Entry,
}

impl EventTable {
    /// How many events there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.events.len()
    }

    /// The events in the order of the record.
    pub fn events(&self) -> impl ExactSizeIterator<Item = EventRef<'_>> + DoubleEndedIterator + Clone {
        self.events.iter().map(|entry| EventRef { table: self, entry })
    }

    /// The event with an index.
    #[must_use]
    pub fn event(&self, index: usize) -> Option<EventRef<'_>> {
        self.events.get(index).map(|entry| EventRef { table: self, entry })
    }

    /// The names of its streams, each once.
    pub fn streams(&self) -> impl ExactSizeIterator<Item = &str> {
        self.streams.iter().map(|range| part(&self.names, range))
    }

    /// What the table takes in memory, in bytes, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>()
            + self.names.capacity()
            + self.payload.capacity()
            + self.events.capacity() * size_of::<Entry>()
            + self.tag_indices.capacity() * size_of::<u32>()
            + (self.streams.len() + self.types.len() + self.tags.len()) * size_of::<Range<u32>>()
    }
}

impl<'a> EventRef<'a> {
    /// The event's type.
    #[must_use]
    pub fn r#type(&self) -> &'a str {
        part(&self.table.names, &self.table.types[self.entry.r#type as usize])
    }

    /// The event's stream.
    #[must_use]
    pub fn stream_id(&self) -> &'a str {
        part(&self.table.names, &self.table.streams[self.entry.stream as usize])
    }

    /// Its place in the stream.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.entry.revision
    }

    /// Its place in the store.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.entry.position
    }

    /// The version of its schema.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.entry.version
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.entry.id
    }

    /// Its tags.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let table = self.table;
        let tags = self.entry.tags.start as usize..self.entry.tags.end as usize;
        table.tag_indices[tags].iter().map(move |&tag| part(&table.names, &table.tags[tag as usize]))
    }

    /// Its metadata, as JSON text.
    #[must_use]
    pub fn metadata(&self) -> &'a str {
        match part(&self.table.payload, &self.entry.metadata) {
            "" => "{}",
            text => text,
        }
    }

    /// Its data, as JSON text.
    #[must_use]
    pub fn data(&self) -> &'a str {
        part(&self.table.payload, &self.entry.data)
    }

    /// How many bytes data and metadata have, without a look at them.
    #[must_use]
    pub fn payload_bytes(&self) -> usize {
        let Entry { data, metadata, .. } = self.entry;
        (data.end - data.start + metadata.end - metadata.start) as usize
    }

    /// Whether anything is told of its making, without a look at it.
    #[must_use]
    pub fn has_metadata(&self) -> bool {
        !self.entry.metadata.is_empty()
    }

    /// When it was stored.
    #[must_use]
    pub fn recorded_at(&self) -> u64 {
        self.entry.recorded_at
    }

    /// What the device's own clock said then.
    #[must_use]
    pub fn device_time(&self) -> u64 {
        self.entry.device_time
    }

    /// A copy that stands by itself.
    #[must_use]
    pub fn to_event(&self) -> RecordedEvent {
        RecordedEvent {
            r#type: self.r#type().to_owned(),
            data: Json::trusted(self.data()),
            version: self.version(),
            id: self.id(),
            stream_id: StreamId::trusted(self.stream_id()),
            revision: self.revision(),
            position: self.position(),
            tags: self.tags().map(str::to_owned).collect(),
            metadata: Json::trusted(self.metadata()),
            recorded_at: self.recorded_at(),
        }
    }
}

impl EventRef<'_> {
    /// Whether two events have all in common.
    #[must_use]
    pub fn is_equal(&self, other: &EventRef<'_>) -> bool {
        let numbers = |event: &EventRef<'_>| {
            let entry = event.entry;
            (entry.id, entry.version, entry.revision, entry.position, entry.recorded_at, entry.device_time)
        };
        numbers(self) == numbers(other)
            && self.data() == other.data()
            && self.metadata() == other.metadata()
            && self.r#type() == other.r#type()
            && self.stream_id() == other.stream_id()
            && self.tags().eq(other.tags())
    }
}
