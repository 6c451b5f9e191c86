//! A folder of a test's own, and what the tests of files say often.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use annals::storage::{
    Commit, Committed, Contents, Durability, File, Key, Mark, Record, Shelf, Storage, StorageError, Swap,
};
use pollster::block_on;

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// A folder that is removed with everything in it when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let name = format!("annals-{}-{}", process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a folder of its own");
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file with these bytes.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("the file is written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub const FORMAT: &[u8] = b"format of a test";

pub fn open(path: &Path) -> Result<File, StorageError> {
    let file = File::new(path);
    block_on(file.open(Some(FORMAT))).map(|_| file)
}

pub fn opened(path: &Path) -> File {
    open(path).expect("it opens")
}

pub fn record(key: Key, bytes: impl Into<Vec<u8>>) -> Record {
    Record { key, bytes: bytes.into() }
}

/// Commits what nobody was before at.
pub fn commit(storage: &impl Storage, adds: &[Record], durability: Durability) {
    let commit = Commit { guard: Key::MAX, adds, durability };
    assert_eq!(block_on(storage.commit(commit)), Ok(Committed::Stored));
}

/// Swaps whatever is in force.
pub fn swap(storage: &impl Storage, mark: Mark, puts: &[Record]) {
    let durability = Durability::Relaxed;
    let swap =
        Swap { generation: None, mark, layout: b"layout", format: None, puts, removes: &[], durability };
    assert_eq!(block_on(storage.swap(swap)), Ok(Committed::Stored));
}

/// All that is stored.
pub fn contents(storage: &impl Storage) -> Result<Contents, StorageError> {
    let shelf = |shelf| {
        let records = block_on(storage.scan(shelf, 0, usize::MAX))?;
        Ok(records.into_iter().map(|record| (record.key, record.bytes)).collect())
    };
    let (commits, segments) = (shelf(Shelf::Commits)?, shelf(Shelf::Segments)?);
    Ok(Contents { meta: block_on(storage.meta())?, commits, segments, ..Contents::default() })
}

pub fn length(path: &Path) -> u64 {
    fs::metadata(path).expect("the file is there").len()
}

/// Bytes that look like nothing, and of which no sector is blank.
pub fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * n % 251) as u8 | 1).collect()
}
