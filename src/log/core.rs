//! What all handles of one open store share.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use futures_util::future::{LocalBoxFuture, Shared};

use crate::{
    model::Sockets,
    storage::{Durability, Listener, Signal, Storage, StorageError, Tail},
};

use super::{
    Corrupt, LogError,
    codec::{Layout, MANIFEST_MAGIC, Malformed, StoreManifest},
    commit_cache::CommitCache,
    connection::Connection,
    errands::Errands,
    following::Attendant,
    head_watch::HeadWatch,
    known::Known,
    loading::SegmentCaches,
    look::Looks,
    merging::{MergePolicy, Merged},
    queue::Queue,
};

/// How many records the first reading of the tail asks for: few, for each may be of the largest.
const FIRST_TAIL_RECORDS: usize = 16;

/// How many bytes one reading of the tail should bring, as far as the average record tells.
const TAIL_BYTES: u64 = 4 * 1024 * 1024;

/// The most records that one reading of the tail asks for.
const MAX_TAIL_RECORDS: u64 = 4096;

/// What all handles of one open store share.
pub(super) struct Core<S> {
    /// For work that several wait for, and that none of them owns.
    pub(super) this: Weak<Self>,
    pub(super) storage: S,
    pub(super) connection: Connection,
    pub(super) sockets: Sockets,
    pub(super) durability: Durability,
    pub(super) manifest: Cell<StoreManifest>,
    pub(super) known: RefCell<Known>,
    pub(super) cache: CommitCache,
    pub(super) segments: SegmentCaches,
    pub(super) watch: HeadWatch,
    pub(super) queue: RefCell<Queue>,
    pub(super) policy: MergePolicy,
    /// What merging did since the store was opened.
    pub(super) merged: Cell<Merged>,
    /// The running writer, if any. Whoever waits for an answer drives it.
    pub(super) writer: RefCell<Option<Shared<LocalBoxFuture<'static, ()>>>>,
    /// Whether another connection had stored something when this one last looked before it stored: then it is likely to be first again.
    pub(super) is_contended: Cell<bool>,
    pub(super) looks: Looks,
    pub(super) errands: Errands,
    /// How often another connection has said that it has committed.
    pub(super) heard: Cell<u64>,
    /// How much of that was looked at.
    pub(super) looked: Cell<u64>,
    pub(super) state: Cell<State>,
    pub(super) listener: RefCell<Option<Listener>>,
    /// Who has something to do about a commit before it is answered.
    pub(super) attendants: RefCell<Vec<Attendant>>,
}

/// How far an open store is from being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// No new calls; what was called before is finished.
    Closing,
    Closed,
    /// The storage was deleted under it.
    Deleted,
    /// Newer code took the storage over.
    NeedsReload,
}

impl<S: Storage> Core<S> {
    pub(super) fn head(&self) -> u64 {
        self.known.borrow().head()
    }

    /// The newest position that was read: beyond the head when a commit came only in part so far.
    pub(super) fn read_up_to(&self) -> u64 {
        self.known.borrow().read_up_to()
    }

    /// Refuses what is called on a store that is closed, by whomever.
    pub(super) fn check_open(&self) -> Result<(), LogError> {
        match self.state.get() {
            State::Open => Ok(()),
            State::Closing | State::Closed => Err(LogError::Closed),
            State::Deleted => Err(StorageError::Deleted.into()),
            State::NeedsReload => Err(StorageError::NeedsReload.into()),
        }
    }

    /// Lets the storage tell this store, and through it the outside, what happens elsewhere.
    pub(super) fn listen(self: &Rc<Self>) {
        let core = Rc::downgrade(self);
        self.storage.listen(Rc::new(move |signal| {
            if let Some(core) = core.upgrade() {
                core.hear(signal);
            }
        }));
    }

    pub(super) fn hear(&self, signal: Signal) {
        match signal {
            Signal::Changed => self.heard.update(|count| count + 1),
            Signal::Deleted => self.state.set(State::Deleted),
            Signal::NeedsReload => self.state.set(State::NeedsReload),
            Signal::Blocked => {}
        }
        self.watch.notify();
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(signal);
        }
    }

    /// How many records the next reading of the tail asks for.
    pub(super) fn tail_limit(&self) -> usize {
        let known = self.known.borrow();
        let records = known.directory.count() as u64;
        let average = known.directory.bytes().checked_div(records).unwrap_or(0).max(1);
        match records {
            0 => FIRST_TAIL_RECORDS,
            _ => (TAIL_BYTES / average).clamp(1, MAX_TAIL_RECORDS) as usize,
        }
    }

    /// Takes in what was stored elsewhere, up to now.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn catch_up(&self) -> Result<(), LogError> {
        let heard = self.heard.get();
        self.take_in_tail(|_| Ok(())).await?;
        // Not before: who asks for it may go, and nobody would look again.
        self.looked.set(heard.max(self.looked.get()));
        Ok(())
    }

    /// Whether another connection may have committed since the last look that has ended.
    pub(super) fn is_stale(&self) -> bool {
        self.heard.get() > self.looked.get()
    }

    /// Takes in the tail in pages; `between` is told the head after each and may end it.
    pub(super) async fn take_in_tail(
        &self,
        between: impl Fn(u64) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        loop {
            let before = self.head();
            let tail = self
                .connected(async || {
                    let generation = self.layout().generation;
                    self.storage.tail(self.read_up_to(), generation, self.tail_limit()).await
                })
                .await?;
            let is_taken_in = match self.take_in(&tail) {
                Ok(is_taken_in) => is_taken_in,
                Err(corrupt) => return Err(self.unless_newer(corrupt).await),
            };
            if self.head() > before {
                self.watch.notify();
            }
            between(self.head())?;
            if is_taken_in && !tail.more {
                return Ok(());
            }
        }
    }

    /// Takes in what was read, and forgets what it has made useless. `false` when that is too old: it was read before a swap of this
    /// very store, and comes after it.
    ///
    /// # Errors
    /// [`Corrupt`] when the records do not go on from the head.
    pub(super) fn take_in(&self, tail: &Tail) -> Result<bool, Corrupt> {
        let mut known = self.known.borrow_mut();
        let generation = known.layout.generation;
        if tail.mark.generation < generation {
            return Ok(false);
        }
        known.take_in(tail)?;
        if known.layout.generation != generation {
            self.forget_merged(&known.layout);
        }
        Ok(true)
    }

    /// Forgets the records whose place others have taken.
    pub(super) fn forget_merged(&self, layout: &Layout) {
        self.cache.forget_up_to(layout.head());
        self.segments.keep_only(layout);
    }

    /// What cannot be read is damaged, unless the format says that newer code has written it: then that code has taken the store over.
    pub(super) async fn unless_newer(&self, corrupt: Corrupt) -> LogError {
        let Ok(meta) = self.storage.meta().await else { return corrupt.into() };
        if !matches!(read_manifest(&meta.format), Err(StorageError::NewerFormat { .. })) {
            return corrupt.into();
        }
        self.storage.close();
        self.hear(Signal::NeedsReload);
        StorageError::NeedsReload.into()
    }

    /// As [`Core::check_open`], but what was called before closing is still finished.
    pub(super) fn check_reachable(&self) -> Result<(), LogError> {
        if self.state.get() == State::Closing { Ok(()) } else { self.check_open() }
    }
}

/// Reads the bytes that a store was created with.
pub(super) fn read_manifest(bytes: &[u8]) -> Result<StoreManifest, StorageError> {
    let refuse = |malformed: Malformed| match malformed.what {
        MANIFEST_MAGIC => StorageError::Foreign(malformed.to_string()),
        _ => StorageError::Damaged(malformed.to_string()),
    };
    let manifest = StoreManifest::decode(bytes).map_err(refuse)?;
    if manifest.format > super::codec::FORMAT_VERSION {
        let (known, found) = (super::codec::FORMAT_VERSION.into(), manifest.format.into());
        return Err(StorageError::NewerFormat { known, found });
    }
    Ok(manifest)
}
