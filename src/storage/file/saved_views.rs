//! Saved views beside a file: one file for each, in a folder of their own.
//!
//! A file that does not read as one is none. A name may reach the device before the bytes that it was given for, so a checksum covers them.

use std::{ops::ControlFlow, path::Path};

use twox_hash::XxHash64;

use super::{
    super::{Bucket, Checkpoint, ForgetViews, Kept, Key, SavedView, StorageError, ViewKey, ViewSave},
    cursor::Cursor,
    folder::{Folder, of_name, version_name},
};

/// What the folder's name ends with.
const ENDING: &str = ".views";

/// The fewest bytes of a bucket: its number, how far it is folded, and a length.
const LEAST_BUCKET: usize = 3 * size_of::<u64>();

/// The saved views beside a file, each in a file called after hashes of name and version.
pub(super) struct SavedViews {
    folder: Folder,
}

impl SavedViews {
    pub(super) fn beside(path: &Path) -> Self {
        Self { folder: Folder::beside(path, ENDING) }
    }

    pub(super) fn recall(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        let found = self.read(&version_name(&key.name, &key.version))?;
        // Another key may have the same hash.
        Ok(found.filter(|(found, _)| found == key).map(|(_, saved)| saved))
    }

    pub(super) fn keep(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        match save.merge(self.recall(save.key)?.as_ref()) {
            ControlFlow::Break(kept) => Ok(kept),
            ControlFlow::Continue(saved) => {
                let name = version_name(&save.key.name, &save.key.version);
                self.folder.write(&name, &encode(save.key, &saved)).map(|()| Kept::Kept)
            }
        }
    }

    pub(super) fn versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        let mut versions = Vec::new();
        for file in self.folder.names()?.iter().filter(|file| file.starts_with(&of_name(name))) {
            if let Some((key, saved)) = self.read(file)?.filter(|(key, _)| key.name == name) {
                versions.push((key.version, saved.checkpoint.position));
            }
        }
        versions.sort();
        Ok(versions)
    }

    pub(super) fn forget(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        match which {
            ForgetViews::One(key) => self.folder.remove_file(&version_name(&key.name, &key.version)),
            ForgetViews::All => self.folder.remove(),
        }
    }

    fn read(&self, file: &str) -> Result<Option<(ViewKey, SavedView)>, StorageError> {
        Ok(self.folder.read(file)?.and_then(|bytes| decode(&bytes)))
    }
}

/// A checksum of all that follows: name, version, the checkpoint, and how many buckets; then each of them.
pub(crate) fn encode(key: &ViewKey, SavedView { checkpoint, buckets }: &SavedView) -> Vec<u8> {
    let mut rest = Vec::new();
    put_bytes(&mut rest, key.name.as_bytes());
    put_bytes(&mut rest, key.version.as_bytes());
    put_numbers(&mut rest, [checkpoint.position, checkpoint.layout.into()]);
    put_bytes(&mut rest, &checkpoint.bytes);
    put_numbers(&mut rest, [buckets.len() as u64]);
    for bucket in buckets {
        put_numbers(&mut rest, [bucket.number.into(), bucket.through]);
        put_bytes(&mut rest, &bucket.bytes);
    }
    [&XxHash64::oneshot(0, &rest).to_le_bytes(), &*rest].concat()
}

fn put_numbers<const N: usize>(encoded: &mut Vec<u8>, numbers: [u64; N]) {
    numbers.iter().for_each(|number| encoded.extend_from_slice(&number.to_le_bytes()));
}

fn put_bytes(encoded: &mut Vec<u8>, bytes: &[u8]) {
    put_numbers(encoded, [bytes.len() as u64]);
    encoded.extend_from_slice(bytes);
}

pub(crate) fn decode(bytes: &[u8]) -> Option<(ViewKey, SavedView)> {
    let (checksum, rest) = bytes.split_first_chunk()?;
    let is_whole = XxHash64::oneshot(0, rest) == u64::from_le_bytes(*checksum);
    is_whole.then(|| decode_rest(Cursor::new(rest)))?
}

fn decode_rest(mut cursor: Cursor<'_>) -> Option<(ViewKey, SavedView)> {
    let mut text = || String::from_utf8(cursor.bytes().ok()?.to_vec()).ok();
    let key = ViewKey { name: text()?, version: text()? };
    let checkpoint = Checkpoint {
        position: cursor.number().ok()?,
        layout: cursor.number().ok()?.try_into().ok()?,
        bytes: cursor.bytes().ok()?.to_vec(),
    };
    let count = cursor.count(LEAST_BUCKET).ok()?;
    let mut bucket = || {
        Some(Bucket {
            number: cursor.number().ok()?.try_into().ok()?,
            through: cursor.number().ok()?,
            bytes: cursor.bytes().ok()?.to_vec(),
        })
    };
    let buckets = (0..count).map(|_| bucket()).collect::<Option<_>>()?;
    cursor.end().ok()?;
    Some((key, SavedView { checkpoint, buckets }))
}
