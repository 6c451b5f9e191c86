//! Files: what a crash leaves, what is not ours, what compaction keeps, and who may open.

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use annals::storage::{
    Bucket, Checkpoint, Contents, Durability, File, FileServer, Forget, ForgetViews, Kept, Key, Mark, Signal,
    Snapshot, SnapshotKey, Storage, StorageError, ViewKey, ViewSave,
};
use pollster::block_on;

use crate::folder::{Folder, commit, contents, length, noise, open, opened, record, swap};

/// The length of a file, and what it held at that length.
type History = Vec<(u64, Contents)>;

/// Several commits and swaps, the ones after the others with records of about so many bytes.
fn written(path: &Path, bytes: usize) -> History {
    let file = opened(path);
    let mut history = Vec::new();
    let mut note = |file: &File| history.push((length(path), contents(file).expect("it is read")));
    note(&file);
    for step in 0..7_u64 {
        let (key, bytes) = (step * 10 + 1, noise(bytes + step as usize));
        match step {
            2 | 5 => {
                let puts = [record(key, bytes.clone()), record(key + 1, bytes)];
                swap(&file, Mark { fence: key - 15, generation: step }, &puts);
            }
            4 => commit(&file, &[record(key, bytes), record(key + 1, *b""), record(key + 2, *b"x")], RELAXED),
            _ => commit(&file, &[record(key, bytes)], RELAXED),
        }
        note(&file);
    }
    history
}

const RELAXED: Durability = Durability::Relaxed;

/// What was whole at a length.
fn whole_at(history: &History, length: u64) -> &(u64, Contents) {
    history.iter().rfind(|(at, _)| *at <= length).expect("the file was created")
}

/// Opens, looks, goes on, and opens again.
fn expect_and_go_on(path: &Path, torn: u64, expected: &Contents, what: &str) {
    let file = opened(path);
    assert_eq!(file.torn_bytes(), Ok(torn), "{what}");
    assert_eq!(contents(&file).as_ref(), Ok(expected), "{what}");
    commit(&file, &[record(1000, *b"after")], RELAXED);
    drop(file);
    let file = opened(path);
    let mut expected = expected.clone();
    expected.commits.insert(1000, b"after".to_vec());
    assert_eq!((file.torn_bytes(), contents(&file)), (Ok(0), Ok(expected)), "{what}");
}

#[test]
fn a_file_cut_at_any_byte_holds_what_was_whole_before_the_cut_and_goes_on() {
    let folder = Folder::new();
    let history = written(&folder.path("store"), 20);
    let bytes = fs::read(folder.path("store")).expect("it is read");
    for cut in history[0].0..=bytes.len() as u64 {
        let path = folder.file("cut", &bytes[..cut as usize]);
        let (whole, expected) = whole_at(&history, cut);
        expect_and_go_on(&path, cut - whole, expected, &format!("cut at byte {cut}"));
    }
}

#[test]
fn a_file_cut_before_its_first_frame_ends_is_refused_and_not_touched() {
    let folder = Folder::new();
    drop(opened(&folder.path("store")));
    let bytes = fs::read(folder.path("store")).expect("it is read");
    for cut in 0..bytes.len() {
        let path = folder.file("cut", &bytes[..cut]);
        let refused = open(&path).err();
        let is_told = matches!(refused, Some(StorageError::Damaged(_) | StorageError::Foreign(_)));
        assert!(is_told, "cut at byte {cut}: {refused:?}");
        assert_eq!(fs::read(&path).expect("it is read"), bytes[..cut]);
    }
}

#[test]
fn a_newest_frame_with_any_run_of_blank_sectors_is_cut_off() {
    let folder = Folder::new();
    let path = folder.path("store");
    let history = written(&path, 2500);
    let last_but_one = &history[history.len() - 2];
    expect_blank_sectors_to_be_cut_off(&folder, last_but_one);
    // And one whose head is longer than a sector.
    let many: Vec<_> = (200..300).map(|key| record(key, noise(3))).collect();
    commit(&opened(&path), &many, RELAXED);
    expect_blank_sectors_to_be_cut_off(&folder, &history[history.len() - 1]);
}

fn expect_blank_sectors_to_be_cut_off(folder: &Folder, (start, expected): &(u64, Contents)) {
    let bytes = fs::read(folder.path("store")).expect("it is read");
    let sectors: Vec<usize> = (*start as usize / 512..=bytes.len() / 512).collect();
    for (at, first) in sectors.iter().enumerate() {
        for last in &sectors[at..] {
            let mut torn = bytes.clone();
            let from = (first * 512).max(*start as usize);
            torn[from..((last + 1) * 512).min(bytes.len())].fill(0);
            let path = folder.file("torn", &torn);
            let what = format!("blank sectors {first} to {last}");
            expect_and_go_on(&path, bytes.len() as u64 - start, expected, &what);
        }
    }
}

#[test]
fn blanks_behind_the_last_frame_are_cut_off() {
    let folder = Folder::new();
    let history = written(&folder.path("store"), 20);
    let bytes = fs::read(folder.path("store")).expect("it is read");
    for blanks in [1, 39, 40, 511, 512, 70_000] {
        let path = folder.file("torn", &[bytes.as_slice(), &vec![0; blanks]].concat());
        expect_and_go_on(&path, blanks as u64, &history[7].1, &format!("{blanks} blanks"));
    }
}

#[test]
fn what_is_no_store_of_ours_is_refused_and_not_touched() {
    let folder = Folder::new();
    drop(opened(&folder.path("store")));
    let ours = fs::read(folder.path("store")).expect("it is read");
    let newer = {
        let mut header = ours[..16].to_vec();
        header[8] = 9;
        let checksum = twox_hash::XxHash64::oneshot(0, &header);
        [header.as_slice(), &checksum.to_le_bytes(), b"of another shape"].concat()
    };
    for (bytes, is_right) in [
        (vec![], (|error| matches!(error, StorageError::Foreign(_))) as fn(&StorageError) -> bool),
        (b"a".to_vec(), |error| matches!(error, StorageError::Foreign(_))),
        (b"SQLite format 3\0 and more of it, for many pages".to_vec(), |error| {
            matches!(error, StorageError::Foreign(_))
        }),
        (newer, |error| *error == StorageError::NewerFormat { known: 1, found: 9 }),
        (ours[..20].to_vec(), |error| matches!(error, StorageError::Damaged(_))),
    ] {
        let path = folder.file("other", &bytes);
        let error = open(&path).err().expect("it is refused");
        assert!(is_right(&error), "{error:?}");
        assert_eq!(fs::read(&path).expect("it is read"), bytes);
    }
    let path = folder.file("other", b"something else");
    assert!(matches!(FileServer::new(&path).delete(), Err(StorageError::Foreign(_))));
    assert_eq!(fs::read(&path).expect("it is read"), b"something else");
}

#[test]
fn opening_without_a_format_leaves_nothing_where_nothing_was() {
    let folder = Folder::new();
    assert_eq!(block_on(File::new(folder.path("store")).open(None)), Err(StorageError::Deleted));
    assert_eq!(fs::read_dir(folder.path("")).expect("it is read").count(), 0);
    assert!(open(&folder.path("nowhere/store")).is_err(), "a folder that is not there is not made");
}

#[test]
fn a_second_handle_is_refused_until_the_last_connection_of_the_first_is_closed() {
    let folder = Folder::new();
    let path = folder.path("store");
    let server = FileServer::new(&path);
    let (one, two) = (server.connect(), server.connect());
    block_on(one.open(Some(b"format"))).expect("it opens");
    block_on(two.open(Some(b"format"))).expect("it opens");
    let is_blocked = || matches!(open(&path), Err(StorageError::Blocked(_)));
    assert!(is_blocked());
    assert!(matches!(FileServer::new(&path).delete(), Err(StorageError::Blocked(_))));
    one.compact().expect("it is compacted");
    assert!(is_blocked(), "compaction replaces the file, not the lock");
    one.close();
    assert!(is_blocked());
    drop(two);
    assert!(!is_blocked());
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_is_under_the_lock_of_the_file() {
    let folder = Folder::new();
    let (path, link) = (folder.path("store"), folder.path("link"));
    let file = opened(&path);
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    assert!(matches!(open(&link), Err(StorageError::Blocked(_))));
    drop(file);
    let through = opened(&link);
    commit(&through, &[record(1, *b"a")], RELAXED);
    through.compact().expect("it is compacted");
    drop(through);
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(contents(&opened(&path)).expect("it is read").commits.len(), 1);
}

#[test]
fn a_deleted_file_is_gone_and_its_connections_are_told() {
    let folder = Folder::new();
    let server = FileServer::new(folder.path("store"));
    let file = server.connect();
    block_on(file.open(Some(b"format"))).expect("it opens");
    let told = Rc::new(std::cell::Cell::new(false));
    let tell = told.clone();
    file.listen(Rc::new(move |signal| tell.set(signal == Signal::Deleted)));
    server.delete().expect("it is deleted");
    assert!(told.get() && !folder.path("store").exists());
    assert_eq!(contents(&file), Err(StorageError::Deleted));
    server.delete().expect("what is not there need not be deleted");
}

/// A file with much garbage, compacted: the file before, the file after, and what they hold.
fn compacted(folder: &Folder) -> (Vec<u8>, Vec<u8>, Contents) {
    let path = folder.path("store");
    let history = written(&path, 30);
    let before = fs::read(&path).expect("it is read");
    let file = opened(&path);
    file.compact().expect("it is compacted");
    let expected = history[7].1.clone();
    assert_eq!(contents(&file), Ok(expected.clone()), "at once");
    let after = fs::read(&path).expect("it is read");
    assert!(after.len() < before.len() && !leftover(&path).exists());
    (before, after, expected)
}

fn leftover(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

#[test]
fn a_compaction_that_ends_at_any_step_leaves_the_old_file_or_the_new_and_both_hold_everything() {
    let folder = Folder::new();
    let (before, after, expected) = compacted(&folder);
    for written in 0..=after.len() {
        let path = folder.file("killed", &before);
        fs::write(leftover(&path), &after[..written]).expect("it is written");
        expect_and_go_on(&path, 0, &expected, &format!("{written} bytes of the new file"));
        assert!(!leftover(&path).exists());
    }
    let renamed = folder.file("renamed", &after);
    expect_and_go_on(&renamed, 0, &expected, "the new file");
}

#[test]
fn a_leftover_that_is_none_of_ours_is_refused_and_not_touched() {
    let folder = Folder::new();
    for path in [folder.path("fresh"), folder.path("there")] {
        if path.ends_with("there") {
            drop(opened(&path));
        }
        fs::write(leftover(&path), b"a letter").expect("it is written");
        assert!(matches!(open(&path), Err(StorageError::Foreign(_))), "{path:?}");
        assert_eq!(fs::read(leftover(&path)).expect("it is read"), b"a letter");
    }
}

#[test]
fn a_file_of_mostly_garbage_is_compacted_after_a_swap_and_goes_on() {
    let folder = Folder::new();
    let path = folder.path("store");
    let file = opened(&path);
    let large = noise(100_000);
    let mut longest = 0;
    for round in 0..60_u64 {
        commit(&file, &[record(round + 1, large.clone())], RELAXED);
        longest = longest.max(length(&path));
        swap(&file, Mark { fence: round, generation: round }, &[record(round % 2 + 1, large.clone())]);
    }
    assert!(longest < 3_000_000, "{longest} bytes for 400,000 that are live");
    let expected = contents(&file).expect("it is read");
    assert_eq!(expected.commits.keys().copied().collect::<Vec<Key>>(), [60]);
    assert_eq!(expected.segments.keys().copied().collect::<Vec<Key>>(), [1, 2]);
    drop(file);
    assert_eq!(contents(&opened(&path)), Ok(expected));
}

#[test]
fn a_compaction_of_more_than_a_frame_holds_keeps_every_record() {
    let folder = Folder::new();
    let file = opened(&folder.path("store"));
    let large = noise(1_500_000);
    let records: Vec<_> = (1..=8).map(|key| record(key, large.clone())).collect();
    swap(&file, Mark { fence: 0, generation: 1 }, &records);
    commit(&file, &records, RELAXED);
    let expected = contents(&file).expect("it is read");
    file.compact().expect("it is compacted");
    assert_eq!(contents(&file), Ok(expected.clone()));
    drop(file);
    assert_eq!(contents(&opened(&folder.path("store"))), Ok(expected));
}

#[test]
fn a_saved_view_that_was_damaged_or_torn_counts_as_none() {
    let folder = Folder::new();
    let path = folder.path("store");
    let file = opened(&path);
    let key = ViewKey { name: "users".to_owned(), version: "1".to_owned() };
    let checkpoint = Checkpoint { position: 5, layout: 2, bytes: vec![1] };
    let buckets = [0, 1].map(|number| Bucket { number, through: 5, bytes: vec![2; 3] });
    let save = ViewSave { key: &key, since: 0, checkpoint: &checkpoint, buckets: &buckets };
    assert_eq!(block_on(file.keep_view(&save)), Ok(Kept::Kept));
    let saved = fs::read_dir(folder.path("store.views")).expect("a folder").next().expect("a file");
    let saved = saved.expect("it is told").path();
    let whole = fs::read(&saved).expect("it is read");
    let flipped = (0..8 * whole.len()).map(|bit| {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    let torn = (0..whole.len()).map(|length| whole[..length].to_vec());
    let blank = (0..whole.len()).map(|length| [&whole[..length], &vec![0; whole.len() - length]].concat());
    for damaged in flipped.chain(torn).chain(blank).chain([[&*whole, &[0]].concat()]) {
        fs::write(&saved, damaged).expect("it is damaged");
        assert_eq!(block_on(file.checkpoint(&key)), Ok(None));
        assert_eq!(block_on(file.recall_view(&key)), Ok(None));
        assert_eq!(block_on(file.view_versions("users")), Ok(vec![]));
    }
    assert_eq!(block_on(file.keep_view(&ViewSave { since: 5, ..save })), Ok(Kept::Refused));
    assert_eq!(block_on(file.keep_view(&save)), Ok(Kept::Kept));
    assert_eq!(fs::read(&saved).expect("it is read"), whole);
}

#[test]
fn a_file_in_the_place_of_the_saved_views_hinders_nobody_and_is_not_touched() {
    let folder = Folder::new();
    let path = folder.path("store");
    let other = folder.file("store.views", b"of somebody else");
    let key = ViewKey { name: "users".to_owned(), version: "1".to_owned() };
    let checkpoint = Checkpoint { position: 5, layout: 2, bytes: vec![] };
    let save = ViewSave { key: &key, since: 0, checkpoint: &checkpoint, buckets: &[] };
    for _ in ["created", "opened again"] {
        let file = opened(&path);
        assert_eq!(block_on(file.recall_view(&key)), Ok(None));
        assert_eq!(block_on(file.view_versions("users")), Ok(vec![]));
        assert!(block_on(file.keep_view(&save)).is_err());
        for which in [ForgetViews::One(&key), ForgetViews::All] {
            assert_eq!(block_on(file.forget_views(which)), Ok(()));
        }
    }
    FileServer::new(&path).delete().expect("it is deleted");
    assert_eq!(fs::read(other).expect("it is there"), b"of somebody else");
}

#[test]
fn a_file_in_the_place_of_the_snapshots_hinders_nobody_and_is_not_touched() {
    let folder = Folder::new();
    let path = folder.path("store");
    let other = folder.file("store.snapshots", b"of somebody else");
    let key = SnapshotKey { name: "user".to_owned(), version: "1".to_owned(), id: "ada".to_owned() };
    for _ in ["created", "opened again"] {
        let file = opened(&path);
        assert_eq!(block_on(file.recall(&key)), Ok(None));
        assert!(block_on(file.keep(&[Snapshot { key: key.clone(), revision: 1, bytes: vec![1] }])).is_err());
        for which in [Forget::One(&key), Forget::OtherVersions { name: "user", version: "2" }, Forget::All] {
            assert_eq!(block_on(file.forget(which)), Ok(()));
        }
    }
    FileServer::new(&path).delete().expect("it is deleted");
    assert!(!path.exists());
    assert_eq!(fs::read(other).expect("it is there"), b"of somebody else");
}
