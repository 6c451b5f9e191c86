//! A text of a line, read in place where nothing in it is escaped.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// A text of a line. (Of an optional `Cow` serde makes a copy each time.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// What is wrong with a JSON text of one line. (Its number within that text is no number of a file's line.)
pub(super) fn said(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    match whole.split_once(" at line ") {
        Some((what, _)) => format!("{what}, at character {} of the line", error.column()),
        None => whole,
    }
}

/// Writes a text as JSON.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    // Text is always JSON, and a vector takes everything: this cannot fail.
    let _ = serde_json::to_writer(out, text);
}
