//! An event, as states are made of it.

use uuid::Uuid;

use crate::{
    log::codec::EventRef,
    model::{NewEvent, Piece},
};

/// An event, as states are made of it. Its position and its time are left out: a state is made ahead of storing, when nobody knows them
/// yet, and has to come out the same when it is made again.
#[derive(Debug, Clone, Copy)]
pub struct Happening<'a> {
    /// What happened.
    pub r#type: &'a str,
    /// What is told of it, as JSON text.
    pub data: &'a str,
    /// The version of its schema.
    pub version: u32,
    /// Its id.
    pub id: Uuid,
    /// Its place in the stream, from 1.
    pub revision: u64,
    /// What is told of its making, as JSON text.
    pub metadata: &'a str,
}

impl<'a> From<EventRef<'a>> for Happening<'a> {
    fn from(event: EventRef<'a>) -> Self {
        Self {
            r#type: event.r#type(),
            data: event.data(),
            version: event.version(),
            id: event.id(),
            revision: event.revision(),
            metadata: event.metadata(),
        }
    }
}

impl<'a> Happening<'a> {
    /// Those that are going to be stored after such a revision.
    pub fn all_ahead(events: &'a [NewEvent], revision: u64) -> impl Iterator<Item = Self> {
        events.iter().zip(revision + 1..).map(|(event, at)| Self::ahead(event, at))
    }

    /// The same, as upcasters have it.
    pub(crate) fn read_as(&self, piece: &'a Piece) -> Self {
        Self { r#type: &piece.r#type, version: piece.version, data: piece.data.as_str(), ..*self }
    }

    /// One that is going to be stored as such a revision.
    #[must_use]
    pub fn ahead(event: &'a NewEvent, revision: u64) -> Self {
        Self {
            r#type: &event.r#type,
            data: event.data.as_str(),
            version: event.version,
            id: event.id.unwrap_or_default(),
            revision,
            metadata: event.metadata.as_str(),
        }
    }
}
