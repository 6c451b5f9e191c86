//! What a command or a load may come to instead.

use thiserror::Error;

use crate::{
    log::{AppendError, LogError, ReadError},
    model::{InvalidArgument, StreamId},
};

/// Why a state could not be loaded.
#[derive(Debug, Clone, Error)]
pub enum LoadError<B> {
    /// The call itself is wrong.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
    /// The log could not be read.
    #[error(transparent)]
    Log(LogError),
    /// The aggregate's own code failed over its history.
    #[error("the history does not give a state")]
    Broken(B),
}

/// Why a command was not carried out.
#[derive(Debug, Clone, Error)]
pub enum DispatchError<R, B> {
    /// The aggregate refuses, in its own words. Nothing was written.
    #[error("the command was refused")]
    Rejected(R),
    /// The aggregate's own code failed over its history.
    #[error("the history does not give a state")]
    Broken(B),
    /// What was decided could not be stored, or was decided too often on a state that was not the newest.
    #[error(transparent)]
    Append(AppendError),
}

/// Why a state was not kept. The aggregate works all the same, by replay.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// A state that does not come back the same, or is too long.
    #[error("the state of {:?} cannot be kept: {why}", stream_id.as_str())]
    Unfit {
        /// The stream of the aggregate.
        stream_id: StreamId,
        /// What is wrong with its state.
        why: String,
    },
    /// The storage failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl<B> From<ReadError> for LoadError<B> {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::InvalidArgument(invalid) => Self::InvalidArgument(invalid),
            ReadError::Log(error) => Self::Log(error),
        }
    }
}

impl<R, B> From<LoadError<B>> for DispatchError<R, B> {
    fn from(error: LoadError<B>) -> Self {
        match error {
            LoadError::InvalidArgument(invalid) => Self::Append(invalid.into()),
            LoadError::Log(error) => Self::Append(error.into()),
            LoadError::Broken(broken) => Self::Broken(broken),
        }
    }
}

impl<R, B> From<ReadError> for DispatchError<R, B> {
    fn from(error: ReadError) -> Self {
        LoadError::from(error).into()
    }
}

impl<R, B> From<AppendError> for DispatchError<R, B> {
    fn from(error: AppendError) -> Self {
        Self::Append(error)
    }
}

impl<R, B> From<InvalidArgument> for DispatchError<R, B> {
    fn from(error: InvalidArgument) -> Self {
        Self::Append(error.into())
    }
}
