//! Which events are meant.

use super::{InvalidArgument, category_of};

/// Which events are meant: those that match any of the items. At least one item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// The alternatives.
    pub items: Vec<QueryItem>,
}

/// One alternative of a [`Query`]. The four lists are AND; an empty list asks for nothing, so an empty item matches
/// every event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct QueryItem {
    /// Any of these types.
    pub types: Vec<String>,
    /// All of these tags.
    pub tags: Vec<String>,
    /// Any of these streams.
    pub streams: Vec<String>,
    /// Any of these categories of streams.
    pub categories: Vec<String>,
}

/// What of an event a [`Query`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a, T> {
    /// The event's type.
    pub r#type: &'a str,
    /// The event's stream.
    pub stream_id: &'a str,
    /// The event's tags.
    pub tags: &'a [T],
}

impl Query {
    /// A query of one item.
    #[must_use]
    pub fn of(item: QueryItem) -> Self {
        Self { items: vec![item] }
    }

    /// Whether an event is meant.
    pub fn matches<T: AsRef<str>>(&self, event: &Subject<'_, T>) -> bool {
        self.items.iter().any(|item| item.matches(event))
    }

    /// Refuses a query without items.
    ///
    /// # Errors
    /// [`InvalidArgument`] when there is no item: it would match nothing, which is never what was meant.
    pub fn check(&self) -> Result<(), InvalidArgument> {
        if self.items.is_empty() {
            return Err(InvalidArgument::new(
                "items",
                "at least one item (an empty item matches every event)",
                "none",
            ));
        }
        Ok(())
    }
}

impl QueryItem {
    fn matches<T: AsRef<str>>(&self, event: &Subject<'_, T>) -> bool {
        any_of(&self.types, event.r#type)
            && any_of(&self.streams, event.stream_id)
            && any_of(&self.categories, category_of(event.stream_id))
            && self.tags.iter().all(|wanted| event.tags.iter().any(|tag| tag.as_ref() == wanted))
    }
}

fn any_of(wanted: &[String], found: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| one == found)
}
