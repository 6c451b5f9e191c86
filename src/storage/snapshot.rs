//! What is kept beside the records, and can be made again.

use super::Key;

/// Where a snapshot is kept. The parts are compared one after another, as texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotKey {
    /// The name of the kind of thing.
    pub name: String,
    /// Of the code that made it: what another version has made is of no use.
    pub version: String,
    /// The id of the thing.
    pub id: String,
}

/// Something that can be made again: lost, it costs time, never data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Where it is kept.
    pub key: SnapshotKey,
    /// How new it is: the greater one is the newer.
    pub revision: Key,
    /// What is kept.
    pub bytes: Vec<u8>,
}

/// Which snapshots to forget.
#[derive(Debug, Clone, Copy)]
pub enum Forget<'a> {
    /// One.
    One(&'a SnapshotKey),
    /// Those of a name, but for one version.
    OtherVersions {
        /// The name.
        name: &'a str,
        /// The version that stays.
        version: &'a str,
    },
    /// All.
    All,
}

impl Forget<'_> {
    /// Whether a snapshot is meant.
    #[must_use]
    pub fn means(&self, key: &SnapshotKey) -> bool {
        match self {
            Self::One(one) => *one == key,
            Self::OtherVersions { name, version } => key.name == *name && key.version != *version,
            Self::All => true,
        }
    }
}
