//! A place: an open file under its lock, and what it holds.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    super::{
        Commit, CommitError, Committed, Durability, Forget, ForgetViews, Key, Meta, Reading, Record, Shelf,
        StorageError, Swap, Tail, Wanted,
    },
    compaction,
    draft::{Draft, remove_leftover, sync_folder},
    failure::failure,
    head::{Entry, Head, SwapHead},
    index::{Index, Slot},
    journal::Journal,
    lock::Lock,
    recovery::recover,
    saved_views::SavedViews,
    snapshots::Snapshots,
};

/// An open file.
pub(super) struct Place {
    path: PathBuf,
    pub(super) journal: Journal,
    pub(super) index: Index,
    pub(super) snapshots: Snapshots,
    pub(super) views: SavedViews,
    /// How many bytes of a write that was never acknowledged were cut off at opening.
    pub(super) torn: u64,
    is_broken: bool,
    lock: Lock,
}

impl Place {
    /// Opens the file at a path, and says whether this call created it.
    pub(super) fn open(path: &Path, format: Option<&[u8]>) -> Result<(Self, bool), StorageError> {
        let path = resolve(path)?;
        if format.is_none() && !path.try_exists().map_err(|error| failure(&error))? {
            return Err(StorageError::Deleted);
        }
        let lock = Lock::take(&path)?;
        match Journal::open(&path)? {
            Some(journal) => Ok((Self::reopen(path, journal, lock)?, false)),
            None => Ok((Self::create(path, format.ok_or(StorageError::Deleted)?, lock)?, true)),
        }
    }

    fn reopen(path: PathBuf, mut journal: Journal, lock: Lock) -> Result<Self, StorageError> {
        let recovered = recover(&journal)?;
        remove_leftover(&path)?;
        let torn = journal.end() - recovered.end;
        journal.settle(recovered.end)?;
        sync_folder(&path)?;
        let (snapshots, views) = (Snapshots::beside(&path), SavedViews::beside(&path));
        Ok(Self { path, journal, index: recovered.index, snapshots, views, torn, is_broken: false, lock })
    }

    fn create(path: PathBuf, format: &[u8], lock: Lock) -> Result<Self, StorageError> {
        let (snapshots, views) = (Snapshots::beside(&path), SavedViews::beside(&path));
        // Of a file that is gone, say: they are of no use to this one, and gone before it is there.
        snapshots.forget(Forget::All)?;
        views.forget(ForgetViews::All)?;
        let mut draft = Draft::begin(&path)?;
        draft.append(&Head::Created { format: format.to_vec() }, &[])?;
        let (journal, index) = draft.publish()?;
        sync_folder(&path)?;
        Ok(Self { path, journal, index, snapshots, views, torn: 0, is_broken: false, lock })
    }

    /// Removes the file at a path, and its unpublished draft, if they are ours; takes the lock unless `open` has it.
    pub(super) fn delete(path: &Path, open: Option<Self>) -> Result<(), StorageError> {
        let path = resolve(path)?;
        let _lock = match open {
            Some(place) => place.lock,
            None => Lock::take(&path)?,
        };
        match Journal::open(&path) {
            Ok(None) => return remove_leftover(&path),
            Ok(Some(_)) | Err(StorageError::Damaged(_) | StorageError::NewerFormat { .. }) => {
                remove_leftover(&path)?;
            }
            Err(error) => return Err(error),
        }
        // First what can be made again: killed between, no state of what is deleted stays behind.
        Snapshots::beside(&path).forget(Forget::All)?;
        SavedViews::beside(&path).forget(ForgetViews::All)?;
        fs::remove_file(&path).map_err(|error| failure(&error))?;
        sync_folder(&path)
    }

    /// Whether the file has to be opened again.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken || self.journal.is_broken()
    }

    pub(super) fn meta(&self) -> Meta {
        self.index.meta.clone()
    }

    pub(super) fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        if self.index.mark.generation != wanted.generation {
            return Ok(Reading::Moved);
        }
        let commits = self.records(self.index.within(Shelf::Commits, wanted.commits))?;
        let segments = self.records(self.index.within(Shelf::Segments, wanted.segments))?;
        Ok(Reading::Found { commits, segments })
    }

    pub(super) fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        self.records(self.index.after(shelf, after).take(limit))
    }

    /// The commits after a key; without a generation, without a layout.
    pub(super) fn tail(
        &self,
        after: Key,
        generation: Option<u64>,
        limit: usize,
    ) -> Result<Tail, StorageError> {
        let mark = self.index.mark;
        let mut slots = self.index.after(Shelf::Commits, after.max(mark.fence));
        let records = self.records(slots.by_ref().take(limit))?;
        let is_other = generation.is_some_and(|known| known != mark.generation);
        let layout = self.index.meta.layout.clone().filter(|_| is_other);
        Ok(Tail { mark, layout, records, more: slots.next().is_some() })
    }

    pub(super) fn commit(&mut self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        if self.index.mark.fence > commit.guard {
            return Ok(Committed::Refused);
        }
        self.add(commit.adds, commit.durability)
    }

    /// Adds all records, or none when one of the keys is taken.
    pub(super) fn add(&mut self, adds: &[Record], durability: Durability) -> Result<Committed, CommitError> {
        if adds.iter().any(|record| self.index.has_commit(record.key)) {
            return Ok(Committed::Refused);
        }
        if !adds.is_empty() {
            self.append(&Head::Commit { adds: adds.iter().map(Entry::of).collect() }, adds, durability)?;
        }
        Ok(Committed::Stored)
    }

    pub(super) fn swap(&mut self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        if swap.generation.is_some_and(|generation| generation != self.index.mark.generation) {
            return Ok(Committed::Refused);
        }
        let head = SwapHead {
            mark: swap.mark,
            layout: swap.layout.to_vec(),
            format: swap.format.map(<[u8]>::to_vec),
            removes: swap.removes.to_vec(),
            puts: swap.puts.iter().map(Entry::of).collect(),
        };
        self.append(&Head::Swap(head), swap.puts, swap.durability)?;
        if compaction::is_due(&self.index, self.journal.end()) {
            // The swap is stored. What compaction could not do now costs room only, and the next swap tries again.
            let _ = self.compact();
        }
        Ok(Committed::Stored)
    }

    fn append(&mut self, head: &Head, records: &[Record], durability: Durability) -> Result<(), CommitError> {
        let data_at = self.journal.append(head, records.iter(), durability)?;
        self.index.apply(head, data_at);
        Ok(())
    }

    /// Writes what is live into a file that takes this one's place. If that fails, this one stays as it is.
    pub(super) fn compact(&mut self) -> Result<(), StorageError> {
        let written = compaction::write(self).and_then(Draft::publish);
        let Ok((journal, index)) = written else {
            // What it leaves is removed now, or else when the file is opened.
            let _ = remove_leftover(&self.path);
            return written.map(|_| ());
        };
        (self.journal, self.index) = (journal, index);
        let synced = sync_folder(&self.path);
        // If the name may still be the old file's after a loss of power, nothing may be promised on the new one.
        self.is_broken = synced.is_err();
        synced
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn records<'a>(&self, slots: impl Iterator<Item = &'a Slot>) -> Result<Vec<Record>, StorageError> {
        slots.map(|slot| self.record(slot)).collect()
    }

    /// Reads a record and holds it against its checksum.
    pub(super) fn record(&self, slot: &Slot) -> Result<Record, StorageError> {
        let Slot { at, entry } = slot;
        let bytes = self.journal.read(*at, entry.length)?;
        if entry.matches(&bytes) {
            return Ok(Record { key: entry.key, bytes });
        }
        let what = format!("the record under key {} at byte {at} does not match its checksum", entry.key);
        Err(StorageError::Damaged(what))
    }
}

/// The path without links, so that one file has one lock.
fn resolve(path: &Path) -> Result<PathBuf, StorageError> {
    let resolved = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let name = path.file_name().ok_or(error);
            name.and_then(|name| Ok(fs::canonicalize(folder.unwrap_or(Path::new(".")))?.join(name)))
        }
        resolved => resolved,
    };
    resolved.map_err(|error| failure(&error))
}
