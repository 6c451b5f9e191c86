//! What a command came to.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::model::Aggregate;

use super::{difference::difference, stored::stored};

/// What a command came to.
pub struct Outcome<'a, A: Aggregate> {
    pub(super) aggregate: &'a A,
    pub(super) decided: Result<Vec<A::Event>, A::Error>,
    pub(super) state: A::State,
}

impl<A> Outcome<'_, A>
where
    A: Aggregate<Event: Serialize + DeserializeOwned + PartialEq + Debug, Error: Debug>,
{
    /// Just these events were decided, in this order.
    ///
    /// # Panics
    /// When others were, or the command was refused.
    #[track_caller]
    pub fn then(self, events: impl IntoIterator<Item = A::Event>) -> Self {
        let expected = stored(self.aggregate, "expected", events);
        match &self.decided {
            Ok(found) if *found == expected => self,
            Ok(found) => differ("the events", &json(&expected), &json(found)),
            Err(refusal) => {
                let events = if expected.is_empty() { "no events" } else { "events" };
                panic!("expected {events}, found the refusal {refusal:?}")
            }
        }
    }

    /// The command was accepted, and nothing was decided.
    ///
    /// # Panics
    /// When something was, or the command was refused.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then([])
    }

    /// The command was refused with just this.
    ///
    /// # Panics
    /// When it was refused with something else, or accepted.
    #[track_caller]
    pub fn then_rejected(self, refusal: A::Error) -> Self
    where
        A::Error: PartialEq,
    {
        let expected = format!("the refusal {refusal:?}");
        self.expect_refusal(&expected, |found| *found == refusal)
    }

    /// The command was refused with something of which this holds: `|error| matches!(error, UserError::InvalidEmail(_))`, or
    /// `|_| true` for any refusal.
    ///
    /// # Panics
    /// When it was refused with something else, or accepted.
    #[track_caller]
    pub fn then_rejected_where(self, is_meant: impl FnOnce(&A::Error) -> bool) -> Self {
        self.expect_refusal("a refusal of which this holds", is_meant)
    }

    #[track_caller]
    fn expect_refusal(self, expected: &str, is_meant: impl FnOnce(&A::Error) -> bool) -> Self {
        match &self.decided {
            Err(found) if is_meant(found) => self,
            Err(found) => panic!("expected {expected}, found {found:?}"),
            Ok(events) => panic!("expected {expected}, found the events {}", json(events)),
        }
    }
}

impl<A: Aggregate<State: PartialEq + Debug>> Outcome<'_, A> {
    /// The state after it; after a refusal, that before it.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn then_state(self, state: A::State) -> Self {
        expect_state(&state, &self.state);
        self
    }
}

#[track_caller]
pub(super) fn expect_state<T: PartialEq + Debug>(expected: &T, found: &T) {
    if expected != found {
        differ("the state", &format!("{expected:#?}"), &format!("{found:#?}"));
    }
}

#[inline]
#[track_caller]
fn differ(what: &str, expected: &str, found: &str) -> ! {
    panic!("{what}: - expected, + found\n\n{}", difference(expected, found));
}

/// Events that have gone through JSON before: this cannot fail.
fn json<T: Serialize>(events: &[T]) -> String {
    serde_json::to_string_pretty(events).unwrap_or_default()
}
