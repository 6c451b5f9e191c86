//! Files that are not what was exported: refused at the line where that shows, with all before it kept and nothing after.

use annals::{
    EventStore, ExpectedRevision,
    backup::{ExportOptions, Reason},
    model::RecordedEvent,
    storage::{Memory, MemoryServer},
};
use pollster::block_on;
use proptest::{prelude::*, sample::Index};

use crate::{
    memory::InMemory,
    support::{
        Hand, all, append,
        backups::{exported, exported_with, flaw_of, imported, imported_in, lines_of, unchecked},
        event, numbered, open,
        random::{self, Scene},
        world::{CONNECTIONS, World},
    },
};

async fn empty() -> EventStore<Memory> {
    open(MemoryServer::default().connect(), &Hand::new(99)).await
}

/// A file, its events, and a store that has others.
async fn of_scene(scene: &Scene) -> (Vec<u8>, Vec<RecordedEvent>, EventStore<Memory>) {
    let world = World::after(InMemory::default(), scene).await.expect("as the oracle says");
    let filled = empty().await;
    append(&filled, "first", vec![event("Mine")], ExpectedRevision::Any).await.expect("stored");
    (exported(&world.stores[0]).await, world.oracle.events.clone(), filled)
}

async fn small() -> Vec<u8> {
    let store = empty().await;
    for n in 0..4 {
        append(&store, "s", vec![numbered("A", n)], ExpectedRevision::Any).await.expect("stored");
    }
    exported(&store).await
}

/// The file is refused at a line, by an empty store and by one that has something else; all before is kept, and nothing after.
async fn is_refused_at(
    line: usize,
    file: &[u8],
    events: &[RecordedEvent],
    filled: &EventStore<Memory>,
    piece: usize,
) -> Reason {
    let kept = line.saturating_sub(2).min(events.len());
    let empty = empty().await;
    let (found, reason, stored, why) = flaw_of(imported_in(&empty, file, piece).await);
    assert_eq!((found, stored), (line as u64, kept as u64), "{reason:?}: {why}");
    assert_eq!(all(&empty).await, events[..kept]);
    let before = filled.head() as usize;
    let (found, same, ..) = flaw_of(imported_in(filled, file, piece).await);
    assert_eq!((found, same), (line as u64, reason));
    let ids = |events: &[RecordedEvent]| events.iter().map(|event| event.id).collect::<Vec<_>>();
    assert_eq!(ids(&all(filled).await[before..]), ids(&events[..kept]));
    reason
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_byte_that_was_changed_is_found_in_its_line(scene in random::scene(CONNECTIONS), at in any::<Index>(), by in 1_u8..=255, piece in 1_usize..3000) {
        block_on(async {
            let (mut file, events, filled) = of_scene(&scene).await;
            let at = at.index(file.len());
            let line = file[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            file[at] ^= by;
            is_refused_at(line, &file, &events, &filled, piece).await;
        });
    }

    #[test]
    fn a_line_that_is_missing_doubled_or_in_another_place_is_found_there(scene in random::scene(CONNECTIONS), at in any::<Index>(), other in any::<Index>(), kind in 0..3) {
        block_on(async {
            let (file, events, filled) = of_scene(&scene).await;
            let mut lines = lines_of(&file);
            let at = at.index(lines.len());
            let line = match kind {
                0 => {
                    lines.remove(at);
                    at + 1
                }
                1 => {
                    lines.insert(at, lines[at].clone());
                    at + 2
                }
                _ => {
                    let other = other.index(lines.len());
                    if at == other {
                        return;
                    }
                    lines.swap(at, other);
                    at.min(other) + 1
                }
            };
            is_refused_at(line, &lines.concat(), &events, &filled, 500).await;
        });
    }
}

#[test]
fn every_bit_of_a_short_file_counts() {
    block_on(async {
        let file = small().await;
        let whole = empty().await;
        imported(&whole, &file).await.expect("it is whole");
        let events = all(&whole).await;
        for bit in 0..8 * file.len() {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let line = file[..bit / 8].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            let copy = empty().await;
            let (found, ..) = flaw_of(imported(&copy, &damaged).await);
            assert_eq!(found, line, "bit {bit}");
            assert_eq!(
                all(&copy).await,
                events[..events.len().min(line.saturating_sub(2) as usize)],
                "bit {bit}"
            );
        }
    });
}

#[test]
fn each_flaw_has_its_reason_and_a_sentence() {
    block_on(async {
        let file = small().await;
        let lines = lines_of(&file);
        let text = String::from_utf8(file.clone()).expect("UTF-8");
        let plain = String::from_utf8(unchecked(&file)).expect("UTF-8");
        let of = |lines: &[&[u8]]| lines.concat();
        let changed = |from: &str, to: &str| {
            assert!(plain.contains(from), "{from}: {plain}");
            plain.replacen(from, to, 1).into_bytes()
        };
        let id = text.split("\"id\":\"").nth(2).expect("an event")[..36].to_owned();
        let cases: Vec<(Vec<u8>, u64, Reason, &str)> = vec![
            (
                Vec::new(),
                1,
                Reason::Truncated,
                "expected the header of an export (annals.export.started), found an empty file",
            ),
            (b"\n".to_vec(), 1, Reason::Foreign, "expected the header of an export"),
            (b"{\"name\":\"a package\"}\n".to_vec(), 1, Reason::Foreign, "expected the header of an export"),
            (vec![0; 3_000_000], 1, Reason::Foreign, "expected a line of at most"),
            (lines[1].clone(), 1, Reason::Foreign, "expected the header of an export"),
            (
                changed("\"format\":1", "\"format\":2"),
                1,
                Reason::NewerFormat,
                "expected format 1, found 2: newer code can read it",
            ),
            (
                changed("\"format\":1,", "\"format\":7,\"new\":[{}],"),
                1,
                Reason::NewerFormat,
                "expected format 1, found 7",
            ),
            (changed("\"format\":1", "\"format\":0"), 1, Reason::Damaged, "format"),
            (
                changed("\"as\":\"stored\"", "\"as\":\"current\""),
                1,
                Reason::Current,
                "only an export of what is stored can be imported",
            ),
            (changed("\"head\":4", "\"head\":4,\"x\":1"), 1, Reason::Damaged, "unknown field `x`"),
            (
                of(&[&lines[0], &lines[1]]),
                3,
                Reason::Truncated,
                "the file ends before the trailer of the export (annals.export.finished)",
            ),
            (
                of(&[&lines[0], &lines[1], &lines[2][..50]]),
                3,
                Reason::Truncated,
                "the file ends within a line",
            ),
            (of(&[&lines[0], &lines[2]]), 2, Reason::OutOfOrder, "position: expected 1, found 2"),
            (of(&[&lines[0], b"\n", &lines[1]]), 2, Reason::Damaged, "EOF"),
            (of(&[&file, b"\n"]), 7, Reason::Damaged, "expected nothing behind the trailer"),
            (of(&[&file, &file]), 7, Reason::Damaged, "expected nothing behind the trailer"),
            (
                of(&[&lines[0], &lines[1], &lines[5]]),
                3,
                Reason::Damaged,
                "expected 4 events before the trailer, found 1",
            ),
            (
                of(&[&lines[0], &lines[0]]),
                2,
                Reason::Damaged,
                "subject: expected the event's stream, found none (annals.export.started)",
            ),
            (
                text.replacen("\"n\":2", "\"n\":3", 1).into_bytes(),
                4,
                Reason::Damaged,
                "its check is not that of its bytes",
            ),
            (
                text.replacen("\"}\n", "\" }\n", 1).into_bytes(),
                1,
                Reason::Damaged,
                "whoever edits a line takes its check out",
            ),
            (changed(&id, "6f9619ff"), 2, Reason::Damaged, "id: expected a UUID, found \"6f9619ff\""),
            (
                changed("\"subject\":\"s\"", "\"subject\":\"\""),
                2,
                Reason::Damaged,
                "streamId: expected 1 to 512 bytes of UTF-8",
            ),
            (changed("\"subject\":\"s\",", ""), 2, Reason::Damaged, "subject: expected the event's stream"),
            (changed("\"type\":\"A\"", "\"type\":\"\""), 2, Reason::Damaged, "type: expected 1 to 512 bytes"),
            (
                changed("\"dataversion\":1", "\"dataversion\":0"),
                2,
                Reason::Damaged,
                "version: expected an integer from 1",
            ),
            (changed("\"position\":1,", ""), 2, Reason::Damaged, "position: expected an integer, found none"),
            (changed("\"position\":1,", "\"position\":\"1\","), 2, Reason::Damaged, "invalid type"),
            (
                changed("\"position\":3,", "\"position\":9,"),
                4,
                Reason::OutOfOrder,
                "position: expected 3 to 4, found 9",
            ),
            (
                changed("\"revision\":2", "\"revision\":3"),
                3,
                Reason::OutOfOrder,
                "revision: expected 2, found 3",
            ),
            (
                changed("application/json\",\"dataversion", "text/plain\",\"dataversion"),
                2,
                Reason::Damaged,
                "datacontenttype: expected \"application/json\"",
            ),
            (
                changed("\"subject\":\"s\",\"time\"", "\"subject\":\"s\",\"recordedat\":\"1\",\"time\""),
                2,
                Reason::Damaged,
                "expected time or recordedat",
            ),
            (
                changed("\"subject\":\"s\",\"time\":\"2023-11-14", "\"subject\":\"s\",\"time\":\"2023-02-30"),
                2,
                Reason::Damaged,
                "time: expected a moment",
            ),
            (changed("\"subject\":\"s\"", "\"subject\":\"s\",\"tags\":\"{}\""), 2, Reason::Damaged, "tags: "),
            (
                changed("\"subject\":\"s\"", "\"subject\":\"s\",\"metadata\":\"[]\""),
                2,
                Reason::Damaged,
                "metadata: expected a JSON object",
            ),
            (
                changed("\"subject\":\"s\"", "\"subject\":\"s\",\"traceparent\":\"x\""),
                2,
                Reason::Damaged,
                "unknown field `traceparent`",
            ),
            (
                changed("\"specversion\":\"1.0\",\"id\":\"01", "\"specversion\":\"2.0\",\"id\":\"01"),
                1,
                Reason::Damaged,
                "specversion",
            ),
        ];
        for (file, line, reason, sentence) in cases {
            let copy = empty().await;
            let (found, kind, _, why) = flaw_of(imported(&copy, &file).await);
            assert_eq!((found, kind), (line, reason), "{why}, expected {sentence}");
            assert!(why.contains(sentence), "{why}, expected {sentence}");
            assert_eq!(copy.head(), line.saturating_sub(2).min(4));
        }
    });
}

#[test]
fn a_line_that_is_missing_in_a_part_is_told_by_the_trailer() {
    block_on(async {
        let store = empty().await;
        for n in 0..4 {
            append(&store, "s", vec![numbered("A", n)], ExpectedRevision::Any).await.expect("stored");
        }
        let file = exported_with(&store, ExportOptions { after: 1, query: None }).await;
        let mut lines = lines_of(&file);
        lines.remove(2);
        let copy = empty().await;
        let (line, reason, stored, why) = flaw_of(imported(&copy, &lines.concat()).await);
        assert_eq!((line, reason, stored), (4, Reason::Damaged, 2), "{why}");
        // The trailer of another export, which has as many events.
        let other = exported_with(&store, ExportOptions { after: 1, query: None }).await;
        let lines = [&lines_of(&file)[..4], &lines_of(&other)[4..]].concat();
        let (line, reason, stored, why) = flaw_of(imported(&empty().await, &lines.concat()).await);
        assert_eq!((line, reason, stored), (5, Reason::Damaged, 3), "{why}");
        // One that stands there instead, out of another export of the same store, has a right check of its own.
        let all = lines_of(&exported(&store).await);
        let mut lines = lines_of(&file);
        lines.insert(1, all[1].clone());
        let (line, reason, ..) = flaw_of(imported(&copy, &lines.concat()).await);
        assert_eq!((line, reason), (2, Reason::OutOfOrder));
    });
}

#[test]
fn an_import_that_has_stopped_takes_in_nothing_more() {
    block_on(async {
        let file = small().await;
        let lines = lines_of(&file);
        let copy = empty().await;
        let mut importer = copy.import(annals::log::Pacer::hasty());
        importer.push(&lines[0]).await.expect("the header");
        importer.push(b"{}\n").await.expect_err("no event");
        importer.push(&lines[1..].concat()).await.expect("it is passed over");
        assert_eq!(copy.head(), 0);
    });
}
