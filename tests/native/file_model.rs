//! Files against memory: whatever is done to both, they answer alike, and a file cut anywhere is what it was at some time.

use std::fs;

use annals::storage::{
    Commit, CommitError, Committed, Contents, Decision, Durability, File, FileServer, Key, Mark, Memory,
    MemoryServer, Record, Storage, StorageError, Swap, Wanted,
};
use pollster::block_on;
use proptest::{collection::vec, option, prelude::*};

use crate::folder::{FORMAT, Folder, contents, length};

/// Something to do. Keys are few, so that they meet.
#[derive(Debug, Clone)]
enum Op {
    Commit {
        guard: Key,
        adds: Vec<Record>,
    },
    CommitAfter {
        after: Key,
        adds: Vec<Record>,
    },
    Swap {
        generation: Option<u64>,
        fence: Key,
        format: Option<Vec<u8>>,
        puts: Vec<Record>,
        removes: (Key, Key),
    },
    Reopen,
    Compact,
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let bytes = prop_oneof![vec(any::<u8>(), 0..30), (0_u8..3, 0_usize..2000).prop_map(|(b, n)| vec![b; n])];
    vec((1_u64..40, bytes).prop_map(|(key, bytes)| Record { key, bytes }), 0..4)
}

fn op() -> impl Strategy<Value = Op> {
    let format = option::weighted(0.2, vec(any::<u8>(), 1..20));
    let swap = (option::weighted(0.7, 0_u64..4), 0_u64..20, format, records(), (0_u64..40, 0_u64..10));
    prop_oneof![
        5 => (0_u64..20, records()).prop_map(|(guard, adds)| Op::Commit { guard, adds }),
        2 => (0_u64..40, records()).prop_map(|(after, adds)| Op::CommitAfter { after, adds }),
        2 => swap.prop_map(|(generation, fence, format, puts, removes)| {
            Op::Swap { generation, fence, format, puts, removes }
        }),
        1 => Just(Op::Reopen),
        1 => Just(Op::Compact),
    ]
}

/// What one storage answers.
fn answer(storage: &impl Storage, op: &Op) -> Result<Committed, CommitError> {
    let durability = Durability::Relaxed;
    block_on(async {
        match op {
            Op::Commit { guard, adds } => storage.commit(Commit { guard: *guard, adds, durability }).await,
            Op::CommitAfter { after, adds } => {
                let decide = |_| Decision::Store(adds.clone());
                storage.commit_after(*after, 3, durability, decide).await.map(|()| Committed::Stored)
            }
            Op::Swap { generation, fence, format, puts, removes: (start, length) } => {
                let mark = Mark { fence: *fence, generation: (generation.unwrap_or(1) + 1) % 4 };
                let (layout, removes) = (fence.to_le_bytes(), [*start..=start + length]);
                let format = format.as_deref();
                let generation = *generation;
                let swap =
                    Swap { generation, mark, layout: &layout, format, puts, removes: &removes, durability };
                storage.swap(swap).await
            }
            Op::Reopen | Op::Compact => Ok(Committed::Stored),
        }
    })
}

/// Whether both say the same to every question.
fn agree(file: &File, memory: &Memory) -> Result<(), TestCaseError> {
    prop_assert_eq!(contents(file), contents(memory));
    for after in [0, 5, 19, 39] {
        for generation in [0, 2] {
            let tails = (file.tail(after, generation, 2), memory.tail(after, generation, 2));
            prop_assert_eq!(block_on(tails.0), block_on(tails.1));
            let ranges = [after..=after + 3, 1..=2];
            let wanted = Wanted { generation, commits: &ranges, segments: &ranges };
            prop_assert_eq!(block_on(file.read(wanted)), block_on(memory.read(wanted)));
        }
    }
    let manifests = (block_on(file.open(None)), block_on(memory.open(None)));
    prop_assert_eq!(manifests.0, manifests.1);
    Ok(())
}

fn connect(server: &FileServer) -> File {
    let file = server.connect();
    block_on(file.open(Some(FORMAT))).expect("it opens");
    file
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_and_memory_answer_alike_whatever_is_done(ops in vec(op(), 1..30)) {
        let folder = Folder::new();
        let (server, memory) = (FileServer::new(folder.path("store")), MemoryServer::default().connect());
        block_on(memory.open(Some(FORMAT))).expect("it opens");
        let mut file = connect(&server);
        for op in &ops {
            match op {
                Op::Reopen => {
                    file.close();
                    file = connect(&server);
                    prop_assert_eq!(file.torn_bytes(), Ok(0));
                }
                Op::Compact => file.compact().expect("it is compacted"),
                _ => prop_assert_eq!(answer(&file, op), answer(&memory, op)),
            }
            agree(&file, &memory)?;
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_what_it_was_after_some_operation(
        ops in vec(op(), 1..12),
        cuts in vec(0.0..1.0, 8),
    ) {
        let folder = Folder::new();
        let path = folder.path("store");
        let file = connect(&FileServer::new(&path));
        let mut history: Vec<(u64, Contents)> = Vec::new();
        for op in [Op::Reopen].iter().chain(&ops) {
            let _ = answer(&file, op);
            if matches!(op, Op::Compact) {
                file.compact().expect("it is compacted");
                history.clear();
            }
            history.push((length(&path), contents(&file).expect("it is read")));
        }
        drop(file);
        let bytes = fs::read(&path).expect("it is read");
        let first = history[0].0;
        for cut in cuts {
            let cut = first + ((bytes.len() as u64 - first) as f64 * cut) as u64;
            let path = folder.file("cut", &bytes[..cut as usize]);
            let (whole, expected) = history.iter().rfind(|(at, _)| *at <= cut).expect("the first is not cut");
            let file = connect(&FileServer::new(&path));
            prop_assert_eq!((file.torn_bytes(), contents(&file)), (Ok(cut - whole), Ok(expected.clone())));
        }
    }

    /// No byte becomes zero, so no sector becomes blank, and nothing may be taken for a torn write.
    #[test]
    fn a_file_with_bytes_changed_serves_what_was_stored_or_tells(
        ops in vec(op(), 1..12),
        changes in vec((0.0..1.0, 1_u8..), 1..4),
    ) {
        let folder = Folder::new();
        let path = folder.path("store");
        let file = connect(&FileServer::new(&path));
        ops.iter().for_each(|op| drop(answer(&file, op)));
        let expected = contents(&file).expect("it is read");
        drop(file);
        let mut bytes = fs::read(&path).expect("it is read");
        for (at, byte) in changes {
            let at = (bytes.len() as f64 * at) as usize;
            bytes[at] = byte;
        }
        let path = folder.file("changed", &bytes);
        let file = File::new(&path);
        match block_on(file.open(None)) {
            Ok(_) => match contents(&file) {
                Ok(found) => prop_assert_eq!((file.torn_bytes(), found), (Ok(0), expected)),
                Err(error) => prop_assert!(matches!(error, StorageError::Damaged(_)), "{:?}", error),
            },
            Err(_) => prop_assert_eq!(fs::read(&path).expect("it is read"), bytes),
        }
    }
}
