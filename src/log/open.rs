//! Opening a log.

use std::{cell::Cell, rc::Rc};

use uuid::Uuid;

use crate::{
    model::Sockets,
    storage::{Durability, Listener, Storage},
};

use super::{
    Corrupt, LogError, MergePolicy, Repaired,
    codec::StoreManifest,
    core::{Core, State, read_manifest},
};

/// How to open a log.
#[derive(Clone, Default)]
pub struct OpenOptions {
    /// When an append counts as stored.
    pub durability: Durability,
    /// What the application knows to have been here.
    pub expect: Option<Witness>,
    /// Is told how far the reading of the log is.
    pub on_progress: Option<Rc<dyn Fn(Progress)>>,
    /// When to merge, and into how much.
    pub merging: MergePolicy,
    /// Sets damaged records aside before anything is read, so that the store opens with what is left.
    pub repair: bool,
    /// Set to end the opening with [`LogError::Aborted`].
    pub cancelled: Rc<Cell<bool>>,
    /// Is told of what happens to the storage elsewhere.
    pub listener: Option<Listener>,
}

/// What somebody knows to have been in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witness {
    /// The store's id.
    pub store_id: Uuid,
    /// The position of the newest event.
    pub head: u64,
}

/// How far the reading of the log is, in events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Read so far.
    pub done: u64,
    /// There in all, about: the newest record counts as one event.
    pub total: u64,
}

/// A log that was just opened.
pub(super) struct Opened<S> {
    pub(super) core: Rc<Core<S>>,
    pub(super) is_new: bool,
    /// What [`OpenOptions::repair`] did.
    pub(super) repaired: Option<Repaired>,
}

/// Opens a log, and reads what is not merged yet to index it.
pub(super) async fn open<S: Storage>(
    storage: S,
    sockets: Sockets,
    options: &OpenOptions,
) -> Result<Opened<S>, LogError> {
    let fresh = StoreManifest::new(sockets.store_id());
    if let Some(listener) = &options.listener {
        storage.listen(listener.clone()); // Waiting for another tab begins with opening.
    }
    let found = storage.open(Some(&fresh.encode())).await?;
    let manifest = read_manifest(&found.format)?;
    let core = Rc::new_cyclic(|this| Core {
        this: this.clone(),
        storage,
        connection: Default::default(),
        sockets,
        durability: options.durability,
        manifest: Cell::new(manifest),
        policy: options.merging,
        merged: Default::default(),
        known: Default::default(),
        cache: Default::default(),
        segments: Default::default(),
        watch: Default::default(),
        queue: Default::default(),
        writer: Default::default(),
        is_contended: Default::default(),
        looks: Default::default(),
        errands: Default::default(),
        heard: Default::default(),
        looked: Default::default(),
        state: Cell::new(State::Open),
        listener: Default::default(),
        attendants: Default::default(),
    });
    core.listener.replace(options.listener.clone());
    core.listen();
    let between = |done| {
        if let Some(tell) = &options.on_progress {
            tell(Progress { done, total: found.last.max(done) });
        }
        if options.cancelled.get() { Err(LogError::Aborted) } else { Ok(()) }
    };
    match read_first(&core, options.repair, between).await {
        Ok(repaired) => Ok(Opened { core, is_new: found.is_new, repaired }),
        Err(error) => {
            core.storage.close();
            Err(error)
        }
    }
}

async fn read_first<S: Storage>(
    core: &Rc<Core<S>>,
    repair: bool,
    between: impl Fn(u64) -> Result<(), LogError>,
) -> Result<Option<Repaired>, LogError> {
    let repaired = if repair { Some(core.repair().await?) } else { None };
    core.take_in_tail(between).await?;
    if core.layout().generation == 0 {
        // Without a mark, a log is taken for one that was never merged: it must not be one whose mark is gone. What is merged meanwhile
        // has one.
        let has_segments = core.has_segments().await?;
        let meta = core.connected(async || core.storage.meta().await).await?;
        if meta.mark.is_none() && (meta.layout.is_some() || has_segments) {
            return Err(Corrupt::new(0, "expected a mark beside what was merged, found none").into());
        }
    }
    Ok(repaired)
}
