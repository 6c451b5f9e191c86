//! Aggregates of Rust: events go through serde.

use std::{borrow::Cow, rc::Rc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::model::{Aggregate, InvalidArgument, Json, NewEvent};

use super::{Decider, Happening, SnapshotPolicy, Undecided, event_fields::EventFields};

/// A stored event that is none of the aggregate's.
#[derive(Debug, Clone, Error)]
#[error(
    "aggregate {aggregate:?} cannot read event {revision} of the stream, a {type:?} of version {version}: {why}"
)]
pub struct Unreadable {
    /// The name of the aggregate's kind.
    pub aggregate: String,
    /// The type of the event.
    pub r#type: String,
    /// The version of its schema.
    pub version: u32,
    /// Its place in the stream.
    pub revision: u64,
    /// What serde says.
    pub why: String,
}

/// How serde writes an enum with `#[serde(tag = "type", content = "data")]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tagged<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl<A> Decider for A
where
    A: Aggregate,
    A::State: Clone,
    A::Event: Serialize + DeserializeOwned,
{
    type State = Rc<A::State>;
    type Command = A::Command;
    type Rejection = A::Error;
    type Broken = Unreadable;

    fn name(&self) -> &str {
        Aggregate::name(self)
    }

    fn initial_state(&self) -> Result<Self::State, Unreadable> {
        Ok(Rc::new(Aggregate::initial_state(self)))
    }

    fn decide(
        &self,
        state: &Self::State,
        command: &A::Command,
    ) -> Result<Vec<NewEvent>, Undecided<A::Error>> {
        let events = Aggregate::decide(self, state, command).map_err(Undecided::Rejected)?;
        let events = events.iter().enumerate();
        let written = |(n, event)| {
            let written = written(n, event).map_err(Undecided::Invalid)?;
            // What is decided is of the newest version that is known.
            let version = self.upcasters().map_or(1, |upcasters| upcasters.newest(&written.r#type));
            Ok(NewEvent { tags: self.tags(event), version, ..written })
        };
        events.map(written).collect()
    }

    fn fold<'a>(
        &self,
        state: Self::State,
        events: &mut dyn Iterator<Item = Happening<'a>>,
    ) -> Result<Self::State, Unreadable> {
        let mut state = Rc::unwrap_or_clone(state);
        for event in events {
            let unreadable = |why: String| Unreadable {
                aggregate: Decider::name(self).to_owned(),
                r#type: event.r#type.to_owned(),
                version: event.version,
                revision: event.revision,
                why,
            };
            let step = |state: A::State, event: &Happening<'_>| {
                let read: A::Event = read(event).map_err(|why| unreadable(why.to_string()))?;
                Ok(self.evolve(state, &read))
            };
            let pieces = match self.upcasters() {
                Some(upcasters) => upcasters.pieces(event.r#type, event.version, event.data),
                None => Ok(None),
            };
            state = match pieces.map_err(|error| unreadable(error.why.to_string()))? {
                None => step(state, &event)?,
                Some(pieces) => {
                    pieces.iter().try_fold(state, |state, piece| step(state, &event.read_as(piece)))?
                }
            };
        }
        Ok(Rc::new(state))
    }

    fn snapshots(&self) -> Option<SnapshotPolicy> {
        let (every, version) = Aggregate::snapshots(self)?.policy();
        let version = match self.upcasters() {
            Some(upcasters) => upcasters.with_version(version),
            None => version,
        };
        Some(SnapshotPolicy { every, version })
    }

    fn freeze(&self, state: &Self::State) -> Result<String, String> {
        let snapshots = Aggregate::snapshots(self).ok_or("states are not kept")?;
        snapshots.write(state).map_err(|error| error.to_string())
    }

    fn thaw(&self, text: &str) -> Option<Self::State> {
        Aggregate::snapshots(self)?.read(text).ok().map(Rc::new)
    }
}

/// The n-th of some events, as it is stored.
pub(crate) fn written<T: Serialize>(n: usize, event: &T) -> Result<NewEvent, InvalidArgument> {
    let expected = "an enum with `#[serde(tag = \"type\", content = \"data\")]`";
    let refuse = |why: String| InvalidArgument::new(format!("events[{n}]"), expected, why);
    let text = serde_json::to_string(event).map_err(|error| refuse(error.to_string()))?;
    let tagged: Tagged<'_> = serde_json::from_str(&text).map_err(|_| refuse(text.clone()))?;
    let data = tagged.data.map_or_else(Json::null, |data| Json::trusted(data.get()));
    Ok(NewEvent::of_json(tagged.r#type, data))
}

/// An event, of what was stored of it.
pub(crate) fn read<T: DeserializeOwned>(event: &Happening<'_>) -> Result<T, serde_json::Error> {
    T::deserialize(EventFields::Both { r#type: event.r#type, data: event.data })
}
