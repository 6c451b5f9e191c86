//! The port: what a storage is asked and what it answers.

use std::{ops::RangeInclusive, rc::Rc};

use super::{CommitError, StorageError};

/// A record's key. Keys only grow, and a key is never used for a second record.
pub type Key = u64;

/// Bytes under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its key.
    pub key: Key,
    /// What is stored under it.
    pub bytes: Vec<u8>,
}

/// When a commit counts as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Flushed to the device: survives a loss of power.
    #[default]
    Strict,
    /// Handed to the operating system: survives a crash of the tab and the browser, not of the machine.
    Relaxed,
}

/// What is there when a storage is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Whether this call created the storage.
    pub is_new: bool,
    /// The bytes that it was created with.
    pub format: Vec<u8>,
    /// The newest record's key; 0 without one.
    pub last: Key,
}

/// The records after a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The last key whose record was removed, as of this reading; records at or below it are void.
    pub fence: Key,
    /// The records above both the key asked for and the fence, in order of keys.
    pub records: Vec<Record>,
    /// Whether there may be more after these.
    pub more: bool,
}

/// Records to be stored together.
#[derive(Debug, Clone, Copy)]
pub struct Commit<'a> {
    /// The commit is refused when the fence is above this key.
    pub guard: Key,
    /// The records. None of their keys may exist.
    pub adds: &'a [Record],
    /// When it counts as stored.
    pub durability: Durability,
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It is stored, whole.
    Stored,
    /// Another connection was first: nothing was stored that will ever be read.
    Refused,
}

/// What a writer decides on seeing the tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Store these.
    Store(Vec<Record>),
    /// Store nothing.
    Leave,
}

/// What a storage tells unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Another connection may have committed: a hint, which may come doubled, late or not at all.
    Changed,
    /// The storage was deleted; every later call says so.
    Deleted,
    /// Newer code asks for the storage; every later call says so.
    NeedsReload,
    /// Opening waits for another connection.
    Blocked,
}

/// Who is told.
pub type Listener = Rc<dyn Fn(Signal)>;

/// One connection to a place that keeps records.
///
/// Several connections to one place may be open at once, in one process or in many. All reads see a commit whole or not at
/// all, and see every commit that was acknowledged before they began.
#[expect(async_fn_in_trait, reason = "everything here lives on one thread: no future needs to be Send")]
pub trait Storage: 'static {
    /// Opens the place; creates it with `format` when it is not there. Without a format it is there or
    /// [`StorageError::Deleted`]: so it is opened again after [`StorageError::Disconnected`].
    ///
    /// # Errors
    /// Any [`StorageError`]; nothing is touched unless the place was created whole.
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError>;

    /// Reads the bytes that the place was created with, as they are now.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn format(&self) -> Result<Vec<u8>, StorageError>;

    /// Reads all records in the ranges of keys, in order, in one consistent view. The caller bounds the ranges.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn read(&self, ranges: &[RangeInclusive<Key>]) -> Result<Vec<Record>, StorageError>;

    /// Reads up to `limit` records after a key, with the fence, in one consistent view.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn tail(&self, after: Key, limit: usize) -> Result<Tail, StorageError>;

    /// Stores records if no other connection was first: none of the keys exists and the fence is not above the guard.
    ///
    /// # Errors
    /// [`CommitError`], which says whether nothing was stored or that cannot be said.
    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError>;

    /// Reads up to `limit` records after a key, lets `decide` choose what to store, and stores that, all in one transaction
    /// that no other commit can come between. `decide` is called at most once. A fence above `after` is for it to see.
    ///
    /// # Errors
    /// [`CommitError`], which says whether nothing was stored or that cannot be said.
    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError>;

    /// Who is told of what happens elsewhere. One listener; the last one set is told.
    fn listen(&self, listener: Listener);

    /// Ends the connection; later calls say [`StorageError::Closed`].
    fn close(&self);
}
