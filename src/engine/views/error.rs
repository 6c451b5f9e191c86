//! What a view may come to instead.

use thiserror::Error;

use crate::{log::LogError, model::InvalidArgument};

use super::DeadLetter;

/// Why something about a view could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ViewError {
    /// There is no such view.
    #[error("expected a view that is registered, found none")]
    NoView,
    /// The call itself is wrong.
    #[error(transparent)]
    InvalidArgument(InvalidArgument),
    /// Its projection has failed over an event.
    #[error("the view has stopped at event {}, a {:?} of {:?}: {}", .0.position, .0.r#type, .0.stream_id, .0.message)]
    Stopped(DeadLetter),
    /// A row cannot be written.
    #[error("a row cannot be saved: {0}")]
    Unfit(String),
    /// The call was cancelled.
    #[error("the call was cancelled")]
    Aborted,
    /// The log could not be read.
    #[error(transparent)]
    Log(LogError),
}
