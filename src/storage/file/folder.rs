//! A folder beside a file, of what can be made again: none of it is flushed, and what is no folder has nothing of ours in it.
//!
//! Whoever uses it holds the lock of the file that it is beside.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use twox_hash::XxHash64;

use super::{super::StorageError, failure::failure, lock::beside};

/// What a file is called until it is whole.
const UNFINISHED: &str = "new";

/// A folder, which is there when something was written into it.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder beside a file whose name ends so.
    pub(super) fn beside(file: &Path, ending: &str) -> Self {
        Self { path: beside(file, ending) }
    }

    /// A folder in this one.
    pub(super) fn within(&self, name: &str) -> Self {
        Self { path: self.path.join(name) }
    }

    /// The names of what is in it.
    pub(super) fn names(&self) -> Result<Vec<String>, StorageError> {
        let Some(entries) = unless_absent(fs::read_dir(&self.path))? else { return Ok(Vec::new()) };
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        names.collect::<io::Result<_>>().map_err(|error| failure(&error))
    }

    /// The bytes of a file in it, if that is there.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        unless_absent(fs::read(self.path.join(name)))
    }

    /// Writes a file whole, in the place of one of its name.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let unfinished = self.path.join(UNFINISHED);
        let write = || {
            fs::create_dir_all(&self.path)?;
            fs::write(&unfinished, bytes)?;
            fs::rename(&unfinished, self.path.join(name))
        };
        write().map_err(|error| failure(&error))
    }

    /// Removes a file in it.
    pub(super) fn remove_file(&self, name: &str) -> Result<(), StorageError> {
        unless_absent(fs::remove_file(self.path.join(name))).map(drop)
    }

    /// Removes it with all that is in it.
    pub(super) fn remove(&self) -> Result<(), StorageError> {
        unless_absent(fs::remove_dir_all(&self.path)).map(drop)
    }
}

/// What a text is called in a folder: any text can be.
pub(super) fn hash(text: &str) -> String {
    format!("{:016x}", XxHash64::oneshot(0, text.as_bytes()))
}

/// What a version of something with a name is called. All versions begin with [`of_name`].
pub(super) fn version_name(name: &str, version: &str) -> String {
    of_name(name) + &hash(version)
}

/// What every version's begins with.
pub(super) fn of_name(name: &str) -> String {
    hash(name) + "-"
}

fn unless_absent<T>(done: io::Result<T>) -> Result<Option<T>, StorageError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(failure(&error)),
    }
}
