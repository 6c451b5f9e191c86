//! When states of an aggregate are kept, and how they are written.

use serde::{Serialize, de::DeserializeOwned};

/// When states of an aggregate are kept beside the log, and how they are written: as JSON, by serde.
///
/// A state that is kept saves reading the events that it is made of. It changes no answer: lost, damaged or of another version it is made
/// again.
#[derive(Debug, Clone, Copy)]
pub struct Snapshots<S> {
    every: u64,
    version: u32,
    write: fn(&S) -> serde_json::Result<String>,
    read: fn(&str) -> serde_json::Result<S>,
}

impl<S: Serialize + DeserializeOwned> Snapshots<S> {
    /// A state is kept after so many events, at least 1.
    #[must_use]
    pub fn every(events: u64) -> Self {
        let (write, read) =
            (|state: &S| serde_json::to_string(state), |text: &str| serde_json::from_str(text));
        Self { every: events.max(1), version: 1, write, read }
    }

    /// The version of the code that makes states, 1 unless said. Raise it whenever `evolve` or the shape of the state changes: what another
    /// version has made is of no use to this one.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        Self { version, ..self }
    }
}

impl<S> Snapshots<S> {
    pub(crate) fn policy(&self) -> (u64, String) {
        (self.every, self.version.to_string())
    }

    pub(crate) fn write(&self, state: &S) -> serde_json::Result<String> {
        (self.write)(state)
    }

    pub(crate) fn read(&self, text: &str) -> serde_json::Result<S> {
        (self.read)(text)
    }
}
