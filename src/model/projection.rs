//! What a projection is: events make rows.

use std::borrow::Cow;

use super::{Upcasters, Uuid};

/// The rules by which events are folded into the rows of a view, as a value.
///
/// Like `evolve` of an [`Aggregate`](super::Aggregate), `project` is pure: the same history then gives the same view, in pages of any size,
/// and whether it is folded at once or bit by bit.
///
/// ```
/// use annals::{Projection, model::Stored};
///
/// struct Balances;
/// #[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Balance { amount: i64 }
/// #[derive(serde::Deserialize)]
/// #[serde(tag = "type", content = "data")]
/// enum Moved { MoneyPaidIn(i64), MoneyPaidOut(i64) }
///
/// impl Projection for Balances {
///     type Event = Moved;
///     type Row = Balance;
///
///     fn name(&self) -> &str { "balances" }
///     fn types(&self) -> Vec<&str> { vec!["MoneyPaidIn", "MoneyPaidOut"] }
///     fn indexes(&self) -> Vec<&str> { vec!["amount"] }
///     fn project(&self, row: Option<Balance>, event: &Stored<'_, Moved>) -> Option<Balance> {
///         let before = row.map_or(0, |row| row.amount);
///         let amount = match event.event {
///             Moved::MoneyPaidIn(by) => before + by,
///             Moved::MoneyPaidOut(by) => before - by,
///         };
///         Some(Balance { amount })
///     }
/// }
/// ```
pub trait Projection {
    /// What can have happened: the types that it handles, no others.
    type Event;
    /// What the view keeps under one key.
    type Row;

    /// The name of the view.
    fn name(&self) -> &str;

    /// The version of these rules, 1 unless said. Raise it whenever they or the shape of a row change: what another version has saved is of no
    /// use to this one.
    fn version(&self) -> u32 {
        1
    }

    /// The types of events that it handles: all that [`Self::Event`](Projection::Event) has.
    fn types(&self) -> Vec<&str>;

    /// The categories of streams that it looks at: aggregates by name. All of them, unless said.
    fn categories(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The fields of a row that are looked up often, as paths (`address.city`), at most three deep.
    fn indexes(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Which rows an event is about. That of its stream, unless said.
    fn rows<'a>(&self, event: &Stored<'a, Self::Event>) -> RowKeys<'a> {
        RowKeys::One(event.stream_id.into())
    }

    /// The row after an event: `None` when there is to be none.
    fn project(&self, row: Option<Self::Row>, event: &Stored<'_, Self::Event>) -> Option<Self::Row>;

    /// How events are read that were stored in older forms. As they are stored, unless said.
    fn upcasters(&self) -> Option<&Upcasters> {
        None
    }

    /// What becomes of the view when an event cannot be read. It stops, unless said.
    fn on_error(&self) -> OnError {
        OnError::Stop
    }
}

/// An event, as a projection sees it.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a, E> {
    /// What happened.
    pub event: E,
    /// Where.
    pub stream_id: &'a str,
    /// Its place in the stream, from 1.
    pub revision: u64,
    /// Its place in the store, from 1.
    pub position: u64,
    /// When it was stored, in ms since the epoch.
    pub recorded_at: u64,
    /// Its id.
    pub id: Uuid,
    /// The version of its schema.
    pub version: u32,
    /// What is told of its making, as JSON text.
    pub metadata: &'a str,
}

/// Which rows an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKeys<'a> {
    /// None.
    None,
    /// One.
    One(Cow<'a, str>),
    /// Several, each once.
    Many(Vec<String>),
}

/// What becomes of a view whose projection fails over an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// It stops at its last good state.
    #[default]
    Stop,
    /// The event is put down as a dead letter, and the view goes on.
    Skip,
}
