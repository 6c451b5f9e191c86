//! One request to store events.

use std::collections::HashSet;

use uuid::Uuid;

use super::{ExpectedRevision, InvalidArgument, MAX_APPEND_BYTES, NewEvent, Query, Sockets, StreamId};

/// Events for one stream.
#[derive(Debug, Clone)]
pub struct Write {
    /// The stream that they are for.
    pub stream_id: StreamId,
    /// What the writer believes of the stream.
    pub expected: ExpectedRevision,
    /// The events, in order. Empty for a check only.
    pub events: Vec<NewEvent>,
}

/// Refuses an append if any event after `after` matches (a dynamic consistency boundary).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What must not be there.
    pub fail_if_events_match: Query,
    /// Only events after this position count; 0 for all.
    pub after: u64,
}

/// Where events stood that are put back, out of a backup: they take that place again, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// The position of the first of them, which has to be the next.
    pub position: u64,
    /// When they were stored, in ms since the epoch: not before the newest event.
    pub recorded_at: u64,
    /// The event before them, which has to be the newest; `None` for the first of all. A position alone does not tell that the log is the one
    /// that they were in.
    pub after: Option<Uuid>,
}

/// One request to store events, over one or more streams: all of it is stored, or nothing.
#[derive(Debug, Clone)]
pub struct Append {
    writes: Vec<Write>,
    condition: Option<Condition>,
    bytes: usize,
    has_fresh_ids: bool,
    follows: Option<Uuid>,
    restored: Option<Restored>,
}

impl Append {
    /// Checks a request by itself, before anything is known of the log. Events without an id get one.
    ///
    /// # Errors
    /// [`InvalidArgument`] when there is no event at all, a stream occurs twice, two events have one id, an event breaks
    /// a rule, or the whole is larger than [`MAX_APPEND_BYTES`].
    pub fn new(
        mut writes: Vec<Write>,
        condition: Option<Condition>,
        sockets: &Sockets,
    ) -> Result<Self, InvalidArgument> {
        check_streams(&writes)?;
        if let Some(condition) = &condition {
            condition.fail_if_events_match.check().map_err(|e| e.inside("condition.failIfEventsMatch"))?;
        }
        let mut bytes = 0;
        let mut has_fresh_ids = true;
        for (w, write) in writes.iter_mut().enumerate() {
            write.expected.check().map_err(|e| e.inside(&format!("writes[{w}]")))?;
            for (n, event) in write.events.iter_mut().enumerate() {
                event.check().map_err(|e| e.inside(&format!("writes[{w}].events[{n}]")))?;
                has_fresh_ids &= event.id.is_none();
                event.id.get_or_insert_with(|| sockets.event_id());
                bytes += event.bytes();
            }
        }
        if bytes > MAX_APPEND_BYTES {
            let expected = format!("at most {MAX_APPEND_BYTES} bytes of JSON text in one append");
            return Err(InvalidArgument::new("events", expected, format!("{bytes} bytes")));
        }
        let append = Self { writes, condition, bytes, has_fresh_ids, follows: None, restored: None };
        check_ids(&append)?;
        Ok(append)
    }

    /// What is written to each stream.
    #[must_use]
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// The condition that the whole is under.
    #[must_use]
    pub fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    /// All events in order, with their streams.
    pub fn events(&self) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
        self.writes.iter().flat_map(|write| write.events.iter().map(move |event| (&write.stream_id, event)))
    }

    /// How many events there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.writes.iter().map(|write| write.events.len()).sum()
    }

    /// The ids of all events, in order.
    pub fn event_ids(&self) -> impl Iterator<Item = Uuid> {
        self.events().filter_map(|(_, event)| event.id)
    }

    /// The same append, whose ids were all made for this very call, though by the caller.
    #[must_use]
    pub fn of_fresh_ids(mut self) -> Self {
        self.has_fresh_ids = true;
        self
    }

    /// Whether all ids were made for this very call: then none of them can be stored already.
    #[must_use]
    pub fn has_fresh_ids(&self) -> bool {
        self.has_fresh_ids
    }

    /// The same append, which counts on the event with this id being the newest of the stream that it writes to first: one that was not
    /// stored yet when this append was decided.
    #[must_use]
    pub fn following(mut self, id: Uuid) -> Self {
        self.follows = Some(id);
        self
    }

    /// The event that has to be the newest of the stream that is written to first.
    #[must_use]
    pub fn follows(&self) -> Option<Uuid> {
        self.follows
    }

    /// The same append, whose events are put back where they stood.
    #[must_use]
    pub fn restoring(mut self, restored: Restored) -> Self {
        self.restored = Some(restored);
        self
    }

    /// Where the events stood, if they are put back.
    #[must_use]
    pub fn restored(&self) -> Option<&Restored> {
        self.restored.as_ref()
    }

    /// Bytes of JSON text, types and tags.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

fn check_streams(writes: &[Write]) -> Result<(), InvalidArgument> {
    if writes.iter().all(|write| write.events.is_empty()) {
        return Err(InvalidArgument::new("events", "at least one event", "none"));
    }
    if writes.len() > 1 {
        let mut seen = HashSet::with_capacity(writes.len());
        for (n, write) in writes.iter().enumerate() {
            if !seen.insert(write.stream_id.as_str()) {
                let found = format!("{:?} again", write.stream_id);
                return Err(InvalidArgument::new(
                    format!("writes[{n}].streamId"),
                    "each stream once in a call",
                    found,
                ));
            }
        }
    }
    Ok(())
}

fn check_ids(append: &Append) -> Result<(), InvalidArgument> {
    if append.count() < 2 {
        return Ok(());
    }
    let mut seen = HashSet::with_capacity(append.count());
    match append.event_ids().find(|id| !seen.insert(*id)) {
        Some(id) => {
            Err(InvalidArgument::new("events", "an id of its own for each event", format!("{id} twice")))
        }
        None => Ok(()),
    }
}
