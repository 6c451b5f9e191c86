//! The event store.

use std::{cell::Cell, rc::Rc};

use uuid::Uuid;

use crate::{
    model::{
        Append, AppendResult, Condition, ExpectedRevision, InvalidArgument, NewEvent, Query, RecordedEvent,
        Sockets, StreamId, Write,
    },
    storage::{Storage, StorageError},
};

use super::{
    Answer, AppendError, Diagnostics, LogError, MergeStep, OpenOptions, Pacer, ReadAll, ReadError,
    ReadStream, Reader, Repaired, Start, Subscription, Ticket, Verification, Witness,
    codec::EventRef,
    core::{Core, State},
    open::{Opened, open},
    turn::next_turn,
};

/// An event store over a storage. Clones are handles of the same open store.
///
/// Everything lives on one thread. Appends take effect in the order of the calls and share commits; an append that was
/// acknowledged is stored, whatever happens to this process.
pub struct EventStore<S> {
    pub(super) core: Rc<Core<S>>,
    is_new: bool,
    lost: Option<Witness>,
    repaired: Option<Rc<Repaired>>,
}

impl<S> Clone for EventStore<S> {
    fn clone(&self) -> Self {
        Self {
            core: self.core.clone(),
            is_new: self.is_new,
            lost: self.lost,
            repaired: self.repaired.clone(),
        }
    }
}

impl<S: Storage> EventStore<S> {
    /// Opens the store that the storage holds; creates it when there is none.
    ///
    /// # Errors
    /// [`LogError`] when the storage cannot be opened, holds something else, is damaged, or the opening is cancelled.
    pub async fn open(storage: S, sockets: Sockets, options: OpenOptions) -> Result<Self, LogError> {
        let Opened { core, is_new, repaired } = open(storage, sockets, &options).await?;
        let here = Witness { store_id: core.manifest.get().store_id, head: core.head() };
        let lost =
            options.expect.filter(|expect| expect.store_id != here.store_id || expect.head > here.head);
        Ok(Self { core, is_new, lost, repaired: repaired.map(Rc::new) })
    }

    /// The store's own id, made when it was created.
    #[must_use]
    pub fn store_id(&self) -> Uuid {
        self.core.manifest.get().store_id
    }

    /// Whether opening created the store.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// What [`OpenOptions::expect`] named, when less than that is here.
    #[must_use]
    pub fn lost(&self) -> Option<Witness> {
        self.lost
    }

    /// What [`OpenOptions::repair`] did while the store was opened.
    #[must_use]
    pub fn repaired(&self) -> Option<&Repaired> {
        self.repaired.as_deref()
    }

    /// The position of the newest event that this store knows as stored; 0 without one.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.core.head()
    }

    /// Stores events in one stream, all or none.
    ///
    /// # Errors
    /// [`AppendError`], which says whether nothing was stored or that this cannot be learnt.
    pub async fn append(
        &self,
        stream_id: StreamId,
        events: Vec<NewEvent>,
        expected: ExpectedRevision,
    ) -> Result<AppendResult, AppendError> {
        let appended = self.append_many(vec![Write { stream_id, expected, events }], None).await;
        appended.map_err(|error| match error {
            AppendError::InvalidArgument(invalid) => invalid.of_the_only_write().into(),
            other => other,
        })
    }

    /// Stores events in several streams, all or none, under an optional condition.
    ///
    /// # Errors
    /// [`AppendError`], which says whether nothing was stored or that this cannot be learnt.
    pub async fn append_many(
        &self,
        writes: Vec<Write>,
        condition: Option<Condition>,
    ) -> Result<AppendResult, AppendError> {
        let append = Append::new(writes, condition, &self.core.sockets)?;
        self.submit(append)?.await
    }

    /// Puts an append in the queue at once; what is answered is waited for.
    ///
    /// # Errors
    /// [`LogError::Closed`] and its kin when the store is closed.
    pub fn submit(&self, append: Append) -> Result<impl Future<Output = Answer> + use<S>, LogError> {
        let slot: Rc<Cell<Option<Answer>>> = Rc::default();
        let filled = slot.clone();
        self.enqueue(append, move |answer| filled.set(Some(answer)))?;
        let store = self.clone();
        Ok(async move {
            next_turn().await;
            loop {
                store.drive().await;
                if let Some(answer) = slot.take() {
                    return answer;
                }
            }
        })
    }

    /// Where time and randomness come from.
    pub(crate) fn sockets(&self) -> &Sockets {
        &self.core.sockets
    }

    /// The position of the newest event that was stored up to a time, in ms since the epoch; 0 without one.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn position_at(&self, time: u64) -> Result<u64, ReadError> {
        self.refresh().await?;
        Ok(self.core.last_at(time, true).await?)
    }

    /// Checks a request for [`EventStore::enqueue`].
    ///
    /// # Errors
    /// [`InvalidArgument`] when it breaks a rule.
    pub fn check(&self, writes: Vec<Write>, condition: Option<Condition>) -> Result<Append, InvalidArgument> {
        Append::new(writes, condition, &self.core.sockets)
    }

    /// Puts an append in the queue; `answer` is called once it is answered. [`EventStore::drive`] does the work.
    ///
    /// # Errors
    /// [`LogError::Closed`] and its kin when the store is closed.
    pub fn enqueue(&self, append: Append, answer: impl FnOnce(Answer) + 'static) -> Result<Ticket, LogError> {
        self.core.check_open()?;
        Ok(self.core.queue.borrow_mut().push(append, Box::new(answer)))
    }

    /// Takes an append out of the queue, if its commit has not begun; its answer is [`LogError::Aborted`].
    pub fn cancel(&self, ticket: Ticket) {
        let cancelled = self.core.queue.borrow_mut().cancel(ticket);
        if let Some(waiting) = cancelled {
            (waiting.answer)(Err(LogError::Aborted.into()));
        }
    }

    /// Commits what is in the queue until it is empty.
    pub fn drive(&self) -> impl Future<Output = ()> + use<S> {
        self.core.writer()
    }

    /// Begins a reading of one stream; a stream that is not there is empty.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn read_stream(&self, stream_id: StreamId, read: ReadStream) -> Result<Reader<S>, ReadError> {
        self.core.check_open()?;
        self.core.look_with(&stream_id).await?;
        Ok(Reader::stream(self.core.clone(), self.core.head(), stream_id, &read).await?)
    }

    /// Begins a reading of the whole log, or of what a query matches.
    ///
    /// # Errors
    /// [`ReadError`] when the query has no items, the store is closed, or its storage fails or is damaged.
    pub async fn read_all(&self, read: ReadAll) -> Result<Reader<S>, ReadError> {
        check_query(read.query.as_ref())?;
        self.refresh().await?;
        Ok(Reader::all(self.core.clone(), self.core.head(), read).await?)
    }

    /// As [`EventStore::read_stream`], but covers the log up to a position that is known as stored.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn read_stream_at(
        &self,
        stream_id: StreamId,
        read: &ReadStream,
        head: u64,
    ) -> Result<Reader<S>, ReadError> {
        self.core.check_open()?;
        Ok(Reader::stream(self.core.clone(), head.min(self.core.head()), stream_id, read).await?)
    }

    /// As [`EventStore::read_all`], but covers the log up to a position that is known as stored.
    ///
    /// # Errors
    /// [`ReadError`] when the query has no items, the store is closed, or its storage fails or is damaged.
    pub async fn read_all_at(&self, read: ReadAll, head: u64) -> Result<Reader<S>, ReadError> {
        check_query(read.query.as_ref())?;
        self.core.check_open()?;
        Ok(Reader::all(self.core.clone(), head.min(self.core.head()), read).await?)
    }

    /// The event with an id.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn event(&self, id: Uuid) -> Result<Option<RecordedEvent>, ReadError> {
        Ok(self.event_page(id).await?.and_then(|page| page.to_events().pop()))
    }

    /// The event with an id, as a page of one.
    ///
    /// # Errors
    /// As [`EventStore::event`].
    pub async fn event_page(&self, id: Uuid) -> Result<Option<super::Page>, ReadError> {
        self.core.check_open()?;
        if let Some(page) = self.core.find_event(id).await? {
            return Ok(Some(page));
        }
        let head = self.core.head();
        self.refresh().await?;
        if self.core.head() == head {
            return Ok(None);
        }
        Ok(self.core.find_event(id).await?)
    }

    /// Looks at those of the events with these ids that are stored, in no order.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn look_up(&self, ids: &[Uuid], look: impl FnMut(EventRef<'_>)) -> Result<(), ReadError> {
        self.refresh().await?;
        Ok(self.core.look_up(ids, look).await?)
    }

    /// How many events a stream has; 0 for one that is not there.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn stream_revision(&self, stream_id: &StreamId) -> Result<u64, ReadError> {
        self.refresh().await?;
        Ok(self.core.revision(stream_id).await?)
    }

    /// Names of streams in code-point order: those with a prefix, after a name, at most so many.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, ReadError> {
        self.refresh().await?;
        Ok(self.core.streams(prefix, after, limit).await?)
    }

    /// Follows the log.
    ///
    /// # Errors
    /// [`ReadError`] when the query has no items, or the store is closed.
    pub fn subscribe(&self, start: Start, query: Option<Query>) -> Result<Subscription<S>, ReadError> {
        check_query(query.as_ref())?;
        self.core.check_open()?;
        Ok(Subscription::new(self.core.clone(), start, query))
    }

    /// Takes in what other connections have stored, up to now.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails or is damaged.
    pub async fn refresh(&self) -> Result<(), LogError> {
        self.core.check_open()?;
        self.core.look().await
    }

    /// Takes one step of merging: what was stored in many small records becomes few large ones, which changes no answer. Meant for when
    /// nothing else is to be done. Several connections may try at once; one of them succeeds.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails or is damaged. Nothing has changed then.
    pub async fn merge_step(&self, pacer: &Pacer) -> Result<MergeStep, LogError> {
        self.core.merge_step(pacer).await
    }

    /// Whether there is something to merge, as far as this store knows.
    #[must_use]
    pub fn is_merge_due(&self) -> bool {
        self.core.is_merge_due()
    }

    /// Whether merging is long overdue: whoever should do it, another tab say, seems not to.
    #[must_use]
    pub fn is_merge_overdue(&self) -> bool {
        self.core.is_merge_overdue()
    }

    /// How many events are not merged yet, as far as this store knows.
    #[must_use]
    pub fn unmerged(&self) -> u64 {
        self.core.head() - self.core.layout().head()
    }

    /// What the store knows of its own size.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails or is damaged.
    pub async fn diagnostics(&self) -> Result<Diagnostics, LogError> {
        self.refresh().await?;
        Ok(self.core.diagnostics())
    }

    /// Reads every stored byte again and checks every checksum and every promise of the log.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, its storage fails, or the call is cancelled. Damage is no error here: it is
    /// what is looked for.
    pub async fn verify(&self, between: impl Fn(u64, u64) -> bool) -> Result<Verification, LogError> {
        self.refresh().await.or_else(|error| match error {
            LogError::Corrupt(_) | LogError::Storage(StorageError::Damaged(_)) => Ok(()),
            other => Err(other),
        })?;
        self.core.verify(between).await
    }

    /// Sets damaged records aside, so that the rest can be read: nothing is deleted, and it is said which events are lost. A store
    /// that does not open for damage is opened with [`OpenOptions::repair`].
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, its storage fails, or other connections change it all the time.
    pub async fn repair(&self) -> Result<Repaired, LogError> {
        self.core.check_open()?;
        self.core.repair().await
    }

    /// Finishes what was called before, then lets the storage go. Later calls say [`LogError::Closed`].
    pub async fn close(&self) {
        if self.core.state.get() == State::Open {
            self.core.state.set(State::Closing);
            self.core.watch.notify();
        }
        while !self.core.queue.borrow().is_empty() || self.core.writer.borrow().is_some() {
            self.drive().await;
        }
        if self.core.state.get() == State::Closing {
            self.core.state.set(State::Closed);
        }
        self.core.storage.close();
    }
}

fn check_query(query: Option<&Query>) -> Result<(), InvalidArgument> {
    query.map_or(Ok(()), |query| query.check().map_err(|e| e.inside("query")))
}
