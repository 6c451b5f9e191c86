//! Damage to what is stored: found, named, and never served.

use annals::{
    log::{EventStore, FindingKind, LogError, OpenOptions, ReadAll, ReadError},
    model::ExpectedRevision::Any,
    storage::{Memory, MemoryServer, Storage, StorageError},
};
use pollster::block_on;

use crate::support::{Hand, all, append, numbered, open};

async fn filled(server: &MemoryServer) -> EventStore<Memory> {
    let store = open(server.connect(), &Hand::new(1)).await;
    for n in 0..5 {
        append(&store, "s", vec![numbered("A", n), numbered("B", n)], Any).await.expect("stored");
    }
    store
}

fn flip(server: &MemoryServer, key: u64, bit: usize) {
    server.damage(key, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
}

async fn reopened(server: &MemoryServer) -> Result<EventStore<Memory>, LogError> {
    EventStore::open(server.connect(), Hand::new(2).sockets(), OpenOptions::default()).await
}

#[test]
fn every_single_flipped_bit_of_every_record_is_reported_and_never_served() {
    block_on(async {
        let server = MemoryServer::default();
        let true_events = all(&filled(&server).await).await;
        // It has read nothing but what it needs to open.
        for key in server.keys() {
            let mut length = 0;
            server.damage(key, |bytes| length = bytes.len());
            for bit in 0..length * 8 {
                let store = reopened(&server).await.expect("it is sound");
                flip(&server, key, bit);
                let found = store.verify(|_, _| true).await.expect("it is verified").findings;
                assert!(
                    found.iter().any(|one| one.kind == FindingKind::Damaged && one.position == key),
                    "key {key} bit {bit}: {found:?}"
                );
                let served = serve(&store).await;
                assert!(served.iter().all(|event| true_events.contains(event)), "key {key} bit {bit}");
                assert!(
                    served.iter().all(|event| event.position < key || event.position > key + 1),
                    "key {key} bit {bit}"
                );
                assert!(
                    matches!(reopened(&server).await.err(), Some(LogError::Corrupt(corrupt)) if corrupt.position == key)
                );
                flip(&server, key, bit);
            }
        }
    });
}

/// All events that reading them one by one gives.
async fn serve(store: &EventStore<Memory>) -> Vec<annals::model::RecordedEvent> {
    let mut served = Vec::new();
    for position in 1..=store.head() {
        let read = ReadAll { after: position - 1, until: position, ..ReadAll::default() };
        if let Ok(mut reader) = store.read_all(read).await {
            match reader.to_vec().await {
                Ok(events) => served.extend(events),
                Err(error) => assert!(matches!(error, ReadError::Log(LogError::Corrupt(_))), "{error:?}"),
            }
        }
    }
    served
}

#[test]
fn a_record_that_is_gone_is_reported_and_not_passed_over() {
    block_on(async {
        for key in [1, 5, 9] {
            let server = MemoryServer::default();
            let writer = filled(&server).await;
            let store = reopened(&server).await.expect("it is sound");
            server.remove(key);
            let found = store.verify(|_, _| true).await.expect("it is verified").findings;
            assert!(
                found.iter().any(|one| one.kind == FindingKind::Missing && one.position == key),
                "{key}: {found:?}"
            );
            let mut reader = store.read_all(ReadAll::default()).await.expect("it begins");
            assert!(
                matches!(reader.to_vec().await, Err(ReadError::Log(LogError::Corrupt(corrupt))) if corrupt.position == key)
            );
            assert_eq!(all(&writer).await.len(), 10, "what is still in memory was never damaged");
        }
    });
}

#[test]
fn every_flipped_bit_of_the_manifest_is_reported_and_the_store_is_not_opened() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server).await;
        let mut length = 0;
        server.damage_format(|bytes| length = bytes.len());
        for bit in 0..length * 8 {
            let flip = || server.damage_format(|bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            flip();
            let found = store.verify(|_, _| true).await.expect("it is verified").findings;
            assert!(found.iter().any(|one| one.position == 0), "bit {bit}: {found:?}");
            assert!(reopened(&server).await.is_err(), "bit {bit}");
            flip();
        }
        server.damage_format(|bytes| bytes[15] ^= 1);
        assert!(matches!(reopened(&server).await.err(), Some(LogError::Storage(StorageError::Damaged(_)))));
    });
}

#[test]
fn an_append_of_many_records_is_never_seen_in_part() {
    block_on(async {
        let server = MemoryServer::default();
        let store = open(server.connect(), &Hand::new(1)).await;
        append(&store, "s", large_events(40), Any).await.expect("stored");
        assert!(server.keys().len() > 20, "the append takes many records");
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
fn a_commit_whose_last_part_is_gone_is_reported() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server).await;
        append(&store, "s", large_events(40), Any).await.expect("stored");
        let last = *server.keys().last().expect("there are records");
        assert!(last > 11, "the commit has parts");
        server.remove(last);
        let refused = reopened(&server).await.err();
        assert!(
            matches!(refused, Some(LogError::Corrupt(ref corrupt)) if corrupt.position == last),
            "{refused:?}"
        );
        let found = store.verify(|_, _| true).await.expect("it is verified").findings;
        assert!(
            found.iter().any(|one| one.kind == FindingKind::Missing && one.position == last),
            "{found:?}"
        );
    });
}

#[test]
fn a_record_from_another_place_is_reported() {
    block_on(async {
        let server = MemoryServer::default();
        filled(&server).await;
        let store = reopened(&server).await.expect("it is sound");
        let mut first = Vec::new();
        server.damage(1, |bytes| first.clone_from(bytes));
        server.damage(3, |bytes| bytes.clone_from(&first));
        let found = store.verify(|_, _| true).await.expect("it is verified").findings;
        assert!(
            found.iter().any(|one| one.kind == FindingKind::Inconsistent && one.position == 3),
            "{found:?}"
        );
        assert!(
            matches!(reopened(&server).await.err(), Some(LogError::Corrupt(corrupt)) if corrupt.position == 3)
        );
    });
}

#[test]
fn somebody_elses_storage_and_one_of_a_newer_format_are_refused_and_not_touched() {
    block_on(async {
        let foreign = MemoryServer::default();
        foreign.connect().open(Some(b"somebody else's")).await.expect("it opens");
        assert!(matches!(reopened(&foreign).await.err(), Some(LogError::Storage(StorageError::Foreign(_)))));

        let newer = MemoryServer::default();
        let mut manifest = annals::log::codec::StoreManifest::new(crate::support::id(1));
        manifest.format = 9;
        newer.connect().open(Some(&manifest.encode())).await.expect("it opens");
        let refused = reopened(&newer).await.err();
        assert_eq!(refused, Some(LogError::Storage(StorageError::NewerFormat { known: 1, found: 9 })));
        assert_eq!(newer.keys(), Vec::<u64>::new());
    });
}
