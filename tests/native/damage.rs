//! Damage to what is stored: found, named, never served; and set aside, so that the rest can be read.

use std::collections::BTreeSet;

use annals::{
    log::{
        EventStore, Finding, FindingKind, LogError, MergePolicy, OpenOptions, ReadAll, ReadError, ReadStream,
        Repaired,
        codec::{Layout, decode_ids, decode_names, encode_ids, encode_names},
    },
    model::{ExpectedRevision::Any, RecordedEvent},
    storage::{Contents, Memory, MemoryServer, Storage, StorageError},
};
use pollster::block_on;

use crate::support::{
    Hand, all, append, numbered, open, stream_events,
    world::{merge_all, open_with},
};

/// So small that a dozen events make several segments, blocks and shards.
const SMALL: MergePolicy = MergePolicy {
    tail_records: 4,
    tail_bytes: 100_000,
    step_bytes: 700,
    step_memory: 1_000_000,
    block_bytes: 150,
    piece_bytes: 80,
    shard_bytes: 100,
    joining_bytes: 150,
};

/// Commits alone.
async fn filled(server: &MemoryServer) -> EventStore<Memory> {
    let store = open(server.connect(), &Hand::new(1)).await;
    for n in 0..5 {
        append(&store, "s", vec![numbered("A", n), numbered("B", n)], Any).await.expect("stored");
    }
    store
}

/// Segments, an index, and two commits behind them.
async fn merged(server: &MemoryServer) -> Vec<RecordedEvent> {
    let store = open_with(server.connect(), &Hand::new(1), SMALL).await;
    for n in 0..24 {
        let name = format!("stream-{}", n % 5);
        append(&store, &name, vec![numbered("A", n).with_tag(format!("tag-{n}"))], Any)
            .await
            .expect("stored");
        if n % 4 == 0 {
            append(&store, "other", vec![numbered("B", n), numbered("C", n)], Any).await.expect("stored");
        }
    }
    merge_all(&store).await;
    append(&store, "stream-1", vec![numbered("A", 100)], Any).await.expect("stored");
    append(&store, "late", vec![numbered("B", 101), numbered("C", 101)], Any).await.expect("stored");
    let layout =
        Layout::decode(server.contents().meta.layout.as_deref().expect("it was merged")).expect("a layout");
    assert!(layout.segments.len() > 1, "there are several segments");
    assert!(layout.segments.iter().any(|segment| segment.bounds.len() > 1), "with several blocks");
    assert!(layout.names.all_keys().len() > 2 && layout.ids.all_keys().len() > 2, "and several shards");
    all(&store).await
}

async fn reopened(server: &MemoryServer) -> Result<EventStore<Memory>, LogError> {
    let options = OpenOptions { merging: SMALL, ..OpenOptions::default() };
    EventStore::open(server.connect(), Hand::new(2).sockets(), options).await
}

async fn repaired(server: &MemoryServer) -> (EventStore<Memory>, Repaired) {
    let options = OpenOptions { merging: SMALL, repair: true, ..OpenOptions::default() };
    let store = EventStore::open(server.connect(), Hand::new(3).sockets(), options).await.expect("it opens");
    let repaired = store.repaired().expect("it was asked to").clone();
    (store, repaired)
}

async fn findings(store: &EventStore<Memory>) -> Vec<Finding> {
    store.verify(|_, _| true).await.expect("it is verified").findings
}

/// A stored value that can be damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Mark,
    Layout,
    Commit(u64),
    Segment(u64),
}

impl Value {
    fn all(contents: &Contents) -> Vec<Self> {
        let beside = contents.meta.layout.is_some().then_some([Self::Mark, Self::Layout]);
        let commits = contents.commits.keys().copied().map(Self::Commit);
        let segments = contents.segments.keys().copied().map(Self::Segment);
        beside.into_iter().flatten().chain(commits).chain(segments).collect()
    }

    fn bytes(self, contents: &mut Contents) -> &mut Vec<u8> {
        let found = match self {
            Self::Mark => contents.meta.mark.as_mut(),
            Self::Layout => contents.meta.layout.as_mut(),
            Self::Commit(key) => contents.commits.get_mut(&key),
            Self::Segment(key) => contents.segments.get_mut(&key),
        };
        found.expect("the value is there")
    }

    fn flip(self, server: &MemoryServer, bit: usize) {
        server.tamper(|contents| self.bytes(contents)[bit / 8] ^= 1 << (bit % 8));
    }

    fn remove(self, server: &MemoryServer) {
        server.tamper(|contents| match self {
            Self::Commit(key) => drop(contents.commits.remove(&key)),
            Self::Segment(key) => drop(contents.segments.remove(&key)),
            Self::Mark | Self::Layout => panic!("these are not removed"),
        });
    }
}

/// All events that reading them one by one gives, and the positions that say that they are damaged.
async fn serve(store: &EventStore<Memory>) -> (Vec<RecordedEvent>, BTreeSet<u64>) {
    let (mut served, mut refused) = (Vec::new(), BTreeSet::new());
    for position in 1..=store.head() {
        let read = ReadAll { after: position - 1, until: position, ..ReadAll::default() };
        let found = match store.read_all(read).await {
            Ok(mut reader) => reader.to_vec().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(events) => served.extend(events),
            Err(ReadError::Log(LogError::Corrupt(_) | LogError::Storage(StorageError::Damaged(_)))) => {
                refused.insert(position);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    (served, refused)
}

/// The positions that findings of some kinds name.
fn named(findings: &[Finding], kinds: &[FindingKind]) -> BTreeSet<u64> {
    let meant = findings.iter().filter(|finding| kinds.contains(&finding.kind));
    meant.flat_map(|finding| finding.positions.clone()).collect()
}

const DAMAGE: [FindingKind; 2] = [FindingKind::Damaged, FindingKind::Missing];

#[test]
fn every_single_flipped_bit_of_every_commit_is_reported_and_never_served() {
    block_on(async {
        let server = MemoryServer::default();
        let true_events = all(&filled(&server).await).await;
        let keys: Vec<u64> = server.contents().commits.into_keys().collect();
        for key in keys {
            let length = server.contents().commits[&key].len();
            for bit in 0..length * 8 {
                // It has read nothing but what it needs to open.
                let store = reopened(&server).await.expect("it is sound");
                Value::Commit(key).flip(&server, bit);
                let found = findings(&store).await;
                assert_eq!(
                    named(&found, &DAMAGE),
                    BTreeSet::from([key, key + 1]),
                    "key {key} bit {bit}: {found:?}"
                );
                let (served, refused) = serve(&store).await;
                assert!(served.iter().all(|event| true_events.contains(event)), "key {key} bit {bit}");
                assert_eq!(refused, BTreeSet::from([key, key + 1]), "key {key} bit {bit}");
                assert!(
                    matches!(reopened(&server).await.err(), Some(LogError::Corrupt(corrupt)) if corrupt.position == key)
                );
                Value::Commit(key).flip(&server, bit);
            }
        }
    });
}

#[test]
fn damage_to_any_stored_value_of_a_merged_log_is_found_named_and_never_served() {
    block_on(async {
        let server = MemoryServer::default();
        let true_events = merged(&server).await;
        for value in Value::all(&server.contents()) {
            let length = value.bytes(&mut server.contents()).len();
            for byte in 0..length {
                let store = reopened(&server).await.expect("it is sound");
                let bit = byte * 8 + byte % 8;
                value.flip(&server, bit);
                let found = findings(&store).await;
                assert!(found.iter().any(|one| DAMAGE.contains(&one.kind)), "{value:?} bit {bit}: {found:?}");
                let (served, refused) = serve(&store).await;
                assert!(served.iter().all(|event| true_events.contains(event)), "{value:?} bit {bit}");
                let positions = served.iter().map(|event| event.position);
                let seen: BTreeSet<u64> = positions.chain(refused.iter().copied()).collect();
                assert_eq!(seen.len(), true_events.len(), "{value:?} bit {bit}: none is passed over");
                let affected = named(&found, &DAMAGE);
                assert!(refused.is_subset(&affected), "{value:?} bit {bit}: {refused:?} of {affected:?}");
                value.flip(&server, bit);
                assert_eq!(findings(&store).await, [], "{value:?} bit {bit}");
            }
        }
    });
}

#[test]
fn a_record_that_is_gone_is_reported_and_not_passed_over() {
    block_on(async {
        let pristine = MemoryServer::default();
        let true_events = merged(&pristine).await;
        for value in Value::all(&pristine.contents()) {
            if matches!(value, Value::Mark | Value::Layout) {
                continue;
            }
            let server = MemoryServer::default();
            server.tamper(|contents| *contents = pristine.contents());
            let store = reopened(&server).await.expect("it is sound");
            value.remove(&server);
            let found = findings(&store).await;
            assert!(found.iter().any(|one| DAMAGE.contains(&one.kind)), "{value:?}: {found:?}");
            let (served, refused) = serve(&store).await;
            assert_eq!(served.len() + refused.len(), true_events.len(), "{value:?}");
            assert!(refused.is_subset(&named(&found, &DAMAGE)), "{value:?}");
        }
    });
}

/// Whatever is damaged: after the repair all events are there that can be told, those that are lost are named, the damaged bytes are
/// kept, and the store goes on without giving a position again.
#[test]
fn a_repair_sets_any_damaged_value_aside_and_the_rest_is_read() {
    block_on(async {
        let pristine = MemoryServer::default();
        let true_events = merged(&pristine).await;
        let layout =
            Layout::decode(pristine.contents().meta.layout.as_deref().expect("a layout")).expect("a layout");
        let index: Vec<u64> = [layout.ids.all_keys(), layout.names.all_keys()].concat();
        for value in Value::all(&pristine.contents()) {
            for at in [1, 6, 11] {
                let server = MemoryServer::default();
                server.tamper(|contents| *contents = pristine.contents());
                value.flip(&server, at * 8 + 3);
                let damaged = value.bytes(&mut server.contents()).clone();
                let (store, report) = repaired(&server).await;
                let lost: BTreeSet<u64> =
                    report.lost.iter().flat_map(|lost| lost.positions.clone()).collect();
                let what = format!("{value:?} byte {at}: {report:?}");

                let left: Vec<RecordedEvent> =
                    true_events.iter().filter(|event| !lost.contains(&event.position)).cloned().collect();
                assert_eq!(all(&store).await, left, "{what}");
                let is_order =
                    matches!(value, Value::Segment(key) if layout.segments.iter().any(|one| one.key == key));
                let is_index = matches!(value, Value::Segment(key) if index.contains(&key));
                let costs_nothing = is_order || is_index || matches!(value, Value::Mark | Value::Layout);
                assert_eq!(lost.is_empty(), costs_nothing, "{what}");
                assert!(lost.len() < 8, "only what the record held: {what}");
                for stream in report.lost.iter().flat_map(|lost| &lost.streams) {
                    assert!(true_events.iter().any(|event| event.stream_id.as_str() == stream), "{what}");
                }

                let found = findings(&store).await;
                assert_eq!(named(&found, &[FindingKind::Lost]), lost, "{what}: {found:?}");
                assert!(found.iter().all(|one| one.kind == FindingKind::Lost), "{what}: {found:?}");
                assert_eq!(report.set_aside, u64::from(!is_index), "{what}");
                if !is_index {
                    assert!(
                        server.contents().segments.values().any(|bytes| *bytes == damaged),
                        "kept: {what}"
                    );
                }

                for event in &left {
                    assert_eq!(store.event(event.id).await, Ok(Some(event.clone())), "{what}");
                }
                let next = append(&store, "late", vec![numbered("A", 1)], Any).await.expect("it goes on");
                assert_eq!(next.position, true_events.len() as u64 + 1, "no position is given again: {what}");
                merge_all(&store).await;
                let again = reopened(&server).await.expect("it is sound");
                assert_eq!(all(&again).await.len(), left.len() + 1, "{what}");
                assert_eq!(again.repair().await.expect("nothing to repair"), Repaired::default(), "{what}");
            }
        }
    });
}

#[test]
fn a_repair_finds_its_way_when_a_record_is_gone() {
    block_on(async {
        let pristine = MemoryServer::default();
        let true_events = merged(&pristine).await;
        for value in Value::all(&pristine.contents()) {
            if matches!(value, Value::Mark | Value::Layout) {
                continue;
            }
            let server = MemoryServer::default();
            server.tamper(|contents| *contents = pristine.contents());
            value.remove(&server);
            let (store, report) = repaired(&server).await;
            let lost: BTreeSet<u64> = report.lost.iter().flat_map(|lost| lost.positions.clone()).collect();
            let left = all(&store).await;
            let is_last =
                value == Value::Commit(*pristine.contents().commits.keys().last().expect("a commit"));
            // Of the newest commit nothing tells that it was there.
            let gone = if is_last { 2 } else { lost.len() };
            assert_eq!(left.len() + gone, true_events.len(), "{value:?}: {report:?}");
            assert!(left.iter().all(|event| true_events.contains(event)), "{value:?}");
            assert!(findings(&store).await.iter().all(|one| one.kind == FindingKind::Lost), "{value:?}");
        }
    });
}

#[test]
fn a_layout_and_a_mark_that_are_both_gone_to_bits_are_made_again_from_the_segments() {
    block_on(async {
        let server = MemoryServer::default();
        let true_events = merged(&server).await;
        Value::Mark.flip(&server, 9);
        Value::Layout.flip(&server, 99);
        assert!(matches!(reopened(&server).await.err(), Some(LogError::Storage(StorageError::Damaged(_)))));
        let (store, report) = repaired(&server).await;
        assert!(report.rebuilt && report.lost.is_empty(), "{report:?}");
        assert_eq!(all(&store).await, true_events);
        assert_eq!(findings(&store).await, []);
        assert_eq!(store.diagnostics().await.expect("they are told").streams, 7);
    });
}

#[test]
fn a_mark_or_a_layout_that_is_gone_is_not_taken_for_a_log_that_was_never_merged() {
    block_on(async {
        for (has_tail, is_mark, is_layout) in [
            (true, true, false),
            (false, true, false),
            (true, false, true),
            (false, false, true),
            (true, true, true),
            (false, true, true),
        ] {
            let server = MemoryServer::default();
            let mut true_events = merged(&server).await;
            if !has_tail {
                let store =
                    open_with(server.connect(), &Hand::new(4), MergePolicy { tail_records: 1, ..SMALL })
                        .await;
                merge_all(&store).await;
                true_events = all(&store).await;
                assert!(server.contents().commits.is_empty());
            }
            server.tamper(|contents| {
                contents.meta.mark = contents.meta.mark.take().filter(|_| !is_mark);
                contents.meta.layout = contents.meta.layout.take().filter(|_| !is_layout);
            });
            assert!(
                matches!(reopened(&server).await.err(), Some(LogError::Corrupt(_))),
                "{has_tail} {is_mark} {is_layout}"
            );
            let (store, report) = repaired(&server).await;
            assert_eq!(report.lost, [], "{has_tail} {is_mark} {is_layout}");
            assert_eq!(all(&store).await, true_events);
            assert_eq!(findings(&store).await, []);
        }
    });
}

#[test]
fn a_segment_of_which_nothing_is_left_becomes_a_hole_and_its_streams_are_read() {
    block_on(async {
        for is_index_damaged in [false, true] {
            for is_gone in [false, true] {
                let server = MemoryServer::default();
                let true_events = merged(&server).await;
                let layout = Layout::decode(server.contents().meta.layout.as_deref().expect("a layout"))
                    .expect("a layout");
                let segment = &layout.segments[0];
                for key in segment.keys() {
                    match is_gone {
                        true => Value::Segment(key).remove(&server),
                        false => Value::Segment(key).flip(&server, 70),
                    }
                }
                if is_index_damaged {
                    Value::Segment(layout.names.all_keys()[0]).flip(&server, 50);
                }
                let (store, report) = repaired(&server).await;
                let lost: BTreeSet<u64> =
                    report.lost.iter().flat_map(|lost| lost.positions.clone()).collect();
                assert_eq!(lost, segment.positions().collect());
                let left: Vec<_> =
                    true_events.into_iter().filter(|event| !lost.contains(&event.position)).collect();
                assert_eq!(all(&store).await, left);
                for name in store.streams("", None, usize::MAX).await.expect("names") {
                    let of_stream: Vec<_> =
                        left.iter().filter(|event| event.stream_id.as_str() == name).cloned().collect();
                    assert_eq!(
                        stream_events(&store, &name, ReadStream::default()).await,
                        of_stream,
                        "{name}"
                    );
                }
                assert!(findings(&store).await.iter().all(|one| one.kind == FindingKind::Lost));
            }
        }
    });
}

#[test]
fn a_layout_that_is_made_again_leaves_no_record_that_nobody_names() {
    block_on(async {
        let server = MemoryServer::default();
        merged(&server).await;
        Value::Layout.flip(&server, 99);
        let (store, _) = repaired(&server).await;
        let told = store.diagnostics().await.expect("they are told");
        let contents = server.contents();
        // One was set aside.
        assert_eq!(told.records + 1, (contents.segments.len() + contents.commits.len()) as u64);
    });
}

#[test]
fn an_index_that_says_something_else_than_the_segments_is_found_though_its_checksums_fit() {
    block_on(async {
        let server = MemoryServer::default();
        merged(&server).await;
        let layout =
            Layout::decode(server.contents().meta.layout.as_deref().expect("a layout")).expect("a layout");
        let shard = |key: u64| server.contents().segments[&key].clone();
        for key in layout.ids.all_keys() {
            let whole = shard(key);
            let mut entries = decode_ids(&whole).expect("a shard");
            if entries.pop().is_none() {
                continue;
            }
            server.tamper(|contents| drop(contents.segments.insert(key, encode_ids(&entries))));
            let found = findings(&reopened(&server).await.expect("it opens")).await;
            assert!(found.iter().any(|one| one.kind == FindingKind::Inconsistent), "ids {key}: {found:?}");
            server.tamper(|contents| drop(contents.segments.insert(key, whole)));
        }
        for key in layout.names.all_keys() {
            let whole = shard(key);
            let mut entries = decode_names(&whole).expect("a shard");
            if entries.pop().is_none() {
                continue;
            }
            server.tamper(|contents| drop(contents.segments.insert(key, encode_names(entries.iter()))));
            let found = findings(&reopened(&server).await.expect("it opens")).await;
            assert!(found.iter().any(|one| one.kind == FindingKind::Inconsistent), "names {key}: {found:?}");
            server.tamper(|contents| drop(contents.segments.insert(key, whole)));
        }
        assert_eq!(findings(&reopened(&server).await.expect("it opens")).await, []);
    });
}

#[test]
fn a_store_that_is_open_repairs_itself_and_others_go_on() {
    block_on(async {
        let server = MemoryServer::default();
        let true_events = merged(&server).await;
        let (one, other) =
            (reopened(&server).await.expect("it opens"), reopened(&server).await.expect("it opens"));
        let layout =
            Layout::decode(server.contents().meta.layout.as_deref().expect("a layout")).expect("a layout");
        Value::Segment(layout.segments[0].block_key(0)).flip(&server, 77);
        let report = one.repair().await.expect("it is repaired");
        let lost: u64 = report.lost.iter().map(|lost| lost.positions.clone().count() as u64).sum();
        assert!(lost > 0 && report.set_aside == 1, "{report:?}");
        for store in [&one, &other] {
            assert_eq!(all(store).await.len() as u64 + lost, true_events.len() as u64);
        }
    });
}

#[test]
fn every_flipped_bit_of_the_manifest_is_reported_and_the_store_is_not_opened() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server).await;
        let length = server.contents().meta.format.len();
        for bit in 0..length * 8 {
            let flip = || server.tamper(|contents| contents.meta.format[bit / 8] ^= 1 << (bit % 8));
            flip();
            let found = findings(&store).await;
            assert!(found.iter().any(|one| *one.positions.start() == 0), "bit {bit}: {found:?}");
            assert!(reopened(&server).await.is_err(), "bit {bit}");
            flip();
        }
        server.tamper(|contents| contents.meta.format[15] ^= 1);
        assert!(matches!(reopened(&server).await.err(), Some(LogError::Storage(StorageError::Damaged(_)))));
    });
}

#[test]
fn an_append_of_many_records_is_never_seen_in_part() {
    block_on(async {
        let server = MemoryServer::default();
        let store = open(server.connect(), &Hand::new(1)).await;
        append(&store, "s", large_events(40), Any).await.expect("stored");
        assert!(server.contents().commits.len() > 20, "the append takes many records");
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let seeing = seen.clone();
        let on_progress = move |progress: annals::log::Progress| seeing.borrow_mut().push(progress.done);
        let options =
            OpenOptions { on_progress: Some(std::rc::Rc::new(on_progress)), ..OpenOptions::default() };
        let reader =
            EventStore::open(server.connect(), Hand::new(2).sockets(), options).await.expect("it opens");
        assert_eq!(reader.head(), 40);
        let seen = seen.borrow();
        assert!(seen.len() > 1, "it is read in pages");
        assert!(seen.iter().all(|head| [0, 40].contains(head)), "{seen:?}");
    });
}

/// Events that hardly compress, 40 KB each.
fn large_events(count: u64) -> Vec<annals::NewEvent> {
    let noise = |n: u64| {
        let mut state = n;
        let letter = |_| {
            // Knuth's MMIX generator: its high bits do not repeat within reach of LZ4's window.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + (state >> 58) as u8)
        };
        (0..40_000).map(letter).collect::<String>()
    };
    (0..count).map(|n| annals::NewEvent::new("Large", &(n, noise(n))).expect("JSON")).collect()
}

#[test]
fn a_large_append_is_merged_whole_and_reads_back() {
    block_on(async {
        let server = MemoryServer::default();
        let store = open(server.connect(), &Hand::new(1)).await;
        append(&store, "s", large_events(40), Any).await.expect("stored");
        append(&store, "t", vec![numbered("A", 1)], Any).await.expect("stored");
        let before = all(&store).await;
        assert!(merge_all(&store).await > 0, "there is something to merge");
        assert_eq!(all(&store).await, before);
        assert_eq!(all(&open(server.connect(), &Hand::new(2)).await).await, before);
    });
}

#[test]
fn a_commit_whose_last_part_is_gone_is_reported() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server).await;
        append(&store, "s", large_events(40), Any).await.expect("stored");
        let last = *server.contents().commits.keys().last().expect("there are records");
        assert!(last > 11, "the commit has parts");
        Value::Commit(last).remove(&server);
        let refused = reopened(&server).await.err();
        assert!(
            matches!(refused, Some(LogError::Corrupt(ref corrupt)) if corrupt.position == last),
            "{refused:?}"
        );
        let found = findings(&store).await;
        assert!(named(&found, &[FindingKind::Missing]).contains(&last), "{found:?}");

        let (store, report) = repaired(&server).await;
        assert!(report.lost.iter().any(|lost| lost.positions.contains(&last)), "{report:?}");
        assert_eq!(all(&store).await.len() as u64, last - 1);
        append(&store, "s", vec![numbered("A", 1)], Any).await.expect("it goes on");
    });
}

/// Whatever it says under a checksum that fits: no place is kept for what nobody has ever seen.
#[test]
fn of_the_missing_parts_of_a_commit_a_repair_believes_in_so_many_at_most() {
    block_on(async {
        let server = MemoryServer::default();
        let events = all(&filled(&server).await).await;
        server.tamper(|place| {
            let mut last = place.commits.last_entry().expect("a commit");
            let end = last.get().len() - 8;
            last.get_mut()[36..40].copy_from_slice(&u32::MAX.to_le_bytes());
            let checksum = twox_hash::XxHash64::oneshot(0, &last.get()[..end]);
            last.get_mut()[end..].copy_from_slice(&checksum.to_le_bytes());
        });
        let (store, repaired) = repaired(&server).await;
        let lost: Vec<_> = repaired.lost.iter().map(|lost| lost.positions.clone()).collect();
        assert_eq!(lost, [events.len() as u64 + 1..=events.len() as u64 + (1 << 20)]);
        assert_eq!(all(&store).await, events);
    });
}

#[test]
fn a_commit_that_is_further_away_than_a_segment_reaches_is_not_repaired() {
    block_on(async {
        let server = MemoryServer::default();
        drop(filled(&server).await);
        server.tamper(|place| drop(place.commits.insert(1 << 52, b"no commit".to_vec())));
        let before = server.contents();
        let options = OpenOptions { merging: SMALL, repair: true, ..OpenOptions::default() };
        let opened = EventStore::open(server.connect(), Hand::new(3).sockets(), options).await;
        assert!(matches!(opened.err(), Some(LogError::Corrupt(_))));
        assert_eq!(server.contents(), before, "nothing is touched");
    });
}

#[test]
fn somebody_elses_storage_and_one_of_a_newer_format_are_refused_and_not_touched() {
    block_on(async {
        let foreign = MemoryServer::default();
        foreign.connect().open(Some(b"somebody else's")).await.expect("it opens");
        let newer = MemoryServer::default();
        let mut manifest = annals::log::codec::StoreManifest::new(crate::support::id(1));
        manifest.format = 9;
        newer.connect().open(Some(&manifest.encode())).await.expect("it opens");
        for repair in [false, true] {
            let options = || OpenOptions { repair, ..OpenOptions::default() };
            let open = async |server: &MemoryServer| {
                let before = server.contents();
                let opened =
                    EventStore::open(server.connect(), Hand::new(2).sockets(), options()).await.err();
                assert_eq!(server.contents(), before, "nothing was touched");
                opened
            };
            assert!(matches!(open(&foreign).await, Some(LogError::Storage(StorageError::Foreign(_)))));
            let refused = open(&newer).await;
            assert_eq!(refused, Some(LogError::Storage(StorageError::NewerFormat { known: 2, found: 9 })));
        }
    });
}
