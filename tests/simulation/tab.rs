//! A tab: an engine over a connection, and workers that do one thing after another with it.

use std::rc::Rc;

use annals::{
    Condition, DispatchOptions, Engine, EventStore, ExpectedRevision, NewEvent, OpenOptions, Query,
    QueryItem, ReadAll, ReadStream, StreamId, View,
    engine::{
        AsOf, DispatchError, Dispatched, LoadError, Repository, Unreadable,
        views::{Find, Moment, ViewError},
    },
    log::{AppendError, Direction, LogError, MergeStep, Pacer, ReadError, Start},
    model::{AppendResult, CommandId, Json, RecordedEvent, Refusal, Restored, Uuid, Write},
    storage::StorageError,
};
use serde_json::json;

use crate::{
    connection::Connection,
    diary::{Asked, Outcome},
    ledger::{ACCOUNTS, Account, Order, SHELVES, Shelf, Standing, Stock, TooLittle},
    log::{matches, stream_of},
    oracle::judge_condition,
    scheduler::{TabId, impatiently, turn},
    world::{Leaving, World},
};

const STREAMS: [&str; 4] = ["note-1", "note-2", "note-3", "memo-1"];
const TAGS: [&str; 3] = ["red", "green", "blue"];

/// How often a tab tries to open what cannot be opened.
const MOST_OPENINGS: usize = 30;

/// How many polls a caller without patience waits.
const PATIENCE: u64 = 12;

type Dispatching = Result<Dispatched<Rc<Standing>>, DispatchError<TooLittle, Unreadable>>;

/// An open tab. Clones are of the same.
#[derive(Clone)]
pub struct Tab {
    pub id: TabId,
    pub engine: Engine<Connection>,
    accounts: Rc<Repository<Connection, Account>>,
    view: View<Connection, Shelf>,
    world: Rc<World>,
}

/// A life of a tab, from its opening on.
pub async fn live(world: Rc<World>, id: TabId) {
    for _ in 0..MOST_OPENINGS {
        let options = OpenOptions {
            durability: world.weather.durability,
            merging: world.weather.policy,
            ..OpenOptions::default()
        };
        let connection = world.connect(id);
        match EventStore::open(connection, world.clock.sockets(&world.chance), options).await {
            Ok(store) => return Tab::of(world, id, store).begin().await,
            Err(error) => world.excuse(id, "opening", &error),
        }
    }
}

impl Tab {
    fn of(world: Rc<World>, id: TabId, store: EventStore<Connection>) -> Self {
        let engine = Engine::new(store);
        let accounts = Rc::new(engine.register(Account).expect("registered"));
        let view = engine.register_projector(Stock).expect("registered");
        Self { id, engine, accounts, view, world }
    }

    fn store(&self) -> &EventStore<Connection> {
        self.engine.store()
    }

    async fn begin(self) {
        self.world.meet(&self);
        for _ in 0..MOST_OPENINGS {
            match self.engine.open_views(&|_, _, _| true).await {
                Ok(()) => break,
                Err(error) => self.excuse_view("opening views", &error),
            }
        }
        let (world, id) = (self.world.clone(), self.id);
        let follower = self.engine.clone();
        world.scheduler.spawn_endless(id, async move { follower.follow().await });
        let subscriber = self.clone();
        world.scheduler.spawn_endless(id, async move { subscriber.subscribe().await });
        for _ in 0..world.weather.workers {
            let worker = self.clone();
            world.scheduler.spawn(id, async move {
                for _ in 0..worker.world.weather.works {
                    worker.work().await;
                    for _ in 0..worker.world.chance.below(4) {
                        turn().await;
                    }
                }
            });
        }
    }

    async fn work(&self) {
        match self.world.chance.below(100) {
            0..26 => self.append_something_new().await,
            26..34 => self.append_something_again().await,
            34..54 => self.dispatch().await,
            54..59 => self.load().await,
            59..64 => self.read().await,
            64..68 => self.read_stream().await,
            68..71 => self.query().await,
            71..80 => self.merge().await,
            80..88 => self.save_view().await,
            88..91 => self.save_snapshots().await,
            91..96 => self.look_at_view().await,
            96..97 => self.rebuild().await,
            97..98 => self.look_back().await,
            98..99 => self.verify().await,
            _ => self.close().await,
        }
    }

    async fn append_something_new(&self) {
        let chance = &self.world.chance;
        let mut writes: Vec<Write> = Vec::new();
        for _ in 0..chance.between(1, 2) {
            let name = *chance.pick(&STREAMS);
            if writes.iter().all(|write| write.stream_id.as_str() != name) {
                let expected = self.expectation(name).await;
                let events = (0..chance.between(1, 3)).map(|_| self.event()).collect();
                writes.push(Write { stream_id: stream(name), expected, events });
            }
        }
        let condition = chance.one_in(3).then(|| Condition {
            fail_if_events_match: self.query_of_something(),
            after: *chance.pick(&[0, self.store().head(), self.world.diary.acknowledged()]),
        });
        let restored =
            if self.world.weather.puts_back && chance.one_in(3) { self.next_place().await } else { None };
        let number = self.world.diary.note(Asked { writes, condition, restored, attempts: Vec::new() });
        self.append(number).await;
    }

    /// What somebody was not told the outcome of, or was: there it changes nothing.
    async fn append_something_again(&self) {
        let known = self.world.diary.appends.borrow().len();
        if known > 0 {
            self.append(self.world.chance.index(known)).await;
        }
    }

    async fn append(&self, number: usize) {
        let (writes, condition, restored) = {
            let appends = self.world.diary.appends.borrow();
            (appends[number].writes.clone(), appends[number].condition.clone(), appends[number].restored)
        };
        let attempt = self.world.diary.ask(self.id, number);
        let (store, condition_again) = (self.store().clone(), condition.clone());
        let call = async move {
            match restored {
                None => store.append_many(writes, condition_again).await,
                Some(restored) => {
                    store.submit(store.check(writes, condition_again)?.restoring(restored))?.await
                }
            }
        };
        let Some(answer) = self.patiently(call).await else {
            return self.world.diary.answer((number, attempt), Outcome::LeftAlone);
        };
        self.world.trace.tell(format_args!("tab {}: append {number}: {answer:?}", self.id));
        self.world.diary.answer((number, attempt), Outcome::of(&answer));
        match &answer {
            Ok(result) => {
                self.world.trace.count(if result.duplicate { "append known" } else { "append stored" });
                self.expect_view_at(result.position);
            }
            Err(AppendError::Refused(Refusal::RevisionConflict(_))) => self.world.trace.count("conflict"),
            Err(AppendError::Refused(Refusal::ConditionFailed(found))) => {
                self.world.trace.count("condition broken");
                let (condition, found) = (condition.expect("it was broken"), found.clone());
                self.world.diary.claim(move |log| judge_condition(log, &condition, &found));
            }
            Err(AppendError::Refused(Refusal::Misplaced { .. })) if restored.is_some() => {
                self.world.trace.count("misplaced");
            }
            Err(error) => self.excuse_append("append", error),
        }
    }

    /// Where an event can be put back, as far as this tab sees: behind the newest event, and not before it.
    async fn next_place(&self) -> Option<Restored> {
        let newest = ReadAll { direction: Direction::Backward, limit: 1, ..ReadAll::default() };
        let read = async { self.store().read_all(newest).await?.to_vec().await };
        let newest = match read.await {
            Ok(events) => events.into_iter().next(),
            Err(error) => {
                self.excuse_read("the newest event", &error);
                return None;
            }
        };
        let (position, time, after) =
            newest.map_or((0, 0, None), |event| (event.position, event.recorded_at, Some(event.id)));
        let recorded_at = time + self.world.chance.below(3);
        Some(Restored { position: position + 1, recorded_at, after })
    }

    async fn expectation(&self, name: &str) -> ExpectedRevision {
        let chance = &self.world.chance;
        match chance.below(8) {
            0..4 => ExpectedRevision::Any,
            4 => ExpectedRevision::Exists,
            5 if chance.one_in(3) => ExpectedRevision::NoStream,
            _ => match self.store().stream_revision(&stream(name)).await {
                Ok(revision) => ExpectedRevision::Exact(revision),
                Err(error) => {
                    self.excuse_read("revision", &error);
                    ExpectedRevision::Any
                }
            },
        }
    }

    fn event(&self) -> NewEvent {
        let chance = &self.world.chance;
        let shelf = |n: u64| format!("shelf {n}");
        let event = match chance.below(12) {
            0 => NewEvent::new("Cleared", &json!({ "shelf": shelf(chance.below(SHELVES as u64)) })),
            1 => NewEvent::new("Noise", &json!(chance.below(1000))),
            _ => {
                let first = chance.below(SHELVES as u64);
                let on: Vec<String> =
                    (first..first + chance.below(3)).map(|n| shelf(n % SHELVES as u64)).collect();
                NewEvent::new("Put", &json!({ "on": on, "by": chance.between(1, 9) }))
            }
        };
        let id = Uuid::from_u128(u128::from(chance.next()) << 64 | u128::from(chance.next()));
        let event = event.expect("JSON").with_id(id);
        if chance.one_in(2) { event.with_tag(*chance.pick(&TAGS)) } else { event }
    }

    fn query_of_something(&self) -> Query {
        let chance = &self.world.chance;
        let one = |words: &[&str]| vec![(*chance.pick(words)).to_owned()];
        Query::of(match chance.below(3) {
            0 => QueryItem { tags: one(&TAGS), ..QueryItem::default() },
            1 => QueryItem { streams: one(&STREAMS), ..QueryItem::default() },
            _ => QueryItem { types: one(&["Cleared", "Noise", "Closed"]), ..QueryItem::default() },
        })
    }

    async fn dispatch(&self) {
        let chance = &self.world.chance;
        let name = *chance.pick(&ACCOUNTS);
        let order = match chance.below(10) {
            0..5 => Order::Deposit(chance.between(1, 20)),
            5..9 => Order::Withdraw(chance.below(20)),
            _ => Order::Close,
        };
        // Few ids for each account, so that the same command is sent again and again.
        let id = chance.one_in(3).then(|| format!("{name} {}", chance.below(6)));
        let number = self.world.diary.ask_command(self.id, stream_of(name), id.clone());
        let options = DispatchOptions {
            command_id: id.map(|id| CommandId::new(id).expect("an id")),
            metadata: Json::of(&json!({ "number": number })).expect("JSON"),
            ..DispatchOptions::default()
        };
        let call = self.accounts.dispatch(name, &order, &options);
        let Some(answer) = self.patiently(call).await else {
            return self.world.diary.answer_command(number, Outcome::LeftAlone, Vec::new());
        };
        self.note_dispatched(name, number, answer);
    }

    fn note_dispatched(&self, name: &'static str, number: usize, answer: Dispatching) {
        let (diary, trace) = (&self.world.diary, &self.world.trace);
        trace.tell(format_args!("tab {}: command {number}: {answer:?}", self.id));
        match answer {
            Ok(Dispatched { state, events, revision, position, duplicate, .. }) => {
                trace.count(if duplicate { "command known" } else { "command carried out" });
                let result =
                    AppendResult { position, revisions: vec![revision], recorded_at: None, duplicate };
                let is_nothing = events.is_empty();
                let outcome = if is_nothing { Outcome::Failed } else { Outcome::Stored(result) };
                diary.answer_command(number, outcome, events);
                self.claim_standing(name, revision, &state);
                // What another tab has carried out before is found by reading.
                if !is_nothing && !duplicate {
                    self.expect_view_at(position);
                }
            }
            Err(DispatchError::Rejected(TooLittle(balance))) => {
                trace.count("command rejected");
                diary.answer_command(number, Outcome::Failed, Vec::new());
                diary.claim(move |log| {
                    let stream = stream_of(name);
                    let last = log.stream(&stream).count() as u64;
                    match (0..=last).any(|revision| log.standing_at(&stream, revision).balance == balance) {
                        true => Ok(()),
                        false => Err(format!(
                            "{name} never had the balance {balance}, for which a command was rejected"
                        )),
                    }
                });
            }
            Err(DispatchError::Append(error)) => {
                diary.answer_command(number, Outcome::of(&Err(error.clone())), Vec::new());
                match &error {
                    AppendError::Refused(Refusal::RevisionConflict(_)) => trace.count("command gave up"),
                    error => self.excuse_append("dispatch", error),
                }
            }
            Err(DispatchError::Broken(broken)) => {
                diary.find(format!("{name} cannot be made of its events: {broken}"))
            }
        }
    }

    fn claim_standing(&self, name: &'static str, revision: u64, state: &Rc<Standing>) {
        let state = state.clone();
        self.world.diary.claim(move |log| {
            let expected = log.standing_at(&stream_of(name), revision);
            if *state == expected {
                return Ok(());
            }
            Err(format!("{name} was shown at {revision} as {state:?}, and was {expected:?}"))
        });
    }

    async fn load(&self) {
        let name = *self.world.chance.pick(&ACCOUNTS);
        let least = self.world.diary.acknowledged();
        match self.accounts.load(name, AsOf::Now).await {
            Ok(loaded) => {
                self.expect_head("a load", loaded.head, least);
                let (revision, head) = (loaded.revision, loaded.head);
                self.claim_standing(name, revision, &loaded.state);
                self.world.diary.claim(move |log| match log.revision_at(&stream_of(name), head) {
                    there if there == revision => Ok(()),
                    there => Err(format!("{name} had {there} events up to {head}, {revision} were shown")),
                });
            }
            Err(LoadError::Log(error)) => self.world.excuse(self.id, "load", &error),
            Err(error) => self.world.diary.find(format!("loading {name}: {error}")),
        }
    }

    async fn read(&self) {
        let least = self.world.diary.acknowledged();
        let is_backward = self.world.chance.one_in(3);
        let direction = if is_backward { Direction::Backward } else { Direction::Forward };
        let read = async {
            let mut reader = self.store().read_all(ReadAll { direction, ..ReadAll::default() }).await?;
            self.expect_head("a reading", reader.head(), least);
            Ok((reader.head(), reader.to_vec().await?))
        };
        match read.await {
            Ok((head, mut events)) => {
                if is_backward {
                    events.reverse();
                }
                self.claim_all(head, events);
            }
            Err(error) => self.excuse_read("read", &error),
        }
    }

    fn claim_all(&self, head: u64, events: Vec<RecordedEvent>) {
        self.world.diary.claim(move |log| {
            if log.head() >= head && log.events[..head as usize] == events {
                return Ok(());
            }
            Err(format!("up to {head} there was read {events:?}"))
        });
    }

    async fn read_stream(&self) {
        let name = *self.world.chance.pick(&STREAMS);
        let least = self.world.diary.acknowledged();
        let read = async {
            let mut reader = self.store().read_stream(stream(name), ReadStream::default()).await?;
            self.expect_head("a reading of a stream", reader.head(), least);
            Ok((reader.head(), reader.to_vec().await?))
        };
        match read.await {
            Ok((head, events)) => self.world.diary.claim(move |log| {
                let there = log.stream(name).take_while(|event| event.position <= head);
                if there.eq(&events) {
                    Ok(())
                } else {
                    Err(format!("up to {head} there was read of {name} {events:?}"))
                }
            }),
            Err(error) => self.excuse_read("read", &error),
        }
    }

    async fn query(&self) {
        let query = self.query_of_something();
        let least = self.world.diary.acknowledged();
        let read = async {
            let all = ReadAll { query: Some(query.clone()), ..ReadAll::default() };
            let mut reader = self.store().read_all(all).await?;
            self.expect_head("a query", reader.head(), least);
            Ok((reader.head(), reader.to_vec().await?))
        };
        match read.await {
            Ok((head, events)) => self.world.diary.claim(move |log| {
                let there =
                    log.events.iter().filter(|event| event.position <= head && matches(&query, event));
                if there.eq(&events) {
                    Ok(())
                } else {
                    Err(format!("up to {head}, {query:?} found {events:?}"))
                }
            }),
            Err(error) => self.excuse_read("query", &error),
        }
    }

    async fn merge(&self) {
        for _ in 0..self.world.chance.between(1, 4) {
            match self.store().merge_step(&Pacer::hasty()).await {
                Ok(MergeStep::Done(_)) => self.world.trace.count("merge"),
                Ok(MergeStep::Refused) => self.world.trace.count("merge refused"),
                Ok(MergeStep::Nothing) => return,
                Err(error) => return self.world.excuse(self.id, "merge", &error),
            }
        }
    }

    async fn save_view(&self) {
        match self.view.save().await {
            Ok(true) => self.world.trace.count("view saved"),
            Ok(false) => {}
            Err(error) => self.excuse_view("save", &error),
        }
    }

    async fn save_snapshots(&self) {
        match self.accounts.save_snapshots().await {
            Ok(0) => {}
            Ok(_) => self.world.trace.count("snapshot kept"),
            Err(annals::engine::SnapshotError::Log(error)) => self.world.excuse(self.id, "keep", &error),
            Err(error) => self.world.diary.find(format!("a state cannot be kept: {error}")),
        }
    }

    async fn look_at_view(&self) {
        let least = self.world.diary.acknowledged();
        match self.engine.refresh_views().await {
            Ok(()) => {
                self.expect_head("a view", self.view.position(), least);
                self.claim_view();
            }
            Err(error) => self.excuse_view("refresh", &error),
        }
    }

    /// What the view shows now.
    pub fn claim_view(&self) {
        let rows = self.view.find(&Find::all()).iter().map(|row| (**row).clone()).collect();
        self.claim_rows(self.view.position(), rows);
    }

    fn claim_rows(&self, position: u64, rows: Vec<Shelf>) {
        self.world.diary.claim(move |log| {
            let expected = log.shelves_at(position);
            if expected == rows {
                return Ok(());
            }
            Err(format!("a view showed at {position} {rows:?}, expected {expected:?}"))
        });
    }

    async fn rebuild(&self) {
        match self.view.rebuild(&|_, _| true).await {
            Ok(()) => self.claim_view(),
            Err(error) => self.excuse_view("rebuild", &error),
        }
    }

    async fn look_back(&self) {
        let position = self.world.chance.below(self.store().head() + 1);
        match self.view.as_of(Moment::Position(position), &|_, _| true).await {
            Ok(past) => {
                let rows = past.find(&Find::all()).iter().map(|row| (**row).clone()).collect();
                self.claim_rows(past.position(), rows);
            }
            Err(error) => self.excuse_view("look back", &error),
        }
    }

    async fn verify(&self) {
        match self.store().verify(|_, _| true).await {
            Ok(verified) => verified
                .findings
                .iter()
                .for_each(|one| self.world.diary.find(format!("verifying finds {one:?}"))),
            Err(error) => self.world.excuse(self.id, "verify", &error),
        }
    }

    async fn close(&self) {
        if self.world.chance.one_in(3) {
            self.world.trace.count("tab closed");
            self.world.leave(self.id, Leaving::Going);
            self.store().close().await;
            self.world.leave(self.id, Leaving::Gone);
        }
    }

    /// Sees every event once and in order.
    async fn subscribe(&self) {
        let mut seen: u64 = 0;
        loop {
            let Ok(subscription) = self.store().subscribe(Start::After(seen), None) else { return };
            loop {
                match subscription.next().await {
                    Ok(annals::log::Step::Events(page)) => {
                        let events = page.to_events();
                        let first = seen + 1;
                        seen += events.len() as u64;
                        self.world.diary.claim(move |log| {
                            let there = log.events.iter().skip(first as usize - 1).take(events.len());
                            if there.eq(&events) {
                                Ok(())
                            } else {
                                Err(format!("a subscription was told as from {first}: {events:?}"))
                            }
                        });
                    }
                    Ok(annals::log::Step::CaughtUp) => {}
                    Err(ReadError::Log(error)) if is_closed(&error) => return,
                    Err(error) => {
                        self.excuse_read("subscription", &error);
                        break;
                    }
                }
            }
            if self.world.is_over() {
                return;
            }
            turn().await;
        }
    }

    /// What every tab that lives sees in the end.
    pub async fn look_around(&self) {
        self.look_at_view().await;
        self.read().await;
        self.load().await;
    }

    async fn patiently<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let patience = match self.world.chance.one_in(self.world.weather.impatience) {
            true => self.world.chance.below(PATIENCE),
            false => u64::MAX,
        };
        let answer = impatiently(patience, call).await;
        if answer.is_none() {
            self.world.trace.count("caller gone");
            // As a page does, whose engine is driven whoever waits.
            self.world.scheduler.spawn_endless(self.id, self.store().drive());
        }
        answer
    }

    fn expect_head(&self, what: &str, head: u64, least: u64) {
        if head < least {
            self.world.diary.find(format!(
                "{what} of tab {} covers {head}, {least} had been acknowledged before it began",
                self.id
            ));
        }
    }

    /// An answer comes once the views have taken in what it tells of; where calls fail they may be behind.
    fn expect_view_at(&self, position: u64) {
        let views_may_lag = self.world.weather.has_failures();
        if !views_may_lag && self.view.position() < position {
            self.world
                .diary
                .find(format!("{position} was answered when the view was at {}", self.view.position()));
        }
        self.claim_view();
    }

    fn excuse_append(&self, what: &str, error: &AppendError) {
        match error {
            AppendError::Log(error) => self.world.excuse(self.id, what, error),
            AppendError::Unknown { cause, .. } => {
                self.world.trace.count("outcome unknown");
                self.world.excuse(self.id, what, cause);
            }
            error => self.world.diary.find(format!("{what} of tab {}: {error}", self.id)),
        }
    }

    fn excuse_read(&self, what: &str, error: &ReadError) {
        match error {
            ReadError::Log(error) => self.world.excuse(self.id, what, error),
            error => self.world.diary.find(format!("{what} of tab {}: {error}", self.id)),
        }
    }

    fn excuse_view(&self, what: &str, error: &ViewError) {
        match error {
            ViewError::Log(error) => self.world.excuse(self.id, what, error),
            error => self.world.diary.find(format!("{what} of tab {}: {error}", self.id)),
        }
    }
}

pub fn is_closed(error: &LogError) -> bool {
    matches!(error, LogError::Closed | LogError::Storage(StorageError::Closed))
}

fn stream(name: &str) -> StreamId {
    StreamId::new(name).expect("a stream id")
}
