//! Where a command writes: to standard output, or to a file that bears its name only when it is whole.

use std::{
    fs,
    io::{self, BufWriter, StdoutLock, Write},
    path::{Path, PathBuf},
};

use super::failure::Failure;

/// Where a command writes.
pub(crate) enum Output {
    Standard(BufWriter<StdoutLock<'static>>),
    Draft(Draft),
}

/// A file under another name, which is removed when it does not become whole.
pub(crate) struct Draft {
    file: Option<fs::File>,
    draft: PathBuf,
    path: PathBuf,
}

/// Whether a path means standard input or output.
pub(crate) fn is_standard(path: Option<&Path>) -> bool {
    path.is_none_or(|path| path == Path::new("-"))
}

impl Output {
    /// Standard output without a path, or with `-`.
    pub(crate) fn to(path: Option<&Path>) -> Result<Self, Failure> {
        match path.filter(|_| !is_standard(path)) {
            Some(path) => Ok(Self::Draft(Draft::begin(path)?)),
            None => Ok(Self::Standard(BufWriter::new(io::stdout().lock()))),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match self {
            Self::Standard(out) => out.write_all(bytes),
            Self::Draft(draft) => draft.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes)),
        };
        written.map_err(|error| Failure::of_file(self.path(), &error))
    }

    /// All is written: what was a draft gets its name.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let finished = match &mut self {
            Self::Standard(out) => out.flush(),
            Self::Draft(draft) => draft.publish(),
        };
        finished.map_err(|error| Failure::of_file(self.path(), &error))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Standard(_) => Path::new("standard output"),
            Self::Draft(draft) => &draft.path,
        }
    }
}

impl Draft {
    fn begin(path: &Path) -> Result<Self, Failure> {
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            // A device, or a pipe with a name: that is written to, not replaced.
            let file = fs::OpenOptions::new().write(true).open(path);
            let file = file.map_err(|error| Failure::of_file(path, &error))?;
            return Ok(Self { file: Some(file), draft: path.to_owned(), path: path.to_owned() });
        }
        // What a link leads to is replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut name = path.file_name().map_or_else(Default::default, ToOwned::to_owned);
        // Of this process alone: another export to the same file has a draft of its own.
        name.push(format!(".{}.part", std::process::id()));
        let draft = path.with_file_name(name);
        let file = fs::File::create_new(&draft).map_err(|error| Failure::of_file(&draft, &error))?;
        if let Ok(found) = path.metadata() {
            file.set_permissions(found.permissions()).map_err(|error| Failure::of_file(&draft, &error))?;
        }
        Ok(Self { file: Some(file), draft, path })
    }

    fn publish(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file
            && self.draft != self.path
        {
            file.sync_all()?;
            fs::rename(&self.draft, &self.path)?;
        }
        self.file = None;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.file.take().is_some() && self.draft != self.path {
            // It is of no use to anybody.
            let _ = fs::remove_file(&self.draft);
        }
    }
}
