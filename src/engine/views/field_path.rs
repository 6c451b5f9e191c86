//! Where in a row a field is.

use std::{fmt, str::FromStr};

use crate::model::InvalidArgument;

/// How deep a field may lie.
pub const MAX_FIELD_DEPTH: usize = 3;

/// Where in a row a field is: names with points between them, at most [`MAX_FIELD_DEPTH`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Box<str>);

impl FieldPath {
    /// The whole path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names, from the row inwards.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl FromStr for FieldPath {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        let depth = text.split('.').count();
        if depth > MAX_FIELD_DEPTH || text.split('.').any(str::is_empty) {
            let expected = format!("the names of a field, 1 to {MAX_FIELD_DEPTH} with points between them");
            return Err(InvalidArgument::new("field", expected, format!("{text:?}")));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
