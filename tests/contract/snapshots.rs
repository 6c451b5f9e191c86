//! The promises of the storage port about what can be made again.

use annals::storage::{Forget, Snapshot, SnapshotKey, Storage, StorageError};

use super::Place;

async fn opened<P: Place>(place: &P) -> P::Storage {
    let storage = place.connect().await;
    storage.open(Some(b"format of a test")).await.expect("it opens");
    storage
}

fn key(name: &str, version: &str, id: &str) -> SnapshotKey {
    SnapshotKey { name: name.to_owned(), version: version.to_owned(), id: id.to_owned() }
}

fn snapshot(key: &SnapshotKey, revision: u64, text: &str) -> Snapshot {
    Snapshot { key: key.clone(), revision, bytes: text.as_bytes().to_vec() }
}

async fn recall(storage: &impl Storage, key: &SnapshotKey) -> Option<(u64, Vec<u8>)> {
    let found = storage.recall(key).await.expect("it is answered")?;
    assert_eq!(found.key, *key);
    Some((found.revision, found.bytes))
}

pub async fn what_is_kept_is_recalled_by_every_connection_and_after_closing<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let (ada, bob) = (key("user", "1", "ada"), key("user", "1", "bob"));
    assert_eq!(recall(&one, &ada).await, None);
    one.keep(&[snapshot(&ada, 7, "ada at 7"), snapshot(&bob, 3, "")]).await.expect("kept");
    assert_eq!(recall(&two, &ada).await, Some((7, b"ada at 7".to_vec())));
    one.close();
    two.close();
    let again = opened(&place).await;
    assert_eq!(recall(&again, &ada).await, Some((7, b"ada at 7".to_vec())));
    assert_eq!(recall(&again, &bob).await, Some((3, Vec::new())));
}

pub async fn a_snapshot_takes_the_place_of_an_older_one_only<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let ada = key("user", "1", "ada");
    for (storage, revision, there) in [(&one, 7, 7), (&two, 5, 7), (&two, 7, 7), (&two, 9, 9), (&one, 8, 9)] {
        let text = format!("{revision} of {there}");
        storage.keep(&[snapshot(&ada, revision, &text)]).await.expect("answered");
        let (found, text) = recall(&one, &ada).await.expect("one is there");
        assert_eq!(found, there);
        assert_eq!(text, format!("{there} of {there}").into_bytes());
    }
}

pub async fn each_part_of_a_key_tells_snapshots_apart<P: Place>(place: P) {
    let storage = opened(&place).await;
    let texts = ["", "a", "a-b", "A", "\0", "ä", "🦀", "__proto__", "a/b", "..", "new"];
    let keys: Vec<SnapshotKey> = texts
        .iter()
        .flat_map(|text| [key(text, "1", "x"), key("user", text, "x"), key("user", "1", text)])
        .collect();
    let kept: Vec<Snapshot> =
        keys.iter().zip(1..).map(|(key, revision)| snapshot(key, revision, &key.id)).collect();
    storage.keep(&kept).await.expect("kept");
    for (key, revision) in keys.iter().zip(1..) {
        assert_eq!(recall(&storage, key).await, Some((revision, key.id.clone().into_bytes())), "{key:?}");
    }
}

pub async fn what_is_forgotten_is_gone_and_nothing_else<P: Place>(place: P) {
    let storage = opened(&place).await;
    let (one, same) = (key("user", "2", "ada"), key("user", "2", "bob"));
    let (older, newer, other) = (key("user", "1", "ada"), key("user", "3", "ada"), key("users", "1", "ada"));
    let all = [&one, &same, &older, &newer, &other];
    let there = async |wanted: &[&SnapshotKey]| {
        for key in all {
            assert_eq!(recall(&storage, key).await.is_some(), wanted.contains(&key), "{key:?}");
        }
    };
    storage.keep(&all.map(|key| snapshot(key, 1, "x"))).await.expect("kept");
    storage.forget(Forget::OtherVersions { name: "user", version: "2" }).await.expect("forgotten");
    there(&[&one, &same, &other]).await;
    storage.forget(Forget::One(&one)).await.expect("forgotten");
    there(&[&same, &other]).await;
    storage.keep(&[snapshot(&one, 1, "anew")]).await.expect("kept");
    there(&[&one, &same, &other]).await;
    storage.forget(Forget::All).await.expect("forgotten");
    there(&[]).await;
}

pub async fn snapshots_end_with_their_place_and_not_with_a_connection<P: Place>(place: P) {
    let storage = opened(&place).await;
    let ada = key("user", "1", "ada");
    storage.keep(&[snapshot(&ada, 1, "x")]).await.expect("kept");
    storage.close();
    assert_eq!(storage.recall(&ada).await, Err(StorageError::Closed));
    assert_eq!(storage.keep(&[snapshot(&ada, 2, "y")]).await, Err(StorageError::Closed));
    assert_eq!(storage.forget(Forget::All).await, Err(StorageError::Closed));
    assert!(recall(&opened(&place).await, &ada).await.is_some());
    place.delete().await;
    assert_eq!(recall(&opened(&place).await, &ada).await, None);
}
