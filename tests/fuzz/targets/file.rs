//! Files of the native storage: frames, and what recovery makes of a file that ends anywhere.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::OnceLock,
};

use twox_hash::XxHash64;

use crate::storage::{
    Commit, Committed, Durability, FileServer, Key, Meta, Record, Shelf, Storage, StorageError,
};

use super::{input::Input, now};

const HEADER: &[u8; 16] = b"annalsf\n\x01\0\0\0\0\0\0\0";

/// How the parts of an input become parts of a file. A frame is cut off by the next part, if any, being none.
const AS_IT_IS: u8 = 0;
const FRAME: u8 = 1;
const DAMAGED_HEAD: u8 = 2;
const COMMIT: u8 = 3;
const SWAP: u8 = 4;
const CUT: u8 = 5;

/// A file that is in memory, where there is a folder for such.
fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() { shared.to_path_buf() } else { env::temp_dir() };
        let folder = folder.join(format!("annals-fuzz-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        folder.join("store")
    })
}

/// The file of an input: a header, and behind it frames under right checksums, or whatever the input says.
fn file(input: &[u8]) -> Vec<u8> {
    let mut input = Input::new(input);
    let mut file = [&HEADER[..], &XxHash64::oneshot(0, HEADER).to_le_bytes()].concat();
    while !input.is_empty() {
        match input.byte() {
            AS_IT_IS => file.extend_from_slice(input.part()),
            how @ (FRAME | DAMAGED_HEAD) => {
                let (kind, has_blank) = (input.byte(), input.byte());
                let (head, data) = (input.part(), input.part());
                put_frame(&mut file, kind, has_blank, head, data, how == FRAME);
            }
            COMMIT => {
                let has_blank = input.byte();
                let (entries, data) = records(&mut input);
                put_frame(&mut file, 2, has_blank, &entries, &data, true);
            }
            SWAP => {
                let has_blank = input.byte();
                let mut head = 24_u64.to_le_bytes().to_vec();
                let mark = [input.u64().to_le_bytes(), input.u64().to_le_bytes()].concat();
                head.extend_from_slice(&mark);
                head.extend_from_slice(&XxHash64::oneshot(0, &mark).to_le_bytes());
                put_part(&mut head, input.part());
                put_part(&mut head, &[]);
                put_part(&mut head, &[]);
                let ranges = u64::from(input.byte() % 4);
                head.extend_from_slice(&ranges.to_le_bytes());
                (0..2 * ranges).for_each(|_| head.extend_from_slice(&input.u64().to_le_bytes()));
                let (entries, data) = records(&mut input);
                head.extend_from_slice(&entries);
                put_frame(&mut file, 3, has_blank, &head, &data, true);
            }
            CUT => file.truncate(file.len() - usize::from(input.byte()).min(file.len())),
            _ => {
                let zeros = usize::from(input.byte());
                file.resize(file.len() + 4 * zeros, 0);
            }
        }
    }
    file
}

fn records(input: &mut Input<'_>) -> (Vec<u8>, Vec<u8>) {
    let count = u64::from(input.byte() % 4);
    let (mut entries, mut data) = (count.to_le_bytes().to_vec(), Vec::new());
    for _ in 0..count {
        let (key, bytes) = (input.u64(), input.part());
        entries.extend_from_slice(&key.to_le_bytes());
        entries.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        entries.extend_from_slice(&XxHash64::oneshot(key, bytes).to_le_bytes());
        data.extend_from_slice(bytes);
    }
    (entries, data)
}

fn put_part(head: &mut Vec<u8>, part: &[u8]) {
    head.extend_from_slice(&(part.len() as u64).to_le_bytes());
    head.extend_from_slice(part);
}

fn put_frame(file: &mut Vec<u8>, kind: u8, has_blank: u8, head: &[u8], data: &[u8], is_whole: bool) {
    let offset = file.len() as u64;
    let mut prefix = [b"\xf5frm", &[kind, has_blank % 2, 0, 0][..]].concat();
    prefix.extend_from_slice(&(head.len() as u64).to_le_bytes());
    prefix.extend_from_slice(&(data.len() as u64).to_le_bytes());
    prefix.extend_from_slice(&(XxHash64::oneshot(0, head) ^ u64::from(!is_whole)).to_le_bytes());
    let checksum = XxHash64::oneshot(offset, &prefix);
    file.extend_from_slice(&prefix);
    file.extend_from_slice(&checksum.to_le_bytes());
    file.extend_from_slice(head);
    file.extend_from_slice(data);
    file.extend_from_slice(b"\xf5end");
}

/// All that a storage keeps, as far as it can be read.
#[derive(Debug, PartialEq)]
struct Held {
    meta: Meta,
    commits: Result<Vec<Record>, StorageError>,
    segments: Result<Vec<Record>, StorageError>,
}

fn open() -> Result<(impl Storage, Held, Key), StorageError> {
    let storage = FileServer::new(path()).connect();
    let last = now(storage.open(None))?.last;
    let held = Held {
        meta: now(storage.meta())?,
        commits: now(storage.scan(Shelf::Commits, 0, usize::MAX)),
        segments: now(storage.scan(Shelf::Segments, 0, usize::MAX)),
    };
    Ok((storage, held, last))
}

pub(super) fn read(input: &[u8]) -> bool {
    let bytes = file(input);
    fs::write(path(), &bytes).expect("it is written");
    let Ok((storage, held, last)) = open() else {
        assert_eq!(fs::read(path()).expect("it is there"), bytes, "what is refused is not touched");
        return false;
    };
    // What is stored behind it is there when it is opened again, and all that was there before.
    let Some(key) = last.checked_add(1) else { return true };
    let adds = [Record { key, bytes: b"one more".to_vec() }];
    let commit = Commit { guard: Key::MAX, adds: &adds, durability: Durability::Relaxed };
    let committed = now(storage.commit(commit));
    drop(storage);
    let (_, again, _) = open().expect("it opens again");
    if committed == Ok(Committed::Stored) {
        assert_eq!((&again.meta, &again.segments), (&held.meta, &held.segments));
        let both = held.commits.ok().zip(again.commits.ok());
        if let Some((mut before, after)) = both {
            before.extend(adds);
            assert_eq!(before, after);
        }
    }
    true
}
