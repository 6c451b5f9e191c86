//! What an aggregate is: commands make events, events make state.

use super::{Snapshots, Upcasters};

/// The rules of one kind of thing (an account, a user), as a value.
///
/// `decide` and `evolve` are pure: they look at nothing but what they are given, and change nothing. The same history then gives the same
/// state, today and in ten years, here and in another tab.
///
/// ```
/// use annals::Aggregate;
///
/// struct Counter;
/// struct Count(u32);
/// #[derive(serde::Serialize, serde::Deserialize)]
/// #[serde(tag = "type", content = "data")]
/// enum Counted { Added(u32) }
///
/// impl Aggregate for Counter {
///     type State = u32;
///     type Command = Count;
///     type Event = Counted;
///     type Error = &'static str;
///
///     fn name(&self) -> &str { "counter" }
///     fn initial_state(&self) -> u32 { 0 }
///     fn decide(&self, total: &u32, Count(by): &Count) -> Result<Vec<Counted>, &'static str> {
///         if total + by > 1000 { Err("too much") } else { Ok(vec![Counted::Added(*by)]) }
///     }
///     fn evolve(&self, total: u32, Counted::Added(by): &Counted) -> u32 { total + by }
/// }
/// assert_eq!(Counter.evolve(2, &Counter.decide(&2, &Count(3)).unwrap()[0]), 5);
/// ```
pub trait Aggregate {
    /// What is known of one such thing, as far as deciding needs it.
    type State;
    /// What it can be asked to do.
    type Command;
    /// What can happen to it.
    type Event;
    /// Why it may refuse.
    type Error;

    /// The name of its kind. A thing's stream is `<name>-<id>`, so the name has no `-`.
    fn name(&self) -> &str;

    /// The state before anything has happened.
    fn initial_state(&self) -> Self::State;

    /// What a command makes happen: nothing, one event or several.
    ///
    /// # Errors
    /// The aggregate's own, when its rules do not allow the command. Nothing happens then.
    fn decide(&self, state: &Self::State, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// The state after an event. It has happened: there is nothing to refuse any more.
    fn evolve(&self, state: Self::State, event: &Self::Event) -> Self::State;

    /// What an event is about, for queries and conditions: `email:ada@example.org`. Nothing, unless said.
    fn tags(&self, _event: &Self::Event) -> Vec<String> {
        Vec::new()
    }

    /// When states are kept beside the log. Never, unless said: serde has to know how to write one, and bring back the same.
    fn snapshots(&self) -> Option<Snapshots<Self::State>> {
        None
    }

    /// How events are read that were stored in older forms. As they are stored, unless said.
    fn upcasters(&self) -> Option<&Upcasters> {
        None
    }
}
