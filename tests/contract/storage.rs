//! The promises of the storage port.

use std::{cell::RefCell, rc::Rc};

use annals::storage::{
    Commit, CommitError, Committed, Decision, Durability, Mark, Meta, Reading, Record, Shelf, Signal,
    Storage, StorageError, Swap, Tail, Wanted,
};

use super::Place;

const FORMAT: &[u8] = b"format of a test";

fn record(key: u64, text: &str) -> Record {
    Record { key, bytes: text.as_bytes().to_vec() }
}

async fn opened<P: Place>(place: &P) -> P::Storage {
    let storage = place.connect().await;
    storage.open(Some(FORMAT)).await.expect("it opens");
    storage
}

async fn commit(storage: &impl Storage, adds: &[Record]) -> Committed {
    let commit = Commit { guard: 0, adds, durability: Durability::Relaxed };
    storage.commit(commit).await.expect("the commit is answered")
}

async fn everything(storage: &impl Storage) -> Vec<Record> {
    storage.tail(0, 0, 1000).await.expect("the tail is read").records
}

async fn segments(storage: &impl Storage) -> Vec<Record> {
    storage.scan(Shelf::Segments, 0, 1000).await.expect("the segments are read")
}

/// A swap from one generation to the next, which leaves what it does not name.
fn swap(generation: u64, fence: u64) -> Swap<'static> {
    Swap {
        generation: Some(generation),
        mark: Mark { fence, generation: generation + 1 },
        layout: b"layout",
        format: None,
        puts: &[],
        removes: &[],
        durability: Durability::Strict,
    }
}

pub async fn a_new_place_keeps_the_format_that_it_was_created_with<P: Place>(place: P) {
    let first = place.connect().await.open(Some(b"first")).await.expect("it opens");
    assert!(first.is_new);
    assert_eq!((first.format.as_slice(), first.last), (&b"first"[..], 0));
    let again = place.connect().await.open(Some(b"second")).await.expect("it opens again");
    assert!(!again.is_new);
    assert_eq!(again.format, b"first");
}

pub async fn opening_again_without_a_format_never_creates<P: Place>(place: P) {
    assert_eq!(place.connect().await.open(None).await, Err(StorageError::Deleted));
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a")]).await;
    let found = storage.open(None).await.expect("it is there");
    assert_eq!((found.is_new, found.format.as_slice(), found.last), (false, FORMAT, 1));
    assert_eq!(everything(&storage).await, [record(1, "a")]);
}

pub async fn what_was_committed_reads_back_in_order_of_keys<P: Place>(place: P) {
    let storage = opened(&place).await;
    assert_eq!(commit(&storage, &[record(1, "a"), record(3, "c")]).await, Committed::Stored);
    assert_eq!(
        commit(&storage, &[record(2, "b"), record(4_000_000_000_000, "far")]).await,
        Committed::Stored
    );
    let expected = [record(1, "a"), record(2, "b"), record(3, "c"), record(4_000_000_000_000, "far")];
    assert_eq!(everything(&storage).await, expected);
    let other = place.connect().await;
    assert_eq!(other.open(Some(FORMAT)).await.expect("it opens").last, 4_000_000_000_000);
    assert_eq!(everything(&other).await, expected);
}

pub async fn a_commit_is_refused_whole_when_one_of_its_keys_is_taken<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(5, "first")]).await;
    assert_eq!(
        commit(&storage, &[record(4, "no"), record(5, "no"), record(6, "no")]).await,
        Committed::Refused
    );
    assert_eq!(everything(&storage).await, [record(5, "first")]);
}

pub async fn of_two_commits_under_one_key_exactly_one_wins<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let (ones, twos) = ([record(1, "one")], [record(1, "two")]);
    let (first, second) = futures_util::join!(commit(&one, &ones), commit(&two, &twos));
    let winner = match (first, second) {
        (Committed::Stored, Committed::Refused) => record(1, "one"),
        (Committed::Refused, Committed::Stored) => record(1, "two"),
        other => panic!("expected one winner, found {other:?}"),
    };
    for connection in [&one, &two] {
        assert_eq!(everything(connection).await, std::slice::from_ref(&winner));
    }
}

pub async fn the_tail_stops_at_its_limit_and_says_that_there_is_more<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a"), record(2, "b"), record(3, "c")]).await;
    let tail = storage.tail(0, 0, 2).await.expect("the tail is read");
    assert_eq!((tail.records, tail.more), (vec![record(1, "a"), record(2, "b")], true));
    assert_eq!((tail.mark, tail.layout), (Mark::default(), None));
    let tail = storage.tail(2, 0, 2).await.expect("the tail is read");
    assert_eq!((tail.records, tail.more), (vec![record(3, "c")], false));
    let tail = storage.tail(3, 0, 2).await.expect("the tail is read");
    assert_eq!((tail.records, tail.more), (vec![], false));
}

pub async fn ranges_bring_only_what_they_name<P: Place>(place: P) {
    let storage = opened(&place).await;
    let all: Vec<Record> = (1..=9).map(|key| record(key, "x")).collect();
    commit(&storage, &all).await;
    let puts = [record(2, "two"), record(7, "seven"), record(8, "eight")];
    storage.swap(Swap { puts: &puts, ..swap(0, 0) }).await.expect("the swap is answered");
    let wanted = Wanted {
        generation: 1,
        commits: &[1..=1, 3..=5, 9..=9, 20..=20, 30..=40],
        segments: &[2..=7, 8..=8],
    };
    let Reading::Found { commits, segments } = storage.read(wanted).await.expect("the ranges are read")
    else {
        panic!("expected what is there, found that it has moved");
    };
    assert_eq!(commits.iter().map(|record| record.key).collect::<Vec<_>>(), [1, 3, 4, 5, 9]);
    assert_eq!(segments, puts);
    let nothing = Wanted { generation: 1, commits: &[], segments: &[] };
    let nothing = storage.read(nothing).await.expect("nothing is read");
    assert_eq!(nothing, Reading::Found { commits: vec![], segments: vec![] });
}

pub async fn deciding_inside_the_transaction_sees_what_another_has_stored<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    commit(&one, &[record(1, "a")]).await;
    let mut seen = None;
    let decide = |tail: Tail| {
        let next = tail.records.len() as u64 + 1;
        seen = Some(tail.records);
        Decision::Store(vec![record(next, "b")])
    };
    two.commit_after(0, 100, Durability::Strict, decide).await.expect("it is stored");
    assert_eq!(seen, Some(vec![record(1, "a")]));
    assert_eq!(everything(&one).await, [record(1, "a"), record(2, "b")]);
}

pub async fn deciding_to_leave_stores_nothing<P: Place>(place: P) {
    let storage = opened(&place).await;
    storage.commit_after(0, 100, Durability::Strict, |_| Decision::Leave).await.expect("it ends");
    assert_eq!(everything(&storage).await, []);
}

pub async fn bytes_of_every_value_and_of_no_length_come_back<P: Place>(place: P) {
    let storage = opened(&place).await;
    let every = Record { key: 1, bytes: (0..=255).collect() };
    let none = Record { key: 2, bytes: vec![] };
    let large = Record { key: 3, bytes: (0..700_000_u32).map(|n| (n * 31) as u8).collect() };
    commit(&storage, &[every.clone(), none.clone(), large.clone()]).await;
    assert_eq!(everything(&storage).await, [every, none, large]);
}

pub async fn a_commit_is_refused_when_the_fence_is_above_its_guard<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a"), record(2, "b"), record(3, "c")]).await;
    assert_eq!(storage.swap(swap(0, 3)).await, Ok(Committed::Stored));
    for (guard, key, expected) in
        [(0, 2, Committed::Refused), (2, 3, Committed::Refused), (3, 4, Committed::Stored)]
    {
        // The keys are free again, but the writer has not seen that they were taken.
        let adds = [record(key, "again")];
        let commit = Commit { guard, adds: &adds, durability: Durability::Strict };
        assert_eq!(storage.commit(commit).await, Ok(expected), "guard {guard}, key {key}");
    }
    assert_eq!(everything(&storage).await, [record(4, "again")]);
}

pub async fn of_a_commit_that_reaches_beyond_the_fence_above_its_guard_nothing_is_stored<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a"), record(2, "b")]).await;
    assert_eq!(storage.swap(swap(0, 2)).await, Ok(Committed::Stored));
    // The first is void wherever it is, the second would be read.
    assert_eq!(commit(&storage, &[record(1, "again"), record(3, "again")]).await, Committed::Refused);
    assert_eq!(everything(&storage).await, []);
}

pub async fn a_swap_puts_and_removes_segments_and_the_commits_up_to_the_fence<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    commit(&one, &[record(1, "a"), record(3, "b"), record(5, "c")]).await;
    let puts = [record(10, "ten"), record(11, "eleven"), record(12, "twelve"), record(13, "thirteen")];
    assert_eq!(one.swap(Swap { puts: &puts, ..swap(0, 3) }).await, Ok(Committed::Stored));
    assert_eq!(everything(&two).await, [record(5, "c")], "commits above the fence stay");
    assert_eq!(two.scan(Shelf::Commits, 0, 10).await, Ok(vec![record(5, "c")]));
    assert_eq!(segments(&two).await, puts);

    let puts = [record(11, "other"), record(20, "twenty")];
    let next = Swap { puts: &puts, removes: &[10..=10, 12..=19, 30..=40], ..swap(1, 3) };
    assert_eq!(two.swap(next).await, Ok(Committed::Stored));
    let fresh = place.connect().await;
    assert_eq!(fresh.open(None).await.expect("it opens").last, 5);
    assert_eq!(segments(&fresh).await, puts);
    assert_eq!(everything(&fresh).await, [record(5, "c")]);
}

pub async fn a_swap_under_another_generation_is_refused_and_changes_nothing<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    commit(&one, &[record(1, "a"), record(2, "b")]).await;
    let put = [record(10, "first")];
    assert_eq!(one.swap(Swap { puts: &put, ..swap(0, 1) }).await, Ok(Committed::Stored));
    let before = one.meta().await.expect("it is read");
    for generation in [0, 2] {
        let late = Swap {
            layout: b"other",
            format: Some(b"other"),
            puts: &[record(10, "second"), record(11, "second")],
            removes: &[0..=100],
            ..swap(generation, 2)
        };
        assert_eq!(two.swap(late).await, Ok(Committed::Refused));
    }
    assert_eq!(two.meta().await, Ok(before));
    assert_eq!(segments(&two).await, put);
    assert_eq!(everything(&two).await, [record(2, "b")]);
}

pub async fn of_two_swaps_of_one_generation_exactly_one_wins<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    commit(&one, &[record(1, "a"), record(2, "b")]).await;
    let (ones, twos) = ([record(10, "one")], [record(20, "two")]);
    let (first, second) = futures_util::join!(
        one.swap(Swap { puts: &ones, layout: b"one", ..swap(0, 1) }),
        two.swap(Swap { puts: &twos, layout: b"two", ..swap(0, 2) }),
    );
    let (segment, layout, left) = match (first, second) {
        (Ok(Committed::Stored), Ok(Committed::Refused)) => (ones, b"one", vec![record(2, "b")]),
        (Ok(Committed::Refused), Ok(Committed::Stored)) => (twos, b"two", vec![]),
        other => panic!("expected one winner, found {other:?}"),
    };
    for connection in [&one, &two] {
        assert_eq!(segments(connection).await, segment);
        assert_eq!(connection.meta().await.expect("it is read").layout.as_deref(), Some(&layout[..]));
        assert_eq!(everything(connection).await, left);
    }
}

pub async fn a_swap_without_a_generation_goes_whatever_is_in_force<P: Place>(place: P) {
    let storage = opened(&place).await;
    for generation in [7, 3, 3] {
        let mark = Mark { fence: generation, generation };
        let forced = Swap { generation: None, mark, ..swap(0, 0) };
        assert_eq!(storage.swap(forced).await, Ok(Committed::Stored));
        assert_eq!(storage.tail(0, 0, 1).await.expect("the tail is read").mark, mark);
    }
}

pub async fn reading_under_another_generation_says_moved_and_brings_nothing<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a")]).await;
    let read = async |generation| {
        let wanted = Wanted { generation, commits: &[1..=1], segments: &[1..=1] };
        storage.read(wanted).await.expect("it is answered")
    };
    let found = Reading::Found { commits: vec![record(1, "a")], segments: vec![] };
    assert_eq!((read(0).await, read(1).await), (found, Reading::Moved));
    let puts = [record(1, "segment")];
    storage.swap(Swap { puts: &puts, ..swap(0, 1) }).await.expect("the swap is answered");
    let found = Reading::Found { commits: vec![], segments: puts.to_vec() };
    assert_eq!((read(0).await, read(1).await, read(2).await), (Reading::Moved, found, Reading::Moved));
}

pub async fn the_tail_starts_above_the_fence_and_brings_the_layout_of_another_generation<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a"), record(2, "b"), record(3, "c"), record(4, "d")]).await;
    storage.swap(Swap { layout: b"of one", ..swap(0, 2) }).await.expect("the swap is answered");
    let mark = Mark { fence: 2, generation: 1 };
    let tail = async |after, known| storage.tail(after, known, 1).await.expect("the tail is read");
    let next = |record, layout: Option<&[u8]>, more| Tail {
        mark,
        layout: layout.map(<[u8]>::to_vec),
        records: vec![record],
        more,
    };
    assert_eq!(tail(0, 0).await, next(record(3, "c"), Some(b"of one"), true));
    assert_eq!(tail(0, 1).await, next(record(3, "c"), None, true));
    // Whether there is more is a guess when the limit was reached.
    let last = Tail { more: false, ..tail(3, 2).await };
    assert_eq!(last, next(record(4, "d"), Some(b"of one"), false));
}

pub async fn deciding_sees_the_fence_and_only_what_is_above_it<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a"), record(2, "b"), record(3, "c")]).await;
    storage.swap(swap(0, 2)).await.expect("the swap is answered");
    let mut seen = None;
    let decide = |tail: Tail| {
        seen = Some(tail);
        Decision::Leave
    };
    storage.commit_after(1, 100, Durability::Strict, decide).await.expect("it ends");
    let mark = Mark { fence: 2, generation: 1 };
    assert_eq!(seen, Some(Tail { mark, layout: None, records: vec![record(3, "c")], more: false }));
}

pub async fn a_scan_brings_either_shelf_in_pages_in_order_of_keys<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(2, "b"), record(1, "a"), record(5, "e")]).await;
    let puts = [record(3, "three"), record(1, "one")];
    storage.swap(Swap { puts: &puts, ..swap(0, 0) }).await.expect("the swap is answered");
    let scan =
        async |shelf, after, limit| storage.scan(shelf, after, limit).await.expect("the shelf is read");
    assert_eq!(scan(Shelf::Commits, 0, 2).await, [record(1, "a"), record(2, "b")]);
    assert_eq!(scan(Shelf::Commits, 2, 2).await, [record(5, "e")]);
    assert_eq!(scan(Shelf::Segments, 0, 10).await, [record(1, "one"), record(3, "three")]);
    assert_eq!(scan(Shelf::Segments, 3, 10).await, []);
    assert_eq!(scan(Shelf::Commits, 0, 0).await, []);
}

pub async fn what_stands_beside_the_shelves_comes_back_as_it_is_stored<P: Place>(place: P) {
    let storage = opened(&place).await;
    let created = Meta { format: FORMAT.to_vec(), mark: None, layout: None };
    assert_eq!(storage.meta().await, Ok(created));
    storage.swap(Swap { layout: b"first", ..swap(0, 4) }).await.expect("the swap is answered");
    let mark = Mark { fence: 4, generation: 1 };
    let swapped =
        Meta { format: FORMAT.to_vec(), mark: Some(mark.encode()), layout: Some(b"first".to_vec()) };
    assert_eq!(storage.meta().await, Ok(swapped));
}

pub async fn a_swap_may_replace_the_format<P: Place>(place: P) {
    let storage = opened(&place).await;
    let raised = Swap { format: Some(b"newer format"), layout: b"", ..swap(0, 0) };
    assert_eq!(storage.swap(raised).await, Ok(Committed::Stored));
    let meta = storage.meta().await.expect("it is read");
    assert_eq!((meta.format.as_slice(), meta.layout.as_deref()), (&b"newer format"[..], Some(&b""[..])));
    storage.swap(swap(1, 0)).await.expect("the swap is answered");
    let again = place.connect().await.open(Some(FORMAT)).await.expect("it opens");
    assert_eq!((again.is_new, again.format.as_slice()), (false, &b"newer format"[..]));
}

pub async fn another_connection_is_told_of_a_commit<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let (told, heard) = super::once();
    two.listen(Rc::new(move |signal| {
        if signal == Signal::Changed {
            told();
        }
    }));
    commit(&one, &[record(1, "a")]).await;
    heard.await;
    assert_eq!(everything(&two).await, [record(1, "a")]);
}

pub async fn a_closed_connection_says_so<P: Place>(place: P) {
    let storage = opened(&place).await;
    commit(&storage, &[record(1, "a")]).await;
    storage.close();
    assert_eq!(storage.open(None).await, Err(StorageError::Closed));
    assert_eq!(storage.meta().await, Err(StorageError::Closed));
    assert_eq!(storage.tail(0, 0, 1).await, Err(StorageError::Closed));
    assert_eq!(storage.scan(Shelf::Segments, 0, 1).await, Err(StorageError::Closed));
    let wanted = Wanted { generation: 0, commits: &[1..=1], segments: &[] };
    assert_eq!(storage.read(wanted).await, Err(StorageError::Closed));
    assert_eq!(storage.swap(swap(0, 1)).await, Err(CommitError::NotStored(StorageError::Closed)));
    let refused =
        storage.commit(Commit { guard: 0, adds: &[record(2, "b")], durability: Durability::Strict }).await;
    assert_eq!(refused.map_err(CommitError::into_cause), Err(StorageError::Closed));
    assert_eq!(everything(&opened(&place).await).await, [record(1, "a")]);
}

pub async fn deleting_ends_every_connection_and_leaves_nothing<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    commit(&one, &[record(1, "a")]).await;
    let told = Rc::new(RefCell::new(Vec::new()));
    let telling = told.clone();
    one.listen(Rc::new(move |signal| telling.borrow_mut().push(signal)));
    place.delete().await;
    assert!(told.borrow().contains(&Signal::Deleted));
    assert_eq!(one.tail(0, 0, 1).await, Err(StorageError::Deleted));
    assert_eq!(two.tail(0, 0, 1).await, Err(StorageError::Deleted));
    let fresh = place.connect().await;
    assert!(fresh.open(Some(FORMAT)).await.expect("it opens").is_new);
    assert_eq!(everything(&fresh).await, []);
}
