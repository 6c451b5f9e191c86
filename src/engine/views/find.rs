//! Which rows of a view are meant, and in which order.

use std::rc::Rc;

use crate::model::InvalidArgument;

use super::{Field, FieldPath};

/// Which rows of a view are meant, and in which order. All tests must hold. Rows whose fields are equal come by key, in code-point order,
/// whichever the direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find {
    pub(super) filter: Vec<(FieldPath, Test)>,
    pub(super) order_by: Option<FieldPath>,
    pub(super) is_descending: bool,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

/// What is asked of a field. A test holds only for a value of its own kind: `Gt(5)` for no text, and none for a field that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is this.
    Eq(Field),
    /// It is greater.
    Gt(Field),
    /// It is this or greater.
    Gte(Field),
    /// It is less.
    Lt(Field),
    /// It is this or less.
    Lte(Field),
    /// It is one of these.
    In(Vec<Field>),
    /// It is a text that begins so.
    StartsWith(Rc<str>),
}

impl Test {
    /// Whether it holds for a value.
    #[must_use]
    pub fn holds(&self, value: &Field) -> bool {
        let is_like =
            |wanted: &Field| value.is_like(wanted) && !matches!(wanted, Field::Missing | Field::Other);
        match self {
            Self::Eq(wanted) => is_like(wanted) && value == wanted,
            Self::Gt(wanted) => is_like(wanted) && value > wanted,
            Self::Gte(wanted) => is_like(wanted) && value >= wanted,
            Self::Lt(wanted) => is_like(wanted) && value < wanted,
            Self::Lte(wanted) => is_like(wanted) && value <= wanted,
            Self::In(wanted) => wanted.iter().any(|one| is_like(one) && value == one),
            Self::StartsWith(prefix) => matches!(value, Field::Text(text) if text.starts_with(&**prefix)),
        }
    }
}

impl Find {
    /// All rows, by key.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Rows of whose field something is true.
    ///
    /// # Errors
    /// [`InvalidArgument`] when the path is none.
    pub fn filter(mut self, field: &str, test: Test) -> Result<Self, InvalidArgument> {
        self.filter.push((field.parse()?, test));
        Ok(self)
    }

    /// Ordered by a field, the least first.
    ///
    /// # Errors
    /// [`InvalidArgument`] when the path is none.
    pub fn order_by(mut self, field: &str) -> Result<Self, InvalidArgument> {
        self.order_by = Some(field.parse()?);
        Ok(self)
    }

    /// The greatest first; without a field to order by, the last key first.
    #[must_use]
    pub fn descending(self) -> Self {
        Self { is_descending: true, ..self }
    }

    /// At most so many.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Not the first of them.
    #[must_use]
    pub fn offset(self, offset: usize) -> Self {
        Self { offset, ..self }
    }
}
