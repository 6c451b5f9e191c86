//! What the engine asks of an aggregate, whoever supplies it.

use crate::model::{InvalidArgument, NewEvent};

use super::{Happening, SnapshotPolicy};

/// What the engine asks of an aggregate. Every [`Aggregate`](crate::Aggregate) whose events are serde's is one; a caller in another
/// language supplies one as well.
pub trait Decider {
    /// What is known of one aggregate. Copies are made often: those of large states should be cheap.
    type State: Clone;
    /// What it can be asked to do.
    type Command;
    /// Why it may refuse.
    type Rejection;
    /// Why a state cannot be made of events.
    type Broken;

    /// The name of its kind, without `-`.
    fn name(&self) -> &str;

    /// The state before anything has happened.
    ///
    /// # Errors
    /// What the aggregate's own code failed with.
    fn initial_state(&self) -> Result<Self::State, Self::Broken>;

    /// What a command makes happen.
    ///
    /// # Errors
    /// [`Undecided`] when the aggregate refuses, or answers with something else than events.
    fn decide(
        &self,
        state: &Self::State,
        command: &Self::Command,
    ) -> Result<Vec<NewEvent>, Undecided<Self::Rejection>>;

    /// The state after some events, which come in their order.
    ///
    /// # Errors
    /// What the aggregate's own code failed with.
    fn fold<'a>(
        &self,
        state: Self::State,
        events: &mut dyn Iterator<Item = Happening<'a>>,
    ) -> Result<Self::State, Self::Broken>;

    /// The state after events that were decided on a command just now, on this state of such a revision: what [`Decider::fold`] makes of them,
    /// for a decider that has them at hand.
    ///
    /// # Errors
    /// As [`Decider::fold`].
    fn fold_decided(
        &self,
        state: Self::State,
        revision: u64,
        _command: &Self::Command,
        events: &[NewEvent],
    ) -> Result<Self::State, Self::Broken> {
        self.fold(state, &mut Happening::all_ahead(events, revision))
    }

    /// When states are kept beside the log; `None` for never.
    fn snapshots(&self) -> Option<SnapshotPolicy> {
        None
    }

    /// A state as text, to be kept.
    ///
    /// # Errors
    /// Why it would not come back the same.
    fn freeze(&self, _state: &Self::State) -> Result<String, String> {
        Err("states are not kept".to_owned())
    }

    /// The state that a text was made of; `None` when it cannot be read.
    fn thaw(&self, _text: &str) -> Option<Self::State> {
        None
    }

    /// What a state takes in memory, in bytes, about: so many are kept as fit.
    fn weight(&self, _state: &Self::State) -> usize {
        1024
    }
}

/// Why nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided<R> {
    /// The aggregate refuses, in its own words.
    Rejected(R),
    /// It answered with something else than events.
    Invalid(InvalidArgument),
}
