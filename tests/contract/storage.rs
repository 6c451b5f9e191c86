//! The promises of the storage port.

use std::{cell::RefCell, rc::Rc};

use annals::storage::{Commit, Committed, Decision, Durability, Record, Signal, Storage, StorageError};

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
    storage.tail(0, 1000).await.expect("the tail is read").records
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
    assert_eq!(storage.format().await.expect("it is read"), FORMAT);
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
    let tail = storage.tail(0, 2).await.expect("the tail is read");
    assert_eq!((tail.records, tail.more, tail.fence), (vec![record(1, "a"), record(2, "b")], true, 0));
    let tail = storage.tail(2, 2).await.expect("the tail is read");
    assert_eq!((tail.records, tail.more), (vec![record(3, "c")], false));
    let tail = storage.tail(3, 2).await.expect("the tail is read");
    assert_eq!((tail.records, tail.more), (vec![], false));
}

pub async fn ranges_bring_only_what_they_name<P: Place>(place: P) {
    let storage = opened(&place).await;
    let all: Vec<Record> = (1..=9).map(|key| record(key, "x")).collect();
    commit(&storage, &all).await;
    let found = storage.read(&[1..=1, 3..=5, 9..=9, 20..=20, 30..=40]).await.expect("the ranges are read");
    assert_eq!(found.iter().map(|record| record.key).collect::<Vec<_>>(), [1, 3, 4, 5, 9]);
    assert_eq!(storage.read(&[]).await.expect("nothing is read"), []);
}

pub async fn deciding_inside_the_transaction_sees_what_another_has_stored<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    commit(&one, &[record(1, "a")]).await;
    let mut seen = None;
    let decide = |tail: annals::storage::Tail| {
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
    assert_eq!(storage.tail(0, 1).await, Err(StorageError::Closed));
    assert_eq!(storage.read(&[1..=1]).await, Err(StorageError::Closed));
    let refused =
        storage.commit(Commit { guard: 0, adds: &[record(2, "b")], durability: Durability::Strict }).await;
    assert_eq!(refused.map_err(annals::storage::CommitError::into_cause), Err(StorageError::Closed));
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
    assert_eq!(one.tail(0, 1).await, Err(StorageError::Deleted));
    assert_eq!(two.tail(0, 1).await, Err(StorageError::Deleted));
    let fresh = place.connect().await;
    assert!(fresh.open(Some(FORMAT)).await.expect("it opens").is_new);
    assert_eq!(everything(&fresh).await, []);
}
