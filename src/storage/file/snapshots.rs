//! Snapshots beside a file: one small file for each, in a folder of their own.
//!
//! They can be made again, so none of this is flushed, and a file that does not read as one is none. Whoever uses the folder holds the
//! lock of the file that it is beside.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use twox_hash::XxHash64;

use super::{
    super::{Forget, Snapshot, SnapshotKey, StorageError},
    cursor::Cursor,
    failure::failure,
    lock::beside,
};

/// What the folder's name ends with.
const ENDING: &str = ".snapshots";

/// What a file is called until it is whole.
const UNFINISHED: &str = "new";

/// The snapshots beside a file. A folder for each version, called after hashes of name and version, has a file for each id, called after
/// its hash.
pub(super) struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    pub(super) fn beside(path: &Path) -> Self {
        Self { folder: beside(path, ENDING) }
    }

    pub(super) fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        let Some(bytes) = unless_absent(fs::read(self.path(key)))? else { return Ok(None) };
        // Another key may have the same hash.
        Ok(decode(&bytes).ok().filter(|snapshot| snapshot.key == *key))
    }

    pub(super) fn keep(&self, snapshot: &Snapshot) -> Result<(), StorageError> {
        if self.recall(&snapshot.key)?.is_some_and(|there| there.revision >= snapshot.revision) {
            return Ok(());
        }
        let folder = self.version_folder(&snapshot.key);
        let write = || {
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(UNFINISHED), encode(snapshot))?;
            fs::rename(folder.join(UNFINISHED), self.path(&snapshot.key))
        };
        write().map_err(|error| failure(&error))
    }

    pub(super) fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        match which {
            Forget::One(key) => unless_absent(fs::remove_file(self.path(key))).map(drop),
            Forget::All => unless_absent(fs::remove_dir_all(&self.folder)).map(drop),
            Forget::OtherVersions { name, version } => {
                let Some(folders) = unless_absent(fs::read_dir(&self.folder))? else { return Ok(()) };
                let stays = version_name(name, version);
                let of_the_name = format!("{}-", hash(name));
                for folder in folders {
                    let folder = folder.map_err(|error| failure(&error))?;
                    let folder_name = folder.file_name();
                    let is_other = folder_name
                        .to_str()
                        .is_some_and(|other| other.starts_with(&of_the_name) && other != stays);
                    if is_other {
                        unless_absent(fs::remove_dir_all(folder.path()))?;
                    }
                }
                Ok(())
            }
        }
    }

    fn version_folder(&self, key: &SnapshotKey) -> PathBuf {
        self.folder.join(version_name(&key.name, &key.version))
    }

    fn path(&self, key: &SnapshotKey) -> PathBuf {
        self.version_folder(key).join(hash(&key.id))
    }
}

fn version_name(name: &str, version: &str) -> String {
    format!("{}-{}", hash(name), hash(version))
}

fn hash(text: &str) -> String {
    format!("{:016x}", XxHash64::oneshot(0, text.as_bytes()))
}

/// What is no folder has nothing of ours in it.
fn unless_absent<T>(done: io::Result<T>) -> Result<Option<T>, StorageError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(failure(&error)),
    }
}

/// The revision, then name, version, id and bytes, each behind its length.
fn encode(Snapshot { key, revision, bytes }: &Snapshot) -> Vec<u8> {
    let mut encoded = revision.to_le_bytes().to_vec();
    for part in [key.name.as_bytes(), key.version.as_bytes(), key.id.as_bytes(), bytes] {
        encoded.extend_from_slice(&(part.len() as u64).to_le_bytes());
        encoded.extend_from_slice(part);
    }
    encoded
}

fn decode(bytes: &[u8]) -> Result<Snapshot, StorageError> {
    let mut cursor = Cursor::new(bytes);
    let revision = cursor.number()?;
    let mut text = || cursor.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let key = SnapshotKey { name: text()?, version: text()?, id: text()? };
    let bytes = cursor.bytes()?.to_vec();
    cursor.end()?;
    Ok(Snapshot { key, revision, bytes })
}
