//! Snapshots beside a file: one small file for each, in a folder of their own.
//!
//! A file that does not read as one is none.

use std::path::Path;

use super::{
    super::{Forget, Snapshot, SnapshotKey, StorageError},
    cursor::Cursor,
    folder::{Folder, hash, of_name, version_name},
};

/// What the folder's name ends with.
const ENDING: &str = ".snapshots";

/// The snapshots beside a file. A folder for each version, called after hashes of name and version, has a file for each id, called after
/// its hash.
pub(super) struct Snapshots {
    folder: Folder,
}

impl Snapshots {
    pub(super) fn beside(path: &Path) -> Self {
        Self { folder: Folder::beside(path, ENDING) }
    }

    pub(super) fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        let Some(bytes) = self.of_version(key).read(&hash(&key.id))? else { return Ok(None) };
        // Another key may have the same hash.
        Ok(decode(&bytes).ok().filter(|snapshot| snapshot.key == *key))
    }

    pub(super) fn keep(&self, snapshot: &Snapshot) -> Result<(), StorageError> {
        let key = &snapshot.key;
        if self.recall(key)?.is_some_and(|there| there.revision >= snapshot.revision) {
            return Ok(());
        }
        self.of_version(key).write(&hash(&key.id), &encode(snapshot))
    }

    pub(super) fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        match which {
            Forget::One(key) => self.of_version(key).remove_file(&hash(&key.id)),
            Forget::All => self.folder.remove(),
            Forget::OtherVersions { name, version } => {
                let stays = version_name(name, version);
                let names = self.folder.names()?;
                let mut others = names.iter().filter(|one| one.starts_with(&of_name(name)) && **one != stays);
                others.try_for_each(|other| self.folder.within(other).remove())
            }
        }
    }

    fn of_version(&self, key: &SnapshotKey) -> Folder {
        self.folder.within(&version_name(&key.name, &key.version))
    }
}

/// The revision, then name, version, id and bytes, each behind its length.
pub(crate) fn encode(Snapshot { key, revision, bytes }: &Snapshot) -> Vec<u8> {
    let mut encoded = revision.to_le_bytes().to_vec();
    for part in [key.name.as_bytes(), key.version.as_bytes(), key.id.as_bytes(), bytes] {
        encoded.extend_from_slice(&(part.len() as u64).to_le_bytes());
        encoded.extend_from_slice(part);
    }
    encoded
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Snapshot, StorageError> {
    let mut cursor = Cursor::new(bytes);
    let revision = cursor.number()?;
    let mut text = || cursor.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let key = SnapshotKey { name: text()?, version: text()?, id: text()? };
    let bytes = cursor.bytes()?.to_vec();
    cursor.end()?;
    Ok(Snapshot { key, revision, bytes })
}
