//! How an import fails, and what became of one that did not.

use thiserror::Error;

use crate::{
    log::{AppendError, LogError, ReadError},
    model::InvalidArgument,
};

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A line is not as it was written.
    Damaged,
    /// It is no export.
    Foreign,
    /// It is one of a newer format.
    NewerFormat,
    /// Its events are not as they are stored.
    Current,
    /// It ends too soon.
    Truncated,
    /// Lines are missing, or stand in another order.
    OutOfOrder,
    /// An event has the id of another.
    Duplicate,
    /// With what is kept of its origin, an event is larger than an append may be.
    TooLarge,
}

impl Reason {
    /// The stable word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Foreign => "foreign",
            Self::NewerFormat => "newerFormat",
            Self::Current => "current",
            Self::Truncated => "truncated",
            Self::OutOfOrder => "outOfOrder",
            Self::Duplicate => "duplicate",
            Self::TooLarge => "tooLarge",
        }
    }
}

/// A line that cannot be imported, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {why}")]
pub struct Flaw {
    /// Its number, from 1.
    pub line: u64,
    /// What kind of flaw.
    pub reason: Reason,
    /// A sentence.
    pub why: String,
}

/// An import that has stopped. What came before is stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The file is at fault.
    #[error("{flaw}; {}", say_stored(*.stored))]
    Flawed {
        /// Where, and how.
        flaw: Flaw,
        /// How many events this import had stored. Those that had been there before do not count.
        stored: u64,
    },
    /// An event could not be stored.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn say_stored(stored: u64) -> String {
    match stored {
        0 => "no event was stored".to_owned(),
        1 => "1 event before it was stored".to_owned(),
        _ => format!("{stored} events before it were stored"),
    }
}

impl From<LogError> for ImportError {
    fn from(error: LogError) -> Self {
        Self::Read(error.into())
    }
}

/// An export that has stopped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// The call itself breaks a rule.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportReport {
    /// Events of the file.
    pub lines: u64,
    /// Those of them that this import has stored.
    pub stored: u64,
    /// Those that had been stored before.
    pub duplicates: u64,
    /// Whether all of them stand where they stood, with their positions, revisions and times.
    pub restored: bool,
    /// The position of the store's newest event.
    pub head: u64,
}
