//! An event before and after it is stored.

use serde::Serialize;
use uuid::Uuid;

use super::{
    InvalidArgument, Json, MAX_TAG_BYTES, MAX_TAGS, MAX_TYPE_BYTES, MAX_VERSION, NotJson, StreamId,
    invalid::check_text,
};

/// An event that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened, in the words of the domain: `MoneyDeposited`.
    pub r#type: String,
    /// What is told of it.
    pub data: Json,
    /// The version of the event's schema, from 1 to [`MAX_VERSION`]; 1 unless said.
    pub version: u32,
    /// The event's id; made by the store when absent. Giving one makes the append idempotent.
    pub id: Option<Uuid>,
    /// What the event is about, for queries and conditions: `email:ada@example.org`.
    pub tags: Vec<String>,
    /// What is told of its making (correlation, user): a JSON object.
    pub metadata: Json,
}

impl NewEvent {
    /// An event of a type with data, of version 1, without tags and metadata.
    ///
    /// # Errors
    /// [`NotJson`] when JSON cannot hold the data.
    pub fn new<T: Serialize + ?Sized>(r#type: impl Into<String>, data: &T) -> Result<Self, NotJson> {
        Ok(Self::of_json(r#type, Json::of(data)?))
    }

    /// An event of a type with data that is JSON already.
    pub fn of_json(r#type: impl Into<String>, data: Json) -> Self {
        Self {
            r#type: r#type.into(),
            data,
            version: 1,
            id: None,
            tags: Vec::new(),
            metadata: Json::empty_object(),
        }
    }

    /// The same event with an id of the caller's.
    #[must_use]
    pub fn with_id(mut self, id: Uuid) -> Self {
        self.id = Some(id);
        self
    }

    /// The same event with one more tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The same event with metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Json) -> Self {
        self.metadata = metadata;
        self
    }

    /// What the event counts towards the limit of an append, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.r#type.len()
            + self.data.as_str().len()
            + self.metadata.as_str().len()
            + self.tags.iter().map(String::len).sum::<usize>()
    }

    pub(crate) fn check(&self) -> Result<(), InvalidArgument> {
        check_text("type", &self.r#type, MAX_TYPE_BYTES)?;
        if !(1..=MAX_VERSION).contains(&self.version) {
            let expected = format!("an integer from 1 to {MAX_VERSION}");
            return Err(InvalidArgument::new("version", expected, self.version.to_string()));
        }
        if self.tags.len() > MAX_TAGS {
            let found = format!("{} tags", self.tags.len());
            return Err(InvalidArgument::new("tags", format!("at most {MAX_TAGS} tags"), found));
        }
        for (n, tag) in self.tags.iter().enumerate() {
            check_text("", tag, MAX_TAG_BYTES).map_err(|e| e.inside(&format!("tags[{n}]")))?;
        }
        if !self.metadata.is_object() {
            return Err(InvalidArgument::new("metadata", "a JSON object", self.metadata.as_str()));
        }
        Ok(())
    }
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// What happened.
    pub r#type: String,
    /// What is told of it.
    pub data: Json,
    /// The version of the event's schema.
    pub version: u32,
    /// The event's id.
    pub id: Uuid,
    /// The stream that it is in.
    pub stream_id: StreamId,
    /// Its place in the stream, from 1.
    pub revision: u64,
    /// Its place in the store, from 1.
    pub position: u64,
    /// What the event is about.
    pub tags: Vec<String>,
    /// What is told of its making.
    pub metadata: Json,
    /// When it was stored, in ms since the epoch; never decreases along positions.
    pub recorded_at: u64,
}
