//! Imports over a storage that fails at any call: nothing is stored that is not of the file, and the same file again completes it.

use annals::{
    EventStore, ExpectedRevision, OpenOptions,
    backup::ImportError,
    log::{AppendError, LogError, MergePolicy, Pacer, ReadError},
    storage::{Memory, MemoryServer},
};
use pollster::block_on;
use serde_json::{Value, json};

use crate::support::{
    Hand, all, append,
    backups::{exported, imported, lines_of, take_in, unchecked},
    event,
    faulty::{FAULTS, Fault, Faulty, Plan},
    id, numbered, open,
};

/// So small that an import merges on its way.
const POLICY: MergePolicy = MergePolicy {
    tail_records: 1,
    tail_bytes: 200,
    step_bytes: 2_000,
    step_memory: 1_000_000,
    block_bytes: 400,
    piece_bytes: 200,
    shard_bytes: 200,
    joining_bytes: 200,
};

async fn opened(server: &MemoryServer, plan: &Plan) -> EventStore<Faulty<Memory>> {
    let storage = Faulty { inner: server.connect(), plan: plan.clone() };
    let options = OpenOptions { merging: POLICY, ..OpenOptions::default() };
    EventStore::open(storage, Hand::new(5).sockets(), options).await.expect("it opens")
}

/// Events at three times, so that they are put back in several records.
async fn file() -> Vec<u8> {
    let store = open(MemoryServer::default().connect(), &Hand::new(1)).await;
    for n in 0..60 {
        append(&store, &format!("s-{}", n % 4), vec![numbered("A", n)], ExpectedRevision::Any)
            .await
            .expect("stored");
    }
    let mut lines = lines_of(&unchecked(&exported(&store).await));
    let end = lines.len() - 1;
    for (n, line) in lines[1..end].iter_mut().enumerate() {
        let mut event: Value = serde_json::from_slice(line).expect("JSON");
        event["time"] = json!(format!("2026-01-31T12:00:{:02}Z", n / 20));
        *line = format!("{event}\n").into_bytes();
    }
    lines.concat()
}

/// Whether the call that was to fail was made at all.
async fn fails_at(call: usize, fault: Fault, for_good: bool, is_filled: bool, file: &[u8]) -> bool {
    let (server, plan) = (MemoryServer::default(), Plan::default());
    let store = opened(&server, &plan).await;
    if is_filled {
        append(&store, "first", vec![event("Mine").with_id(id(1))], ExpectedRevision::Any)
            .await
            .expect("stored");
    }
    match for_good {
        true => plan.fail_for_good(call, fault),
        false => plan.fail(call, fault),
    }
    let result = take_in(store.import(Pacer::hasty()).in_batches_of(11), file, 1000).await;
    let is_reached = plan.calls() > call;
    plan.heal();
    match &result {
        Ok(report) => assert_eq!((report.lines, report.restored), (60, !is_filled)),
        Err(ImportError::Append(AppendError::Unknown { .. } | AppendError::Log(LogError::Storage(_)))) => {}
        Err(ImportError::Read(ReadError::Log(LogError::Storage(_)))) => {}
        Err(other) => panic!("expected a failure of the storage, found {other:?}"),
    }
    let again = imported(&opened(&server, &plan).await, file).await.expect("it goes on");
    assert_eq!(again.stored + again.duplicates, 60);
    assert_eq!(again.restored, !is_filled);
    let reopened = open(server.connect(), &Hand::new(9)).await;
    let found = all(&reopened).await;
    let ids: Vec<String> =
        found.iter().skip(usize::from(is_filled)).map(|event| event.id.to_string()).collect();
    let lines: Vec<Value> =
        lines_of(file).iter().map(|line| serde_json::from_slice(line).expect("JSON")).collect();
    let expected: Vec<&str> = lines[1..61].iter().filter_map(|line| line["id"].as_str()).collect();
    assert_eq!(ids, expected, "each once and in order, after {fault:?} at {call}");
    assert_eq!(reopened.verify(|_, _| true).await.expect("verified").findings, []);
    is_reached
}

#[test]
fn an_import_whose_storage_fails_at_any_call_is_completed_by_the_same_file() {
    block_on(async {
        let file = file().await;
        for fault in FAULTS {
            for (for_good, is_filled) in [(false, false), (false, true), (true, false), (true, true)] {
                let mut call = 0;
                while fails_at(call, fault, for_good, is_filled, &file).await {
                    call += 1;
                }
                assert!(call > 5, "{call} calls");
            }
        }
    });
}
