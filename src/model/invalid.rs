//! What is said of an argument that breaks a rule.

use thiserror::Error;

/// An argument that breaks a rule: which one, what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{argument}: expected {expected}, found {found}")]
pub struct InvalidArgument {
    /// Which argument, as a path: `events[2].type`.
    pub argument: String,
    /// What the rule asks for.
    pub expected: String,
    /// What was given.
    pub found: String,
}

impl InvalidArgument {
    /// Names an argument, the rule it breaks and what it was.
    pub fn new(argument: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { argument: argument.into(), expected: expected.into(), found: found.into() }
    }

    /// The same finding, for a call that has one write and does not name it: `writes[0].events[2].type` is `events[2].type`.
    #[must_use]
    pub fn of_the_only_write(mut self) -> Self {
        if let Some(rest) = self.argument.strip_prefix("writes[0].") {
            self.argument = rest.to_owned();
        }
        self
    }

    /// The same finding, one level further out: `type` inside `events[2]` is `events[2].type`.
    #[must_use]
    pub fn inside(mut self, parent: &str) -> Self {
        self.argument =
            if self.argument.is_empty() { parent.to_owned() } else { format!("{parent}.{}", self.argument) };
        self
    }
}

/// Refuses a text that is empty or longer than `max` bytes.
pub(super) fn check_text(argument: &str, text: &str, max: usize) -> Result<(), InvalidArgument> {
    match text.len() {
        0 => Err(InvalidArgument::new(argument, format!("1 to {max} bytes of UTF-8"), "an empty text")),
        n if n > max => {
            Err(InvalidArgument::new(argument, format!("1 to {max} bytes of UTF-8"), format!("{n} bytes")))
        }
        _ => Ok(()),
    }
}
