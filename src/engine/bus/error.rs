//! What sending may come to instead.

use std::fmt::{self, Display, Formatter};

use thiserror::Error;

/// Why a command or a query that was sent has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError<E> {
    /// Nobody handles it.
    #[error(transparent)]
    HandlerNotFound(#[from] HandlerNotFound),
    /// Its handler's own error, as it is.
    #[error("{0}")]
    Failed(E),
}

/// Nobody handles what was sent. Commands and queries are named by their types.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct HandlerNotFound {
    /// What was sent.
    pub sent: String,
    /// What there are handlers of: commands if it is one, else queries; by name.
    pub known: Vec<String>,
}

impl Display for HandlerNotFound {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected a handler of {}, found ", self.sent)?;
        match &self.known[..] {
            [] => formatter.write_str("no handlers"),
            known => write!(formatter, "handlers of {}", known.join(", ")),
        }
    }
}
