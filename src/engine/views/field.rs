//! The value of one field of a row, and the order of such values.

use std::{cmp::Ordering, fmt, rc::Rc};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The value of one field of a row. They have one order over all kinds: a field that is missing, `null`, `false`, `true`, numbers, texts by
/// code points, and last lists and objects, which count as equal to one another.
#[derive(Debug, Clone)]
pub enum Field {
    /// There is no such field.
    Missing,
    /// `null`.
    Null,
    /// `false` or `true`.
    Bool(bool),
    /// A number; never one that is not a number.
    Number(f64),
    /// A text.
    Text(Rc<str>),
    /// A list or an object.
    Other,
}

impl Field {
    /// Its place among the kinds.
    fn kind(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Null => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
            Self::Text(_) => 4,
            Self::Other => 5,
        }
    }

    /// Whether both are of one kind: a comparison holds between such only.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.kind() == other.kind()
    }
}

impl Ord for Field {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            // No such number is kept, so they always compare; and -0 is 0.
            (Self::Number(one), Self::Number(other)) => one.partial_cmp(other).unwrap_or(Ordering::Equal),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

impl PartialOrd for Field {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Field {}

impl From<bool> for Field {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Field {
    /// What is not a number is `null`, as JSON has it.
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Number(value) } else { Self::Null }
    }
}

impl From<i32> for Field {
    fn from(value: i32) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Field {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

impl From<&str> for Field {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

/// From JSON; of an object and of a list only that it is one is kept. An object says that there is no such field: that is how a column of
/// fields is written, and what is looked up is never an object.
impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Field, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Field, E> {
        Ok(Field::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Field, E> {
        Ok(Field::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Field, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Field, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Missing)
    }
}
