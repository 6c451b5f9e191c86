//! Merging, in the background: commits become segments, small segments become larger ones, and so do the parts of the index.
//!
//! A merge is a number of steps. Each reads some records, writes what takes their place, and puts all of it in force in one
//! transaction, if nobody was first. Until then nothing is written, so a step may be killed anywhere; and since positions stay what
//! they are, neither a reader nor a writer that still believes in the old records is ever wrong.

mod index_merge;
mod pacer;
mod plan;
mod policy;
mod run_builder;
mod segment_builder;
mod segment_merge;

use std::{ops::RangeInclusive, rc::Rc};

use crate::storage::{CommitError, Committed, Key, Mark, Record, Storage, StorageError, Swap};

use super::{
    LogError,
    codec::{Aside, FORMAT_VERSION, IdEntry, Layout, NameEntry, StoreManifest},
    connection::Generation,
    core::Core,
    loading::Missed,
};
use plan::{Due, due, is_due, is_tail_due};

pub use pacer::Pacer;
pub use policy::MergePolicy;
pub(super) use run_builder::{ids_of, names_of};
pub(super) use segment_builder::put_segment;

/// A tail that is so many times as long as it may be is overdue.
const OVERDUE: u64 = 8;

/// What merging did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// Steps that were put in force.
    pub steps: u64,
    /// Events that were written, each time that they were.
    pub events: u64,
    /// Bytes of the records that were replaced.
    pub bytes_read: u64,
    /// Bytes of the records that took their place.
    pub bytes_written: u64,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeStep {
    /// There is nothing to merge.
    Nothing,
    /// A step was put in force.
    Done(Merged),
    /// Another connection was first: nothing has changed here.
    Refused,
}

/// What takes the place of what.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) layout: Layout,
    puts: Vec<Record>,
    pub(super) removes: Vec<RangeInclusive<Key>>,
    merged: Merged,
    set_aside: u64,
}

impl Merged {
    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.events += other.events;
        self.bytes_read += other.bytes_read;
        self.bytes_written += other.bytes_written;
    }
}

impl Outcome {
    /// Nothing is changed yet.
    pub(super) fn of(layout: Layout) -> Self {
        Self { layout, ..Self::default() }
    }

    /// Keeps a damaged record as it is.
    pub(super) fn set_aside(&mut self, what: String, positions: RangeInclusive<u64>, bytes: Vec<u8>) {
        let key = self.put(bytes);
        let (first, last) = (*positions.start(), *positions.end());
        self.layout.aside.push(Aside { key, first, last, what });
        self.set_aside += 1;
    }

    pub(super) fn set_aside_count(&self) -> u64 {
        self.set_aside
    }

    /// Takes the next key for a record.
    fn put(&mut self, bytes: Vec<u8>) -> Key {
        self.layout.last_key += 1;
        self.put_at(self.layout.last_key, bytes);
        self.layout.last_key
    }

    /// Puts a record under a key that was taken before.
    fn put_at(&mut self, key: Key, bytes: Vec<u8>) {
        self.merged.bytes_written += bytes.len() as u64;
        self.puts.push(Record { key, bytes });
    }
}

impl<S: Storage> Core<S> {
    /// Takes one step, if there is one to take.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails or is damaged. Nothing has changed then.
    pub(super) async fn merge_step(&self, pacer: &Pacer) -> Result<MergeStep, LogError> {
        self.check_open()?;
        pacer.begin();
        pacer.rest(self.catch_up()).await?;
        let layout = self.layout();
        let due = due(&self.known.borrow(), &self.policy);
        let outcome = match due {
            Due::Nothing => return Ok(MergeStep::Nothing),
            Due::Segments(plan) => self.merge_segments(&layout, &plan, pacer).await,
            Due::Ids(plan) => self.merge_runs::<IdEntry>(&layout, plan, pacer).await,
            Due::Names(plan) => self.merge_runs::<NameEntry>(&layout, plan, pacer).await,
        };
        match outcome {
            Ok(outcome) => self.put_in_force(outcome, Some(layout.generation), pacer).await,
            Err(Missed::Moved) => Ok(MergeStep::Refused),
            Err(Missed::Failed(error)) => Err(error),
        }
    }

    /// Whether a step is due, as far as this store knows.
    pub(super) fn is_merge_due(&self) -> bool {
        is_due(&self.known.borrow(), &self.policy)
    }

    /// Whether merging is long overdue: whoever should do it seems not to.
    pub(super) fn is_merge_overdue(&self) -> bool {
        is_tail_due(&self.known.borrow(), &self.policy, OVERDUE)
    }

    /// Swaps what was read for what takes its place.
    pub(super) async fn put_in_force(
        &self,
        mut outcome: Outcome,
        generation: Option<u64>,
        pacer: &Pacer,
    ) -> Result<MergeStep, LogError> {
        outcome.layout.generation += 1;
        outcome.merged.steps = 1;
        let bytes = outcome.layout.encode();
        outcome.merged.bytes_written += bytes.len() as u64;
        let manifest = StoreManifest { format: FORMAT_VERSION, ..self.manifest.get() };
        // Older code would miss what is merged: from here on it must not open the store.
        let format = (manifest != self.manifest.get()).then(|| manifest.encode());
        let swap = Swap {
            generation,
            mark: Mark { fence: outcome.layout.head(), generation: outcome.layout.generation },
            layout: &bytes,
            format: format.as_deref(),
            puts: &outcome.puts,
            removes: &outcome.removes,
            durability: self.durability,
        };
        let met = self.connection.generation();
        match pacer.rest(self.storage.swap(swap)).await {
            Ok(Committed::Stored) => {
                self.manifest.set(manifest);
                self.adopt_if_newer(&Rc::new(outcome.layout));
                let mut total = self.merged.get();
                total.add(outcome.merged);
                self.merged.set(total);
                Ok(MergeStep::Done(outcome.merged))
            }
            Ok(Committed::Refused) => Ok(MergeStep::Refused),
            Err(error) => self.look_after(error, met).await,
        }
    }

    /// Goes on under a layout, unless it is one from before.
    pub(super) fn adopt_if_newer(&self, layout: &Rc<Layout>) {
        let mut known = self.known.borrow_mut();
        if known.layout.generation < layout.generation {
            known.adopt(layout.clone());
            self.forget_merged(layout);
        }
    }

    /// After a swap whose end was not seen: what is in force is read again, be it the old or the new.
    async fn look_after(&self, error: CommitError, met: Generation) -> Result<MergeStep, LogError> {
        let is_seen = matches!(error, CommitError::NotStored(_));
        let cause = error.into_cause();
        if is_seen && !matches!(cause, StorageError::Disconnected(_)) {
            return Err(cause.into());
        }
        self.reconnect(met).await?;
        self.catch_up().await?;
        Ok(MergeStep::Refused)
    }
}
