//! A store that is exported and imported into an empty one is equal in every field, however the bytes come and wherever it was broken off.

use annals::{
    EventStore, ExpectedRevision, NewEvent,
    backup::{ExportOptions, Reason},
    log::{MergePolicy, Pacer},
    model::{Json, MAX_APPEND_BYTES, RecordedEvent},
    storage::{Memory, MemoryServer, Storage},
};
use pollster::block_on;
use proptest::prelude::*;

use crate::{
    memory::InMemory,
    support::{
        Hand, all, append,
        backups::{exported, exported_with, flaw_of, imported, imported_in, lines_of},
        event, id, numbered, of_type, open,
        random::{self, Scene},
        stream,
        world::{CONNECTIONS, World, merge_all, open_with},
    },
};

/// An empty store, whose clock is far behind and whose records are as small as the scene's.
async fn empty(policy: MergePolicy) -> EventStore<Memory> {
    let hand = Hand::new(99);
    hand.set_clock(5);
    open_with(MemoryServer::default().connect(), &hand, policy).await
}

async fn of_scene(scene: &Scene) -> World<InMemory> {
    World::after(InMemory::default(), scene).await.expect("the history is as the oracle says")
}

async fn is_sound<S: Storage>(store: &EventStore<S>) {
    let verified = store.verify(|_, _| true).await.expect("it is verified");
    assert_eq!(verified.findings, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_exported_comes_back_equal(scene in random::scene(CONNECTIONS), piece in 1_usize..5000) {
        block_on(async {
            let world = of_scene(&scene).await;
            let events = world.oracle.events.clone();
            let file = exported(&world.stores[0]).await;
            let copy = empty(scene.policy).await;
            let report = imported_in(&copy, &file, piece).await.expect("it is imported");
            assert_eq!(all(&copy).await, events);
            let count = events.len() as u64;
            assert_eq!((report.lines, report.stored, report.duplicates), (count, count, 0));
            assert_eq!((report.restored, report.head), (true, count));
            is_sound(&copy).await;

            let again = imported_in(&copy, &file, piece).await.expect("it is imported again");
            assert_eq!((again.stored, again.duplicates, again.restored), (0, count, true));
            merge_all(&copy).await;
            let merged = imported(&copy, &file).await.expect("and again");
            assert_eq!((merged.stored, merged.duplicates, merged.restored), (0, count, true));
            assert_eq!(all(&copy).await, events);
        });
    }

    #[test]
    fn an_import_that_was_broken_off_anywhere_goes_on_there(scene in random::scene(CONNECTIONS), cuts in prop::collection::vec(0.0..1.0, 1..4)) {
        block_on(async {
            let world = of_scene(&scene).await;
            let events = world.oracle.events.clone();
            let file = exported(&world.stores[0]).await;
            let copy = empty(scene.policy).await;
            for cut in cuts {
                let end = ((file.len() - 1) as f64 * cut) as usize;
                let (line, reason, ..) = flaw_of(imported(&copy, &file[..end]).await);
                let whole = file[..end].iter().filter(|byte| **byte == b'\n').count();
                let expected = if whole == 0 && end > 0 { Reason::Foreign } else { Reason::Truncated };
                // Of a line only its end may be missing.
                let is_line = end > 0 && file[end - 1] == b'}' && file[end] == b'\n';
                assert_eq!(line, whole as u64 + 1 + u64::from(is_line), "{end} of {}", file.len());
                assert!(reason == expected || is_line, "{reason:?}");
                let here = all(&copy).await;
                assert!(here.len() >= whole.saturating_sub(1).min(events.len()), "what came before is kept");
                assert_eq!(here, events[..here.len()]);
            }
            let report = imported(&copy, &file).await.expect("it goes on");
            assert_eq!(report.stored + report.duplicates, events.len() as u64);
            assert!(report.restored);
            assert_eq!(all(&copy).await, events);
            is_sound(&copy).await;
        });
    }

    #[test]
    fn an_export_has_what_a_reading_has(scene in random::scene(CONNECTIONS), after in 0_u64..30, query in prop::option::of(random::query())) {
        block_on(async {
            let world = of_scene(&scene).await;
            let is_meant = |event: &&RecordedEvent| {
                event.position > after
                    && query.as_ref().is_none_or(|query| world.oracle.matching(query).contains(event))
            };
            let events: Vec<RecordedEvent> = world.oracle.events.iter().filter(is_meant).cloned().collect();
            let file = exported_with(&world.stores[0], ExportOptions { after, query: query.clone() }).await;
            let found: Vec<serde_json::Value> = lines_of(&file).iter().map(|line| serde_json::from_slice(line).expect("JSON")).collect();
            let ids = found[1..found.len() - 1].iter().map(|line| line["id"].as_str().expect("an id").to_owned());
            assert!(ids.eq(events.iter().map(|event| event.id.to_string())));
            let copy = empty(scene.policy).await;
            let report = imported(&copy, &file).await.expect("it is imported");
            assert_eq!(report.stored, events.len() as u64);
            let copied = all(&copy).await;
            assert!(copied.iter().map(|event| event.id).eq(events.iter().map(|event| event.id)));
            assert!(copied.iter().map(|event| &event.data).eq(events.iter().map(|event| &event.data)));
        });
    }
}

/// Everything that is awkward in a line.
fn awkward() -> Vec<(&'static str, NewEvent)> {
    let json = |text: &str| Json::from_text(text).expect("JSON");
    let with_metadata = |text: &str| event("A").with_metadata(json(text));
    vec![
        ("a\u{0}\u{1f}\"\\/\u{2028}\u{7f}", event("\n\r\t\u{0}")),
        ("🦀 ключ", NewEvent::of_json("Ж", json("\"\\ud83e\\udd80 \\u0000 \u{2028}\""))),
        ("lines", NewEvent::of_json("A", json("{\n  \"a\": [1,\r\n 2]\n}"))),
        ("numbers", NewEvent::of_json("A", json("[1e400, -0, 0.1000, 123456789012345678901234567890]"))),
        ("lines", with_metadata("{ \"a\" :\n 1, \"check\":\"0123456789abcdef\"}")),
        ("check", NewEvent::of_json("A", json(r#"{"a":1,"check":"0123456789abcdef"}"#))),
        ("check", NewEvent::of_json("A", json(r#""text,\"check\":\"0123456789abcdef\"""#))),
        ("twice", NewEvent::of_json("A", json(r#"{"a":1,"a":2,"__proto__":3}"#))),
        ("annals.export.finished", NewEvent::of_json("annals.export.finished", json("{}"))),
        ("tags", event("A").with_tag("\"[]\\").with_tag(",").with_tag("\u{1}").with_tag("тег")),
    ]
}

#[test]
fn texts_that_are_awkward_in_a_line_come_back_equal() {
    block_on(async {
        let store = empty(MergePolicy::default()).await;
        for (name, mut event) in awkward() {
            event.version = u32::MAX - 1;
            append(&store, name, vec![event], ExpectedRevision::Any).await.expect("stored");
        }
        let file = exported(&store).await;
        let copy = empty(MergePolicy::default()).await;
        imported(&copy, &file).await.expect("it is imported");
        assert_eq!(all(&copy).await, all(&store).await);
    });
}

#[test]
fn times_that_rfc_3339_cannot_write_come_back_equal() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let store = open(server.connect(), &hand).await;
        let last_written = 253_402_300_799_999;
        for time in [0, 951_782_399_999, 951_868_800_000, last_written, last_written + 1, 1 << 53, u64::MAX] {
            hand.set_clock(time);
            append(&store, "s", vec![event("A")], ExpectedRevision::Any).await.expect("stored");
        }
        let file = exported(&store).await;
        let text = String::from_utf8(file.clone()).expect("UTF-8");
        for time in [
            "1970-01-01T00:00:00.000Z",
            "2000-02-28T23:59:59.999Z",
            "2000-03-01T00:00:00.000Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert!(text.contains(&format!("\"time\":\"{time}\"")), "{time}: {text}");
        }
        assert!(text.contains("\"recordedat\":\"253402300800000\""), "{text}");
        let copy = empty(MergePolicy::default()).await;
        imported(&copy, &file).await.expect("it is imported");
        assert_eq!(all(&copy).await, all(&store).await);
    });
}

#[test]
fn the_longest_event_fits_a_line() {
    block_on(async {
        let store = empty(MergePolicy::default()).await;
        let quotes = "\\\"".repeat((MAX_APPEND_BYTES - 100) / 2);
        let metadata = Json::from_text(format!("{{\"q\":\"{quotes}\"}}")).expect("JSON");
        let long = event("A").with_metadata(metadata);
        append(&store, "s", vec![long, event("B")], ExpectedRevision::Any).await.expect("stored");
        let file = exported(&store).await;
        assert!(file.len() > 2 * MAX_APPEND_BYTES - 400);
        let copy = empty(MergePolicy::default()).await;
        imported_in(&copy, &file, 256 * 1024).await.expect("it is imported");
        assert_eq!(all(&copy).await, all(&store).await);
        // Behind something else, its origin is kept beside it: here there is no room for that.
        let other = empty(MergePolicy::default()).await;
        append(&other, "t", vec![event("C").with_id(id(7))], ExpectedRevision::Any).await.expect("stored");
        let (line, reason, stored, _) = flaw_of(imported_in(&other, &file, 256 * 1024).await);
        assert_eq!((line, reason, stored), (2, Reason::TooLarge, 0));
        assert_eq!(other.head(), 1);
    });
}

#[test]
fn an_export_ends_where_the_log_ended_when_it_began() {
    block_on(async {
        let server = MemoryServer::default();
        let (store, other) =
            (open(server.connect(), &Hand::new(1)).await, open(server.connect(), &Hand::new(2)).await);
        for n in 0..9000 {
            drop(
                store
                    .submit(store.check(vec![write("s", numbered("A", n))], None).expect("valid"))
                    .expect("open"),
            );
        }
        store.drive().await;
        let before = all(&store).await;
        let mut exporter = store.export(ExportOptions::default()).await.expect("it begins");
        let mut file = Vec::new();
        let mut pages = 0;
        while let Some(lines) = exporter.next_lines().await.expect("lines") {
            file.extend(lines);
            pages += 1;
            append(&other, "s", vec![event("B")], ExpectedRevision::Any).await.expect("stored");
            merge_all(&other).await;
        }
        assert!(pages > 2, "others append in the midst of it");
        assert_eq!(exporter.head(), 9000);
        let copy = empty(MergePolicy::default()).await;
        imported(&copy, &file).await.expect("it is imported");
        assert_eq!(all(&copy).await, before);
    });
}

fn write(name: &str, event: NewEvent) -> annals::model::Write {
    annals::model::Write { stream_id: stream(name), expected: ExpectedRevision::Any, events: vec![event] }
}

#[test]
fn an_import_ahead_of_which_another_connection_comes_goes_on_behind_it() {
    block_on(async {
        let store = empty(MergePolicy::default()).await;
        for n in 0..3000 {
            append(&store, &format!("s-{}", n % 7), vec![numbered("A", n)], ExpectedRevision::Any)
                .await
                .expect("stored");
        }
        let file = exported(&store).await;
        let server = MemoryServer::default();
        let hand = Hand::new(3);
        hand.set_clock(1);
        let (copy, other) = (open(server.connect(), &hand).await, open(server.connect(), &hand).await);
        let mut importer = copy.import(Pacer::hasty());
        let half = file.len() / 4 * 3;
        importer.push(&file[..half]).await.expect("it goes in");
        // The first batch is stored by now, and the other connection comes before the second.
        append(&other, "s-1", vec![event("Mine")], ExpectedRevision::Any).await.expect("stored");
        importer.push(&file[half..]).await.expect("it goes in");
        let report = importer.finish().await.expect("it ends");
        assert_eq!((report.lines, report.stored, report.restored, report.head), (3000, 3000, false, 3001));
        let (events, found) = (all(&store).await, all(&copy).await);
        let mine = found.iter().position(|event| event.r#type == "Mine").expect("it is there");
        assert!(mine > 0 && mine < 3000, "{mine}");
        assert_eq!(found[..mine], events[..mine]);
        let behind = found[mine + 1..].iter().map(|event| (event.id, &event.stream_id, &event.data));
        assert!(behind.eq(events[mine..].iter().map(|event| (event.id, &event.stream_id, &event.data))));
        let origin: serde_json::Value = found[mine + 1].metadata.parse().expect("JSON");
        assert_eq!(origin["imported"]["position"], mine + 1);
        // The same file again finds all of it.
        let again = imported(&copy, &file).await.expect("it is imported again");
        assert_eq!((again.stored, again.duplicates, again.restored), (0, 3000, false));
        is_sound(&copy).await;
    });
}

#[test]
fn events_that_are_put_back_and_others_share_a_commit() {
    block_on(async {
        let server = MemoryServer::default();
        let hand = Hand::new(1);
        hand.set_clock(50);
        let store = open(server.connect(), &hand).await;
        let mut calls = Vec::new();
        for (n, time) in [
            (1_u64, Some(10)),
            (2, Some(10)),
            (3, None),
            (4, Some(70)),
            (5, None),
            (6, Some(60)),
            (7, Some(70)),
        ] {
            let new = numbered("A", n as usize).with_id(id(n.into()));
            let append = store.check(vec![write("s", new)], None).expect("valid");
            let restored = time.map(|recorded_at| annals::model::Restored {
                position: n - u64::from(n > 6),
                recorded_at,
                after: (n > 1).then(|| id((if n == 7 { 5 } else { n - 1 }).into())),
            });
            let append = match restored {
                Some(restored) => append.restoring(restored),
                None => append,
            };
            calls.push(store.submit(append).expect("open"));
        }
        let answers = futures_util::future::join_all(calls).await;
        let times: Vec<Option<u64>> =
            answers.iter().map(|answer| answer.as_ref().ok().and_then(|result| result.recorded_at)).collect();
        assert_eq!(times, [Some(10), Some(10), Some(50), Some(70), Some(70), None, Some(70)]);
        assert_eq!(
            all(&store).await.iter().map(|event| event.recorded_at).collect::<Vec<_>>(),
            [10, 10, 50, 70, 70, 70]
        );
        let again = open(server.connect(), &hand).await;
        assert_eq!(all(&again).await, all(&store).await);
        is_sound(&again).await;
        assert_eq!(of_type("A").items.len(), 1);
    });
}
