//! The journal: one open file, read anywhere and written at its end only.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::{
    super::{CommitError, Durability, Record, StorageError},
    failure::failure,
    frame::seal,
    head::Head,
    header,
};

/// An open file, and how far it is good.
pub(super) struct Journal {
    file: fs::File,
    end: u64,
    is_broken: bool,
}

impl Journal {
    /// The journal that an open file is, of which so many bytes are good.
    pub(super) fn over(file: fs::File, end: u64) -> Self {
        Self { file, end, is_broken: false }
    }

    /// Makes a file that holds nothing but the header, where there is none.
    pub(super) fn create(path: &Path) -> Result<Self, StorageError> {
        let file = fs::File::options().create_new(true).read(true).write(true).open(path);
        let mut file = file.map_err(|error| failure(&error))?;
        let header = header::encode();
        file.write_all(&header).map_err(|error| failure(&error))?;
        Ok(Self::over(file, header.len() as u64))
    }

    /// Opens a file of ours; `None` when there is none.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, StorageError> {
        let file = match fs::File::options().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|error| failure(&error))?,
        };
        let end = file.metadata().map_err(|error| failure(&error))?.len();
        let journal = Self::over(file, end);
        header::check(&journal.read(0, end.min(header::HEADER_LENGTH as u64))?)?;
        Ok(Some(journal))
    }

    /// Where the next frame goes.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Whether a write failed in such a way that the file has to be looked at from the start.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Reads so many bytes. Nothing is allocated for more than the file has.
    pub(super) fn read(&self, at: u64, length: u64) -> Result<Vec<u8>, StorageError> {
        let is_within = at.checked_add(length).is_some_and(|end| end <= self.end);
        let length = usize::try_from(length).ok().filter(|_| is_within);
        let length = length.ok_or_else(|| failure(&io::ErrorKind::UnexpectedEof.into()))?;
        let mut bytes = vec![0; length];
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut bytes));
        read.map_err(|error| failure(&error)).map(|()| bytes)
    }

    /// Appends a frame, and says where the bytes of its records are. A frame that could not be written leaves the file as it
    /// was before.
    pub(super) fn append<'a>(
        &mut self,
        head: &Head,
        records: impl Iterator<Item = &'a Record>,
        durability: Durability,
    ) -> Result<u64, CommitError> {
        let sealed = seal(self.end, head, records);
        self.write(&sealed.bytes).map_err(|error| self.take_back(&error))?;
        if durability == Durability::Strict {
            self.file.sync_data().map_err(|error| self.give_up(&error))?;
        }
        self.end += sealed.bytes.len() as u64;
        Ok(sealed.data_at)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(bytes)
    }

    /// After a write that failed: part of the frame may be there, but not all.
    fn take_back(&mut self, error: &io::Error) -> CommitError {
        self.is_broken = self.file.set_len(self.end).is_err();
        CommitError::NotStored(failure(error))
    }

    /// After a flush that failed: the operating system may have dropped what it held, and says so only once. What is there
    /// is known only from the file.
    fn give_up(&mut self, error: &io::Error) -> CommitError {
        self.is_broken = true;
        match self.file.set_len(self.end).and_then(|()| self.file.sync_data()) {
            Ok(()) => CommitError::NotStored(failure(error)),
            Err(_) => CommitError::Unknown(failure(error)),
        }
    }

    /// Cuts off what is behind an end, if anything, and flushes the rest: what another process left without having
    /// acknowledged it may be built on.
    pub(super) fn settle(&mut self, end: u64) -> Result<(), StorageError> {
        let cut = if end < self.end { self.file.set_len(end) } else { Ok(()) };
        cut.and_then(|()| self.file.sync_all()).map_err(|error| failure(&error))?;
        self.end = end;
        Ok(())
    }
}
