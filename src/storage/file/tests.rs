//! What no test can bring about from outside: a device that neither stores nor undoes.

use std::{fs, path::PathBuf};

use pollster::block_on;

use super::{
    super::{Commit, CommitError, Committed, Durability, Manifest, Record, Storage, StorageError},
    FileServer,
    journal::Journal,
};

const FORMAT: &[u8] = b"format of a test";

fn commit(storage: &impl Storage, key: u64) -> Result<Committed, CommitError> {
    let adds = [Record { key, bytes: vec![1, 2, 3] }];
    block_on(storage.commit(Commit { guard: 0, adds: &adds, durability: Durability::Strict }))
}

/// Commits to a file whose handle was replaced, and looks at what follows.
fn fails_and_is_opened_again(name: &str, handle: impl FnOnce(&PathBuf) -> fs::File) -> CommitError {
    let folder = std::env::temp_dir().join(format!("annals-{name}-{}", std::process::id()));
    fs::create_dir(&folder).expect("a folder of its own");
    let path = folder.join("store");
    let server = FileServer::new(&path);
    let file = server.connect();
    block_on(file.open(Some(FORMAT))).expect("it opens");
    assert_eq!(commit(&file, 1), Ok(Committed::Stored));
    if let Some(place) = server.shared.place.borrow_mut().as_mut() {
        place.journal = Journal::over(handle(&path), place.journal.end());
    }
    let error = commit(&file, 2).expect_err("it is not stored");

    assert!(matches!(commit(&file, 3), Err(CommitError::NotStored(StorageError::Disconnected(_)))));
    assert!(matches!(block_on(file.tail(0, 0, 10)), Err(StorageError::Disconnected(_))));
    let found = Manifest { is_new: false, format: FORMAT.to_vec(), last: 1 };
    assert_eq!(block_on(file.open(None)), Ok(found));
    assert_eq!(commit(&file, 2), Ok(Committed::Stored));
    fs::remove_dir_all(folder).expect("it is removed");
    error
}

#[test]
fn a_write_that_cannot_be_undone_ends_the_connection_until_it_is_opened_again() {
    let read_only = |path: &PathBuf| fs::File::open(path).expect("it opens");
    let error = fails_and_is_opened_again("write", read_only);
    assert!(matches!(error, CommitError::NotStored(StorageError::Failed(_))), "{error:?}");
}

#[test]
fn a_flush_that_fails_leaves_it_unknown_and_ends_the_connection_until_it_is_opened_again() {
    // Takes every write, but can be neither flushed nor cut.
    let device =
        |_: &PathBuf| fs::File::options().read(true).write(true).open("/dev/null").expect("it opens");
    let error = fails_and_is_opened_again("flush", device);
    assert!(matches!(error, CommitError::Unknown(StorageError::Failed(_))), "{error:?}");
}
