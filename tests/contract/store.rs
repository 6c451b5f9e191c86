//! The promises of an event store, over any storage.

use annals::{
    log::{
        AppendError, EventStore, LogError, OpenOptions, ReadAll, ReadError, ReadStream, Start, Step,
        Subscription, Witness,
    },
    model::{Condition, ExpectedRevision, Json, NewEvent, Query, QueryItem, RecordedEvent, Refusal, Write},
    storage::{Storage, StorageError},
};
use futures_util::future::join_all;

use super::{
    super::support::{self, Hand, all, append, event, id, numbered, of_type, stream, stream_events},
    Place,
};

use ExpectedRevision::{Any, Exact, Exists, NoStream};

async fn open<P: Place>(place: &P, hand: &Hand) -> EventStore<P::Storage> {
    support::open(place.connect().await, hand).await
}

fn write(name: &str, expected: ExpectedRevision, events: Vec<NewEvent>) -> Write {
    Write { stream_id: stream(name), expected, events }
}

fn conflicts(error: AppendError) -> Vec<(String, u64)> {
    match error {
        AppendError::Refused(Refusal::RevisionConflict(conflicts)) => {
            conflicts.into_iter().map(|conflict| (conflict.stream_id.to_string(), conflict.actual)).collect()
        }
        other => panic!("expected a conflict, found {other:?}"),
    }
}

pub async fn events_read_back_equal_after_reopening<P: Place>(place: P) {
    let hand = Hand::new(1);
    let store = open(&place, &hand).await;
    assert!(store.is_new());
    let data = Json::from_text(r#"{"name":"Ада","__proto__":{"constructor":[1,2.5]}}"#).expect("JSON");
    let metadata = Json::from_text(r#"{"userId":"u1"}"#).expect("JSON");
    let told = NewEvent::of_json("Created", data)
        .with_id(id(7))
        .with_tag("red")
        .with_tag("__proto__")
        .with_metadata(metadata);
    let answer =
        append(&store, "user-1", vec![told.clone(), event("Renamed")], NoStream).await.expect("it is stored");
    assert_eq!((answer.position, answer.revisions.as_slice(), answer.duplicate), (2, &[2][..], false));
    let before = all(&store).await;
    store.close().await;

    let store = open(&place, &hand).await;
    assert!(!store.is_new());
    let events = all(&store).await;
    assert_eq!(events, before);
    let first = &events[0];
    assert_eq!((first.position, first.revision, first.version, first.id), (1, 1, 1, id(7)));
    assert_eq!((&first.data, &first.metadata, &first.tags), (&told.data, &told.metadata, &told.tags));
    assert_eq!((first.stream_id.as_str(), first.recorded_at), ("user-1", hand.clock()));
    assert_eq!(store.event(id(7)).await.expect("it is read").as_ref(), Some(first));
    assert_eq!(store.event(id(8)).await, Ok(None));
    assert_eq!(store.stream_revision(&stream("user-1")).await, Ok(2));
    assert_eq!(store.stream_revision(&stream("user-2")).await, Ok(0));
    assert_eq!(store.head(), 2);
}

pub async fn each_expectation_is_judged_as_the_table_says<P: Place>(place: P) {
    let store = open(&place, &Hand::new(2)).await;
    append(&store, "there", vec![event("A"), event("A")], Any).await.expect("it is stored");
    for (name, expected, stored) in [
        ("absent-1", Any, true),
        ("absent-2", NoStream, true),
        ("absent-3", Exists, false),
        ("absent-4", Exact(0), true),
        ("absent-5", Exact(1), false),
        ("there", NoStream, false),
        ("there", Exact(0), false),
        ("there", Exact(1), false),
        ("there", Exact(3), false),
        ("there", Exact(2), true),
        ("there", Exists, true),
        ("there", Any, true),
    ] {
        let before = store.stream_revision(&stream(name)).await.expect("it is read");
        let answer = append(&store, name, vec![event("B")], expected).await;
        match stored {
            true => assert_eq!(answer.expect("it is stored").revisions, [before + 1], "{name} {expected:?}"),
            false => assert_eq!(
                conflicts(answer.expect_err("a conflict")),
                [(name.to_owned(), before)],
                "{expected:?}"
            ),
        }
    }
}

pub async fn a_refused_append_leaves_no_trace<P: Place>(place: P) {
    let store = open(&place, &Hand::new(3)).await;
    append(&store, "a", vec![event("A").with_id(id(1))], NoStream).await.expect("it is stored");
    let before = all(&store).await;
    let fresh = |n| vec![event("B").with_id(id(n))];
    append(&store, "a", fresh(2), NoStream).await.expect_err("a conflict");
    append(&store, "b", vec![event("A").with_id(id(1))], Any)
        .await
        .expect_err("another stream has the event");
    let condition = Condition { fail_if_events_match: of_type("A"), after: 0 };
    let refused = store.append_many(vec![write("c", Any, fresh(3))], Some(condition)).await;
    assert_eq!(refused, Err(AppendError::Refused(Refusal::ConditionFailed(vec![1]))));
    assert_eq!(all(&store).await, before);
    assert_eq!(store.event(id(2)).await, Ok(None));
    assert_eq!(store.event(id(3)).await, Ok(None));
    assert_eq!(store.streams("", None, 10).await, Ok(vec!["a".to_owned()]));
}

pub async fn appends_of_one_turn_take_effect_in_call_order<P: Place>(place: P) {
    let store = open(&place, &Hand::new(4)).await;
    let calls = (0..200).map(|n| append(&store, "s", vec![numbered("A", n)], Exact(n as u64)));
    let answers = join_all(calls).await;
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.expect("it is stored").position, n as u64 + 1);
    }
    let refused_and_after = join_all([
        append(&store, "s", vec![event("B")], Exact(200)),
        append(&store, "s", vec![event("C")], Exact(200)),
        append(&store, "s", vec![event("D")], Exact(201)),
    ])
    .await;
    assert_eq!(refused_and_after.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(all(&store).await.len(), 202);
    assert!(store.diagnostics().await.expect("figures").records <= 4, "appends of one turn share commits");
}

pub async fn two_connections_race_on_one_stream_and_exactly_one_wins<P: Place>(place: P) {
    let (one, two) = (open(&place, &Hand::new(5)).await, open(&place, &Hand::new(6)).await);
    for round in 0..20 {
        let (first, second) = futures_util::join!(
            append(&one, "s", vec![event("One")], Exact(round)),
            append(&two, "s", vec![event("Two")], Exact(round)),
        );
        assert!(first.is_ok() != second.is_ok(), "round {round}: {first:?} {second:?}");
        let lost = first.err().or(second.err()).expect("one lost");
        assert_eq!(conflicts(lost), [("s".to_owned(), round + 1)]);
    }
    assert_eq!(all(&one).await.len(), 20);
    assert_eq!(all(&one).await, all(&two).await);
}

pub async fn two_connections_append_to_different_streams_and_both_are_stored<P: Place>(place: P) {
    let (one, two) = (open(&place, &Hand::new(7)).await, open(&place, &Hand::new(8)).await);
    for round in 0..20 {
        let (first, second) = futures_util::join!(
            append(&one, "a", vec![event("One"), event("One")], Exact(2 * round)),
            append(&two, "b", vec![event("Two")], Exact(round)),
        );
        first.expect("it is stored");
        second.expect("it is stored");
    }
    let events = all(&one).await;
    assert_eq!(events, all(&two).await);
    assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), (1..=60).collect::<Vec<_>>());
    assert_eq!(stream_events(&two, "a", ReadStream::default()).await.len(), 40);
}

pub async fn a_repeated_append_is_a_duplicate_and_writes_nothing<P: Place>(place: P) {
    let store = open(&place, &Hand::new(9)).await;
    let events = vec![event("A").with_id(id(1)), event("A").with_id(id(2))];
    let first = append(&store, "s", events.clone(), NoStream).await.expect("it is stored");
    append(&store, "s", vec![event("B")], Any).await.expect("it is stored");
    let again = append(&store, "s", events.clone(), NoStream).await.expect("it is a duplicate");
    assert!(again.duplicate);
    assert_eq!((again.position, again.revisions), (first.position, first.revisions));
    // At once, the second rests on the first, which is not stored yet.
    let twin = vec![event("C").with_id(id(3))];
    let (one, two) =
        futures_util::join!(append(&store, "s", twin.clone(), Exact(3)), append(&store, "s", twin, Exact(3)));
    assert!(!one.expect("it is stored").duplicate);
    assert!(two.expect("it is a duplicate").duplicate);
    for (name, ids) in [("s", vec![2, 1]), ("s", vec![1, 9]), ("t", vec![1, 2]), ("s", vec![2, 3])] {
        let events = ids.iter().map(|n| event("A").with_id(id(*n))).collect();
        let refused = append(&store, name, events, Any).await;
        assert!(
            matches!(refused, Err(AppendError::Refused(Refusal::DuplicateEvent { .. }))),
            "{name} {ids:?}: {refused:?}"
        );
    }
    assert_eq!(all(&store).await.len(), 4);
}

pub async fn a_condition_holds_against_what_another_connection_stored<P: Place>(place: P) {
    let (one, two) = (open(&place, &Hand::new(10)).await, open(&place, &Hand::new(11)).await);
    let mail = || Query::of(QueryItem { tags: vec!["mail:a@b.c".to_owned()], ..QueryItem::default() });
    let register = |store: EventStore<P::Storage>, name: &'static str| async move {
        let condition = Condition { fail_if_events_match: mail(), after: 0 };
        store
            .append_many(
                vec![write(name, NoStream, vec![event("Created").with_tag("mail:a@b.c")])],
                Some(condition),
            )
            .await
    };
    let (first, second) =
        futures_util::join!(register(one.clone(), "user-1"), register(two.clone(), "user-2"));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert_eq!(first.err().or(second.err()), Some(AppendError::Refused(Refusal::ConditionFailed(vec![1]))));
    let later = Condition { fail_if_events_match: mail(), after: 1 };
    two.append_many(vec![write("user-3", NoStream, vec![event("Created")])], Some(later))
        .await
        .expect("nothing new matches");
}

pub async fn many_streams_are_written_in_one_append_or_not_at_all<P: Place>(place: P) {
    let store = open(&place, &Hand::new(12)).await;
    let writes = vec![write("a", NoStream, vec![event("A")]), write("b", Any, vec![event("B"), event("B")])];
    let answer = store.append_many(writes, None).await.expect("it is stored");
    assert_eq!((answer.position, answer.revisions.as_slice()), (3, &[1, 2][..]));
    let writes = vec![
        write("a", Exact(1), vec![event("A")]),
        write("b", Exact(1), vec![event("B")]),
        write("c", Exists, vec![]),
    ];
    let refused = store.append_many(writes, None).await.expect_err("two conflicts");
    assert_eq!(conflicts(refused), [("b".to_owned(), 2), ("c".to_owned(), 0)]);
    let writes = vec![write("a", Exact(1), vec![]), write("c", NoStream, vec![event("C")])];
    assert_eq!(store.append_many(writes, None).await.expect("it is stored").revisions, [1, 1]);
    assert_eq!(all(&store).await.iter().map(|event| event.r#type.as_str()).collect::<String>(), "ABBC");
}

pub async fn a_large_commit_takes_no_more_records_than_it_needs<P: Place>(place: P) {
    let store = open(&place, &Hand::new(25)).await;
    let sockets = Hand::new(26).sockets();
    // Ids hardly compress, so the first guess of what fits a record is too high.
    let incompressible = |n: usize| {
        let ids: Vec<_> = (0..20).map(|_| sockets.store_id().to_string()).collect();
        NewEvent::new("Noise", &(n, ids)).expect("JSON")
    };
    append(&store, "s", (0..600).map(incompressible).collect(), NoStream).await.expect("it is stored");
    let figures = store.diagnostics().await.expect("figures");
    let most = figures.bytes_stored.div_ceil(40_000);
    assert!(figures.records <= most, "{} records for {} bytes", figures.records, figures.bytes_stored);
}

pub async fn a_commit_larger_than_a_record_is_one_append<P: Place>(place: P) {
    let hand = Hand::new(13);
    let store = open(&place, &hand).await;
    let large: String = (0..100_000_u64).map(|n| char::from(b'a' + (n * n % 23) as u8)).collect();
    let events = (0..30).map(|n| NewEvent::new("Large", &(n, &large)).expect("JSON")).collect();
    append(&store, "s", events, NoStream).await.expect("it is stored");
    let figures = store.diagnostics().await.expect("figures");
    assert!(figures.records > 1, "30 events of 100 KB take {} record", figures.records);
    let events = all(&store).await;
    assert_eq!(events.len(), 30);
    let reopened = open(&place, &hand).await;
    assert_eq!(all(&reopened).await, events);
    assert_eq!(events[29].data.parse::<(u32, String)>().expect("JSON"), (29, large));
    assert_eq!(events.iter().map(|event| event.revision).collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
}

async fn next_events<S: Storage>(subscription: &Subscription<S>, count: usize) -> Vec<RecordedEvent> {
    let mut events = Vec::new();
    while events.len() < count {
        if let Step::Events(page) = subscription.next().await.expect("the subscription goes on") {
            events.extend(page.to_events());
        }
    }
    events
}

pub async fn a_subscription_sees_each_event_of_both_connections_once<P: Place>(place: P) {
    let (one, two) = (open(&place, &Hand::new(14)).await, open(&place, &Hand::new(15)).await);
    append(&one, "a", vec![event("Before"), event("Before")], Any).await.expect("it is stored");
    let subscription = two.subscribe(Start::After(1), None).expect("it begins");
    let writing = async {
        for n in 0..30 {
            let store = if n % 2 == 0 { &one } else { &two };
            append(store, "a", vec![numbered("During", n)], Any).await.expect("it is stored");
        }
    };
    let (events, ()) = futures_util::join!(next_events(&subscription, 31), writing);
    assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), (2..=32).collect::<Vec<_>>());
    let from_now = one.subscribe(Start::Head, None).expect("it begins");
    assert!(matches!(from_now.next().await, Ok(Step::CaughtUp)));
    append(&two, "a", vec![event("After")], Any).await.expect("it is stored");
    assert_eq!(next_events(&from_now, 1).await[0].position, 33);
}

pub async fn a_subscription_with_a_query_sees_only_what_matches<P: Place>(place: P) {
    let store = open(&place, &Hand::new(16)).await;
    append(&store, "a", vec![event("A"), event("B"), event("A")], Any).await.expect("it is stored");
    let subscription = store.subscribe(Start::After(0), Some(of_type("A"))).expect("it begins");
    let found = next_events(&subscription, 2).await;
    assert_eq!(found.iter().map(|event| event.position).collect::<Vec<_>>(), [1, 3]);
    assert!(matches!(subscription.next().await, Ok(Step::CaughtUp)));
    let writing = append(&store, "a", vec![event("B"), event("A")], Any);
    let (found, _) = futures_util::join!(next_events(&subscription, 1), writing);
    assert_eq!(found[0].position, 5);
    assert!(store.subscribe(Start::Head, Some(Query { items: vec![] })).is_err());
}

pub async fn a_reading_covers_what_was_there_when_it_began<P: Place>(place: P) {
    let (one, two) = (open(&place, &Hand::new(17)).await, open(&place, &Hand::new(18)).await);
    append(&one, "a", vec![event("A"); 3], Any).await.expect("it is stored");
    let mut reader = two.read_all(ReadAll::default()).await.expect("it begins");
    assert_eq!(reader.head(), 3, "a reading sees what another connection has stored");
    append(&one, "a", vec![event("A")], Any).await.expect("it is stored");
    append(&two, "a", vec![event("A")], Any).await.expect("it is stored");
    assert_eq!(reader.to_vec().await.expect("it is read").len(), 3);
    assert_eq!(all(&one).await.len(), 5);
}

pub async fn closing_ends_what_waits_and_later_calls_say_closed<P: Place>(place: P) {
    let store = open(&place, &Hand::new(19)).await;
    let subscription = store.subscribe(Start::After(0), None).expect("it begins");
    assert!(matches!(subscription.next().await, Ok(Step::CaughtUp)));
    let pending = append(&store, "a", vec![event("A")], Any);
    let ending = async {
        loop {
            match subscription.next().await {
                Ok(_) => {}
                Err(error) => break error,
            }
        }
    };
    let (stored, ended, ()) = futures_util::join!(pending, ending, store.close());
    stored.expect("what was called before closing is stored");
    assert_eq!(ended, ReadError::Log(LogError::Closed));
    let refused = append(&store, "a", vec![event("A")], Any).await;
    assert_eq!(refused, Err(AppendError::Log(LogError::Closed)));
    assert!(matches!(store.read_all(ReadAll::default()).await, Err(ReadError::Log(LogError::Closed))));
    assert_eq!(store.event(id(1)).await, Err(ReadError::Log(LogError::Closed)));
    store.close().await;
    assert_eq!(all(&open(&place, &Hand::new(20)).await).await.len(), 1);
}

pub async fn a_store_whose_storage_is_deleted_says_so<P: Place>(place: P) {
    let store = open(&place, &Hand::new(21)).await;
    append(&store, "a", vec![event("A")], Any).await.expect("it is stored");
    place.delete().await;
    let refused = append(&store, "a", vec![event("A")], Any).await;
    assert_eq!(refused, Err(AppendError::Log(LogError::Storage(StorageError::Deleted))));
    let fresh = open(&place, &Hand::new(22)).await;
    assert!(fresh.is_new());
    assert_ne!(fresh.store_id(), store.store_id());
    assert_eq!(all(&fresh).await, []);
}

pub async fn a_witness_of_more_than_is_there_is_told<P: Place>(place: P) {
    let hand = Hand::new(23);
    let store = open(&place, &hand).await;
    append(&store, "a", vec![event("A"); 2], Any).await.expect("it is stored");
    let right = Witness { store_id: store.store_id(), head: 2 };
    let more = Witness { head: 3, ..right };
    let another = Witness { store_id: id(1), ..right };
    for (expect, lost) in [(right, None), (more, Some(more)), (another, Some(another))] {
        let options = OpenOptions { expect: Some(expect), ..OpenOptions::default() };
        let opened = EventStore::open(place.connect().await, hand.sockets(), options)
            .await
            .expect("it opens all the same");
        assert_eq!(opened.lost(), lost);
    }
}

pub async fn verify_finds_nothing_in_a_sound_store<P: Place>(place: P) {
    let store = open(&place, &Hand::new(24)).await;
    for n in 0..10 {
        append(&store, "a", vec![numbered("A", n); 3], Any).await.expect("it is stored");
        append(&store, &format!("b-{n}"), vec![event("B")], NoStream).await.expect("it is stored");
    }
    let found = store.verify(|_, _| true).await.expect("it is verified");
    assert_eq!((found.records, found.events, found.findings), (20, 40, vec![]));
    assert_eq!(found.bytes, store.diagnostics().await.expect("figures").bytes_stored);
    assert_eq!(store.verify(|_, _| false).await, Err(LogError::Aborted));
}
