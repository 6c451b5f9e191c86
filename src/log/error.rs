//! How the log fails.

use thiserror::Error;
use uuid::Uuid;

use crate::{
    model::{InvalidArgument, Refusal},
    storage::StorageError,
};

use super::codec::Malformed;

/// Bytes in the storage that are not what was written there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the record of position {position} is damaged: {why}")]
pub struct Corrupt {
    /// The first position of the record.
    pub position: u64,
    /// What is wrong with it.
    pub why: String,
}

impl Corrupt {
    pub(super) fn new(position: u64, why: impl Into<String>) -> Self {
        Self { position, why: why.into() }
    }

    pub(super) fn malformed(position: u64, malformed: &Malformed) -> Self {
        Self::new(position, malformed.to_string())
    }
}

/// A log that could not be opened or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The storage holds something that was not written there.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The caller cancelled the call.
    #[error("the call was cancelled")]
    Aborted,
}

impl LogError {
    /// Whether it may be otherwise the next time.
    pub(crate) fn may_pass(&self) -> bool {
        use StorageError::{Disconnected, Failed, QuotaExceeded};
        matches!(self, Self::Storage(Failed(_) | Disconnected(_) | QuotaExceeded(_)))
    }

    /// Whether the store can be used no more.
    pub(crate) fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Closed
                | Self::Storage(StorageError::Closed | StorageError::Deleted | StorageError::NeedsReload)
        )
    }
}

/// A read that failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The call itself breaks a rule.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// An append that was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AppendError {
    /// The call itself breaks a rule. Nothing was stored.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
    /// The state of the log forbids it. Nothing was stored.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It cannot be learnt whether it was stored. Calling again with these ids is safe.
    #[error("it cannot be learnt whether the events were stored: {cause}")]
    Unknown {
        /// The ids of the append's events, in order.
        event_ids: Vec<Uuid>,
        /// What happened to the storage.
        cause: LogError,
    },
    /// The log failed. Nothing was stored.
    #[error(transparent)]
    Log(#[from] LogError),
}
