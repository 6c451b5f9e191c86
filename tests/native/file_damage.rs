//! Files whose bytes are not what was written: by a failing device, or by somebody who means harm.

use std::{fs, path::Path};

use annals::storage::{Contents, Durability, File, Key, Mark, Reading, Storage, StorageError, Wanted};
use pollster::block_on;
use twox_hash::XxHash64;

use crate::folder::{FORMAT, Folder, commit, contents, length, noise, open, opened, record, swap};

/// Commits and swaps, and where each frame ends.
fn small(path: &Path) -> (Contents, Vec<u64>) {
    let file = opened(path);
    let mut ends = vec![length(path)];
    commit(&file, &[record(1, *b"gone")], Durability::Relaxed);
    ends.push(length(path));
    commit(&file, &[record(2, *b"two"), record(3, *b"three")], Durability::Relaxed);
    ends.push(length(path));
    swap(&file, Mark { fence: 1, generation: 1 }, &[record(10, *b"segment")]);
    ends.push(length(path));
    commit(&file, &[record(4, *b"four"), record(5, *b"")], Durability::Relaxed);
    ends.push(length(path));
    (contents(&file).expect("it is read"), ends)
}

/// Reads each record by itself, and counts those that are told to be damaged. A record that is missing or another is a failure.
fn damaged_records(file: &File, expected: &Contents, what: &str) -> usize {
    assert_eq!(block_on(file.meta()).as_ref(), Ok(&expected.meta), "{what}");
    let one = |key: Key, bytes: &[u8], is_commit: bool| {
        let range = [key..=key];
        let (commits, segments) = if is_commit { (&range[..], &[][..]) } else { (&[][..], &range[..]) };
        match block_on(file.read(Wanted { generation: 1, commits, segments })) {
            Ok(Reading::Found { commits, segments }) => {
                assert_eq!([commits, segments].concat(), [record(key, bytes)], "{what}");
                0
            }
            Err(StorageError::Damaged(_)) => 1,
            other => panic!("{what}: expected the record or damage, found {other:?}"),
        }
    };
    let commits: usize = expected.commits.iter().map(|(key, bytes)| one(*key, bytes, true)).sum();
    let segments: usize = expected.segments.iter().map(|(key, bytes)| one(*key, bytes, false)).sum();
    commits + segments
}

#[test]
fn a_flipped_bit_anywhere_is_told_and_never_served_and_loses_nothing() {
    let folder = Folder::new();
    let (expected, ends) = small(&folder.path("store"));
    let bytes = fs::read(folder.path("store")).expect("it is read");
    for bit in 0..bytes.len() * 8 {
        let (at, what) = (bit as u64 / 8, format!("bit {} of byte {}", bit % 8, bit / 8));
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let path = folder.file("flipped", &flipped);
        // The four bytes that end a frame say nothing, and neither do those of a record that a later swap removed.
        let says_nothing = ends.iter().any(|end| (end - 4..*end).contains(&at)) || is_gone(at, &ends);
        match open(&path) {
            Err(StorageError::Damaged(_)) => assert!(!says_nothing, "{what}"),
            Err(StorageError::Foreign(_)) => assert!(at < 8, "{what}"),
            Err(other) => panic!("{what}: {other:?}"),
            Ok(file) => {
                assert_eq!(file.torn_bytes(), Ok(0), "{what}");
                let damaged = damaged_records(&file, &expected, &what);
                assert_eq!(damaged, usize::from(!says_nothing), "{what}");
                assert_eq!(
                    file.compact().is_err(),
                    damaged > 0,
                    "{what}: damage is neither copied nor dropped"
                );
                assert_eq!(damaged_records(&file, &expected, &what), damaged);
                continue;
            }
        }
        assert_eq!(fs::read(&path).expect("it is read"), flipped, "{what}: not touched");
    }
}

/// Whether a byte is of the record "gone", which ends four bytes before its frame.
fn is_gone(at: u64, ends: &[u64]) -> bool {
    (ends[1] - 8..ends[1] - 4).contains(&at)
}

#[test]
fn any_byte_of_any_value_is_told_or_harmless() {
    let folder = Folder::new();
    let (expected, _) = small(&folder.path("store"));
    let bytes = fs::read(folder.path("store")).expect("it is read");
    for at in 0..bytes.len() {
        for value in [0, 0xff, bytes[at].wrapping_add(1)] {
            let mut other = bytes.clone();
            other[at] = value;
            let path = folder.file("other", &other);
            if let Ok(file) = open(&path) {
                damaged_records(&file, &expected, &format!("{value} at byte {at}"));
            } else {
                assert_eq!(fs::read(&path).expect("it is read"), other, "not touched");
            }
        }
    }
}

#[test]
fn blank_sectors_in_the_middle_are_damage_and_not_a_torn_write() {
    let folder = Folder::new();
    let path = folder.path("store");
    let file = opened(&path);
    let mut ends = Vec::new();
    for key in 1..=4 {
        commit(&file, &[record(key, noise(3000))], Durability::Relaxed);
        ends.push(length(&path) as usize);
    }
    drop(file);
    let bytes = fs::read(&path).expect("it is read");
    // All of a frame, its first sector, some sector inside, from inside to the end of the next but one.
    for blank in [ends[0]..ends[1], ends[0]..ends[0] + 512, 4608..5120, 4608..ends[2]] {
        let mut damaged = bytes.clone();
        damaged[blank.clone()].fill(0);
        let path = folder.file("damaged", &damaged);
        match open(&path) {
            Err(StorageError::Damaged(_)) => {}
            Err(other) => panic!("blank {blank:?}: {other:?}"),
            Ok(file) => {
                assert!(matches!(contents(&file), Err(StorageError::Damaged(_))), "blank {blank:?}");
                let wanted = Wanted { generation: 0, commits: &[3..=4], segments: &[] };
                assert!(matches!(block_on(file.read(wanted)), Ok(Reading::Found { .. })));
            }
        }
        assert_eq!(fs::read(&path).expect("it is read"), damaged, "blank {blank:?}: not touched");
    }
}

#[test]
fn a_frame_behind_a_blank_one_is_found_wherever_it_begins() {
    let folder = Folder::new();
    for length_before in (65_536 - 160)..(65_536 + 10) {
        let path = folder.path("store");
        let file = opened(&path);
        let start = length(&path) as usize;
        commit(&file, &[record(1, noise(length_before))], Durability::Relaxed);
        commit(&file, &[record(2, *b"behind")], Durability::Relaxed);
        drop(file);
        let mut bytes = fs::read(&path).expect("it is read");
        bytes[start..512].fill(0);
        fs::write(&path, &bytes).expect("it is written");
        assert!(matches!(open(&path), Err(StorageError::Damaged(_))), "{length_before} bytes before");
        fs::remove_file(&path).expect("it is removed");
    }
}

#[test]
fn damage_in_a_newest_frame_that_was_written_with_blanks_is_not_taken_for_a_torn_write() {
    let folder = Folder::new();
    let path = folder.path("store");
    let file = opened(&path);
    commit(&file, &[record(1, vec![0; 2000]), record(2, noise(2000))], Durability::Strict);
    drop(file);
    let mut bytes = fs::read(&path).expect("it is read");
    let in_the_second = bytes.len() - 1000;
    bytes[in_the_second] ^= 1;
    fs::write(&path, &bytes).expect("it is written");
    let file = opened(&path);
    assert_eq!(file.torn_bytes(), Ok(0));
    let read = |key| block_on(file.read(Wanted { generation: 0, commits: &[key..=key], segments: &[] }));
    assert!(matches!(read(1), Ok(Reading::Found { .. })));
    assert!(matches!(read(2), Err(StorageError::Damaged(_))));
}

#[test]
fn what_somebody_else_appended_is_refused_and_not_touched() {
    let folder = Folder::new();
    small(&folder.path("store"));
    let bytes = fs::read(folder.path("store")).expect("it is read");
    let first = &bytes[24..80];
    for more in [&noise(40)[..], &noise(5000), first] {
        let path = folder.file("more", &[&bytes, more].concat());
        assert!(matches!(open(&path), Err(StorageError::Damaged(_))), "{} bytes more", more.len());
        assert_eq!(fs::read(&path).expect("it is read"), [&bytes, more].concat());
    }
}

#[test]
fn a_record_that_holds_a_whole_file_of_ours_is_only_a_record() {
    let folder = Folder::new();
    let (path, within) = (folder.path("store"), folder.path("within"));
    small(&within);
    let within = fs::read(within).expect("it is read");
    let file = opened(&path);
    commit(&file, &[record(1, *b"first")], Durability::Relaxed);
    let whole = length(&path);
    commit(&file, &[record(2, within)], Durability::Relaxed);
    drop(file);
    let bytes = fs::read(&path).expect("it is read");
    for cut in whole..bytes.len() as u64 {
        let path = folder.file("cut", &bytes[..cut as usize]);
        assert_eq!(opened(&path).torn_bytes(), Ok(cut - whole), "cut at byte {cut}");
    }
}

/// A frame as FORMAT.md has it.
fn frame(at: usize, kind: u8, lengths: Option<(u64, u64)>, head: &[u8], data: &[u8]) -> Vec<u8> {
    let (head_length, data_length) = lengths.unwrap_or((head.len() as u64, data.len() as u64));
    let mut bytes = b"\xf5frm".to_vec();
    bytes.extend([kind, 0, 0, 0]);
    bytes.extend(head_length.to_le_bytes());
    bytes.extend(data_length.to_le_bytes());
    bytes.extend(XxHash64::oneshot(0, head).to_le_bytes());
    bytes.extend(XxHash64::oneshot(at as u64, &bytes.clone()).to_le_bytes());
    [&bytes, head, data, b"\xf5end"].concat()
}

fn numbers(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A file as FORMAT.md has it, up to its first frame.
fn begun() -> Vec<u8> {
    let mut bytes = b"annalsf\n\x01\0\0\0\0\0\0\0".to_vec();
    bytes.extend(XxHash64::oneshot(0, &bytes.clone()).to_le_bytes());
    let head = [&numbers(&[FORMAT.len() as u64]), FORMAT].concat();
    let first = frame(bytes.len(), 1, None, &head, b"");
    [bytes, first].concat()
}

#[test]
fn a_file_written_from_the_page_alone_is_the_same_bytes_and_opens() {
    let folder = Folder::new();
    let (expected, _) = small(&folder.path("store"));
    let mut bytes = begun();
    let entry = |key: u64, data: &[u8]| [key, data.len() as u64, XxHash64::oneshot(key, data)];
    let commit = |adds: &[(u64, &[u8])]| {
        let entries: Vec<u64> = adds.iter().flat_map(|(key, data)| entry(*key, data)).collect();
        let data: Vec<u8> = adds.iter().flat_map(|(_, data)| data.to_vec()).collect();
        (numbers(&[&[adds.len() as u64], &entries[..]].concat()), data)
    };
    for adds in [&[(1, &b"gone"[..])][..], &[(2, b"two"), (3, b"three")]] {
        let (head, data) = commit(adds);
        bytes.extend(frame(bytes.len(), 2, None, &head, &data));
    }
    let mark = Mark { fence: 1, generation: 1 }.encode();
    let (puts, data) = commit(&[(10, b"segment")]);
    let swap = [&numbers(&[24]), &mark, &numbers(&[6]), &b"layout"[..], &numbers(&[0, 0, 0]), &puts].concat();
    bytes.extend(frame(bytes.len(), 3, None, &swap, &data));
    let (head, data) = commit(&[(4, b"four"), (5, b"")]);
    bytes.extend(frame(bytes.len(), 2, None, &head, &data));
    assert_eq!(fs::read(folder.path("store")).expect("it is read"), bytes);
    assert_eq!(contents(&opened(&folder.file("other", &bytes))), Ok(expected));
}

#[test]
fn lengths_and_counts_beyond_the_file_are_refused() {
    let folder = Folder::new();
    let begun = begun();
    let at = begun.len();
    let mark = Mark::default().encode();
    let swap = |rest: &[u64]| [&numbers(&[24]), &mark[..], &numbers(rest)].concat();
    for (what, frame) in [
        ("a count", frame(at, 2, None, &numbers(&[u64::MAX]), b"")),
        ("a count that wraps round", frame(at, 2, None, &numbers(&[u64::MAX / 24 + 2]), b"")),
        ("a record's length", frame(at, 2, None, &numbers(&[1, 1, u64::MAX, 0]), b"")),
        ("lengths that wrap round", frame(at, 2, None, &numbers(&[2, 1, u64::MAX, 0, 2, 1, 0]), b"")),
        ("a layout's length", frame(at, 3, None, &swap(&[u64::MAX]), b"")),
        ("a format's length", frame(at, 3, None, &swap(&[0, 1, 1 << 60]), b"")),
        ("removes", frame(at, 3, None, &swap(&[0, 0, 0, 1 << 61]), b"")),
        ("puts", frame(at, 3, None, &swap(&[0, 0, 0, 0, 1 << 61]), b"")),
        ("more head", frame(at, 2, None, &numbers(&[0, 0]), b"")),
        ("less head", frame(at, 2, None, b"", b"")),
        ("a kind", frame(at, 4, None, b"", b"")),
        ("a second creation", frame(at, 1, None, &numbers(&[0]), b"")),
    ] {
        let path = folder.file("hostile", &[&begun[..], &frame].concat());
        let found = open(&path).err();
        assert!(matches!(found, Some(StorageError::Damaged(_))), "{what}: {found:?}");
    }
}

#[test]
fn a_frame_that_says_to_be_longer_than_the_file_hides_no_frame_behind_it() {
    let folder = Folder::new();
    let begun = begun();
    let add = |key: u64| numbers(&[1, key, 0, XxHash64::oneshot(key, b"")]);
    for lengths in [(u64::MAX, 0), (0, u64::MAX), (u64::MAX, u64::MAX), (1 << 40, 0), (32, 1000)] {
        let liar = frame(begun.len(), 2, Some(lengths), &add(1), b"");
        let path = folder.file("liar", &[&begun[..], &liar].concat());
        assert_eq!(opened(&path).torn_bytes(), Ok(liar.len() as u64), "alone it is a torn write");
        let behind = frame(begun.len() + liar.len(), 2, None, &add(2), b"");
        let path = folder.file("liar", &[&begun[..], &liar, &behind].concat());
        assert!(matches!(open(&path), Err(StorageError::Damaged(_))), "{lengths:?}");
    }
}
