//! Stores that earlier code has written: read whole, and written on. `tests/fixtures/README.md` says what the fixtures are.

use std::{fs, ops::RangeInclusive, path::PathBuf};

use annals::{
    log::{AppendError, Direction, EventStore, OpenOptions, ReadAll, ReadStream},
    model::{
        ExpectedRevision::{Any, Exact, NoStream},
        Json, NewEvent, Query, QueryItem, RecordedEvent, Refusal, StreamId, Uuid,
    },
    storage::{Contents, Key, Memory, MemoryServer},
};
use pollster::block_on;
use serde::{Deserialize, Deserializer};

use crate::support::{Hand, all, append, event, open, read, stream_events};

/// The digits of base64 (RFC 4648, section 4).
pub const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A store as it was left, and what it must be read as.
struct Fixture {
    name: String,
    contents: Contents,
    store_id: Uuid,
    events: Vec<RecordedEvent>,
}

/// The first line of the events: whose they are.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Head {
    format: u16,
    store_id: String,
    events: usize,
}

/// A further line of the events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    position: u64,
    revision: u64,
    stream_id: String,
    r#type: String,
    version: u32,
    id: String,
    tags: Vec<String>,
    metadata: Json,
    #[serde(default, deserialize_with = "some")]
    data: Option<Json>,
    noise: Option<Noise>,
    recorded_at: u64,
}

/// Data that is a text of [`noise`], in place of the text.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    pub seed: u32,
    pub length: usize,
}

/// Any value is one; `null` too.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

impl Noise {
    /// The text as JSON. It hardly compresses.
    pub fn data(self) -> Json {
        let mut state = self.seed;
        let letter = |_| {
            // xorshift32 (Marsaglia 2003), its highest six bits.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            char::from(DIGITS[(state >> 26) as usize])
        };
        let text: String = (0..self.length).map(letter).collect();
        Json::of(&text).expect("a text is JSON")
    }
}

impl From<Line> for RecordedEvent {
    fn from(line: Line) -> Self {
        Self {
            r#type: line.r#type,
            data: line.data.unwrap_or_else(|| line.noise.expect("data, or noise").data()),
            version: line.version,
            id: Uuid::parse_str(&line.id).expect("an id"),
            stream_id: StreamId::new(line.stream_id).expect("a stream id"),
            revision: line.revision,
            position: line.position,
            tags: line.tags,
            metadata: line.metadata,
            recorded_at: line.recorded_at,
        }
    }
}

/// Where the fixtures are.
pub fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures"].iter().collect()
}

fn fixtures() -> Vec<Fixture> {
    let files = fs::read_dir(folder()).expect("the folder is there").map(|file| file.expect("a file").path());
    let stored: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect();
    assert!(!stored.is_empty(), "there is a fixture");
    stored.into_iter().map(fixture).collect()
}

fn fixture(stored: PathBuf) -> Fixture {
    let name = stored.file_stem().expect("it has a name").to_string_lossy().into_owned();
    let text = |path| fs::read_to_string(path).expect("it is there");
    let told = text(stored.with_extension("events.json"));
    let (head, lines) = told.split_once('\n').expect("lines");
    let head: Head = serde_json::from_str(head).expect("the first line");
    let line =
        |line: &str| serde_json::from_str::<Line>(line).unwrap_or_else(|e| panic!("{name}: {e}: {line}"));
    let events: Vec<RecordedEvent> = lines.lines().map(|text| line(text).into()).collect();
    assert_eq!(name, format!("format-{}", head.format));
    assert_eq!(events.len(), head.events, "{name}");
    let store_id = Uuid::parse_str(&head.store_id).expect("an id");
    Fixture { name, contents: contents(&text(stored)), store_id, events }
}

/// What the lines say: an object store, a key and the bytes in base64 each.
fn contents(lines: &str) -> Contents {
    let mut contents = Contents::default();
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let [shelf, key, base64] = words[..] else { panic!("expected three words, found {line}") };
        let bytes = bytes(base64);
        let number = || key.parse::<Key>().expect("a key");
        match (shelf, key) {
            ("meta", "format") => contents.meta.format = bytes,
            ("meta", "mark") => contents.meta.mark = Some(bytes),
            ("meta", "layout") => contents.meta.layout = Some(bytes),
            ("commits", _) => drop(contents.commits.insert(number(), bytes)),
            ("segments", _) => drop(contents.segments.insert(number(), bytes)),
            other => panic!("expected a shelf, found {other:?}"),
        }
    }
    contents
}

fn bytes(base64: &str) -> Vec<u8> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::with_capacity(base64.len() / 4 * 3));
    for digit in base64.trim_end_matches('=').bytes() {
        let value = DIGITS.iter().position(|&one| one == digit).expect("a digit of base64");
        bits = bits << 6 | value as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}

impl Fixture {
    fn server(&self) -> MemoryServer {
        let server = MemoryServer::default();
        server.tamper(|contents| *contents = self.contents.clone());
        server
    }

    /// All names of streams, in order.
    fn streams(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.events.iter().map(|event| event.stream_id.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn of_stream(&self, name: &str) -> Vec<RecordedEvent> {
        self.events.iter().filter(|event| event.stream_id.as_str() == name).cloned().collect()
    }
}

/// Opens the store, which must be there.
async fn reopened(server: &MemoryServer, fixture: &Fixture) -> EventStore<Memory> {
    let opened = EventStore::open(server.connect(), Hand::new(2).sockets(), OpenOptions::default()).await;
    let store = opened.unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
    assert!(!store.is_new(), "{}", fixture.name);
    assert_eq!(store.store_id(), fixture.store_id, "{}", fixture.name);
    store
}

fn backward(events: &[RecordedEvent]) -> Vec<RecordedEvent> {
    events.iter().rev().cloned().collect()
}

/// Compares one by one: a difference is told as one event, not as all of them.
fn assert_same(found: &[RecordedEvent], expected: &[RecordedEvent], what: &str) {
    for (found, expected) in found.iter().zip(expected) {
        assert!(found == expected, "{what}: expected {expected:?}, found {found:?}");
    }
    assert_eq!(found.len(), expected.len(), "{what}");
}

#[test]
fn what_earlier_code_has_written_is_read_as_it_was_given() {
    block_on(async {
        for fixture in fixtures() {
            let (name, events) = (&fixture.name, &fixture.events);
            let store = reopened(&fixture.server(), &fixture).await;
            assert_eq!(store.head(), events.len() as u64, "{name}");
            assert_same(&all(&store).await, events, name);
            let ask = ReadAll { direction: Direction::Backward, ..ReadAll::default() };
            assert_same(&read(&store, ask).await, &backward(events), name);
            for event in events {
                assert_eq!(store.event(event.id).await.as_ref(), Ok(&Some(event.clone())), "{name}");
            }
        }
    });
}

#[test]
fn each_stream_that_earlier_code_has_written_is_read() {
    block_on(async {
        for fixture in fixtures() {
            let store = reopened(&fixture.server(), &fixture).await;
            assert_eq!(store.streams("", None, usize::MAX).await.expect("names"), fixture.streams());
            for name in fixture.streams() {
                let what = format!("{} {name:?}", fixture.name);
                let expected = fixture.of_stream(name);
                let stream_id = StreamId::new(name).expect("a stream id");
                assert_eq!(store.stream_revision(&stream_id).await, Ok(expected.len() as u64), "{what}");
                assert_same(&stream_events(&store, name, ReadStream::default()).await, &expected, &what);
                let ask = ReadStream { direction: Direction::Backward, ..ReadStream::default() };
                assert_same(&stream_events(&store, name, ask).await, &backward(&expected), &what);
            }
        }
    });
}

#[test]
fn what_earlier_code_has_written_is_found_by_type_tag_category_and_time() {
    block_on(async {
        for fixture in fixtures() {
            let store = reopened(&fixture.server(), &fixture).await;
            for one in &fixture.events {
                let is_type = |event: &RecordedEvent| event.r#type == one.r#type;
                let item = QueryItem { types: vec![one.r#type.clone()], ..QueryItem::default() };
                find(&store, &fixture, item, is_type).await;
                let is_category =
                    |event: &RecordedEvent| event.stream_id.category() == one.stream_id.category();
                let category = one.stream_id.category().to_owned();
                find(
                    &store,
                    &fixture,
                    QueryItem { categories: vec![category], ..QueryItem::default() },
                    is_category,
                )
                .await;
                let has_tags = |event: &RecordedEvent| one.tags.iter().all(|tag| event.tags.contains(tag));
                find(
                    &store,
                    &fixture,
                    QueryItem { tags: one.tags.clone(), ..QueryItem::default() },
                    has_tags,
                )
                .await;
                at_time(&store, &fixture, one.recorded_at..=one.recorded_at).await;
            }
        }
    });
}

async fn find(
    store: &EventStore<Memory>,
    fixture: &Fixture,
    item: QueryItem,
    is_meant: impl Fn(&RecordedEvent) -> bool,
) {
    let expected: Vec<RecordedEvent> =
        fixture.events.iter().filter(|event| is_meant(event)).cloned().collect();
    let what = format!("{} {item:?}", fixture.name);
    let found = read(store, ReadAll { query: Some(Query::of(item)), ..ReadAll::default() }).await;
    assert_same(&found, &expected, &what);
}

async fn at_time(store: &EventStore<Memory>, fixture: &Fixture, time: RangeInclusive<u64>) {
    let is_meant = |event: &&RecordedEvent| time.contains(&event.recorded_at);
    let expected: Vec<RecordedEvent> = fixture.events.iter().filter(is_meant).cloned().collect();
    let ask = ReadAll { from_time: *time.start(), until_time: *time.end(), ..ReadAll::default() };
    assert_same(&read(store, ask).await, &expected, &format!("{} {time:?}", fixture.name));
}

#[test]
fn nothing_is_wrong_with_what_earlier_code_has_written() {
    block_on(async {
        for fixture in fixtures() {
            let store = reopened(&fixture.server(), &fixture).await;
            let found = store.verify(|_, _| true).await.expect("it is verified");
            assert_eq!(found.findings, vec![], "{}", fixture.name);
            assert_eq!(found.events, fixture.events.len() as u64, "{}", fixture.name);
        }
    });
}

#[test]
fn what_earlier_code_has_written_is_written_on() {
    block_on(async {
        for fixture in fixtures() {
            let server = fixture.server();
            let store = reopened(&server, &fixture).await;
            let head = fixture.events.len() as u64;
            for (n, name) in fixture.streams().into_iter().enumerate() {
                let revision = fixture.of_stream(name).len() as u64;
                let result =
                    append(&store, name, vec![event("Later")], Exact(revision)).await.expect("stored");
                assert_eq!(result.position, head + n as u64 + 1, "{} {name:?}", fixture.name);
                assert_eq!(result.revisions, [revision + 1], "{} {name:?}", fixture.name);
            }
            let count = fixture.streams().len();
            for store in [&store, &open(server.connect(), &Hand::new(3)).await] {
                let events = all(store).await;
                assert_same(&events[..fixture.events.len()], &fixture.events, &fixture.name);
                assert_eq!(events.len(), fixture.events.len() + count, "{}", fixture.name);
                let times: Vec<u64> = events.iter().map(|event| event.recorded_at).collect();
                assert!(times.is_sorted(), "{}: {times:?}", fixture.name);
                assert_eq!(store.verify(|_, _| true).await.expect("it is verified").findings, vec![]);
            }
        }
    });
}

#[test]
fn what_earlier_code_has_written_is_known_as_stored() {
    block_on(async {
        for fixture in fixtures() {
            let store = reopened(&fixture.server(), &fixture).await;
            for stored in &fixture.events {
                let name = stored.stream_id.as_str();
                let again = NewEvent::of_json(stored.r#type.clone(), stored.data.clone()).with_id(stored.id);
                let result = append(&store, name, vec![again], Any).await.expect("it is a duplicate");
                assert!(result.duplicate, "{} {name:?}", fixture.name);
                assert_eq!(
                    (result.position, &result.revisions[..]),
                    (stored.position, &[stored.revision][..])
                );
                let refused = append(&store, name, vec![event("Later")], NoStream).await;
                assert!(
                    matches!(refused, Err(AppendError::Refused(Refusal::RevisionConflict(_)))),
                    "{} {name:?}: {refused:?}",
                    fixture.name
                );
            }
            assert_eq!(store.head(), fixture.events.len() as u64, "{}", fixture.name);
        }
    });
}
