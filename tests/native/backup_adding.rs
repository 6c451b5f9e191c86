//! What is imported into a store that has something else: it comes behind, and keeps where it comes from.

use annals::{
    EventStore, ExpectedRevision, NewEvent, Query,
    backup::{ExportOptions, Reason},
    log::{EventStore as Store, OpenOptions},
    model::{Json, RecordedEvent},
    storage::{Memory, MemoryServer, Storage},
};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    memory::InMemory,
    support::{
        Hand, all, append,
        backups::{exported, exported_with, flaw_of, imported, imported_in, lines_of, unchecked},
        event, id, numbered, of_type, open, random,
        world::{CONNECTIONS, World, merge_all},
    },
};

async fn store_of(seed: u64) -> EventStore<Memory> {
    open(MemoryServer::default().connect(), &Hand::new(seed)).await
}

/// A store with one event that is not of any other.
async fn filled(seed: u64) -> EventStore<Memory> {
    let store = store_of(seed).await;
    append(&store, "first", vec![event("Mine")], ExpectedRevision::Any).await.expect("stored");
    store
}

/// A store with so many events in three streams.
async fn counted(seed: u64, count: usize) -> EventStore<Memory> {
    let store = store_of(seed).await;
    for n in 0..count {
        append(&store, &format!("s-{}", n % 3), vec![numbered("A", n)], ExpectedRevision::Any)
            .await
            .expect("stored");
    }
    store
}

fn metadata(event: &RecordedEvent) -> Value {
    event.metadata.parse().expect("JSON")
}

/// What an event is, wherever it stands.
fn contents(event: &RecordedEvent) -> impl PartialEq + std::fmt::Debug {
    (
        event.id,
        event.stream_id.clone(),
        event.r#type.clone(),
        event.version,
        event.data.clone(),
        event.tags.clone(),
    )
}

async fn is_sound<S: Storage>(store: &Store<S>) {
    assert_eq!(store.verify(|_, _| true).await.expect("it is verified").findings, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_added_comes_behind_in_its_order_and_says_where_it_was(scene in random::scene(CONNECTIONS), piece in 1_usize..5000, cut in 0.0..1.0) {
        block_on(async {
            let world = World::after(InMemory::default(), &scene).await.expect("as the oracle says");
            let events = world.oracle.events.clone();
            let file = exported(&world.stores[0]).await;
            let copy = filled(77).await;
            let end = ((file.len() - 1) as f64 * cut) as usize;
            let _ = imported_in(&copy, &file[..end], piece).await.expect_err("it is not whole");
            merge_all(&copy).await;
            let before = copy.head() - 1;
            let report = imported_in(&copy, &file, piece).await.expect("it is imported");
            let count = events.len() as u64;
            assert_eq!((report.lines, report.stored, report.duplicates), (count, count - before, before));
            assert_eq!((report.restored, report.head), (count == 0, count + 1));
            let found = &all(&copy).await[1..];
            for (found, event) in found.iter().zip(&events) {
                assert_eq!(contents(found), contents(event));
                let mut expected = metadata(event);
                expected["imported"] = json!({
                    "storeId": world.stores[0].store_id().to_string(), "position": event.position, "revision": event.revision,
                    "recordedAt": event.recorded_at,
                });
                assert_eq!(metadata(found), expected);
            }
            let again = imported_in(&copy, &file, piece).await.expect("it is imported again");
            assert_eq!((again.stored, again.duplicates), (0, count));
            is_sound(&copy).await;
        });
    }
}

#[test]
fn origins_are_kept_within_one_another() {
    block_on(async {
        let store = store_of(1).await;
        for text in [
            "{}",
            "{ \"user\" : \"u\\u0031\" }",
            r#"{"imported":true,"b":[1, 2]}"#,
            "{\"\\u0069mported\":{\"x\":1}}",
        ] {
            let new = event("A").with_metadata(Json::from_text(text).expect("JSON"));
            append(&store, "s", vec![new], ExpectedRevision::Any).await.expect("stored");
        }
        let (second, third) = (filled(2).await, filled(3).await);
        imported(&second, &exported(&store).await).await.expect("imported");
        imported(&third, &exported(&second).await).await.expect("imported");
        let found: Vec<Value> = all(&third).await[2..].iter().map(metadata).collect();
        let here = second.store_id().to_string();
        for (n, found) in found.iter().enumerate() {
            let (outer, inner) = (&found["imported"], &found["imported"]["imported"]);
            assert_eq!((&outer["storeId"], &outer["position"]), (&json!(here), &json!(n + 2)));
            assert_eq!(
                (&inner["storeId"], &inner["position"]),
                (&json!(store.store_id().to_string()), &json!(n + 1))
            );
        }
        assert_eq!(found[1]["user"], "u1");
        assert_eq!(
            (&found[2]["b"], &found[2]["imported"]["imported"]["imported"]),
            (&json!([1, 2]), &json!(true))
        );
        assert_eq!(found[3]["imported"]["imported"]["imported"], json!({ "x": 1 }));
        assert_eq!(
            found[3].as_object().map(serde_json::Map::len),
            Some(1),
            "it is no second member of that name"
        );
    });
}

#[test]
fn a_part_of_a_store_is_added_even_to_an_empty_one() {
    block_on(async {
        let store = counted(1, 30).await;
        for options in [
            ExportOptions { after: 10, query: None },
            ExportOptions { after: 0, query: Some(Query { items: of_type("A").items }) },
        ] {
            let copy = store_of(2).await;
            let file = exported_with(&store, options.clone()).await;
            let report = imported(&copy, &file).await.expect("imported");
            assert!(!report.restored);
            assert_eq!(report.stored, 30 - options.after);
            assert!(all(&copy).await.iter().all(|event| metadata(event)["imported"]["position"].is_u64()));
        }
    });
}

#[test]
fn the_store_that_was_exported_has_all_of_it() {
    block_on(async {
        let store = counted(1, 20).await;
        let file = exported(&store).await;
        append(&store, "s-0", vec![event("Later")], ExpectedRevision::Any).await.expect("stored");
        let report = imported(&store, &file).await.expect("imported");
        assert_eq!((report.stored, report.duplicates, report.restored, report.head), (0, 20, true, 21));
    });
}

#[test]
fn a_store_that_has_gone_another_way_gets_the_rest() {
    block_on(async {
        let store = counted(1, 10).await;
        let copy = store_of(2).await;
        imported(&copy, &exported(&store).await).await.expect("imported");
        append(&store, "s-0", vec![event("Here")], ExpectedRevision::Any).await.expect("stored");
        append(&copy, "s-0", vec![event("There")], ExpectedRevision::Any).await.expect("stored");
        let report = imported(&copy, &exported(&store).await).await.expect("imported");
        assert_eq!((report.stored, report.duplicates, report.restored), (1, 10, false));
        let found = all(&copy).await;
        assert_eq!(
            found.iter().map(|event| event.r#type.as_str()).collect::<Vec<_>>()[10..],
            ["There", "Here"]
        );
        assert_eq!((found[11].revision, &metadata(&found[11])["imported"]["revision"]), (6, &json!(5)));
    });
}

/// A file whose checks were taken out, and whose first event gives its id to that of another line, counted from 0.
fn with_id_again(file: &[u8], line: usize, stream: Option<&str>) -> Vec<u8> {
    let mut lines = lines_of(&unchecked(file));
    let mut changed: Value = serde_json::from_slice(&lines[line]).expect("JSON");
    let first: Value = serde_json::from_slice(&lines[1]).expect("JSON");
    changed["id"] = first["id"].clone();
    changed["subject"] = stream.map_or(first["subject"].clone(), |stream| json!(stream));
    changed["revision"] = json!(999);
    lines[line] = format!("{changed}\n").into_bytes();
    lines.concat()
}

#[test]
fn an_id_that_a_file_has_twice_is_found_however_far_apart_the_lines_are() {
    block_on(async {
        let store = counted(1, 5000).await;
        let file = exported(&store).await;
        for line in [2, 4, 2500, 5000] {
            for elsewhere in [None, Some("s-9")] {
                let file = with_id_again(&file, line, elsewhere);
                for copy in [store_of(2).await, filled(3).await] {
                    let before = copy.head();
                    for stored in [line as u64 - 1, 0] {
                        let (found, reason, now, why) = flaw_of(imported_in(&copy, &file, 100_000).await);
                        assert_eq!(
                            (found, reason, now),
                            (line as u64 + 1, Reason::Duplicate, stored),
                            "{why}"
                        );
                        assert_eq!(
                            copy.head() - before,
                            line as u64 - 1,
                            "what came before is kept, nothing after"
                        );
                        merge_all(&copy).await;
                    }
                }
            }
        }
    });
}

#[test]
fn an_event_that_is_stored_in_another_stream_stops_an_import() {
    block_on(async {
        let store = counted(1, 50).await;
        let taken = all(&store).await[20].id;
        let copy = store_of(2).await;
        append(&copy, "elsewhere", vec![event("A").with_id(taken)], ExpectedRevision::Any)
            .await
            .expect("stored");
        let (line, reason, stored, why) = flaw_of(imported(&copy, &exported(&store).await).await);
        assert_eq!((line, reason, stored), (22, Reason::Duplicate, 20));
        assert!(why.contains("in another stream, at position 1"), "{why}");
        assert_eq!(copy.head(), 21);
    });
}

#[test]
fn lines_whose_check_was_taken_out_may_be_edited_and_left_out() {
    block_on(async {
        let store = counted(1, 30).await;
        let events = all(&store).await;
        let file = unchecked(&exported(&store).await);
        let copy = store_of(2).await;
        let report = imported(&copy, &file).await.expect("imported");
        assert!(report.restored, "nothing is missing");
        assert_eq!(all(&copy).await, events);

        let text = String::from_utf8(file.clone()).expect("UTF-8").replace("\"n\":7}", "\"n\": \"erased\"}");
        let copy = store_of(3).await;
        assert!(imported(&copy, text.as_bytes()).await.expect("imported").restored);
        let found = all(&copy).await;
        assert_eq!(found[7].data.as_str(), "{\"n\": \"erased\"}");
        assert_eq!((&found[..7], &found[8..]), (&events[..7], &events[8..]));

        // Behind what is missing nothing can stand where it stood.
        let mut lines = lines_of(&file);
        lines.drain(11..13);
        let copy = store_of(4).await;
        let report = imported(&copy, &lines.concat()).await.expect("imported");
        assert_eq!((report.lines, report.stored, report.restored), (28, 28, false));
        let found = all(&copy).await;
        assert_eq!(found[..10], events[..10]);
        assert_eq!(
            (found[10].id, &metadata(&found[10])["imported"]["position"]),
            (events[12].id, &json!(13))
        );
        let again = imported(&copy, &lines.concat()).await.expect("imported");
        assert_eq!((again.stored, again.duplicates), (0, 28));
    });
}

#[test]
fn what_a_repair_has_given_up_is_no_hindrance() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let store = open(server.connect(), &hand).await;
        for n in 0..9 {
            append(&store, &format!("s-{}", n % 2), vec![numbered("A", n)], ExpectedRevision::Any)
                .await
                .expect("stored");
        }
        server.tamper(|contents| {
            let record = contents.commits.get_mut(&5).expect("it is there");
            record[40] ^= 1;
        });
        let options = OpenOptions { repair: true, ..OpenOptions::default() };
        let store = Store::open(server.connect(), hand.sockets(), options).await.expect("it opens");
        let events = all(&store).await;
        assert_eq!(events.len(), 8);
        let file = exported(&store).await;
        let copy = store_of(2).await;
        let report = imported(&copy, &file).await.expect("imported");
        assert_eq!((report.stored, report.restored), (8, false));
        let found = all(&copy).await;
        assert_eq!(found[..4], events[..4]);
        assert!(found.iter().map(contents).eq(events.iter().map(contents)));
        is_sound(&copy).await;
    });
}

#[test]
fn a_long_import_is_merged_on_the_way() {
    block_on(async {
        let (store, hand) = (store_of(1).await, Hand::new(1));
        for n in 0..3000 {
            hand.set_clock(hand.clock() + 1);
            append(&store, "s", vec![numbered("A", n)], ExpectedRevision::Any).await.expect("stored");
        }
        let copy = filled(2).await;
        let text: Vec<u8> = unchecked(&exported(&store).await);
        // Each has a time of its own, and so a record.
        let mut lines = lines_of(&text);
        let end = lines.len() - 1;
        for (n, line) in lines[1..end].iter_mut().enumerate() {
            let mut event: Value = serde_json::from_slice(line).expect("JSON");
            event["time"] =
                json!(format!("2026-01-31T12:{:02}:{:02}.{:03}Z", n / 60_000, n / 1000 % 60, n % 1000));
            *line = format!("{event}\n").into_bytes();
        }
        let empty = store_of(3).await;
        assert!(imported(&empty, &lines.concat()).await.expect("imported").restored);
        let sizes = empty.diagnostics().await.expect("they are told");
        assert!(sizes.segments > 0 && empty.unmerged() < 3000, "{sizes:?}");
        assert_eq!(all(&empty).await.iter().map(|event| event.recorded_at).max(), Some(1_769_860_802_999));
        imported(&copy, &text).await.expect("imported");
        is_sound(&empty).await;
        let new: NewEvent = event("A").with_id(id(1));
        append(&empty, "s", vec![new], ExpectedRevision::Exact(3000)).await.expect("it goes on");
    });
}
