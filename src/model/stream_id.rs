//! The name of a stream.

use std::{borrow::Borrow, fmt, rc::Rc};

use super::{InvalidArgument, MAX_STREAM_ID_BYTES, invalid::check_text};

/// The name of a stream: 1 to [`MAX_STREAM_ID_BYTES`] bytes of UTF-8. Any text is a name, `__proto__` too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(Rc<str>);

impl StreamId {
    /// Takes a text as the name of a stream.
    ///
    /// # Errors
    /// [`InvalidArgument`] when the text is empty or longer than [`MAX_STREAM_ID_BYTES`].
    pub fn new(text: impl Into<Rc<str>>) -> Result<Self, InvalidArgument> {
        let text = text.into();
        check_text("streamId", &text, MAX_STREAM_ID_BYTES)?;
        Ok(Self(text))
    }

    /// Takes a name that was checked when it was stored.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What precedes the first `-`; without one, the whole name.
    #[must_use]
    pub fn category(&self) -> &str {
        category_of(&self.0)
    }
}

/// The category of a stream's name: what precedes the first `-`; without one, the name itself.
#[must_use]
pub fn category_of(stream_id: &str) -> &str {
    stream_id.split_once('-').map_or(stream_id, |(category, _)| category)
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Borrow<str> for StreamId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for StreamId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
