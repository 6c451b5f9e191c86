//! Snapshots: they save reading, and change no answer.

use std::{cell::Cell, collections::BTreeMap, rc::Rc};

use annals::{
    Aggregate, AsOf, Engine,
    engine::{DispatchOptions, Repository, SnapshotError},
    model::Snapshots,
    storage::{Checkpoint, Contents, Memory, MemoryServer, Storage, ViewKey, ViewSave},
};
use pollster::block_on;
use proptest::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

use crate::support::{
    Hand,
    faulty::{FAULTS, Faulty, Plan},
    open,
    world::merge_all,
};

/// An account, whose state is kept as it is told to.
#[derive(Clone, Default)]
struct Accounts {
    every: Option<u64>,
    version: u32,
    /// How many events states were made of.
    evolved: Rc<Cell<usize>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Account {
    count: u64,
    sum: f64,
    last: String,
    #[serde(serialize_with = "fit")]
    is_unfit: bool,
}

fn fit<S: Serializer>(is_unfit: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    if *is_unfit { Err(serde::ser::Error::custom("for a test")) } else { serializer.serialize_bool(false) }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum AccountEvent {
    Paid { amount: f64, note: String },
    Spoilt,
    Mended,
}
use AccountEvent::{Mended, Paid, Spoilt};

impl Aggregate for Accounts {
    type State = Account;
    type Command = Vec<AccountEvent>;
    type Event = AccountEvent;
    type Error = ();

    fn name(&self) -> &str {
        "account"
    }

    fn initial_state(&self) -> Account {
        Account::default()
    }

    fn decide(&self, _: &Account, command: &Vec<AccountEvent>) -> Result<Vec<AccountEvent>, ()> {
        Ok(command.clone())
    }

    fn evolve(&self, account: Account, event: &AccountEvent) -> Account {
        self.evolved.set(self.evolved.get() + 1);
        let count = account.count + 1;
        match event {
            Paid { amount, note } => {
                Account { count, sum: account.sum + amount, last: note.clone(), ..account }
            }
            Spoilt => Account { count, is_unfit: true, ..account },
            Mended => Account { count, is_unfit: false, ..account },
        }
    }

    fn snapshots(&self) -> Option<Snapshots<Account>> {
        self.every.map(|every| Snapshots::every(every).version(self.version))
    }
}

fn every(events: u64) -> Accounts {
    Accounts { every: Some(events), ..Accounts::default() }
}

type Opened<S> = (Engine<S>, Repository<S, Accounts>);

async fn opened<S: Storage>(storage: S, accounts: &Accounts) -> Opened<S> {
    // Ids of its own for each connection.
    thread_local!(static SEED: Cell<u64> = const { Cell::new(0) });
    let seed = SEED.replace(SEED.get() + 1);
    let engine = Engine::new(open(storage, &Hand::new(seed)).await);
    let accounts = engine.register(accounts.clone()).expect("the name is free");
    (engine, accounts)
}

fn paid(amount: f64) -> AccountEvent {
    Paid { amount, note: format!("of {amount}") }
}

async fn pay<S: Storage>((_, accounts): &Opened<S>, id: &str, events: &[AccountEvent]) {
    accounts.dispatch(id, &events.to_vec(), &DispatchOptions::default()).await.expect("stored");
}

async fn state<S: Storage>((_, accounts): &Opened<S>, id: &str) -> Rc<Account> {
    accounts.load(id, AsOf::Now).await.expect("a state").state
}

fn fold(events: &[AccountEvent]) -> Account {
    let accounts = Accounts::default();
    events.iter().fold(Account::default(), |account, event| accounts.evolve(account, event))
}

fn some(count: usize) -> Vec<AccountEvent> {
    (0..count).map(|n| paid(n as f64 / 3.0)).collect()
}

#[test]
fn a_long_history_is_loaded_from_the_state_that_was_kept_and_what_came_after_it() {
    block_on(async {
        for is_merged in [false, true] {
            let server = MemoryServer::default();
            let first = opened(server.connect(), &every(100)).await;
            pay(&first, "a", &some(99)).await;
            assert!(!first.1.has_snapshots_due());
            pay(&first, "a", &some(900)).await;
            assert!(first.1.has_snapshots_due());
            assert_eq!(first.1.save_snapshots().await, Ok(1));
            assert!(!first.1.has_snapshots_due());
            pay(&first, "a", &some(7)).await;
            if is_merged {
                merge_all(first.0.store()).await;
            }
            let accounts = every(100);
            let cold = opened(server.connect(), &accounts).await;
            assert_eq!(*state(&cold, "a").await, *state(&first, "a").await);
            assert_eq!(accounts.evolved.get(), 7);
            let past = cold.1.load("a", AsOf::Revision(1_000)).await.expect("a state");
            assert_eq!((past.revision, past.state.count), (1_000, 1_000));
            let before = cold.1.load("a", AsOf::Revision(998)).await.expect("a state");
            assert_eq!((before.revision, before.state.count), (998, 998));
        }
    });
}

#[test]
fn what_was_loaded_by_replay_is_kept_too() {
    block_on(async {
        let server = MemoryServer::default();
        pay(&opened(server.connect(), &Accounts::default()).await, "a", &some(50)).await;
        let loaded = opened(server.connect(), &every(10)).await;
        state(&loaded, "a").await;
        assert_eq!(loaded.1.save_snapshots().await, Ok(1));
        let accounts = every(10);
        let cold = opened(server.connect(), &accounts).await;
        assert_eq!((state(&cold, "a").await.count, accounts.evolved.get()), (50, 0));
        assert!(!cold.1.has_snapshots_due());
    });
}

#[test]
fn a_state_that_another_version_has_kept_is_not_read_and_is_forgotten() {
    block_on(async {
        let server = MemoryServer::default();
        let old = opened(server.connect(), &every(10)).await;
        for id in ["a", "b"] {
            pay(&old, id, &some(20)).await;
        }
        assert_eq!(old.1.save_snapshots().await, Ok(2));
        let accounts = Accounts { version: 2, ..every(10) };
        let new = opened(server.connect(), &accounts).await;
        assert_eq!((state(&new, "a").await.count, accounts.evolved.get()), (20, 20));
        assert_eq!(server.contents().snapshots.len(), 2);
        assert_eq!(new.1.save_snapshots().await, Ok(1));
        let kept: Vec<(String, String)> =
            server.contents().snapshots.into_keys().map(|key| (key.version, key.id)).collect();
        assert_eq!(kept, [("2".to_owned(), "a".to_owned())]);
    });
}

#[test]
fn a_kept_state_that_is_damaged_is_forgotten_and_made_again() {
    block_on(async {
        let server = MemoryServer::default();
        let first = opened(server.connect(), &every(10)).await;
        pay(&first, "a", &some(20)).await;
        first.1.save_snapshots().await.expect("kept");
        let (revision, sound) = server.contents().snapshots.into_values().next().expect("it is kept");
        let last = sound.len() - 1;
        let mut flipped = sound.clone();
        flipped[last / 2] ^= 1;
        let damaged = [
            (revision, flipped),
            (revision, sound[..last].to_vec()),
            (revision, sound[..3].to_vec()),
            (revision, Vec::new()),
            (revision - 1, sound.clone()),
            (u64::MAX, sound.clone()),
        ];
        for (n, damage) in damaged.into_iter().enumerate() {
            server.tamper(|contents| contents.snapshots.values_mut().for_each(|kept| *kept = damage.clone()));
            let cold = opened(server.connect(), &every(10)).await;
            assert_eq!(*state(&cold, "a").await, fold(&some(20)), "damage {n}");
            assert!(server.contents().snapshots.is_empty(), "damage {n}");
            assert_eq!(cold.1.save_snapshots().await, Ok(1), "damage {n}");
            assert_eq!(server.contents().snapshots.into_values().next(), Some((revision, sound.clone())));
        }
    });
}

#[test]
fn a_state_that_cannot_be_written_is_told_and_the_aggregate_works_on() {
    block_on(async {
        let server = MemoryServer::default();
        let first = opened(server.connect(), &every(10)).await;
        pay(&first, "a", &some(20)).await;
        pay(&first, "a", &[Spoilt]).await;
        pay(&first, "b", &some(10)).await;
        let told = first.1.save_snapshots().await.expect_err("it is told");
        assert_eq!(told.to_string(), "the state of \"account-a\" cannot be kept: for a test");
        let kept: Vec<String> = server.contents().snapshots.into_keys().map(|key| key.id).collect();
        assert_eq!(kept, ["b"], "the others are kept");
        pay(&first, "a", &some(8)).await;
        assert!(!first.1.has_snapshots_due(), "not at every event again");
        pay(&first, "a", &[Mended, paid(1.0)]).await;
        assert_eq!(first.1.save_snapshots().await, Ok(1));
        let cold = opened(server.connect(), &every(10)).await;
        assert_eq!(*state(&cold, "a").await, *state(&first, "a").await);
    });
}

#[test]
fn what_a_storage_cannot_keep_or_recall_fails_no_command_that_is_stored() {
    block_on(async {
        for fault in FAULTS {
            let (server, plan) = (MemoryServer::default(), Plan::default());
            let shaky = opened(Faulty { inner: server.connect(), plan: plan.clone() }, &every(10)).await;
            pay(&shaky, "a", &some(10)).await;
            for call in 0..3 {
                plan.fail(call, fault);
                let saved = shaky.1.save_snapshots().await;
                assert!(matches!(saved, Ok(0..=1) | Err(SnapshotError::Log(_))), "{saved:?}");
                plan.heal();
                assert!(!shaky.1.has_snapshots_due());
                pay(&shaky, "a", &some(10)).await;
                assert!(shaky.1.has_snapshots_due());
            }
            let accounts = every(10);
            let cold = opened(server.connect(), &accounts).await;
            assert_eq!(state(&cold, "a").await.count, 40);
        }
    });
}

#[test]
fn repairing_forgets_what_was_made_of_lost_events() {
    block_on(async {
        let server = MemoryServer::default();
        let first = opened(server.connect(), &every(10)).await;
        pay(&first, "a", &some(10)).await;
        first.1.save_snapshots().await.expect("kept");
        let key = ViewKey { name: "balances".to_owned(), version: "1".to_owned() };
        let checkpoint = Checkpoint { position: 1, layout: 1, bytes: Vec::new() };
        let save = ViewSave { key: &key, since: 0, checkpoint: &checkpoint, buckets: &[] };
        server.connect().keep_view(&save).await.expect("kept");
        first.0.store().repair().await.expect("repaired");
        assert!(server.contents().snapshots.is_empty());
        assert!(server.contents().views.is_empty());
    });
}

#[test]
fn a_kept_state_that_cannot_be_asked_for_fails_no_reading() {
    block_on(async {
        let server = MemoryServer::default();
        let first = opened(server.connect(), &every(10)).await;
        pay(&first, "a", &some(20)).await;
        first.1.save_snapshots().await.expect("kept");
        for fault in FAULTS {
            let plan = Plan::default();
            let accounts = every(10);
            let shaky = opened(Faulty { inner: server.connect(), plan: plan.clone() }, &accounts).await;
            plan.fail(1, fault); // After the look at what is stored elsewhere.
            assert_eq!(*state(&shaky, "a").await, fold(&some(20)), "{fault:?}");
        }
    });
}

#[test]
fn a_kept_state_of_a_history_that_was_lost_is_not_believed() {
    block_on(async {
        let server = MemoryServer::default();
        let first = opened(server.connect(), &every(10)).await;
        pay(&first, "a", &some(5)).await;
        let backup = server.contents();
        pay(&first, "a", &some(15)).await;
        first.1.save_snapshots().await.expect("kept");
        // A backup put back, or a loss of power, takes the newest events, and what stands beside them stays.
        server.tamper(|contents| {
            *contents = Contents { snapshots: contents.snapshots.clone(), ..backup };
        });
        let others: Vec<AccountEvent> = (0..25).map(|n| paid(f64::from(n) * 7.0)).collect();
        pay(&opened(server.connect(), &Accounts::default()).await, "a", &others).await;
        let history = [some(5), others].concat();
        for _ in 0..2 {
            let cold = opened(server.connect(), &every(10)).await;
            assert_eq!(*state(&cold, "a").await, fold(&history));
            let past = cold.1.load("a", AsOf::Revision(22)).await.expect("a state");
            assert_eq!(*past.state, fold(&history[..22]));
            cold.1.save_snapshots().await.expect("kept");
        }
    });
}

#[test]
fn a_state_that_was_made_of_lost_events_is_not_believed_though_it_is_kept_after_the_repair() {
    block_on(async {
        let server = MemoryServer::default();
        let first = opened(server.connect(), &every(10)).await;
        let other = opened(server.connect(), &every(10)).await;
        for event in some(12) {
            pay(&first, "a", &[event]).await;
        }
        state(&other, "a").await;
        server.tamper(|contents| {
            let bytes = contents.commits.values_mut().next().expect("a record");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        });
        let repaired = first.0.store().repair().await.expect("repaired");
        assert!(!repaired.lost.is_empty());
        for connection in [&first, &other] {
            connection.1.save_snapshots().await.expect("answered");
        }
        let plain = opened(server.connect(), &Accounts::default()).await;
        pay(&plain, "a", &some(30)).await;
        let cold = opened(server.connect(), &every(10)).await;
        assert_eq!(*state(&cold, "a").await, *state(&plain, "a").await);
    });
}

#[test]
fn an_aggregate_whose_newest_events_were_lost_goes_on_with_the_rest() {
    block_on(async {
        let server = MemoryServer::default();
        let first = opened(server.connect(), &Accounts::default()).await;
        for event in some(300) {
            pay(&first, "a", &[event]).await;
        }
        merge_all(first.0.store()).await;
        server.tamper(|contents| {
            let largest = contents.segments.values_mut().max_by_key(|bytes| bytes.len()).expect("a record");
            let middle = largest.len() / 2;
            largest[middle] ^= 1;
        });
        assert!(!first.0.store().repair().await.expect("repaired").lost.is_empty());
        let cold = opened(server.connect(), &Accounts::default()).await;
        pay(&cold, "a", &some(2)).await;
        let loaded = cold.1.load("a", AsOf::Now).await.expect("a state");
        assert_eq!(loaded.revision, 302, "lost ones count");
        assert!(loaded.state.count < 302, "but make no state");
    });
}

#[derive(Debug, Clone)]
enum Step {
    Pay { connection: usize, id: usize, events: Vec<AccountEvent> },
    Load { connection: usize, id: usize, revision: Option<u64> },
    Save { connection: usize },
    Reopen { connection: usize, every: Option<u64>, version: u32 },
    Merge,
    Damage { byte: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = prop_oneof![
        8 => (any::<f64>().prop_filter("JSON has no others", |amount| amount.is_finite()), "[a-z]{0,4}")
            .prop_map(|(amount, note)| Paid { amount: amount / 1e10, note }),
        1 => Just(Spoilt),
        2 => Just(Mended),
    ];
    let (connection, id) = (0..CONNECTIONS, 0..IDS);
    let step = prop_oneof![
        6 => (connection.clone(), id.clone(), prop::collection::vec(event, 1..6))
            .prop_map(|(connection, id, events)| Step::Pay { connection, id, events }),
        4 => (connection.clone(), id, prop::option::of(0_u64..40))
            .prop_map(|(connection, id, revision)| Step::Load { connection, id, revision }),
        3 => connection.clone().prop_map(|connection| Step::Save { connection }),
        3 => (connection, prop::option::of(1_u64..12), 1_u32..3)
            .prop_map(|(connection, every, version)| Step::Reopen { connection, every, version }),
        1 => Just(Step::Merge),
        1 => (0_usize..100).prop_map(|byte| Step::Damage { byte }),
    ];
    prop::collection::vec(step, 1..60)
}

const CONNECTIONS: usize = 3;
const IDS: usize = 2;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_policy_of_any_connection_gives_the_answers_of_none(steps in steps()) {
        block_on(async {
            let server = MemoryServer::default();
            let mut connections: Vec<Opened<Memory>> = Vec::new();
            for n in 0..CONNECTIONS {
                connections.push(opened(server.connect(), &every(n as u64 + 1)).await);
            }
            let mut histories: BTreeMap<usize, Vec<AccountEvent>> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Pay { connection, id, events } => {
                        let (_, accounts) = &connections[connection];
                        let done = accounts.dispatch(&id.to_string(), &events, &DispatchOptions::default()).await;
                        let history = histories.entry(id).or_default();
                        history.extend(events);
                        prop_assert_eq!(&*done.expect("stored").state, &fold(history));
                    }
                    Step::Load { connection, id, revision } => {
                        let history = histories.get(&id).map_or(&[][..], Vec::as_slice);
                        let count = revision.map_or(history.len(), |revision| history.len().min(revision as usize));
                        let as_of = revision.map_or(AsOf::Now, AsOf::Revision);
                        let loaded = connections[connection].1.load(&id.to_string(), as_of).await.expect("a state");
                        prop_assert_eq!((&*loaded.state, loaded.revision), (&fold(&history[..count]), count as u64));
                    }
                    Step::Save { connection } => {
                        let saved = connections[connection].1.save_snapshots().await;
                        let is_log = matches!(saved, Err(SnapshotError::Log(_)));
                        prop_assert!(!is_log);
                    }
                    Step::Reopen { connection, every, version } => {
                        let accounts = Accounts { every, version, ..Accounts::default() };
                        connections[connection] = opened(server.connect(), &accounts).await;
                    }
                    Step::Merge => { merge_all(connections[0].0.store()).await; }
                    Step::Damage { byte } => server.tamper(|contents| {
                        for (_, bytes) in contents.snapshots.values_mut() {
                            let length = bytes.len();
                            bytes[byte % length] ^= 0x10;
                        }
                    }),
                }
            }
            Ok(())
        })?;
    }
}
