//! What the engine asks of projections, whoever supplies them.

use serde::{Deserialize, Serialize};

use crate::log::Page;

use super::{Changes, Field, FieldPath};

/// Names a generation: the rows that one projection has folded from a beginning of their own. A view shows one; a rebuild makes another.
pub type GenerationId = u32;

/// A projection, as far as the engine has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The name of the view.
    pub name: String,
    /// The version of the code: what another has saved is of no use.
    pub version: String,
    /// The types of events that it handles.
    pub types: Vec<String>,
    /// The categories of streams that it looks at; none for all.
    pub categories: Vec<String>,
    /// The fields that are looked up often.
    pub indexes: Vec<FieldPath>,
}

/// What of a page is meant for a generation: its own events after a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Which generation.
    pub generation: GenerationId,
    /// What it has already.
    pub after: u64,
}

/// What folding a page has done to a generation.
#[derive(Debug, Default)]
pub struct Folded {
    /// To its rows.
    pub changes: Changes,
    /// Events that were skipped, because the projection failed over them.
    pub letters: Vec<DeadLetter>,
    /// Where it has stopped, if so: before this event. The changes are those of the events before it.
    pub fault: Option<DeadLetter>,
}

/// An event that a projection has failed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// The place of the event in the store.
    pub position: u64,
    /// Its stream.
    pub stream_id: String,
    /// Its type.
    pub r#type: String,
    /// What went wrong.
    pub message: String,
}

/// Gives the next of the rows that were taken, so many, as one JSON text; an error says why one cannot be written.
pub type RowWriter = Box<dyn FnMut(usize) -> Result<String, String>>;

/// What the engine asks of projections: it knows which events they take and which of their rows have changed, they have the rows.
///
/// Nothing here waits, and nothing of it may call the engine.
pub trait Folding: 'static {
    /// A generation without rows.
    fn begin(&self, projection: usize) -> GenerationId;

    /// A view shows a generation from now on.
    fn show(&self, _projection: usize, _generation: GenerationId) {}

    /// Lets a generation go.
    fn end(&self, generation: GenerationId);

    /// Folds a page into generations, all at once: from the event after `after` on, of the types and categories of each. Answers in the order
    /// of the turns.
    fn fold(&self, page: &Page, turns: &[Turn]) -> Vec<Folded>;

    /// One field of some rows, in their order.
    fn fields(&self, generation: GenerationId, slots: &[u32], path: &FieldPath) -> Vec<Field>;

    /// Takes rows as they are now, to be written later.
    fn writer(&self, generation: GenerationId, slots: &[u32]) -> RowWriter;

    /// Adds rows that were written, under their keys and in the next slots, from 0 on. Says whether they could be read.
    fn read(&self, generation: GenerationId, keys: &[String], rows: &str) -> bool;
}
