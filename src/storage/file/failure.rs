//! What an error of the operating system means.

use std::io;

use super::super::{Cause, StorageError};

/// Names what the operating system said.
pub(super) fn cause(error: &io::Error) -> Cause {
    Cause::new(format!("{:?}", error.kind()), error.to_string())
}

/// What it means for the storage.
pub(super) fn failure(error: &io::Error) -> StorageError {
    match error.kind() {
        // The limit of a process or a file system on one file's size is a limit on room, too.
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StorageError::QuotaExceeded(cause(error))
        }
        io::ErrorKind::UnexpectedEof => {
            StorageError::Damaged("the file ends before the bytes that were stored in it".to_owned())
        }
        _ => StorageError::Failed(cause(error)),
    }
}

/// What is said where there is no open file, or no trust in it any more.
pub(super) fn not_open() -> StorageError {
    StorageError::Disconnected(Cause::new(
        "NotOpen",
        "the file is not open, or a write to it could not be undone",
    ))
}
