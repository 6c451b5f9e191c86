//! Importing a file as it comes: one batch of its events is being stored while the next is read.

use std::{cell::Cell, mem, rc::Rc};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};

use crate::{
    log::{EventStore, Pacer},
    storage::Storage,
};

use super::{
    error::{ImportError, ImportReport},
    parsing::{Parser, Told},
    storing::{Counts, Destination, Numbered, Stop},
};

/// The most events that are stored together unless something else is said: a page stays alive beside it.
const MAX_BATCH_EVENTS: usize = 2048;

/// The most bytes of events that are stored together, unless a single one is larger.
const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// An import under way: bytes of a file go in, and events are stored. What is in memory is two batches and a line, however long the file is.
pub struct Importer<S> {
    store: EventStore<S>,
    pacer: Pacer,
    parser: Parser,
    /// The last position that the file says it has.
    head: u64,
    after: u64,
    batch: Vec<Numbered>,
    batch_bytes: usize,
    batch_limit: usize,
    /// Out while a batch is being stored.
    destination: Rc<Cell<Option<Destination<S>>>>,
    under_way: Option<UnderWay>,
    outcome: Rc<Cell<Result<(), Stop>>>,
    counts: Rc<Cell<Counts>>,
    spawn: Option<Rc<dyn Fn(UnderWay)>>,
    is_ended: bool,
}

/// The storing of one batch. Whoever waits for it drives it.
pub type UnderWay = Shared<LocalBoxFuture<'static, ()>>;

impl<S: Storage> EventStore<S> {
    /// Begins an import into this store. What came with an import that was broken off is passed over when the same file is imported again.
    ///
    /// The pacer makes room for others while what was imported is merged: [`Pacer::hasty`] in a program without a page.
    #[must_use]
    pub fn import(&self, pacer: Pacer) -> Importer<S> {
        Importer {
            store: self.clone(),
            pacer,
            parser: Parser::default(),
            head: 0,
            after: 0,
            batch: Vec::new(),
            batch_bytes: 0,
            batch_limit: MAX_BATCH_EVENTS,
            destination: Rc::default(),
            under_way: None,
            outcome: Rc::new(Cell::new(Ok(()))),
            counts: Rc::default(),
            spawn: None,
            is_ended: false,
        }
    }
}

impl<S: Storage> Importer<S> {
    /// The same import, which stores at most so many events together, and at least one.
    #[must_use]
    pub fn in_batches_of(mut self, events: usize) -> Self {
        self.batch_limit = events.max(1);
        self
    }

    /// The same import, whose batches are driven by tasks of their own, also while nobody waits for them.
    #[must_use]
    pub fn driven_by(mut self, spawn: impl Fn(UnderWay) + 'static) -> Self {
        self.spawn = Some(Rc::new(spawn));
        self
    }

    /// Takes in what follows of the file, in pieces of any length.
    ///
    /// # Errors
    /// [`ImportError`] when a line is damaged, or could not be stored. What came before it is stored; the import is over.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        if self.is_ended {
            return Ok(());
        }
        self.parser.push(bytes);
        self.take_in().await
    }

    /// Takes in that the file is over, and stores the rest.
    ///
    /// # Errors
    /// As [`Importer::push`]; and when the file ends too soon.
    pub async fn finish(&mut self) -> Result<ImportReport, ImportError> {
        if !self.is_ended {
            self.parser.end();
            self.take_in().await?;
        }
        self.is_ended = true;
        let counts = self.counts.get();
        let destination = self.destination.take();
        let restored = destination.as_ref().is_some_and(Destination::is_restored);
        self.destination.set(destination);
        let Counts { lines, stored, duplicates, .. } = counts;
        Ok(ImportReport { lines, stored, duplicates, restored, head: self.store.head() })
    }

    /// Takes in nothing more, and waits for what is being stored.
    pub async fn stop(&mut self) {
        self.is_ended = true;
        if let Some(under_way) = self.under_way.take() {
            under_way.await;
        }
    }

    /// How many positions of the file are behind, and how many it says it has.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let done = self.counts.get().position.saturating_sub(self.after);
        (done, self.head.saturating_sub(self.after))
    }

    /// How many events were stored that had not been there.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.counts.get().stored
    }

    async fn take_in(&mut self) -> Result<(), ImportError> {
        loop {
            let told = match self.parser.next() {
                Ok(Some(told)) => told,
                Ok(None) => break,
                Err(flaw) => {
                    self.store_rest().await?;
                    return Err(self.fail(Stop::Flaw(flaw)));
                }
            };
            match told {
                Told::Header(header) => {
                    (self.head, self.after) = (header.head, header.after);
                    let destination = Destination::new(self.store.clone(), &header, self.pacer.clone());
                    self.counts.set(destination.counts);
                    self.destination.set(Some(destination));
                }
                Told::Event(line, number) => {
                    self.batch_bytes += line.event.bytes();
                    self.batch.push((*line, number));
                    if self.batch.len() >= self.batch_limit || self.batch_bytes >= MAX_BATCH_BYTES {
                        self.hand_over().await?;
                    }
                }
            }
        }
        if self.parser.is_over() { self.store_rest().await } else { Ok(()) }
    }

    /// Begins to store the batch, once the one before is stored.
    async fn hand_over(&mut self) -> Result<(), ImportError> {
        self.settle().await?;
        let batch = mem::take(&mut self.batch);
        self.batch_bytes = 0;
        let Some(mut destination) = self.destination.take() else { return Ok(()) };
        let (back, outcome, counts) = (self.destination.clone(), self.outcome.clone(), self.counts.clone());
        let storing = async move {
            outcome.set(destination.store(&batch).await);
            counts.set(destination.counts);
            back.set(Some(destination));
        };
        let under_way = storing.boxed_local().shared();
        // Begun at once: the storage is at work while the next batch is read.
        let _ = under_way.clone().now_or_never();
        self.spawn.iter().for_each(|spawn| spawn(under_way.clone()));
        self.under_way = Some(under_way);
        Ok(())
    }

    /// Waits for the batch that is being stored.
    async fn settle(&mut self) -> Result<(), ImportError> {
        if let Some(under_way) = self.under_way.clone() {
            under_way.await;
            self.under_way = None;
        }
        self.outcome.replace(Ok(())).map_err(|stop| self.fail(stop))
    }

    /// Stores all that was read.
    async fn store_rest(&mut self) -> Result<(), ImportError> {
        if !self.batch.is_empty() {
            self.hand_over().await?;
        }
        self.settle().await
    }

    fn fail(&mut self, stop: Stop) -> ImportError {
        self.is_ended = true;
        match stop {
            Stop::Flaw(flaw) => ImportError::Flawed { flaw, stored: self.counts.get().stored },
            Stop::Error(error) => error,
        }
    }
}
