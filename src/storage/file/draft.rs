//! A draft: a file written whole under another name, which then takes its place in one step.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    super::{CommitError, Durability, Record, StorageError},
    failure::failure,
    head::Head,
    header,
    index::Index,
    journal::Journal,
    lock::beside,
};

/// What a draft's name ends with.
const ENDING: &str = ".new";

/// A file that nobody sees before it is published.
pub(super) struct Draft {
    target: PathBuf,
    journal: Journal,
    index: Index,
}

impl Draft {
    /// Begins the draft of a file, in the place of one that was never published.
    pub(super) fn begin(target: &Path) -> Result<Self, StorageError> {
        remove_leftover(target)?;
        let journal = Journal::create(&beside(target, ENDING))?;
        Ok(Self { target: target.to_owned(), journal, index: Index::default() })
    }

    /// Appends a frame.
    pub(super) fn append(&mut self, head: &Head, records: &[Record]) -> Result<(), StorageError> {
        let appended = self.journal.append(head, records.iter(), Durability::Relaxed);
        self.index.apply(head, appended.map_err(CommitError::into_cause)?);
        Ok(())
    }

    /// Flushes the draft and gives it its name, in the place of what bore it.
    pub(super) fn publish(mut self) -> Result<(Journal, Index), StorageError> {
        let end = self.journal.end();
        self.journal.settle(end)?;
        fs::rename(beside(&self.target, ENDING), &self.target).map_err(|error| failure(&error))?;
        Ok((self.journal, self.index))
    }
}

/// Removes a draft that was never published, if there is one.
///
/// # Errors
/// [`StorageError::Foreign`] when it is none of ours.
pub(super) fn remove_leftover(target: &Path) -> Result<(), StorageError> {
    let path = beside(target, ENDING);
    let mut start = Vec::new();
    match fs::File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file.and_then(|file| file.take(header::HEADER_LENGTH as u64).read_to_end(&mut start)),
    }
    .map_err(|error| failure(&error))?;
    if !header::is_unfinished(&start) {
        return Err(StorageError::Foreign(format!("a file of something else at {}", path.display())));
    }
    fs::remove_file(path).map_err(|error| failure(&error))
}

/// Makes the names in a file's folder as durable as its bytes.
pub(super) fn sync_folder(path: &Path) -> Result<(), StorageError> {
    // Elsewhere a folder cannot be opened as a file.
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failure(&error))?;
    }
    Ok(())
}
