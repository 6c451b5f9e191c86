//! The lock: one handle at a time has a file, in one process or in many.

use std::{
    ffi::OsString,
    fs::{self, TryLockError},
    path::{Path, PathBuf},
};

use super::{
    super::{Cause, StorageError},
    failure::failure,
};

/// Holds the lock until it is dropped, or until its process ends in whatever way.
///
/// It is on a file of its own beside the one it is for, for that one is replaced by compaction. The lock's file stays: to remove
/// it would let two processes hold a lock each, on a file that is gone and on one that is new.
pub(super) struct Lock {
    file: fs::File,
}

impl Lock {
    /// Takes the lock of a path.
    ///
    /// # Errors
    /// [`StorageError::Blocked`] when another handle has it.
    pub(super) fn take(path: &Path) -> Result<Self, StorageError> {
        let file = fs::File::options().create(true).truncate(false).write(true).open(beside(path, ".lock"));
        let file = file.map_err(|error| failure(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => {
                Err(StorageError::Blocked(Cause::new("WouldBlock", "another handle has the file")))
            }
            Err(TryLockError::Error(error)) => Err(failure(&error)),
        }
    }
}

impl Drop for Lock {
    /// Closing the handle is not enough: a process that is just being started has a copy of it for a moment.
    fn drop(&mut self) {
        // What fails here ends with the handle.
        let _ = self.file.unlock();
    }
}

/// The path with something after its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
