//! Commands: decided in order on a true state, stored once or not at all.

use std::collections::HashMap;

use annals::{
    Aggregate, AsOf, Engine,
    engine::{Decider, DispatchError, DispatchOptions, Happening, Repository},
    log::AppendError,
    model::{CommandId, Condition, ExpectedRevision, NewEvent, Query, QueryItem, RecordedEvent, Refusal},
    storage::{Memory, MemoryServer},
};
use futures_util::future::join_all;
use pollster::block_on;
use proptest::prelude::*;

use crate::{
    contract::Place,
    ledger::{Ledger, Note, Noted, Outcome, TooFew, is_decided_on_truth, ledgers, now, with_id},
    memory::InMemory,
    support::{
        Hand, all,
        faulty::{FAULTS, Faulty, Plan},
        open,
        yielding::Unhurried,
    },
    user::{User, UserCommand, UserError, UserEvent, Users, email_tag},
};

async fn users(server: &MemoryServer, hand: &Hand) -> (Engine<Memory>, Repository<Memory, Users>) {
    let engine = Engine::new(open(server.connect(), hand).await);
    let users = engine.register(Users).expect("the name is free");
    (engine, users)
}

fn create(name: &str, email: &str) -> UserCommand {
    let (id, name, email) = (name.to_lowercase(), name.to_owned(), email.to_owned());
    UserCommand::Create { id, name, email }
}

#[test]
fn a_user_is_created_renamed_and_deactivated() {
    block_on(async {
        let (_, users) = users(&MemoryServer::default(), &Hand::new(1)).await;
        let created =
            users.dispatch("ada", &create("Ada", "ada@example.org"), &now()).await.expect("created");
        assert_eq!(
            (created.revision, created.position, created.duplicate, created.attempts),
            (1, 1, false, 1)
        );
        let rename = UserCommand::Rename { name: "Ada King".to_owned() };
        users.dispatch("ada", &rename, &now()).await.expect("renamed");
        let gone = users.dispatch("ada", &UserCommand::Deactivate, &now()).await.expect("deactivated");
        let expected = User {
            id: "ada".to_owned(),
            name: "Ada King".to_owned(),
            email: "ada@example.org".to_owned(),
            active: false,
            version: 3,
        };
        assert_eq!(*gone.state, Some(expected));
        assert_eq!(gone.events[0].r#type, "UserDeactivated");
        assert_eq!(gone.events[0].stream_id.as_str(), "user-ada");
        let again = users.dispatch("ada", &UserCommand::Deactivate, &now()).await.expect("nothing to do");
        assert_eq!((again.revision, again.events.len()), (3, 0));
    });
}

#[test]
fn what_a_user_refuses_leaves_no_trace() {
    block_on(async {
        let (engine, users) = users(&MemoryServer::default(), &Hand::new(1)).await;
        let refused = |outcome| match outcome {
            Err(DispatchError::Rejected(error)) => error,
            other => panic!("{other:?}"),
        };
        let no_email = users.dispatch("ada", &create("Ada", "ada"), &now()).await;
        assert_eq!(refused(no_email), UserError::InvalidEmail("ada".to_owned()));
        for command in [UserCommand::Deactivate, UserCommand::Rename { name: "x".to_owned() }] {
            assert_eq!(refused(users.dispatch("ada", &command, &now()).await), UserError::NotFound);
        }
        users.dispatch("ada", &create("Ada", "ada@example.org"), &now()).await.expect("created");
        let twice = users.dispatch("ada", &create("Ada", "ada@example.org"), &now()).await;
        assert_eq!(refused(twice), UserError::Exists);
        assert_eq!(engine.store().head(), 1);
    });
}

#[test]
fn an_email_belongs_to_one_user_when_the_dispatch_is_on_that_condition() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (_, here) = users(&server, &hand).await;
        let (_, there) = users(&server, &hand).await;
        let unique = |email: &str| {
            let item = QueryItem { tags: vec![email_tag(email)], ..QueryItem::default() };
            let condition = Condition { fail_if_events_match: Query::of(item), after: 0 };
            DispatchOptions { condition: Some(condition), ..DispatchOptions::default() }
        };
        here.dispatch("ada", &create("Ada", "a@b.c"), &unique("a@b.c")).await.expect("the first");
        let second = there.dispatch("bob", &create("Bob", "A@b.c"), &unique("A@b.c")).await;
        let Err(DispatchError::Append(AppendError::Refused(Refusal::ConditionFailed(positions)))) = second
        else {
            panic!("{second:?}")
        };
        assert_eq!(positions, [1]);
        assert_eq!(*there.load("bob", AsOf::Now).await.expect("loaded").state, None);
    });
}

#[test]
fn commands_of_one_turn_are_decided_on_what_the_former_ones_leave_and_share_a_commit() {
    block_on(async {
        let server = MemoryServer::default();
        let plan = Plan::default();
        let storage = Faulty { inner: server.connect(), plan: plan.clone() };
        let (engine, ledgers) = ledgers(storage, &Hand::new(1)).await;
        ledgers.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
        plan.heal();
        let before = plan.calls();
        let options = now();
        let commands: Vec<Note> = (1..100).map(|n| Note::Add(n, 1)).collect();
        let outcomes = join_all(commands.iter().map(|note| ledgers.dispatch("a", note, &options))).await;
        for (n, outcome) in outcomes.into_iter().enumerate() {
            let done = outcome.expect("stored");
            assert_eq!((done.revision, done.state.0.len(), done.attempts), (n as u64 + 2, n + 2, 1));
        }
        assert!(plan.calls() - before <= 3, "{} calls", plan.calls() - before);
        assert!(is_decided_on_truth(&all(engine.store()).await));
    });
}

#[test]
fn a_refusal_that_rests_on_what_is_not_stored_yet_is_given_once_that_is() {
    block_on(async {
        let server = MemoryServer::default();
        let plan = Plan::default();
        let storage = Faulty { inner: server.connect(), plan: plan.clone() };
        let (_, ledgers) = ledgers(storage, &Hand::new(1)).await;
        let (engine, _) = self::ledgers(server.connect(), &Hand::new(2)).await;
        ledgers.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
        // The second is accepted only on what the first leaves; the first cannot be stored.
        plan.heal();
        plan.fail(0, annals_fault());
        let options = now();
        let (first, second) = (Note::Add(1, 3), Note::AddAfter(9, 4));
        let outcomes =
            join_all([ledgers.dispatch("a", &first, &options), ledgers.dispatch("a", &second, &options)])
                .await;
        match &outcomes[..] {
            [Err(DispatchError::Append(_)), Err(DispatchError::Rejected(TooFew(found)))] => {
                assert_eq!(*found, 1)
            }
            // The storage gave each a chance of its own.
            [Ok(_), Ok(second)] => assert_eq!(second.state.0.len(), 5),
            other => panic!("{other:?}"),
        }
        assert!(is_decided_on_truth(&all(engine.store()).await));
    });
}

fn annals_fault() -> crate::support::faulty::Fault {
    crate::support::faulty::Fault::NoRoom
}

#[test]
fn a_command_with_an_id_is_carried_out_once_also_after_reopening() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (_, here) = ledgers(server.connect(), &hand).await;
        let first = here.dispatch("a", &Note::Add(1, 3), &with_id("c-1")).await.expect("stored");
        here.dispatch("a", &Note::Add(9, 1), &now()).await.expect("stored");
        let (engine, there) = ledgers(server.connect(), &hand).await;
        for repository in [&here, &there] {
            let again = repository.dispatch("a", &Note::Add(1, 3), &with_id("c-1")).await.expect("found");
            assert!(again.duplicate && again.attempts == 0);
            assert_eq!((&again.events, again.revision, again.position), (&first.events, 3, 3));
            assert_eq!(again.state, first.state, "the state as of then");
        }
        let elsewhere = there.dispatch("b", &Note::Add(1, 3), &with_id("c-1")).await;
        assert!(
            matches!(
                elsewhere,
                Err(DispatchError::Append(AppendError::Refused(Refusal::DuplicateEvent { .. })))
            ),
            "{elsewhere:?}"
        );
        assert_eq!(all(engine.store()).await.len(), 4);
    });
}

#[test]
fn a_command_that_is_sent_twice_at_once_is_carried_out_once() {
    block_on(async {
        let server = MemoryServer::default();
        let (engine, ledgers) = ledgers(server.connect(), &Hand::new(1)).await;
        let (options, note) = (with_id("c-1"), Note::Add(1, 2));
        let outcomes = join_all((0..5).map(|_| ledgers.dispatch("a", &note, &options))).await;
        let duplicates: Vec<bool> =
            outcomes.into_iter().map(|outcome| outcome.expect("carried out").duplicate).collect();
        assert_eq!(duplicates, [false, true, true, true, true]);
        assert_eq!(all(engine.store()).await.len(), 2);
    });
}

#[test]
fn a_command_leads_to_its_events_by_their_metadata() {
    block_on(async {
        let server = MemoryServer::default();
        let (_, ledgers) = ledgers(server.connect(), &Hand::new(1)).await;
        let field = |event: &RecordedEvent, name: &str| {
            event.metadata.parse::<HashMap<String, String>>().expect("texts").remove(name)
        };
        let done = ledgers.dispatch("a", &Note::Add(1, 2), &with_id("c-1")).await.expect("stored");
        for event in &done.events {
            for name in ["commandId", "causationId", "correlationId"] {
                assert_eq!(field(event, name).as_deref(), Some("c-1"), "{name}");
            }
        }
        let metadata =
            annals::model::Json::from_text(r#"{"correlationId":"request-7","userId":"u1"}"#).expect("JSON");
        let options = DispatchOptions { metadata, ..DispatchOptions::default() };
        let done = ledgers.dispatch("a", &Note::Add(1, 2), &options).await.expect("stored");
        let [one, other] = &done.events[..] else { panic!("two events") };
        assert_eq!(field(one, "correlationId").as_deref(), Some("request-7"));
        assert_eq!(field(one, "userId").as_deref(), Some("u1"));
        assert_eq!(field(one, "commandId"), None);
        assert_eq!(field(one, "causationId"), field(other, "causationId"));
        assert!(field(one, "causationId").is_some_and(|id| id.len() == 36));
    });
}

#[test]
fn a_given_expectation_is_looked_at_before_anything_is_decided() {
    block_on(async {
        let server = MemoryServer::default();
        let (_, ledgers) = ledgers(server.connect(), &Hand::new(1)).await;
        let at = |revision| DispatchOptions {
            expected: Some(ExpectedRevision::Exact(revision)),
            ..DispatchOptions::default()
        };
        ledgers.dispatch("a", &Note::Add(1, 2), &at(0)).await.expect("stored");
        let late = ledgers.dispatch("a", &Note::AddAfter(1, 100), &at(0)).await;
        let Err(DispatchError::Append(AppendError::Refused(Refusal::RevisionConflict(conflicts)))) = late
        else {
            panic!("{late:?}")
        };
        assert_eq!(conflicts[0].actual, 2);
        ledgers.dispatch("a", &Note::Add(1, 1), &at(2)).await.expect("stored");
    });
}

#[test]
fn a_command_that_always_comes_second_gives_up_after_its_retries() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (_, here) = ledgers(server.connect(), &hand).await;
        let (_, there) = ledgers(server.connect(), &hand).await;
        here.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
        there.dispatch("a", &Note::Add(1, 1), &now()).await.expect("stored");
        let none = DispatchOptions { retries: 0, ..DispatchOptions::default() };
        let lost = here.dispatch("a", &Note::Add(2, 1), &none).await;
        assert!(
            matches!(lost, Err(DispatchError::Append(AppendError::Refused(Refusal::RevisionConflict(_))))),
            "{lost:?}"
        );
        here.dispatch("a", &Note::Add(3, 1), &now()).await.expect("stored, on what is there now");
        there.dispatch("a", &Note::Add(4, 1), &now()).await.expect("stored");
        let won = here.dispatch("a", &Note::Add(5, 1), &now()).await.expect("stored");
        assert_eq!((won.attempts, won.revision), (2, 5));
    });
}

#[test]
fn what_was_loaded_is_what_the_next_command_is_decided_on() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (_, here) = ledgers(server.connect(), &hand).await;
        let (_, there) = ledgers(server.connect(), &hand).await;
        here.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
        there.dispatch("a", &Note::Add(1, 1), &now()).await.expect("stored");
        let revision = here.load("a", AsOf::Now).await.expect("loaded").revision;
        assert_eq!(revision, 2);
        let at = DispatchOptions { expected: Some(ExpectedRevision::Exact(revision)), ..now() };
        here.dispatch("a", &Note::AddAfter(5, 2), &at).await.expect("it is at that revision");
    });
}

#[test]
fn a_later_command_that_is_pending_does_not_hide_what_another_connection_wrote() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (_, here) = ledgers(server.connect(), &hand).await;
        let (_, there) = ledgers(server.connect(), &hand).await;
        here.dispatch("a", &Note::Add(0, 1), &now()).await.expect("stored");
        there.dispatch("a", &Note::Add(1, 1), &now()).await.expect("stored");
        let (first, second, options) = (Note::AddAfter(5, 2), Note::Add(6, 1), now());
        let outcomes =
            join_all([here.dispatch("a", &first, &options), here.dispatch("a", &second, &options)]).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    });
}

#[test]
fn a_state_of_the_past_is_that_of_then() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (_, ledgers) = ledgers(server.connect(), &hand).await;
        for n in 0..10 {
            hand.set_clock(1_000 + n);
            ledgers.dispatch("a", &Note::Add(n, 1), &now()).await.expect("stored");
            ledgers.dispatch("b", &Note::Add(n, 1), &now()).await.expect("stored");
        }
        let at = async |as_of| {
            let loaded = ledgers.load("a", as_of).await.expect("loaded");
            assert_eq!(loaded.state.0.len() as u64, loaded.revision);
            loaded.revision
        };
        assert_eq!(at(AsOf::Now).await, 10);
        let head = async |as_of| ledgers.load("a", as_of).await.expect("loaded").head;
        assert_eq!(
            [head(AsOf::Revision(0)).await, head(AsOf::Revision(3)).await],
            [0, 6],
            "just before the next"
        );
        assert_eq!(
            [head(AsOf::Revision(10)).await, head(AsOf::Now).await, head(AsOf::Position(7)).await],
            [20, 20, 7]
        );
        for n in 0..=10 {
            assert_eq!(at(AsOf::Revision(n)).await, n);
            assert_eq!(at(AsOf::Position(2 * n)).await, n);
        }
        assert_eq!(at(AsOf::Position(3)).await, 2);
        assert_eq!(
            [at(AsOf::Time(999)).await, at(AsOf::Time(1_000)).await, at(AsOf::Time(1_004)).await],
            [0, 1, 5]
        );
        assert_eq!(
            [at(AsOf::Revision(99)).await, at(AsOf::Position(99)).await, at(AsOf::Time(9_999)).await],
            [10, 10, 10]
        );
        let forever = u64::MAX;
        assert_eq!(
            [
                at(AsOf::Revision(forever)).await,
                at(AsOf::Position(forever)).await,
                at(AsOf::Time(forever)).await
            ],
            [10, 10, 10]
        );
    });
}

#[test]
fn an_event_that_is_none_of_the_aggregates_is_named_and_the_store_goes_on() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (engine, ledgers) = ledgers(server.connect(), &hand).await;
        ledgers.dispatch("a", &Note::Add(1, 1), &now()).await.expect("stored");
        let foreign = NewEvent::new("Erased", &1).expect("JSON");
        crate::support::append(engine.store(), "ledger-a", vec![foreign], ExpectedRevision::Any)
            .await
            .expect("stored");
        let loaded = ledgers.load("a", AsOf::Now).await.expect_err("it has no such event");
        let said = match loaded {
            annals::engine::LoadError::Broken(unreadable) => unreadable.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(
            said.contains("\"Erased\"") && said.contains("event 2") && said.contains("unknown variant"),
            "{said}"
        );
        let refused = ledgers.dispatch("a", &Note::Add(2, 1), &now()).await;
        assert!(matches!(refused, Err(DispatchError::Broken(_))), "{refused:?}");
        ledgers.dispatch("b", &Note::Add(2, 1), &now()).await.expect("others go on");
        assert_eq!(ledgers.load("a", AsOf::Revision(1)).await.expect("before it").revision, 1);
    });
}

#[test]
fn a_name_that_is_taken_or_none_is_refused() {
    block_on(async {
        let (engine, _) = ledgers(MemoryServer::default().connect(), &Hand::new(1)).await;
        let refused = engine.register(Ledger).err().expect("it is taken");
        assert!(refused.to_string().contains("\"ledger\""), "{refused}");
        assert!(CommandId::new("").is_err() && CommandId::new("x".repeat(201)).is_err());
    });
}

fn happenings(events: &[NewEvent]) -> impl Iterator<Item = Happening<'_>> {
    events.iter().zip(1..).map(|(event, revision)| Happening::ahead(event, revision))
}

fn user_events() -> impl Strategy<Value = Vec<UserEvent>> {
    let text = "[a-z]{0,6}";
    let event = prop_oneof![
        (text, text, text).prop_map(|(id, name, email)| UserEvent::UserCreated { id, name, email }),
        text.prop_map(|name| UserEvent::UserRenamed { name }),
        Just(UserEvent::UserDeactivated),
    ];
    prop::collection::vec(event, 0..30)
}

proptest! {
    #[test]
    fn replaying_a_history_in_two_parts_gives_what_replaying_it_at_once_gives(
        events in user_events(),
        cut in 0_usize..30,
    ) {
        let stored: Vec<NewEvent> = events.iter().map(|event| {
            let text = serde_json::to_value(event).expect("JSON");
            NewEvent::new(text["type"].as_str().expect("a type"), &text["data"]).expect("JSON")
        }).collect();
        let start = || Decider::initial_state(&Users).expect("a state");
        let (early, late) = stored.split_at(cut.min(stored.len()));
        let whole = Users.fold(start(), &mut happenings(&stored)).expect("a state");
        let half = Users.fold(start(), &mut happenings(early)).expect("a state");
        prop_assert_eq!(&Users.fold(half, &mut happenings(late)).expect("a state"), &whole);
        let by_hand = events.iter().fold(None, |user, event| Users.evolve(user, event));
        prop_assert_eq!(&*whole, &by_hand);
    }
}

#[derive(Debug, Clone)]
struct Order {
    connection: usize,
    ledger: usize,
    note: Note,
    /// Sent again later under its id.
    has_id: bool,
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let note = prop_oneof![
        6 => (1_usize..4).prop_map(|count| Note::Add(0, count)),
        3 => (0_usize..12).prop_map(|least| Note::AddAfter(0, least)),
        1 => Just(Note::Nothing),
    ];
    let order = (0..CONNECTIONS, 0_usize..2, note, any::<bool>());
    let order =
        order.prop_map(|(connection, ledger, note, has_id)| Order { connection, ledger, note, has_id });
    prop::collection::vec(order, 1..40)
}

const CONNECTIONS: usize = 3;

fn numbered_note(note: &Note, n: usize) -> Note {
    match note {
        Note::Add(_, count) => Note::Add(100 * n as u64, *count),
        Note::AddAfter(_, least) => Note::AddAfter(100 * n as u64, *least),
        other => other.clone(),
    }
}

/// What the oracle says of one command's outcome.
fn judge(n: usize, order: &Order, outcome: &Outcome, events: &[RecordedEvent]) -> Result<(), TestCaseError> {
    let history: Vec<&RecordedEvent> = events
        .iter()
        .filter(|event| event.stream_id.as_str() == format!("ledger-{}", order.ledger))
        .collect();
    let mine = |event: &RecordedEvent| {
        event
            .data
            .parse::<Noted>()
            .is_ok_and(|noted| (100 * n as u64..100 * n as u64 + 100).contains(&noted.what))
    };
    let stored: Vec<&RecordedEvent> = history.iter().copied().filter(|event| mine(event)).collect();
    match outcome {
        Ok(done) => {
            let found: Vec<&RecordedEvent> = done.events.iter().collect();
            prop_assert_eq!(found, stored, "command {}: what it says is what is stored", n);
            let state: Vec<Noted> = history[..done.revision as usize]
                .iter()
                .map(|event| event.data.parse().expect("a note"))
                .collect();
            prop_assert_eq!(&done.state.0, &state, "command {}: its state is that of the history", n);
        }
        Err(DispatchError::Rejected(TooFew(found))) => {
            prop_assert!(stored.is_empty());
            let Note::AddAfter(_, least) = order.note else { panic!("only these are refused") };
            prop_assert!(*found < least && *found <= history.len());
        }
        Err(_) => prop_assert!(stored.is_empty(), "command {}: what failed left {:?}", n, stored),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// All at once, over storage that answers whenever it likes.
    #[test]
    fn commands_of_several_connections_at_once_give_a_history_that_replays_to_what_each_was_answered(
        orders in orders(),
        seed in any::<u64>(),
    ) {
        block_on(async {
            let (place, hand) = (Unhurried::new(InMemory::default(), seed), Hand::new(1));
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                connections.push(ledgers(place.connect().await, &hand).await);
            }
            let options: Vec<DispatchOptions> = orders.iter().enumerate().map(|(n, order)| DispatchOptions {
                command_id: order.has_id.then(|| CommandId::new(format!("c-{n}")).expect("an id")),
                retries: 1_000,
                ..DispatchOptions::default()
            }).collect();
            let notes: Vec<Note> = orders.iter().enumerate().map(|(n, order)| numbered_note(&order.note, n)).collect();
            let names = ["0", "1"];
            let run = || orders.iter().zip(&notes).zip(&options).map(|((order, note), options)| {
                connections[order.connection].1.dispatch(names[order.ledger], note, options)
            });
            let outcomes = join_all(run()).await;
            let engine = &connections[0].0;
            engine.store().refresh().await.expect("it looks");
            let events = all(engine.store()).await;
            prop_assert!(is_decided_on_truth(&events));
            for (n, (order, outcome)) in orders.iter().zip(&outcomes).enumerate() {
                judge(n, order, outcome, &events)?;
            }
            // In call order: of one connection's commands on one ledger.
            for connection in 0..CONNECTIONS {
                for ledger in 0..2 {
                    let revisions: Vec<u64> = orders.iter().zip(&outcomes)
                        .filter(|(order, _)| order.connection == connection && order.ledger == ledger)
                        .filter_map(|(_, outcome)| outcome.as_ref().ok().filter(|done| !done.events.is_empty()))
                        .map(|done| done.revision)
                        .collect();
                    prop_assert!(revisions.is_sorted(), "{:?}", revisions);
                }
            }
            // Sent again, from elsewhere: what had an id and made something happen is found, not done again.
            let (fresh, again) = ledgers(place.connect().await, &hand).await;
            for (n, (order, outcome)) in orders.iter().zip(&outcomes).enumerate() {
                let Ok(first) = outcome else { continue };
                if order.has_id && !first.events.is_empty() {
                    let found = again.dispatch(names[order.ledger], &notes[n], &options[n]).await.expect("found");
                    prop_assert!(found.duplicate);
                    prop_assert_eq!((&found.events, &found.state), (&first.events, &first.state));
                }
            }
            prop_assert_eq!(all(fresh.store()).await, events);
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every call of the storage fails once, in every way. What was not answered is sent again under its id.
    #[test]
    fn a_command_that_fails_at_any_storage_call_and_is_sent_again_is_carried_out_once(
        orders in orders(),
        for_good in any::<bool>(),
    ) {
        for call in 0..200 {
            let mut reached = false;
            for fault in FAULTS {
                reached |= block_on(async {
                    let (server, plan, hand) = (MemoryServer::default(), Plan::default(), Hand::new(1));
                    let storage = Faulty { inner: server.connect(), plan: plan.clone() };
                    let (_, shaky) = ledgers(storage, &hand).await;
                    if for_good { plan.fail_for_good(call, fault) } else { plan.fail(call, fault) }
                    let some = &orders[..orders.len().min(6)];
                    let options: Vec<DispatchOptions> = (0..some.len()).map(|n| with_id(&format!("c-{n}"))).collect();
                    let notes: Vec<Note> = some.iter().enumerate().map(|(n, order)| numbered_note(&order.note, n)).collect();
                    let names = ["0", "1"];
                    let run = || some.iter().zip(&notes).zip(&options)
                        .map(|((order, note), options)| shaky.dispatch(names[order.ledger], note, options));
                    let outcomes = join_all(run()).await;
                    let reached = plan.calls() > call;
                    plan.heal();
                    let (engine, steady) = ledgers(server.connect(), &hand).await;
                    let stored = all(engine.store()).await;
                    prop_assert!(is_decided_on_truth(&stored));
                    for (n, (order, outcome)) in some.iter().zip(&outcomes).enumerate() {
                        // What failed with an unknown outcome may be stored; all else is judged.
                        if !matches!(outcome, Err(DispatchError::Append(AppendError::Unknown { .. }))) {
                            judge(n, order, outcome, &stored)?;
                        }
                    }
                    for (n, order) in some.iter().enumerate() {
                        let first = steady.dispatch(names[order.ledger], &notes[n], &options[n]).await;
                        let Ok(first) = first else { continue };
                        let second = steady.dispatch(names[order.ledger], &notes[n], &options[n]).await.expect("again");
                        prop_assert_eq!(&second.events, &first.events);
                        prop_assert_eq!(second.duplicate, !first.events.is_empty());
                    }
                    let events = all(engine.store()).await;
                    prop_assert!(is_decided_on_truth(&events));
                    let mut whats: Vec<u64> = events.iter().map(|event| event.data.parse::<Noted>().expect("a note").what).collect();
                    let count = whats.len();
                    whats.sort_unstable();
                    whats.dedup();
                    prop_assert_eq!(whats.len(), count, "nothing twice");
                    Ok(reached)
                })?;
            }
            if !reached {
                break;
            }
        }
    }
}
