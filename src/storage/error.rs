//! How a storage fails.

use std::fmt;

use thiserror::Error;

/// What the platform said, as far as it said anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The platform's name for the error: `QuotaExceededError`.
    pub name: String,
    /// Its sentence.
    pub message: String,
}

impl Cause {
    /// Names a cause.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into() }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.is_empty(), self.message.is_empty()) {
            (_, true) => f.write_str(&self.name),
            (true, false) => f.write_str(&self.message),
            (false, false) => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

impl std::error::Error for Cause {}

/// A storage that did not do what it was asked. Nothing was stored by the call that says so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StorageError {
    /// There is no such storage here (a private window, a sandboxed frame, a platform without it).
    #[error("expected IndexedDB to be there, found that it is not: {0} (storage 'memory' works without it)")]
    Unavailable(#[source] Cause),
    /// Another connection keeps this one from opening.
    #[error("expected to open the storage, but another tab holds it with older code: {0}")]
    Blocked(#[source] Cause),
    /// The device or the browser gives no more room.
    #[error("expected room to store in, found none: {0}")]
    QuotaExceeded(#[source] Cause),
    /// Something else lives under this name.
    #[error("expected a store of annals under this name, found {0}; nothing was touched")]
    Foreign(String),
    /// A newer version of this engine wrote it.
    #[error("expected format {known} or older, found {found}; nothing was touched")]
    NewerFormat {
        /// The newest format that this code reads.
        known: u64,
        /// What was found.
        found: u64,
    },
    /// Bytes that are not what was written.
    #[error("expected the bytes that were stored, found damage: {0}")]
    Damaged(String),
    /// The storage was deleted while it was open.
    #[error("the storage was deleted")]
    Deleted,
    /// Newer code asked for the storage.
    #[error("newer code has taken over the storage: reload")]
    NeedsReload,
    /// The connection is dead; a new one may live.
    #[error("the connection to the storage was lost: {0}")]
    Disconnected(#[source] Cause),
    /// The storage was closed by its owner.
    #[error("the storage is closed")]
    Closed,
    /// Anything else.
    #[error("the storage failed: {0}")]
    Failed(#[source] Cause),
}

/// A commit that is not known to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommitError {
    /// Nothing was stored.
    #[error(transparent)]
    NotStored(StorageError),
    /// It cannot be said from here whether it was stored.
    #[error("it was not seen whether the commit was stored: {0}")]
    Unknown(StorageError),
}

impl CommitError {
    /// What happened to the storage.
    #[must_use]
    pub fn into_cause(self) -> StorageError {
        match self {
            Self::NotStored(cause) | Self::Unknown(cause) => cause,
        }
    }
}
