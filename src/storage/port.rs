//! The port: what a storage is asked and what it answers.

use std::{ops::RangeInclusive, rc::Rc};

use super::{
    Checkpoint, CommitError, Forget, ForgetViews, Kept, Mark, SavedView, Snapshot, SnapshotKey, StorageError,
    ViewKey, ViewSave,
};

/// A record's key. Each shelf has keys of its own; they only grow, and a key is never used for a second record.
pub type Key = u64;

/// A shelf of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    /// What was committed and not merged yet.
    Commits,
    /// What was merged, and the index over it.
    Segments,
}

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
    /// The bytes that it was created with, or that a swap has put in their place.
    pub format: Vec<u8>,
    /// The newest commit's key; 0 without one.
    pub last: Key,
}

/// The bytes that stand beside the shelves, as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meta {
    /// The format; empty when it is gone.
    pub format: Vec<u8>,
    /// The mark, as [`Mark::encode`] writes it; `None` before the first swap.
    pub mark: Option<Vec<u8>>,
    /// The layout; `None` before the first swap.
    pub layout: Option<Vec<u8>>,
}

/// The commits after a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The fence and the generation, as of this reading.
    pub mark: Mark,
    /// The layout, if its generation is another than the one that the caller knows.
    pub layout: Option<Vec<u8>>,
    /// The commits above both the key asked for and the fence, in order of keys.
    pub records: Vec<Record>,
    /// Whether there may be more after these.
    pub more: bool,
}

/// What to read under a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The generation that the ranges are from.
    pub generation: u64,
    /// Ranges of commits.
    pub commits: &'a [RangeInclusive<Key>],
    /// Ranges of segments.
    pub segments: &'a [RangeInclusive<Key>],
}

/// What a reading under a generation brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The records that are there, in the order of the ranges.
    Found {
        /// Of the commits.
        commits: Vec<Record>,
        /// Of the segments.
        segments: Vec<Record>,
    },
    /// Another generation is in force: nothing was read.
    Moved,
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

/// Segments that take the place of others, and of commits, all at once.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'a> {
    /// The swap is refused unless this generation is in force; `None` swaps whatever is in force.
    pub generation: Option<u64>,
    /// The fence and the generation after it. Commits at or below the fence are removed.
    pub mark: Mark,
    /// The layout after it.
    pub layout: &'a [u8],
    /// The format after it, if that changes.
    pub format: Option<&'a [u8]>,
    /// Segments to put.
    pub puts: &'a [Record],
    /// Ranges of segments to remove.
    pub removes: &'a [RangeInclusive<Key>],
    /// When it counts as stored.
    pub durability: Durability,
}

/// What became of a commit or a swap.
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
/// all, and see every commit that was acknowledged before they began. So it is with swaps.
#[expect(async_fn_in_trait, reason = "everything here lives on one thread: no future needs to be Send")]
pub trait Storage: 'static {
    /// Opens the place; creates it with `format` when it is not there. Without a format it is there or
    /// [`StorageError::Deleted`]: so it is opened again after [`StorageError::Disconnected`].
    ///
    /// # Errors
    /// Any [`StorageError`]; nothing is touched unless the place was created whole.
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError>;

    /// Reads what stands beside the shelves, as it is stored.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn meta(&self) -> Result<Meta, StorageError>;

    /// Reads all records in the ranges of keys, in one consistent view, if the generation is still in force. The caller
    /// bounds the ranges.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError>;

    /// Reads up to `limit` records of a shelf after a key, whatever is in force: for looking at what is damaged.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError>;

    /// Reads up to `limit` commits after a key, with the mark, and with the layout if it is not of the generation that the
    /// caller knows, in one consistent view.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError>;

    /// Stores records if no other connection was first: none of the keys exists and the fence is not above the guard.
    ///
    /// # Errors
    /// [`CommitError`], which says whether nothing was stored or that cannot be said.
    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError>;

    /// Reads up to `limit` commits after a key, lets `decide` choose what to store, and stores that, all in one transaction
    /// that no other commit can come between. `decide` is called at most once. A fence above `after` is for it to see; the
    /// layout is not read.
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

    /// Puts segments in the place of others and of commits, in one transaction.
    ///
    /// # Errors
    /// [`CommitError`], which says whether nothing was stored or that cannot be said.
    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError>;

    /// The snapshot under a key, whoever kept it.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError>;

    /// Keeps snapshots, each unless there is one under its key that is as new or newer. It is not waited for that they are flushed.
    ///
    /// # Errors
    /// Any [`StorageError`]; then each of them is kept or not.
    async fn keep(&self, snapshots: &[Snapshot]) -> Result<(), StorageError>;

    /// Forgets snapshots.
    ///
    /// # Errors
    /// Any [`StorageError`]; then each of them is forgotten or not.
    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError>;

    /// How far the view under a key is saved, whoever kept it.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError>;

    /// The view under a key, whoever kept it; `None` without a checkpoint, whatever buckets there are.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError>;

    /// Keeps what [`ViewSave::judge`] says of a view, in one transaction: puts these buckets and the checkpoint and removes buckets of other
    /// layouts, or touches nothing. It is not waited for that they are flushed.
    ///
    /// # Errors
    /// Any [`StorageError`]; then the save is kept whole or not at all.
    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError>;

    /// The versions under which a view of this name has a checkpoint, in their order, and the positions of these.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError>;

    /// Forgets saved views.
    ///
    /// # Errors
    /// Any [`StorageError`]; then each of them is forgotten or not.
    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError>;

    /// Who is told of what happens elsewhere. One listener; the last one set is told.
    fn listen(&self, listener: Listener);

    /// Tells other connections to have a look: something has changed that is no commit. A hint, as after a commit.
    fn announce(&self) {}

    /// Ends the connection; later calls say [`StorageError::Closed`].
    fn close(&self);
}
