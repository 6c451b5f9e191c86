//! Opening the file of a store.

use std::path::Path;

use annals::{EventStore, OpenOptions, native, storage::File};

use super::failure::Failure;

/// Opens a store that is there: a name that was misspelt must not become one.
pub(crate) async fn open(path: &Path) -> Result<EventStore<File>, Failure> {
    match path.try_exists() {
        Ok(true) => open_or_create(path).await,
        Ok(false) => Err(Failure::new(format!("{}: there is no such file", path.display()))),
        Err(error) => Err(Failure::of_file(path, &error)),
    }
}

/// Opens a store, and creates it when there is none.
pub(crate) async fn open_or_create(path: &Path) -> Result<EventStore<File>, Failure> {
    let opened = EventStore::open(File::new(path), native::sockets(), OpenOptions::default()).await;
    opened.map_err(|error| Failure::new(format!("{}: {}", path.display(), Failure::from(error))))
}
