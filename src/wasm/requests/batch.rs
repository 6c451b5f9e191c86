//! Appends as they come from JavaScript: all of one turn of the event loop as one JSON text.

use std::borrow::Cow;

use serde::Deserialize;
use uuid::Uuid;

use crate::model::{Condition, ExpectedRevision, InvalidArgument, Json, NewEvent, Query, StreamId, Write};

use super::reading::QueryRequest;

/// `[ticket, form, cancellable, writes, condition]`
#[derive(Deserialize)]
pub(crate) struct AppendRequest<'a>(
    pub(crate) f64,
    u8,
    pub(crate) bool,
    #[serde(borrow)] Vec<WriteRequest<'a>>,
    Option<ConditionRequest>,
);

/// In the form: a call to many streams, whose writes have names of their own in what is said of them.
const MANY: u8 = 1;

/// In the form: all ids were made for this very call.
const FRESH: u8 = 2;

/// `[streamId, expectedRevision, events]`
#[derive(Deserialize)]
struct WriteRequest<'a>(#[serde(borrow)] Cow<'a, str>, f64, #[serde(borrow)] Vec<EventRequest<'a>>);

/// `[type, version, id, tags, metadata, data]`
#[derive(Deserialize)]
struct EventRequest<'a>(String, u32, #[serde(borrow)] Cow<'a, str>, Option<Vec<String>>, Option<Json>, Json);

/// `[failIfEventsMatch, after]`
#[derive(Deserialize)]
struct ConditionRequest(QueryRequest, u64);

const ANY: f64 = -1.0;
const NO_STREAM: f64 = -2.0;
const EXISTS: f64 = -3.0;

/// Reads events by themselves: what an aggregate has decided.
pub(crate) fn read_events(text: &str) -> Result<Vec<NewEvent>, String> {
    let requests: Vec<EventRequest<'_>> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let events = requests.into_iter().map(|request| request.into_event().map_err(|error| error.to_string()));
    events.collect()
}

/// Reads the appends of one turn.
pub(crate) fn read(batch: &[u8]) -> Result<Vec<AppendRequest<'_>>, serde_json::Error> {
    serde_json::from_slice(batch)
}

impl AppendRequest<'_> {
    /// Whether the call was to one stream, whose write has no name of its own.
    pub(crate) fn is_single(&self) -> bool {
        self.1 & MANY == 0
    }

    /// Whether all ids were made for this very call.
    pub(crate) fn has_fresh_ids(&self) -> bool {
        self.1 & FRESH != 0
    }

    /// The same in the words of the model.
    pub(crate) fn into_parts(self) -> Result<(Vec<Write>, Option<Condition>), InvalidArgument> {
        let write = |(n, write): (usize, WriteRequest<'_>)| {
            write.into_write().map_err(|error| error.inside(&format!("writes[{n}]")))
        };
        let writes = self.3.into_iter().enumerate().map(write).collect::<Result<_, _>>()?;
        let condition = self.4.map(|ConditionRequest(query, after)| Condition {
            fail_if_events_match: Query::from(query),
            after,
        });
        Ok((writes, condition))
    }
}

/// An expectation, written as a number.
pub(crate) fn expected(number: f64) -> ExpectedRevision {
    match number {
        ANY => ExpectedRevision::Any,
        NO_STREAM => ExpectedRevision::NoStream,
        EXISTS => ExpectedRevision::Exists,
        revision => ExpectedRevision::Exact(revision as u64),
    }
}

impl WriteRequest<'_> {
    fn into_write(self) -> Result<Write, InvalidArgument> {
        let stream_id = StreamId::new(self.0.as_ref())?;
        let expected = expected(self.1);
        let events = self.2.into_iter().map(EventRequest::into_event).collect::<Result<_, _>>()?;
        Ok(Write { stream_id, expected, events })
    }
}

impl EventRequest<'_> {
    fn into_event(self) -> Result<NewEvent, InvalidArgument> {
        let Self(r#type, version, id, tags, metadata, data) = self;
        let id = Uuid::try_parse(&id).map_err(|_| InvalidArgument::new("id", "a UUID", format!("{id:?}")))?;
        let metadata = metadata.unwrap_or_else(Json::empty_object);
        Ok(NewEvent { r#type, version, id: Some(id), tags: tags.unwrap_or_default(), metadata, data })
    }
}
