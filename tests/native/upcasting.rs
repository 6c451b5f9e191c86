//! Upcasters in Rust: states and rows are made of the events of today, whatever older code has stored.

use annals::{
    Aggregate, AsOf, Engine, NewEvent, Projection, Query, QueryItem, Snapshots, Upcaster, Upcasters,
    engine::views::ViewStatus,
    model::{Chain, ExpectedRevision::Any, OnUnknown, Piece, Stored, UpcastFault},
    storage::{MemoryServer, Storage},
};
use pollster::block_on;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    ledger::now,
    support::{Hand, all, open, stream},
};

#[derive(Deserialize)]
struct NameV1 {
    name: String,
}

#[derive(Serialize, Deserialize)]
struct NameV2 {
    first: String,
    last: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct NameV3 {
    first: String,
    last: String,
    length: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Told {
    Registered(NameV3),
    MailChanged(String),
}

fn registered() -> Upcaster<NameV3> {
    Upcaster::<NameV1>::of("Registered")
        .to(|NameV1 { name }| {
            let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
            NameV2 { first: first.into(), last: last.into() }
        })
        .to(|NameV2 { first, last }| {
            let length = first.len();
            NameV3 { first, last, length }
        })
}

fn chains() -> Vec<Chain> {
    let both = |(name, mail): (Option<NameV2>, Option<String>)| {
        let name = name.map(|name| Ok(Piece { version: 2, ..Piece::new("Registered", &name)? }));
        name.into_iter().chain(mail.map(|mail| Piece::new("MailChanged", &mail))).collect()
    };
    vec![
        registered().into(),
        Upcaster::<NameV1>::of("Joined").rename("Registered", 1),
        Upcaster::of("Profile").split(&["Registered", "MailChanged"], both),
        Upcaster::<serde_json::Value>::of("Heartbeat").drop(),
    ]
}

/// An aggregate and a projection in one: both remember what they were told.
struct User(Upcasters);

impl Aggregate for User {
    type State = Vec<Told>;
    type Command = Told;
    type Event = Told;
    type Error = ();

    fn name(&self) -> &str {
        "user"
    }

    fn initial_state(&self) -> Vec<Told> {
        Vec::new()
    }

    fn decide(&self, _: &Vec<Told>, told: &Told) -> Result<Vec<Told>, ()> {
        Ok(vec![told.clone()])
    }

    fn evolve(&self, mut state: Vec<Told>, event: &Told) -> Vec<Told> {
        state.push(event.clone());
        state
    }

    fn snapshots(&self) -> Option<Snapshots<Vec<Told>>> {
        Some(Snapshots::every(2))
    }

    fn upcasters(&self) -> Option<&Upcasters> {
        Some(&self.0)
    }
}

impl Projection for User {
    type Event = Told;
    type Row = Vec<(u64, Told)>;

    fn name(&self) -> &str {
        "users"
    }

    fn types(&self) -> Vec<&str> {
        vec!["Registered", "MailChanged"]
    }

    fn project(&self, row: Option<Self::Row>, event: &Stored<'_, Told>) -> Option<Self::Row> {
        let mut row = row.unwrap_or_default();
        row.push((event.revision, event.event.clone()));
        Some(row)
    }

    fn upcasters(&self) -> Option<&Upcasters> {
        Some(&self.0)
    }
}

fn user() -> User {
    User(Upcasters::new(chains()))
}

fn old(r#type: &str, version: u32, data: serde_json::Value) -> NewEvent {
    NewEvent { version, ..NewEvent::new(r#type, &data).expect("JSON") }
}

async fn engine<S: Storage>(storage: S) -> Engine<S> {
    Engine::new(open(storage, &Hand::new(1)).await)
}

/// The state, the same as of its last revision, and the rows.
type Seen = (Vec<Told>, Vec<Told>, Option<Vec<(u64, Told)>>);

async fn seen<S: Storage>(engine: &Engine<S>) -> Seen {
    let users = engine.register(user()).expect("free");
    let view = engine.register_projector(user()).expect("free");
    engine.open_views(&|_, _, _| true).await.expect("open");
    let now = users.load("1", AsOf::Now).await.expect("a state");
    let then = users.load("1", AsOf::Revision(now.revision)).await.expect("a state");
    (now.state.to_vec(), then.state.to_vec(), view.get("user-1").map(|row| (*row).clone()))
}

fn arbitrary_event() -> impl Strategy<Value = NewEvent> {
    let name = "[A-C]( [D-F])?";
    prop_oneof![
        name.prop_map(|name| old("Registered", 1, serde_json::json!({ "name": name }))),
        name.prop_map(|name| old("Registered", 2, serde_json::json!({ "first": name, "last": "L" }))),
        name.prop_map(|name| old("Joined", 1, serde_json::json!({ "name": name }))),
        name.prop_map(|mail| old("MailChanged", 1, serde_json::json!(mail))),
        Just(old("Heartbeat", 1, serde_json::json!(null))),
        (proptest::option::of(name), proptest::option::of(name)).prop_map(|(name, mail)| {
            let name = name.map(|first| serde_json::json!({ "first": first, "last": "" }));
            old("Profile", 1, serde_json::json!([name, mail]))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_history_in_old_forms_gives_the_state_and_the_rows_of_the_same_history_in_those_of_today(
        history in prop::collection::vec(arbitrary_event(), 1..30),
    ) {
        block_on(async {
            let (older, today) = (engine(MemoryServer::default().connect()).await, engine(MemoryServer::default().connect()).await);
            let upcasters = Upcasters::new(chains());
            for event in history {
                older.store().append(stream("user-1"), vec![event], Any).await.expect("stored");
            }
            for stored in all(older.store()).await {
                let read = upcasters.read(&stored).expect("read");
                prop_assert!(read.iter().all(|piece| (piece.id, piece.position, piece.revision) == (stored.id, stored.position, stored.revision)));
                let again = read.into_iter().map(|piece| NewEvent { version: piece.version, ..NewEvent::of_json(piece.r#type, piece.data) });
                let again: Vec<NewEvent> = again.collect();
                if !again.is_empty() {
                    today.store().append(stream("user-1"), again, Any).await.expect("stored");
                }
            }
            let ((state, then, rows), (expected, _, expected_rows)) = (seen(&older).await, seen(&today).await);
            prop_assert_eq!(&state, &expected);
            prop_assert_eq!(then, expected);
            let plain = |rows: Option<Vec<(u64, Told)>>| rows.map(|rows| rows.into_iter().map(|(_, told)| told).collect::<Vec<_>>());
            prop_assert_eq!(plain(rows), plain(expected_rows));
            Ok(())
        })?;
    }
}

#[test]
fn what_is_decided_is_stored_in_the_newest_version() {
    block_on(async {
        let engine = engine(MemoryServer::default().connect()).await;
        let users = engine.register(user()).expect("free");
        let told = Told::Registered(NameV3 { first: "Ada".into(), last: "King".into(), length: 3 });
        let dispatched = users.dispatch("1", &told, &now()).await.expect("stored");
        assert_eq!(dispatched.events.iter().map(|event| event.version).collect::<Vec<_>>(), [3]);
        assert_eq!(seen(&engine_again(&engine)).await.0, [told]);
    });
}

/// Another engine over the same store.
fn engine_again<S: Storage>(engine: &Engine<S>) -> Engine<S> {
    Engine::new(engine.store().clone())
}

#[test]
fn an_event_that_cannot_be_read_fails_the_state_and_stops_the_view_before_it() {
    block_on(async {
        let engine = engine(MemoryServer::default().connect()).await;
        let good = old("Joined", 1, serde_json::json!({ "name": "Ada" }));
        // Its first piece could be read, its second could not.
        let bad = old("Profile", 1, serde_json::json!([{ "first": "Eve", "last": "" }, 5]));
        engine.store().append(stream("user-1"), vec![good, bad], Any).await.expect("stored");
        let users = engine.register(user()).expect("free");
        let view = engine.register_projector(user()).expect("free");
        engine.open_views(&|_, _, _| true).await.expect("open");
        let Err(annals::engine::LoadError::Broken(unreadable)) = users.load("1", AsOf::Now).await else {
            panic!("a state")
        };
        assert_eq!((&*unreadable.r#type, unreadable.version, unreadable.revision), ("Profile", 1, 2));
        assert_eq!((view.status(), view.position()), (ViewStatus::Stopped, 1));
        assert_eq!(view.get("user-1").map(|row| row.len()), Some(1));
    });
}

#[test]
fn faults_name_what_the_event_was_and_say_what_is_wrong() {
    block_on(async {
        let engine = engine(MemoryServer::default().connect()).await;
        let events = ["A", "B", "C", "D", "E"].map(|r#type| old(r#type, 1, serde_json::json!({})));
        let more = [old("A", 9, serde_json::json!({})), old("H", 1, serde_json::json!({}))];
        let events = events.into_iter().chain(more).collect();
        engine.store().append(stream("s"), events, Any).await.expect("stored");
        let value = Upcaster::<serde_json::Value>::of;
        let upcasters = Upcasters::new([
            Upcaster::<NameV1>::of("A").to(|NameV1 { name }| name).into(),
            value("B").rename("C", 1),
            value("C").rename("B", 1),
            value("D").split(&["F"], |_| Ok(vec![Piece::new("G", &1)?])),
            value("H").rename("A", 3),
            value("E").try_to(|_| Err::<u8, _>("no".to_owned())).into(),
        ]);
        let faults: Vec<UpcastFault> = all(engine.store())
            .await
            .iter()
            .map(|event| upcasters.read(event).expect_err("a fault"))
            .map(|error| error.why)
            .collect();
        assert!(
            matches!(&faults[0], UpcastFault::Failed { r#type, version: 1, why } if r#type == "A" && why.contains("name")),
            "{faults:?}"
        );
        assert_eq!(faults[1..3], [UpcastFault::Endless, UpcastFault::Endless]);
        assert_eq!(faults[3], UpcastFault::Unnamed { of: "D".into(), found: "G".into() });
        assert!(matches!(&faults[4], UpcastFault::Failed { why, .. } if why == "no"));
        assert_eq!(faults[5], UpcastFault::Newer { r#type: "A".into(), found: 9, newest: 2 });
        assert_eq!(faults[6], UpcastFault::TooNew { r#type: "A".into(), made: 3, newest: 2 });
        let lenient = Upcasters::new([Upcaster::<NameV1>::of("A").into()]).on_unknown(OnUnknown::Skip);
        let read: Vec<usize> =
            all(engine.store()).await.iter().map(|event| lenient.read(event).expect("read").len()).collect();
        assert_eq!(read, [1, 1, 1, 1, 1, 0, 1]);
    });
}

#[test]
fn queries_mean_what_is_stored_under_the_names_that_lead_there() {
    let upcasters = Upcasters::new(chains());
    let query = Query {
        items: vec![
            QueryItem { types: vec!["Registered".into()], ..QueryItem::default() },
            QueryItem::default(),
        ],
    };
    let stored = upcasters.stored_query(&query);
    assert_eq!(stored.items[0].types, ["Joined", "Profile", "Registered"]);
    assert_eq!(stored.items[1], QueryItem::default());
}

#[test]
fn states_and_views_that_were_kept_are_made_again_when_a_chain_has_changed() {
    block_on(async {
        let server = MemoryServer::default();
        let first = engine(server.connect()).await;
        let joined = |n: u32| old("Joined", 1, serde_json::json!({ "name": format!("A{n} B") }));
        first.store().append(stream("user-1"), (0..4).map(joined).collect(), Any).await.expect("stored");
        let users = first.register(user()).expect("free");
        let view = first.register_projector(user()).expect("free");
        first.open_views(&|_, _, _| true).await.expect("open");
        users.load("1", AsOf::Now).await.expect("a state");
        assert_eq!(users.save_snapshots().await.expect("kept"), 1);
        first.views().save(0).await.expect("saved");
        let before = view.get("user-1").map(|row| row.len());
        assert_eq!(before, Some(4));

        let second = engine(server.connect()).await;
        let changed = || User(Upcasters::new([registered().into(), Upcaster::<NameV1>::of("Joined").drop()]));
        let users = second.register(changed()).expect("free");
        let view = second.register_projector(changed()).expect("free");
        second.open_views(&|_, _, _| true).await.expect("open");
        assert_eq!(users.load("1", AsOf::Now).await.expect("a state").state.len(), 0);
        assert_eq!(view.get("user-1"), None);
    });
}
