//! A history to decide on.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::model::Aggregate;

use super::{Outcome, outcome::expect_state, stored::stored};

/// A history to decide on: a command comes next. Several may be tried on the same one.
pub struct Given<'a, A: Aggregate> {
    aggregate: &'a A,
    state: A::State,
}

/// A history to decide on: `given(&Users, [created]).when(rename).then([renamed])`. `[]` for none.
///
/// # Panics
/// When a store would not take an event, or it does not come back from JSON as it was.
#[track_caller]
#[must_use = "nothing is expected yet"]
pub fn given<A>(aggregate: &A, events: impl IntoIterator<Item = A::Event>) -> Given<'_, A>
where
    A: Aggregate<Event: Serialize + DeserializeOwned + PartialEq + Debug>,
{
    let events = stored(aggregate, "given", events);
    let state = events.iter().fold(aggregate.initial_state(), |state, event| aggregate.evolve(state, event));
    Given { aggregate, state }
}

impl<'a, A> Given<'a, A>
where
    A: Aggregate<State: Clone, Event: Serialize + DeserializeOwned + PartialEq + Debug>,
{
    /// The command that is decided on.
    ///
    /// # Panics
    /// When a store would not take an event that is decided, or it does not come back from JSON as it was.
    #[track_caller]
    #[must_use = "nothing is expected of it yet"]
    pub fn when(&self, command: A::Command) -> Outcome<'a, A> {
        let Self { aggregate, state } = self;
        let decided = match aggregate.decide(state, &command) {
            Ok(events) => Ok(stored(*aggregate, "decided", events)),
            Err(refusal) => Err(refusal),
        };
        let events = decided.iter().flatten();
        let state = events.fold(state.clone(), |state, event| aggregate.evolve(state, event));
        Outcome { aggregate, decided, state }
    }
}

impl<A: Aggregate<State: PartialEq + Debug>> Given<'_, A> {
    /// The state that the history gives.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn then_state(self, state: A::State) -> Self {
        expect_state(&state, &self.state);
        self
    }
}
