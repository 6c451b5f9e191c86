//! The promises of the storage port about views that several connections save.

use std::collections::BTreeMap;

use annals::storage::{
    Bucket, Checkpoint, ForgetViews, Kept, Key, SavedView, Storage, StorageError, ViewKey, ViewSave,
};
use proptest::{
    collection::{btree_set, vec},
    prelude::*,
    strategy::ValueTree,
    test_runner::TestRunner,
};

use super::Place;

async fn opened<P: Place>(place: &P) -> P::Storage {
    let storage = place.connect().await;
    storage.open(Some(b"format of a test")).await.expect("it opens");
    storage
}

fn key(name: &str, version: &str) -> ViewKey {
    ViewKey { name: name.to_owned(), version: version.to_owned() }
}

fn checkpoint(layout: u32, position: Key, text: &str) -> Checkpoint {
    Checkpoint { position, layout, bytes: text.as_bytes().to_vec() }
}

fn bucket(number: u32, through: Key, text: &str) -> Bucket {
    Bucket { number, through, bytes: text.as_bytes().to_vec() }
}

fn saved(checkpoint: &Checkpoint, buckets: &[Bucket]) -> SavedView {
    SavedView { checkpoint: checkpoint.clone(), buckets: buckets.to_vec() }
}

async fn keep(
    storage: &impl Storage,
    key: &ViewKey,
    since: Key,
    checkpoint: &Checkpoint,
    buckets: &[Bucket],
) -> Kept {
    let save = ViewSave { key, since, checkpoint, buckets };
    storage.keep_view(&save).await.expect("it is answered")
}

async fn recall(storage: &impl Storage, key: &ViewKey) -> Option<SavedView> {
    let found = storage.recall_view(key).await.expect("it is answered");
    let checkpoint = storage.checkpoint(key).await.expect("it is answered");
    assert_eq!(checkpoint, found.as_ref().map(|saved| saved.checkpoint.clone()));
    found
}

async fn versions(storage: &impl Storage, name: &str) -> Vec<(String, Key)> {
    storage.view_versions(name).await.expect("they are told")
}

pub async fn a_saved_view_is_recalled_by_every_connection_and_after_closing<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let users = key("users", "1");
    assert_eq!(recall(&one, &users).await, None);
    let all_bytes = Bucket { number: 0, through: 9, bytes: (0..=255).collect() };
    let buckets = [all_bytes, bucket(1, 7, ""), bucket(2, 12, "ada")];
    let at_7 = checkpoint(3, 7, "head");
    assert_eq!(keep(&one, &users, 0, &at_7, &buckets).await, Kept::Kept);
    for storage in [&one, &two] {
        assert_eq!(recall(storage, &users).await, Some(saved(&at_7, &buckets)));
    }
    one.close();
    two.close();
    assert_eq!(recall(&opened(&place).await, &users).await, Some(saved(&at_7, &buckets)));
}

pub async fn buckets_that_changed_join_those_that_did_not<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let (users, far) = (key("users", "1"), (1 << 53) - 1);
    let at_5 = checkpoint(3, 5, "5");
    keep(&one, &users, 0, &at_5, &[bucket(2, 5, "two"), bucket(0, 5, "zero"), bucket(1, 5, "one")]).await;
    let at_8 = checkpoint(3, 8, "8");
    assert_eq!(keep(&two, &users, 5, &at_8, &[bucket(1, 8, "one!")]).await, Kept::Kept);
    let expected = [bucket(0, 5, "zero"), bucket(1, 8, "one!"), bucket(2, 5, "two")];
    assert_eq!(recall(&one, &users).await, Some(saved(&at_8, &expected)));
    let at_end = checkpoint(3, far, "");
    // From before the checkpoint that is there, too: more buckets than need be.
    assert_eq!(keep(&one, &users, 5, &at_end, &[bucket(2, far, "two!")]).await, Kept::Kept);
    let expected = [bucket(0, 5, "zero"), bucket(1, 8, "one!"), bucket(2, far, "two!")];
    assert_eq!(recall(&two, &users).await, Some(saved(&at_end, &expected)));
}

pub async fn a_save_that_goes_on_from_what_is_not_there_is_refused_and_touches_nothing<P: Place>(place: P) {
    let storage = opened(&place).await;
    let users = key("users", "1");
    let changed = [bucket(0, 9, "no"), bucket(1, 9, "no")];
    assert_eq!(keep(&storage, &users, 4, &checkpoint(2, 9, "no"), &changed).await, Kept::Refused);
    assert_eq!(recall(&storage, &users).await, None);
    let at_5 = checkpoint(2, 5, "5");
    let there = [bucket(0, 5, "zero"), bucket(1, 6, "one")];
    keep(&storage, &users, 0, &at_5, &there).await;
    // The checkpoint went back, has another layout, or has another layout and is as new or newer.
    let cases = [(6, checkpoint(2, 9, "no")), (6, checkpoint(2, 5, "no")), (5, checkpoint(1, 9, "no"))];
    for (since, wanted) in cases.into_iter().chain([(3, checkpoint(1, 5, "no")), (3, checkpoint(1, 4, "no"))])
    {
        assert_eq!(keep(&storage, &users, since, &wanted, &changed).await, Kept::Refused, "{wanted:?}");
        assert_eq!(recall(&storage, &users).await, Some(saved(&at_5, &there)));
    }
    assert_eq!(keep(&storage, &users, 5, &checkpoint(2, 9, "9"), &changed).await, Kept::Kept);
}

pub async fn a_save_of_no_more_than_is_there_changes_nothing<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let users = key("users", "1");
    let at_5 = checkpoint(2, 5, "5");
    let there = [bucket(0, 5, "zero"), bucket(1, 5, "one")];
    keep(&one, &users, 0, &at_5, &there).await;
    for (since, wanted) in
        [(0, checkpoint(2, 5, "no")), (4, checkpoint(2, 5, "no")), (2, checkpoint(2, 4, "no"))]
    {
        assert_eq!(keep(&two, &users, since, &wanted, &[bucket(0, 7, "no")]).await, Kept::Kept, "{wanted:?}");
        assert_eq!(recall(&two, &users).await, Some(saved(&at_5, &there)));
    }
    // Nor under another layout.
    assert_eq!(keep(&two, &users, 0, &checkpoint(1, 5, "no"), &[bucket(0, 7, "no")]).await, Kept::Kept);
    assert_eq!(recall(&two, &users).await, Some(saved(&at_5, &there)));
}

pub async fn a_bucket_that_is_folded_as_far_or_further_stays<P: Place>(place: P) {
    let storage = opened(&place).await;
    let users = key("users", "1");
    let there = [bucket(0, 7, "older"), bucket(1, 8, "as far"), bucket(2, 9, "further")];
    keep(&storage, &users, 0, &checkpoint(3, 5, "5"), &there).await;
    for (since, position) in [(5, 6), (0, 7)] {
        let at = checkpoint(3, position, "moved");
        let given = [bucket(0, 8, "newer"), bucket(1, 8, "no"), bucket(2, 8, "no")];
        assert_eq!(keep(&storage, &users, since, &at, &given).await, Kept::Kept);
        let expected = [bucket(0, 8, "newer"), bucket(1, 8, "as far"), bucket(2, 9, "further")];
        assert_eq!(recall(&storage, &users).await, Some(saved(&at, &expected)));
    }
}

pub async fn another_layout_takes_the_place_of_all_buckets<P: Place>(place: P) {
    let (one, two) = (opened(&place).await, opened(&place).await);
    let (users, others) = (key("users", "1"), key("users", "2"));
    let ends = |layout: u32, through: Key| {
        [0, 65_535].map(|number| bucket(number, through, &format!("{number} of {layout}")))
    };
    let untouched = (checkpoint(2, 1, "other"), ends(2, 1));
    keep(&one, &others, 0, &untouched.0, &untouched.1).await;
    let neighbours = [(2, 1), (2, 3), (0, u32::MAX), (u32::MAX, 0), (u32::MAX - 1, u32::MAX)];
    for ((layout, other), n) in neighbours.into_iter().zip(1..) {
        for (layout, at) in [(layout, 10 * n), (other, 10 * n + 1)] {
            let (at, buckets) = (checkpoint(layout, at, "whole"), ends(layout, 1000));
            assert_eq!(keep(&one, &users, 0, &at, &buckets).await, Kept::Kept);
            assert_eq!(recall(&two, &users).await, Some(saved(&at, &buckets)));
        }
        // What was removed is not there when its layout comes back.
        let (at, buckets) = (checkpoint(layout, 10 * n + 2, "in part"), [bucket(7, 1, "seven")]);
        assert_eq!(keep(&two, &users, 0, &at, &buckets).await, Kept::Kept);
        assert_eq!(recall(&one, &users).await, Some(saved(&at, &buckets)));
        one.forget_views(ForgetViews::One(&users)).await.expect("forgotten");
    }
    assert_eq!(recall(&one, &others).await, Some(saved(&untouched.0, &untouched.1)));
}

pub async fn each_part_of_a_key_tells_saved_views_apart<P: Place>(place: P) {
    let storage = opened(&place).await;
    let texts =
        ["", "a", "a-b", "A", "\0", "ä", "🦀", "\u{ffff}", "__proto__", "a/b", "..", "new", "checkpoint"];
    let keys: Vec<ViewKey> = texts.iter().flat_map(|text| [key(text, "1"), key("users", text)]).collect();
    for (key, position) in keys.iter().zip(1..) {
        let buckets = [bucket(1, position, &key.name), bucket(3, position, &key.version)];
        keep(&storage, key, 0, &checkpoint(4, position, "x"), &buckets).await;
    }
    for (key, position) in keys.iter().zip(1..) {
        let buckets = [bucket(1, position, &key.name), bucket(3, position, &key.version)];
        assert_eq!(
            recall(&storage, key).await,
            Some(saved(&checkpoint(4, position, "x"), &buckets)),
            "{key:?}"
        );
    }
    for (text, n) in texts.iter().zip(0..) {
        assert_eq!(versions(&storage, text).await, [("1".to_owned(), 2 * n + 1)], "{text:?}");
    }
    let mut expected: Vec<(String, Key)> =
        texts.iter().zip(1..).map(|(text, n)| ((*text).to_owned(), 2 * n)).collect();
    expected.sort();
    assert_eq!(versions(&storage, "users").await, expected);
}

pub async fn forgotten_views_are_gone_and_nothing_else<P: Place>(place: P) {
    let storage = opened(&place).await;
    let all = [key("users", "1"), key("users", "2"), key("user", "1")];
    let there = async |wanted: &[&ViewKey]| {
        for key in &all {
            assert_eq!(recall(&storage, key).await.is_some(), wanted.contains(&key), "{key:?}");
        }
    };
    let [one, two, other] = &all;
    for (key, position) in all.iter().zip(3..) {
        keep(&storage, key, 0, &checkpoint(1, position, ""), &[bucket(0, 9, "gone?")]).await;
    }
    assert_eq!(versions(&storage, "users").await, [("1".to_owned(), 3), ("2".to_owned(), 4)]);
    storage.forget_views(ForgetViews::One(one)).await.expect("forgotten");
    there(&[two, other]).await;
    assert_eq!(versions(&storage, "users").await, [("2".to_owned(), 4)]);
    // Nothing of it counts any more: neither its checkpoint, nor a bucket that was folded further.
    assert_eq!(keep(&storage, one, 1, &checkpoint(1, 8, ""), &[]).await, Kept::Refused);
    keep(&storage, one, 0, &checkpoint(1, 2, "anew"), &[bucket(0, 2, "anew")]).await;
    assert_eq!(recall(&storage, one).await, Some(saved(&checkpoint(1, 2, "anew"), &[bucket(0, 2, "anew")])));
    storage.forget_views(ForgetViews::All).await.expect("forgotten");
    there(&[]).await;
    assert_eq!(versions(&storage, "users").await, []);
}

pub async fn saved_views_end_with_their_place_and_not_with_a_connection<P: Place>(place: P) {
    let storage = opened(&place).await;
    let users = key("users", "1");
    let at_5 = checkpoint(1, 5, "");
    keep(&storage, &users, 0, &at_5, &[]).await;
    storage.close();
    let save = ViewSave { key: &users, since: 0, checkpoint: &at_5, buckets: &[] };
    assert_eq!(storage.checkpoint(&users).await, Err(StorageError::Closed));
    assert_eq!(storage.recall_view(&users).await, Err(StorageError::Closed));
    assert_eq!(storage.keep_view(&save).await, Err(StorageError::Closed));
    assert_eq!(storage.view_versions("users").await, Err(StorageError::Closed));
    assert_eq!(storage.forget_views(ForgetViews::All).await, Err(StorageError::Closed));
    assert!(recall(&opened(&place).await, &users).await.is_some());
    place.delete().await;
    let again = opened(&place).await;
    assert_eq!(recall(&again, &users).await, None);
    assert_eq!(versions(&again, "users").await, []);
}

/// How many random histories each storage goes through.
const HISTORIES: usize = 60;

/// What the port says of one view, written down plainly.
#[derive(Default)]
struct Model {
    checkpoint: Option<Checkpoint>,
    buckets: BTreeMap<(u32, u32), Bucket>,
}

impl Model {
    fn keep(&mut self, since: Key, checkpoint: &Checkpoint, buckets: &[Bucket]) -> Kept {
        match &self.checkpoint {
            None if since > 0 => return Kept::Refused,
            Some(stored) if stored.position < since => return Kept::Refused,
            Some(stored) if stored.layout != checkpoint.layout && since > 0 => return Kept::Refused,
            Some(stored) if stored.position >= checkpoint.position => return Kept::Kept,
            _ => {}
        }
        for bucket in buckets {
            let place = (checkpoint.layout, bucket.number);
            if self.buckets.get(&place).is_none_or(|stored| stored.through < bucket.through) {
                self.buckets.insert(place, bucket.clone());
            }
        }
        self.buckets.retain(|(layout, _), _| *layout == checkpoint.layout);
        self.checkpoint = Some(checkpoint.clone());
        Kept::Kept
    }

    fn saved(&self) -> Option<SavedView> {
        let buckets: Vec<Bucket> = self.buckets.values().cloned().collect();
        self.checkpoint.as_ref().map(|checkpoint| saved(checkpoint, &buckets))
    }
}

pub async fn random_saves_come_to_what_the_rule_says<P: Place>(place: P) {
    let mut runner = TestRunner::deterministic();
    let buckets = btree_set(0_u32..4, 0..4).prop_flat_map(|numbers| {
        let throughs = vec(0_u64..12, numbers.len());
        (Just(numbers), throughs).prop_map(|(numbers, throughs)| {
            let pairs = numbers.into_iter().zip(throughs);
            pairs.map(|(number, through)| bucket(number, through, "")).collect::<Vec<_>>()
        })
    });
    let since = prop_oneof![Just(0_u64), 0_u64..12];
    let step = (0_usize..2, 0_usize..12, since, 1_u64..12, 1_u32..3, buckets);
    let steps = vec(step, 1..20);
    let connections = [opened(&place).await, opened(&place).await];
    for history in 0..HISTORIES {
        let users = key("users", &history.to_string());
        let mut model = Model::default();
        let steps = steps.new_tree(&mut runner).expect("a history").current();
        for (n, (by, what, since, position, layout, mut buckets)) in steps.into_iter().enumerate() {
            if what == 0 {
                model = Model::default();
                connections[by].forget_views(ForgetViews::One(&users)).await.expect("forgotten");
            }
            // No two saves have the same bytes.
            buckets.iter_mut().for_each(|bucket| bucket.bytes = n.to_string().into_bytes());
            let checkpoint = checkpoint(layout, position, &n.to_string());
            let answer = keep(&connections[by], &users, since, &checkpoint, &buckets).await;
            assert_eq!(answer, model.keep(since, &checkpoint, &buckets), "history {history}, step {n}");
            assert_eq!(
                recall(&connections[1 - by], &users).await,
                model.saved(),
                "history {history}, step {n}"
            );
        }
    }
}

/// A connection that folds a view whose rows are the positions of events, each in the bucket that the event names.
struct Folding<'a, S> {
    storage: &'a S,
    layout: u32,
    /// How far each bucket is folded.
    folded: Vec<Key>,
    /// The checkpoint that it goes on from.
    since: Key,
}

/// What a bucket holds that is folded so far. Each event names its bucket: it is what is left after dividing by how many there are.
fn rows(log: &[u32], layout: u32, number: u32, through: Key) -> String {
    let events = log.iter().zip(1..).take_while(|(_, position)| *position <= through);
    let in_bucket = events.filter(|(event, _)| *event % layout == number);
    in_bucket.map(|(_, position): (_, Key)| format!("{position} ")).collect()
}

impl<'a, S: Storage> Folding<'a, S> {
    /// Begins with what is saved, all of which has to be true.
    async fn restored(storage: &'a S, users: &ViewKey, log: &[u32]) -> Self {
        let Some(SavedView { checkpoint, buckets }) = recall(storage, users).await else {
            return Self { storage, layout: 2, folded: vec![0; 2], since: 0 };
        };
        let Checkpoint { position, layout, .. } = checkpoint;
        assert!(buckets.iter().map(|bucket| bucket.number).eq(0..layout), "all buckets are there");
        let folded: Vec<Key> = buckets.iter().map(|bucket| bucket.through.max(position)).collect();
        for (bucket, through) in buckets.iter().zip(&folded) {
            let expected = rows(log, layout, bucket.number, *through);
            assert_eq!(String::from_utf8_lossy(&bucket.bytes), expected, "{bucket:?} at {position}");
        }
        Self { storage, layout, folded, since: position }
    }

    fn fold(&mut self, log: &[u32]) {
        self.folded.fill(log.len() as Key);
    }

    fn divide(&mut self, layout: u32, log: &[u32]) {
        (self.layout, self.since) = (layout, 0);
        self.folded = vec![log.len() as Key; layout as usize];
    }

    /// Saves, with a checkpoint that may lie behind what is folded.
    async fn save(&mut self, users: &ViewKey, log: &[u32], behind: Key) {
        let least = self.folded.iter().min().expect("there are buckets");
        let checkpoint = checkpoint(self.layout, least.saturating_sub(behind), "");
        let changed = (0..self.layout).zip(&self.folded).filter_map(|(number, &through)| {
            let all = rows(log, self.layout, number, through);
            let is_meant = self.since == 0 || all != rows(log, self.layout, number, self.since);
            is_meant.then(|| bucket(number, through, &all))
        });
        let changed: Vec<Bucket> = changed.collect();
        self.since = match keep(self.storage, users, self.since, &checkpoint, &changed).await {
            Kept::Kept => checkpoint.position,
            Kept::Refused => 0,
        };
    }
}

pub async fn two_connections_that_save_in_turn_or_at_once_save_the_truth<P: Place>(place: P) {
    let mut runner = TestRunner::deterministic();
    let steps = vec((0_usize..2, 0_u32..20, 0_u32..6, 0_u64..4), 1..60);
    let connections = [opened(&place).await, opened(&place).await];
    for history in 0..HISTORIES {
        let users = key("users", &history.to_string());
        let mut log = Vec::new();
        let mut one = Folding::restored(&connections[0], &users, &log).await;
        let mut two = Folding::restored(&connections[1], &users, &log).await;
        for (by, what, event, behind) in steps.new_tree(&mut runner).expect("a history").current() {
            let folding = if by == 0 { &mut one } else { &mut two };
            match what {
                0..6 => log.push(event),
                6..10 => folding.fold(&log),
                10..15 => folding.save(&users, &log, behind).await,
                15 => {
                    futures_util::join!(one.save(&users, &log, behind), two.save(&users, &log, 0));
                }
                16..18 => *folding = Folding::restored(&connections[by], &users, &log).await,
                18 => folding.divide(event % 3 + 1, &log),
                _ => connections[by].forget_views(ForgetViews::One(&users)).await.expect("forgotten"),
            }
            Folding::restored(&connections[by], &users, &log).await;
        }
    }
}
