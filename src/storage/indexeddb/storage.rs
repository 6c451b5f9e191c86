//! The storage port over a connection.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::storage::{
    Cause, Checkpoint, Commit, CommitError, Committed, Decision, Durability, Forget, ForgetViews, Kept, Key,
    Listener, Manifest, Meta, Reading, Record, SavedView, Shelf, Signal, Snapshot, SnapshotKey, Storage,
    StorageError, Swap, Tail, ViewKey, ViewSave, Wanted,
};

use super::{
    COMMITS, META, SEGMENTS,
    channel::Channel,
    connection::Connection,
    factory,
    page::{Page, PageEvent},
    reading::ReadingTransaction,
    saved_views,
    slot::Slot,
    snapshots,
    transaction::{Mode, Transaction},
    writing::{self, APPENDING, SWAPPING},
};

/// How often a reading transaction is asked: one that is asked for ever would keep all writers waiting.
const MAX_ASKED: u32 = 4;

/// What a reading may see. With all of it in its scope, whoever writes waits for it.
const READING: &[&str] = &[META, COMMITS, SEGMENTS];

/// Records in one IndexedDB database.
pub struct IndexedDb {
    name: String,
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Cell<State>,
    connection: RefCell<Option<Rc<Connection>>>,
    channel: RefCell<Option<Channel>>,
    page: RefCell<Option<Page>>,
    /// While the page is put away: who waits for it to be brought back.
    put_away: RefCell<Option<Vec<Slot<()>>>>,
    listener: RefCell<Option<Listener>>,
    /// The reading transaction begun last.
    reading: RefCell<Option<Rc<ReadingTransaction>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Open,
    Deleted,
    NeedsReload,
    Closed,
}

impl IndexedDb {
    /// Names a database; [`Storage::open`] opens it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), shared: Rc::default() }
    }

    fn begin(&self, mode: Mode, stores: &[&str]) -> Result<Transaction, StorageError> {
        self.shared.check()?;
        let connection = self.shared.connection.borrow().clone();
        match connection {
            Some(connection) if !connection.is_lost() => Transaction::begin(&connection, mode, stores),
            _ => Err(StorageError::Disconnected(Cause::new("", "the browser closed the connection"))),
        }
    }

    /// Asks within the reading transaction that is still open, if there is one, else within a new one: beginning one costs more than
    /// asking.
    ///
    /// A transaction takes questions as long as nothing but its own answers was waited for. Nobody has written since it began, for
    /// who writes waits for it, so what it reads is as new as what a new one would read.
    fn ask<T>(
        &self,
        ask: impl Fn(&ReadingTransaction) -> Result<T, StorageError>,
    ) -> Result<(Rc<ReadingTransaction>, T), StorageError> {
        self.shared.check()?;
        let open = self.shared.reading.take();
        if let Some(reading) = open.filter(|reading| reading.asked.get() < MAX_ASKED)
            && let Ok(asked) = ask(&reading)
        {
            return Ok((self.keep(reading), asked));
        }
        let reading = Rc::new(ReadingTransaction::of(self.begin(Mode::Read, READING)?)?);
        let asked = ask(&reading)?;
        Ok((self.keep(reading), asked))
    }

    fn keep(&self, reading: Rc<ReadingTransaction>) -> Rc<ReadingTransaction> {
        reading.asked.update(|count| count + 1);
        self.shared.reading.replace(Some(reading.clone()));
        reading
    }

    fn begin_writing(&self, durability: Durability, stores: &[&str]) -> Result<Transaction, CommitError> {
        self.begin(Mode::Write(durability), stores).map_err(CommitError::NotStored)
    }

    fn listen_to_others(&self, tell: Rc<dyn Fn(Signal)>) {
        if self.shared.channel.borrow().is_none() {
            let channel = Channel::open(&self.name, Rc::new(move || tell(Signal::Changed)));
            self.shared.channel.replace(Some(channel));
        }
        if self.shared.page.borrow().is_none() {
            let living = Rc::downgrade(&self.shared);
            let page = Page::listen(Rc::new(move |event| {
                if let Some(shared) = living.upgrade() {
                    shared.take_in(event);
                }
            }));
            self.shared.page.replace(Some(page));
        }
    }

    fn tell_others(&self) {
        if let Some(channel) = &*self.shared.channel.borrow() {
            channel.tell();
        }
    }
}

impl Shared {
    fn check(&self) -> Result<(), StorageError> {
        match self.state.get() {
            State::Open => Ok(()),
            State::Deleted => Err(StorageError::Deleted),
            State::NeedsReload => Err(StorageError::NeedsReload),
            State::Closed => Err(StorageError::Closed),
        }
    }

    fn take_in(&self, event: PageEvent) {
        match event {
            PageEvent::PutAway => self.put_away(),
            PageEvent::Shown => {
                self.bring_back();
                self.tell(Signal::Changed);
            }
            PageEvent::Stirred => self.tell(Signal::Changed),
        }
    }

    fn bring_back(&self) {
        for waiting in self.put_away.take().into_iter().flatten() {
            waiting.fill(());
        }
    }

    /// Lets go of everything that stands in others' way. What is in flight still ends, and whoever calls opens anew.
    fn put_away(&self) {
        self.put_away.borrow_mut().get_or_insert_default();
        self.channel.take();
        self.reading.take();
        let connection = self.connection.take();
        if let Some(connection) = connection {
            connection.database.close();
        }
    }

    /// Waits until the page is not put away.
    async fn brought_back(&self) {
        let waiting = self.put_away.borrow_mut().as_mut().map(|waiting| {
            let slot = Slot::new();
            waiting.push(slot.clone());
            slot
        });
        if let Some(slot) = waiting {
            slot.wait().await;
        }
    }

    fn tell(&self, signal: Signal) {
        let ending = match signal {
            Signal::Deleted => Some(State::Deleted),
            Signal::NeedsReload => Some(State::NeedsReload),
            Signal::Changed | Signal::Blocked => None,
        };
        if let Some(state) = ending {
            self.end(state);
        }
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(signal);
        }
    }

    fn end(&self, state: State) {
        self.bring_back();
        self.reading.take();
        if self.state.get() == State::Open {
            self.state.set(state);
        }
        // The connection's own event may have led here: ask it to close now, and drop it when nobody uses it any more.
        let connection = self.connection.borrow().clone();
        if let Some(connection) = connection {
            connection.database.close();
        }
    }
}

impl Storage for IndexedDb {
    async fn open(&self, format: Option<&[u8]>) -> Result<Manifest, StorageError> {
        self.shared.check()?;
        self.shared.connection.replace(None);
        self.shared.reading.take();
        let weak = Rc::downgrade(&self.shared);
        let tell: Rc<dyn Fn(Signal)> = Rc::new(move |signal| {
            if let Some(shared) = weak.upgrade() {
                shared.tell(signal);
            }
        });
        let mut is_new = false;
        let found = loop {
            self.shared.brought_back().await;
            self.shared.check()?;
            let found = factory::open(&self.name, format, &tell).await?;
            is_new |= found.is_new;
            // Put away while it was opening: the connection goes, and so it does when the storage was closed, deleted or taken over.
            if self.shared.put_away.borrow().is_none() {
                break found;
            }
        };
        self.shared.check()?;
        self.listen_to_others(tell);
        self.shared.connection.replace(Some(found.connection));
        Ok(Manifest { is_new, format: found.format, last: found.last })
    }

    async fn meta(&self) -> Result<Meta, StorageError> {
        let (reading, asked) = self.ask(ReadingTransaction::ask_meta)?;
        reading.meta(&asked).await
    }

    async fn read(&self, wanted: Wanted<'_>) -> Result<Reading, StorageError> {
        let (reading, asked) = self.ask(|reading| reading.ask_records(wanted))?;
        reading.records(wanted, &asked).await
    }

    async fn scan(&self, shelf: Shelf, after: Key, limit: usize) -> Result<Vec<Record>, StorageError> {
        let store = match shelf {
            Shelf::Commits => COMMITS,
            Shelf::Segments => SEGMENTS,
        };
        if limit == 0 {
            return Ok(Vec::new()); // To IndexedDB, none is no limit.
        }
        let (reading, asked) = self.ask(|reading| reading.ask_after(store, after, limit))?;
        reading.transaction.answered(asked.last()).await?;
        asked.records()
    }

    async fn tail(&self, after: Key, generation: u64, limit: usize) -> Result<Tail, StorageError> {
        let (reading, asked) = self.ask(|reading| reading.ask_after(COMMITS, after, limit))?;
        reading.tail(&asked, generation, limit).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, CommitError> {
        let transaction = self.begin_writing(commit.durability, APPENDING)?;
        let committed = writing::commit(&transaction, commit).await?;
        if committed == Committed::Stored {
            self.tell_others();
        }
        Ok(committed)
    }

    async fn commit_after(
        &self,
        after: Key,
        limit: usize,
        durability: Durability,
        decide: impl FnOnce(Tail) -> Decision,
    ) -> Result<(), CommitError> {
        let transaction = self.begin_writing(durability, APPENDING)?;
        if writing::commit_after(&transaction, after, limit, decide).await? {
            self.tell_others();
        }
        Ok(())
    }

    /// Tells nobody: other segments answer the same.
    async fn swap(&self, swap: Swap<'_>) -> Result<Committed, CommitError> {
        writing::swap(&self.begin_writing(swap.durability, SWAPPING)?, swap).await
    }

    async fn recall(&self, key: &SnapshotKey) -> Result<Option<Snapshot>, StorageError> {
        snapshots::recall(&self.begin(Mode::Read, snapshots::SCOPE)?, key).await
    }

    async fn keep(&self, kept: &[Snapshot]) -> Result<(), StorageError> {
        snapshots::keep(&self.begin(Mode::Write(Durability::Relaxed), snapshots::SCOPE)?, kept).await
    }

    async fn forget(&self, which: Forget<'_>) -> Result<(), StorageError> {
        snapshots::forget(&self.begin(Mode::Write(Durability::Relaxed), snapshots::SCOPE)?, which).await
    }

    async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, StorageError> {
        saved_views::checkpoint(&self.begin(Mode::Read, saved_views::SCOPE)?, key).await
    }

    async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, StorageError> {
        saved_views::recall(&self.begin(Mode::Read, saved_views::SCOPE)?, key).await
    }

    async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
        saved_views::keep(&self.begin(Mode::Write(Durability::Relaxed), saved_views::SCOPE)?, save).await
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, StorageError> {
        saved_views::versions(&self.begin(Mode::Read, saved_views::SCOPE)?, name).await
    }

    async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), StorageError> {
        saved_views::forget(&self.begin(Mode::Write(Durability::Relaxed), saved_views::SCOPE)?, which).await
    }

    fn announce(&self) {
        self.tell_others();
    }

    fn listen(&self, listener: Listener) {
        self.shared.listener.replace(Some(listener));
    }

    fn close(&self) {
        self.shared.end(State::Closed);
        self.shared.connection.replace(None);
        self.shared.channel.replace(None);
        self.shared.page.replace(None);
        self.shared.listener.replace(None);
    }
}
