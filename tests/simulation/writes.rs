//! What a tab asks to be written, as the disk keeps it until it is carried out: by then the tab may be gone.

use std::{cell::RefCell, ops::RangeInclusive, rc::Rc};

use annals::storage::{
    Bucket, Checkpoint, Commit, Committed, Durability, Kept, Key, Mark, Record, Storage, StorageError, Swap,
    ViewKey, ViewSave,
};
use futures_util::FutureExt;

use crate::disk::{Place, Step};

/// What [`Commit`] borrows.
#[derive(Clone)]
pub struct OwnCommit {
    pub guard: Key,
    pub adds: Vec<Record>,
    pub durability: Durability,
}

/// What [`Swap`] borrows.
#[derive(Clone)]
pub struct OwnSwap {
    pub generation: Option<u64>,
    pub mark: Mark,
    pub layout: Vec<u8>,
    pub format: Option<Vec<u8>>,
    pub puts: Vec<Record>,
    pub removes: Vec<RangeInclusive<Key>>,
    pub durability: Durability,
}

/// What [`ViewSave`] borrows.
#[derive(Clone)]
pub struct OwnSave {
    pub key: ViewKey,
    pub since: Key,
    pub checkpoint: Checkpoint,
    pub buckets: Vec<Bucket>,
}

/// Where the answer of a step is once it was carried out.
pub type Answer<T> = Rc<RefCell<Option<T>>>;

/// A step, and where its answer will be.
pub fn step<T: 'static>(ask: impl FnOnce(&Place) -> T + 'static) -> (Step, Answer<T>) {
    let answer: Answer<T> = Rc::default();
    let answering = answer.clone();
    (Box::new(move |place| drop(answering.replace(Some(ask(place))))), answer)
}

/// What memory answers, which waits for nothing.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory answers at once")
}

impl From<Commit<'_>> for OwnCommit {
    fn from(Commit { guard, adds, durability }: Commit<'_>) -> Self {
        Self { guard, adds: adds.to_vec(), durability }
    }
}

impl OwnCommit {
    pub fn carry_out(&self, place: &Place) -> Result<Committed, StorageError> {
        let Self { guard, ref adds, durability } = *self;
        now(place.memory.commit(Commit { guard, adds, durability })).map_err(|error| error.into_cause())
    }
}

impl From<Swap<'_>> for OwnSwap {
    fn from(swap: Swap<'_>) -> Self {
        Self {
            generation: swap.generation,
            mark: swap.mark,
            layout: swap.layout.to_vec(),
            format: swap.format.map(<[u8]>::to_vec),
            puts: swap.puts.to_vec(),
            removes: swap.removes.to_vec(),
            durability: swap.durability,
        }
    }
}

impl OwnSwap {
    pub fn carry_out(&self, place: &Place) -> Result<Committed, StorageError> {
        let swap = Swap {
            generation: self.generation,
            mark: self.mark,
            layout: &self.layout,
            format: self.format.as_deref(),
            puts: &self.puts,
            removes: &self.removes,
            durability: self.durability,
        };
        now(place.memory.swap(swap)).map_err(|error| error.into_cause())
    }
}

impl From<&ViewSave<'_>> for OwnSave {
    fn from(save: &ViewSave<'_>) -> Self {
        Self {
            key: save.key.clone(),
            since: save.since,
            checkpoint: save.checkpoint.clone(),
            buckets: save.buckets.to_vec(),
        }
    }
}

impl OwnSave {
    pub fn carry_out(&self, place: &Place) -> Result<Kept, StorageError> {
        let save = ViewSave {
            key: &self.key,
            since: self.since,
            checkpoint: &self.checkpoint,
            buckets: &self.buckets,
        };
        now(place.memory.keep_view(&save))
    }
}
