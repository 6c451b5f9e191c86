//! Why a command was not carried out, as one sentence.

use std::{fmt, io, path::Path};

use annals::{
    backup::{ExportError, ImportError},
    log::{AppendError, LogError, ReadError},
    storage::StorageError,
};

/// Why a command was not carried out.
pub(crate) enum Failure {
    /// Whoever reads the output has enough of it.
    NobodyReads,
    Said(String),
}

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self::Said(sentence.into())
    }

    /// What the system says of a file.
    pub(crate) fn of_file(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Said(format!("{}: {error}", path.display())),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NobodyReads => f.write_str("nobody reads the output"),
            Self::Said(sentence) => f.write_str(sentence),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::Said(match error {
            LogError::Storage(StorageError::Blocked(_)) => "another process has the store open".to_owned(),
            other => other.to_string(),
        })
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Log(error) => error.into(),
            ReadError::InvalidArgument(error) => Self::Said(error.to_string()),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Read(error) => error.into(),
            ExportError::InvalidArgument(error) => Self::Said(error.to_string()),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Read(error) => error.into(),
            ImportError::Append(AppendError::Log(error)) => error.into(),
            other => Self::Said(other.to_string()),
        }
    }
}
