//! Writes the fixture of the current format: a varied history, stored by the code as it is. Run once per format, by hand;
//! `tests/fixtures/README.md` says how.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use annals::{
    EventStore,
    model::{
        Condition, ExpectedRevision,
        ExpectedRevision::{Any, Exact, Exists, NoStream},
        Json, MAX_STREAM_ID_BYTES, MAX_TAG_BYTES, MAX_TAGS, MAX_TYPE_BYTES, MAX_VERSION, NewEvent,
        RecordedEvent, Sockets, Uuid, Write,
    },
    storage::{Contents, Memory, MemoryServer},
};
use futures_util::future::join_all;
use pollster::block_on;

use crate::{
    old_formats::{DIGITS, Noise, folder},
    support::{
        Hand, all, id, of_type, open,
        oracle::{Oracle, Said},
        stream,
    },
};

/// When the history begins, by the device's clock.
const START: u64 = 1_699_999_990_000;
const HOUR: u64 = 3_600_000;

/// Stream names that a store may stumble over.
const ODD_STREAMS: [&str; 20] = [
    "order",
    "__proto__",
    "constructor",
    "toString-1",
    "-",
    "-7",
    "a--b",
    "a-",
    " ",
    "ключ-1",
    "注文-42",
    "🦀-🚀",
    "\u{e9}-1",
    "e\u{301}-1",
    "\u{feff}bom-1",
    "\0-nul",
    "line\nbreak\u{2028}-1",
    "\"quoted\\\"-1",
    "\u{10ffff}",
    "مرحبا-١",
];

/// Data that a store may stumble over, as JSON text.
const ODD_DATA: [&str; 33] = [
    "null",
    "{}",
    r#""""#,
    "0",
    "[]",
    "true",
    "false",
    "-0",
    "1.0",
    "1E+2",
    "2.5e-7",
    "9007199254740991",
    "9007199254740993",
    "-1.7976931348623157e308",
    "[[],{},[[]]]",
    r#"{"":""}"#,
    r#"{ "spaced" : [ 1 , 2 ] }"#,
    "{\t\"tabbed\":\t1}",
    r#"{"twice":1,"twice":2}"#,
    r#"{"b":1,"a":2,"2":3,"1":4}"#,
    r#"{"__proto__":{"constructor":1},"toString":null}"#,
    r#"{"name":"Ада","city":"東京","mood":"🙂","family":"👩‍👩‍👧‍👦","flag":"🇺🇦"}"#,
    r#""\u0041\u00e9\ud83e\udd80""#,
    r#""\" \\ \/ \b \f \n \r \t \u0000 \u001f \u007f""#,
    "\"raw \u{7f} \u{85} \u{2028} \u{2029} \u{feff} \u{fffd} \u{ffff} \u{10ffff}\"",
    r#""</script><!--""#,
    r#""2023-11-14T22:13:20.000Z""#,
    r#"[1,"1",true,null,{"n":[0.1,0.2,0.30000000000000004]}]"#,
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"deep\"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    r#"{"bytes":"AAECAwQFBgcICQoLDA0ODw=="}"#,
    "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31]",
    "\"e\u{301} is not \u{e9}\"",
    "123456789012345678901234567890.123456789",
];

const GOODS: [&str; 5] = ["lamp", "chair", "стол", "本", "🪴"];

type Call = (Vec<Write>, Option<Condition>);

/// A store that is being filled, and what was given to it.
struct History {
    server: MemoryServer,
    hand: Hand,
    ids: Sockets,
    stores: Vec<EventStore<Memory>>,
    oracle: Oracle,
    noises: Vec<Noise>,
}

impl History {
    async fn new() -> Self {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let stores = vec![open(server.connect(), &hand).await, open(server.connect(), &hand).await];
        let ids = Hand::new(2).sockets();
        Self { server, hand, ids, stores, oracle: Oracle::default(), noises: Vec::new() }
    }

    fn head(&self) -> u64 {
        self.oracle.events.len() as u64
    }

    fn revision(&self, name: &str) -> ExpectedRevision {
        Exact(self.oracle.revision(name))
    }

    /// Appends that are called without waiting in between, so that they share a commit. Each is answered as the oracle says.
    async fn together(&mut self, by: usize, mut calls: Vec<Call>) {
        let events = calls.iter_mut().flat_map(|(writes, _)| writes).flat_map(|write| &mut write.events);
        events.for_each(|event| {
            event.id.get_or_insert_with(|| self.ids.event_id());
        });
        let clock = self.hand.clock();
        let say = |(writes, condition): &Call| self.oracle.append(writes, condition.as_ref(), None, clock);
        let expected: Vec<Said> = calls.iter().map(say).collect();
        let store = &self.stores[by];
        let answers =
            join_all(calls.into_iter().map(|(writes, condition)| store.append_many(writes, condition))).await;
        for (answer, expected) in answers.into_iter().zip(expected) {
            let found = answer.map(|result| (result.position, result.revisions)).ok();
            match expected {
                Said::Stored { position, revisions } | Said::Duplicate { position, revisions } => {
                    assert_eq!(found, Some((position, revisions)));
                }
                refused => assert_eq!(found, None, "{refused:?}"),
            }
        }
    }

    /// One append over several streams.
    async fn many(&mut self, by: usize, writes: Vec<Write>) {
        self.together(by, vec![(writes, None)]).await;
    }

    /// One append to one stream, some time later.
    async fn one(&mut self, name: &str, expected: ExpectedRevision, events: Vec<NewEvent>) {
        self.hand.set_clock(self.hand.clock() + 1_000);
        self.many(0, vec![write(name, expected, events)]).await;
    }

    async fn reopen(&mut self, which: usize) {
        self.stores[which].close().await;
        self.stores[which] = open(self.server.connect(), &self.hand).await;
    }

    /// An event with a long text that hardly compresses.
    fn noisy(&mut self, seed: u32, length: usize) -> NewEvent {
        let noise = Noise { seed, length };
        self.noises.push(noise);
        NewEvent::of_json("ScanStored", noise.data())
    }
}

fn write(name: &str, expected: ExpectedRevision, events: Vec<NewEvent>) -> Write {
    Write { stream_id: stream(name), expected, events }
}

fn call(name: &str, expected: ExpectedRevision, events: Vec<NewEvent>) -> Call {
    (vec![write(name, expected, events)], None)
}

fn json(text: &str) -> Json {
    Json::from_text(text).expect("JSON")
}

fn made(r#type: &str, data: &str) -> NewEvent {
    NewEvent::of_json(r#type, json(data))
}

/// An event of a shop, each another.
fn of_shop(n: usize) -> NewEvent {
    let good = GOODS[n % GOODS.len()];
    let (r#type, data) = match n % 4 {
        0 => ("CartOpened", format!(r#"{{"by":"user-{}"}}"#, n % 7)),
        1 => ("ItemAdded", format!(r#"{{"sku":"{good}","amount":{},"price":{}.95}}"#, n % 3 + 1, n)),
        2 => ("ItemRemoved", format!(r#"{{"sku":"{good}","reason":null}}"#)),
        _ => ("CartCheckedOut", format!(r#"{{"total":{}.9,"lines":[{n},{}]}}"#, n * 3, n + 1)),
    };
    let mut event = made(r#type, &data);
    event.version = n as u32 % 3 + 1;
    if !n.is_multiple_of(3) {
        event = event.with_tag(format!("sku:{good}"));
    }
    if n.is_multiple_of(4) {
        event = event.with_tag(format!("user:{}", n % 7)).with_tag("red");
    }
    if n.is_multiple_of(5) {
        event =
            event.with_metadata(json(&format!(r#"{{"correlationId":"c-{}","user":"u{}"}}"#, n / 5, n % 7)));
    }
    event
}

/// A text of as many bytes as a limit allows, with letters of two bytes in it.
fn of_length(prefix: &str, bytes: usize) -> String {
    let letters = "ы".repeat((bytes - prefix.len()) / 2);
    let rest = "x".repeat((bytes - prefix.len()) % 2);
    format!("{prefix}{letters}{rest}")
}

/// The first commits: alone, several events, several streams.
async fn begin(history: &mut History) {
    // A clock that was never set.
    history.hand.set_clock(0);
    history.many(0, vec![write("cart-1", NoStream, vec![of_shop(0)])]).await;
    history.hand.set_clock(START);
    for n in 2..=8 {
        history.one(&format!("cart-{n}"), NoStream, vec![of_shop(n)]).await;
    }
    for n in 1..=6 {
        let name = format!("account-{n}");
        let mut events = vec![made("AccountOpened", &format!(r#"{{"owner":"Ада {n}"}}"#))];
        events.extend((1..=4).map(|m| {
            let deposited = made("MoneyDeposited", &format!(r#"{{"amount":{}.5}}"#, n * m));
            deposited.with_tag(format!("account:{n}")).with_tag("money")
        }));
        history.one(&name, Exact(0), events).await;
    }
    let over_five = (1..=5).map(|n| {
        let name = format!("cart-{n}");
        let events = (0..n).map(|m| of_shop(10 * n + m)).collect();
        write(&name, history.revision(&name), events)
    });
    let mut over_five: Vec<Write> = over_five.collect();
    over_five.push(write("order-a", NoStream, Vec::new()));
    over_five.push(write("order-b", NoStream, vec![made("OrderPlaced", "{}")]));
    let condition = Condition { fail_if_events_match: of_type("OrderPlaced"), after: 0 };
    history.together(0, vec![(over_five, Some(condition))]).await;
}

/// Several appends in one commit, among them a refused one and one that was stored before.
async fn share_a_commit(history: &mut History) {
    let stored = history.oracle.events[3].clone();
    let again = NewEvent::of_json(stored.r#type, stored.data).with_id(stored.id);
    let mut calls = vec![
        call("order-a", NoStream, vec![of_shop(61), of_shop(62)]),
        call("order-a", NoStream, vec![made("Refused", "1")]),
        call(stored.stream_id.as_str(), Any, vec![again]),
    ];
    let condition = Condition { fail_if_events_match: of_type("OrderPlaced"), after: 0 };
    calls.push((vec![write("order-b", Any, vec![made("Refused", "2")])], Some(condition)));
    calls.extend((0..9).map(|n| call(["order-a", "order-c", "cart-1"][n % 3], Any, vec![of_shop(70 + n)])));
    history.hand.set_clock(START + HOUR);
    history.together(0, calls).await;
}

/// Names, types, tags, data and metadata that are hard to keep.
async fn be_odd(history: &mut History) {
    for (n, name) in ODD_STREAMS.into_iter().enumerate() {
        history.one(name, NoStream, vec![made(name, "null").with_tag(name).with_tag("odd")]).await;
        if n % 2 == 0 {
            let event =
                made("Ж", ODD_DATA[n]).with_tag("__proto__").with_tag("🦀").with_tag("tag with space");
            history.one(name, Exists, vec![event.clone(), event.with_tag("🦀")]).await;
        }
    }
    for (n, data) in ODD_DATA.into_iter().enumerate() {
        let event = made("DataKept", data);
        let in_metadata = event.clone().with_metadata(json(&format!(r#"{{"same":{data}}}"#)));
        match n % 3 {
            0 => history.one("order-b", history.revision("order-b"), vec![event]).await,
            1 => history.one("order-c", Any, vec![in_metadata]).await,
            _ => {}
        }
    }
    history
        .one("order-c", Exists, ODD_DATA.into_iter().map(|data| made("constructor", data)).collect())
        .await;
    let spaced = made("MetadataKept", "{}").with_metadata(json("{ }"));
    history.one("cart-7", Any, vec![spaced]).await;
}

/// All that the limits allow.
async fn go_to_the_limits(history: &mut History) {
    let longest = of_length("long-", MAX_STREAM_ID_BYTES);
    let mut event = made(&of_length("Type", MAX_TYPE_BYTES), "{}").with_tag(of_length("tag:", MAX_TAG_BYTES));
    event.version = MAX_VERSION;
    for n in 1..MAX_TAGS {
        event = event.with_tag(format!("t{n}"));
    }
    history.one(&longest, NoStream, vec![event]).await;
    let ids = [u128::MAX, 1, 0xffff_ffff_ffff_4fff_bfff_ffff_ffff_ffff];
    let events = ids.into_iter().map(|n| made("IdGiven", "{}").with_id(id(n)));
    let events: Vec<NewEvent> = events.collect();
    history.one(&longest, Exact(1), events).await;
    let repeated = format!(r#"{{"text":"{}"}}"#, "annals ".repeat(200));
    history.one("order-b", Any, vec![made("TextRepeated", &repeated)]).await;
}

/// Two connections that write in turn, by a clock that goes back and forth.
async fn go_back_and_forth(history: &mut History) {
    for n in 0..36 {
        let clock = START + 2 * HOUR + n as u64 * 60_000;
        history.hand.set_clock(match n % 9 {
            3 => clock - 3 * HOUR,
            5 => 0,
            7 => clock + 10 * 60_000,
            _ => clock,
        });
        let (cart, account) = (format!("cart-{}", n % 8 + 1), format!("account-{}", n % 6 + 1));
        match n % 4 {
            0 => {
                let call = call(&cart, history.revision(&cart), vec![of_shop(100 + n)]);
                history.together(n / 2 % 2, vec![call]).await;
            }
            1 => {
                let withdrawn = made("MoneyWithdrawn", &format!(r#"{{"amount":{n}}}"#)).with_tag("money");
                let writes =
                    vec![write(&account, Exists, vec![withdrawn]), write(&cart, Any, vec![of_shop(100 + n)])];
                history.many(n / 2 % 2, writes).await;
            }
            2 => {
                let events = (0..3).map(|m| of_shop(100 + n + m)).collect();
                history.many(n % 2, vec![write(&cart, Any, events)]).await;
            }
            _ => {
                let calls = (0..3).map(|m| call([&cart, &account][m % 2], Any, vec![of_shop(100 + n + m)]));
                history.together(n / 4 % 2, calls.collect()).await;
            }
        }
        if n % 10 == 9 {
            history.reopen(n / 10 % 2).await;
        }
    }
}

/// A commit of many records: an append of more than 200 KiB that hardly compresses, between small ones.
async fn be_large(history: &mut History) {
    history.hand.set_clock(START + 5 * HOUR);
    let mut noisy = |range: std::ops::Range<u32>| range.map(|seed| history.noisy(seed, 17_100)).collect();
    let (mut one, mut two): (Vec<NewEvent>, Vec<NewEvent>) = (noisy(1..8), noisy(8..13));
    one.insert(3, made("ScanFailed", "null").with_tag("sku:lamp"));
    two.push(made("ScanFailed", "{}").with_tag("red").with_tag("sku:本"));
    let writes = vec![
        write("scan-1", NoStream, one),
        write("order-a", Exists, vec![of_shop(201)]),
        write("scan-2", NoStream, two),
    ];
    let before = call("order-a", Any, vec![of_shop(200)]);
    let after = call("cart-8", Any, vec![of_shop(202), of_shop(203)]);
    history.together(1, vec![before, (writes, None), after]).await;
}

/// One record of many small events, and a last one alone.
async fn end(history: &mut History) {
    let calls = (0..40).map(|n| call(&format!("cart-{}", n % 8 + 1), Any, vec![of_shop(300 + n)]));
    history.hand.set_clock(START + 6 * HOUR);
    history.together(0, calls.collect()).await;
    history.hand.set_clock(START + 4 * HOUR);
    history.many(1, vec![write("scan-2", Any, vec![made("ScanDeleted", "0")])]).await;
}

#[test]
#[ignore = "writes files: run by hand, once for a new format"]
fn write_the_fixture_of_the_current_format() {
    block_on(async {
        let mut history = History::new().await;
        begin(&mut history).await;
        share_a_commit(&mut history).await;
        be_odd(&mut history).await;
        go_to_the_limits(&mut history).await;
        go_back_and_forth(&mut history).await;
        be_large(&mut history).await;
        end(&mut history).await;
        let reader = open(history.server.connect(), &history.hand).await;
        assert!(all(&reader).await == history.oracle.events, "what was given reads back");
        assert_eq!(reader.head(), history.head());
        let contents = history.server.contents();
        let format = u16::from_le_bytes([contents.meta.format[8], contents.meta.format[9]]);
        let told = told(format, reader.store_id(), &history);
        save(&folder().join(format!("format-{format}.events.json")), &told);
        save(&folder().join(format!("format-{format}.txt")), &stored(format, &contents));
    });
}

/// A fixture is never written again.
fn save(path: &Path, lines: &[String]) {
    let file = File::create_new(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut file = BufWriter::new(file);
    lines.iter().try_for_each(|line| writeln!(file, "{line}")).expect("written");
    file.flush().expect("written");
}

fn stored(format: u16, contents: &Contents) -> Vec<String> {
    let title = "all that a store keeps. A line is an object store, a key and the bytes in base64.";
    let mut lines = vec![format!("# annals, format {format}: {title}")];
    let meta = [
        ("format", Some(&contents.meta.format)),
        ("mark", contents.meta.mark.as_ref()),
        ("layout", contents.meta.layout.as_ref()),
    ];
    let meta = meta.into_iter().filter_map(|(key, bytes)| Some(format!("meta {key} {}", base64(bytes?))));
    lines.extend(meta);
    for (shelf, records) in [("commits", &contents.commits), ("segments", &contents.segments)] {
        lines.extend(records.iter().map(|(key, bytes)| format!("{shelf} {key} {}", base64(bytes))));
    }
    lines
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for n in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * n)) as usize & 63]);
            text.push(if n <= three.len() { digit } else { '=' });
        }
    }
    text
}

fn told(format: u16, store_id: Uuid, history: &History) -> Vec<String> {
    let count = history.oracle.events.len();
    let mut lines = vec![format!(r#"{{"format":{format},"storeId":"{store_id}","events":{count}}}"#)];
    lines.extend(history.oracle.events.iter().map(|event| tell(event, &history.noises)));
    lines
}

/// An event as a line of JSON, its data just as it was given.
fn tell(event: &RecordedEvent, noises: &[Noise]) -> String {
    let quoted = |text: &str| Json::of(text).expect("a text is JSON").as_str().to_owned();
    let noise = noises.iter().find(|noise| noise.data() == event.data);
    let data = match noise {
        Some(Noise { seed, length }) => format!(r#""noise":{{"seed":{seed},"length":{length}}}"#),
        None => format!(r#""data":{}"#, event.data.as_str()),
    };
    format!(
        r#"{{"position":{},"revision":{},"streamId":{},"type":{},"version":{},"id":"{}","tags":{},"metadata":{},{data},"recordedAt":{}}}"#,
        event.position,
        event.revision,
        quoted(event.stream_id.as_str()),
        quoted(&event.r#type),
        event.version,
        event.id,
        Json::of(&event.tags).expect("texts are JSON").as_str(),
        event.metadata.as_str(),
        event.recorded_at,
    )
}
