//! The log as it is stored, walked again from the first byte.

use std::collections::HashMap;

use annals::{
    Engine, EventStore, OpenOptions, ReadAll, ReadStream, StreamId,
    engine::AsOf,
    engine::views::Find,
    log::MergePolicy,
    model::{Query, RecordedEvent, Subject, Uuid},
    storage::{Contents, Memory, MemoryServer},
};

use crate::{
    chance::Chance,
    clock::Clock,
    ledger::{ACCOUNTS, Account, Shelf, Standing, Stock, shelves, standing},
    scheduler::at_once,
};

#[derive(Default)]
pub struct Log {
    pub events: Vec<RecordedEvent>,
    by_id: HashMap<Uuid, usize>,
    by_stream: HashMap<String, Vec<usize>>,
}

impl Log {
    /// Walks what is stored, on a copy of it, as a tab does that is opened anew.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn walk(contents: &Contents, policy: MergePolicy, may_drop_views: bool) -> Result<Self, String> {
        let server = MemoryServer::default();
        server.tamper(|place| place.clone_from(contents));
        at_once(walk(server.connect(), policy, may_drop_views))
            .unwrap_or_else(|| Err("a tab opened anew waits for nothing".to_owned()))
    }

    fn of(events: Vec<RecordedEvent>) -> Result<Self, String> {
        let mut log = Self::default();
        let mut last = 0;
        for (n, event) in events.iter().enumerate() {
            let stream = log.by_stream.entry(event.stream_id.as_str().to_owned()).or_default();
            stream.push(n);
            if event.position != n as u64 + 1 || event.revision != stream.len() as u64 {
                return Err(format!("positions or revisions have a gap at {event:?}"));
            }
            if event.recorded_at < last {
                return Err(format!("time goes back at {event:?}"));
            }
            last = event.recorded_at;
            if log.by_id.insert(event.id, n).is_some() {
                return Err(format!("{} is stored twice", event.id));
            }
        }
        log.events = events;
        for name in ACCOUNTS {
            standing(log.stream(&stream_of(name)))?;
        }
        Ok(log)
    }

    pub fn head(&self) -> u64 {
        self.events.len() as u64
    }

    pub fn find(&self, id: Uuid) -> Option<&RecordedEvent> {
        self.by_id.get(&id).map(|n| &self.events[*n])
    }

    pub fn stream(&self, name: &str) -> impl Iterator<Item = &RecordedEvent> {
        self.by_stream.get(name).into_iter().flatten().map(|n| &self.events[*n])
    }

    /// How many events a stream has up to a position.
    pub fn revision_at(&self, name: &str, position: u64) -> u64 {
        self.stream(name).take_while(|event| event.position <= position).count() as u64
    }

    pub fn standing_at(&self, name: &str, revision: u64) -> Standing {
        standing(self.stream(name).take(revision as usize)).unwrap_or_default()
    }

    pub fn shelves_at(&self, position: u64) -> Vec<Shelf> {
        shelves(&self.events[..position.min(self.head()) as usize])
    }

    pub fn matching(&self, query: &Query, after: u64, until: u64) -> Vec<u64> {
        let events = self.events.iter().filter(|event| event.position > after && event.position <= until);
        events.filter(|event| matches(query, event)).map(|event| event.position).collect()
    }
}

pub fn stream_of(account: &str) -> String {
    format!("account-{account}")
}

pub fn matches(query: &Query, event: &RecordedEvent) -> bool {
    let tags: Vec<&str> = event.tags.iter().map(String::as_str).collect();
    query.matches(&Subject { r#type: &event.r#type, stream_id: event.stream_id.as_str(), tags: &tags })
}

async fn walk(storage: Memory, merging: MergePolicy, may_drop_views: bool) -> Result<Log, String> {
    let said = |what: &'static str| {
        move |error: &dyn std::fmt::Display| format!("a tab opened anew: {what}: {error}")
    };
    let sockets = Clock::default().sockets(&Chance::of(0));
    let options = OpenOptions { merging, ..OpenOptions::default() };
    let store = EventStore::open(storage, sockets, options).await.map_err(|e| said("opening")(&e))?;
    let mut reader = store.read_all(ReadAll::default()).await.map_err(|e| said("reading")(&e))?;
    let log = Log::of(reader.to_vec().await.map_err(|e| said("reading")(&e))?)?;
    let verified = store.verify(|_, _| true).await.map_err(|e| said("verifying")(&e))?;
    if let Some(finding) = verified.findings.first() {
        return Err(format!("verifying finds {finding:?}"));
    }
    check_streams(&store, &log).await?;
    check_engine(store, &log, may_drop_views).await?;
    Ok(log)
}

/// Streams as they are read one by one.
async fn check_streams(store: &EventStore<Memory>, log: &Log) -> Result<(), String> {
    for name in log.by_stream.keys() {
        let stream_id = StreamId::new(name.clone()).map_err(|error| error.to_string())?;
        let reader = store.read_stream(stream_id, ReadStream::default()).await;
        let read =
            reader.map_err(|error| error.to_string())?.to_vec().await.map_err(|error| error.to_string())?;
        if !read.iter().eq(log.stream(name)) {
            return Err(format!("{name} is another read by itself: {read:?}"));
        }
    }
    Ok(())
}

/// What is restored and what is loaded, from saves and snapshots, is what the log gives.
async fn check_engine(store: EventStore<Memory>, log: &Log, may_drop_views: bool) -> Result<(), String> {
    let engine = Engine::new(store);
    let view = engine.register_projector(Stock).map_err(|error| error.to_string())?;
    let accounts = engine.register(Account).map_err(|error| error.to_string())?;
    engine.open_views(&|_, _, _| true).await.map_err(|error| error.to_string())?;
    if !may_drop_views && !engine.views().dropped().is_empty() {
        return Err("what is saved of the view is not believed".to_owned());
    }
    let rows: Vec<Shelf> = view.find(&Find::all()).iter().map(|row| (**row).clone()).collect();
    if (view.position(), &rows) != (log.head(), &log.shelves_at(log.head())) {
        return Err(format!(
            "the restored view is at {} and has {rows:?}, expected {:?}",
            view.position(),
            log.shelves_at(log.head())
        ));
    }
    for name in ACCOUNTS {
        let loaded = accounts.load(name, AsOf::Now).await.map_err(|error| format!("loading: {error}"))?;
        let expected = standing(log.stream(&stream_of(name)))?;
        if *loaded.state != expected {
            return Err(format!("{name} is loaded as {:?}, expected {expected:?}", loaded.state));
        }
    }
    Ok(())
}
