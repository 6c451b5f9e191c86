//! A JSON value, kept as the text it was given as.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use thiserror::Error;

/// A JSON value, kept as text: the engine stores payloads and hands them back, and never looks inside.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

/// A value that is not JSON.
#[derive(Debug, Error)]
#[error("expected a value that JSON can hold: {0}")]
pub struct NotJson(#[from] serde_json::Error);

impl Json {
    /// The JSON `null`.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The JSON `{}`.
    #[must_use]
    pub fn empty_object() -> Self {
        Self("{}".into())
    }

    /// A text as JSON.
    #[must_use]
    pub fn text(text: &str) -> Self {
        // Text is always JSON: this cannot fail.
        Self(serde_json::to_string(text).unwrap_or_default().into())
    }

    /// The value, to be written into another.
    pub(crate) fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.0.to_string()).unwrap_or_default()
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// [`NotJson`] when JSON cannot hold the value (a map whose keys are not text, for one).
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, NotJson> {
        Ok(Self(serde_json::to_string(value)?.into()))
    }

    /// Takes a text that is JSON already.
    ///
    /// # Errors
    /// [`NotJson`] when it is not.
    pub fn from_text(text: impl Into<String>) -> Result<Self, NotJson> {
        Ok(Self(RawValue::from_string(text.into())?.into()))
    }

    /// Takes a text that was checked when it was stored.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.into())
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    /// [`NotJson`] when the value has another shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, NotJson> {
        Ok(serde_json::from_str(&self.0)?)
    }

    /// The value as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the value is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.0.starts_with('{')
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(deserializer)?.into()))
    }
}
