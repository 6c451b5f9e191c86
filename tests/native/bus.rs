//! The bus: what is sent goes to the one handler of its type, once, and what comes of it comes back as it is.

use std::{cell::Cell, collections::HashMap, rc::Rc};

use annals::{
    AsOf, BusCommand, BusQuery, CommandContext, Engine, ExpectedRevision, QueryContext,
    engine::{
        HandlerNotFound, SendError,
        views::{Find, Test},
    },
    log::{EventStore, ReadStream},
    storage::{Memory, MemoryServer, Storage},
};
use futures_util::future::join_all;
use pollster::block_on;
use proptest::prelude::*;

use crate::{
    bank::{Balance, Total, Transfer, TransferError, bank, is_lost, moved, of, pay_in},
    contract::Place,
    ledger::{Ledger, Note, now},
    memory::InMemory,
    support::{Hand, all, append, event, open, stream, yielding::Unhurried},
};

async fn engine() -> Engine<Memory> {
    Engine::new(open(MemoryServer::default().connect(), &Hand::new(1)).await)
}

async fn nothing() {}

/// What a view has, by account.
fn balances<S: Storage>(engine: &Engine<S>) -> Vec<Option<u64>> {
    let view = engine.get_view::<Balance>("balances").expect("it is registered");
    ACCOUNTS.iter().map(|account| view.get(account).map(|balance| balance.amount)).collect()
}

#[test]
fn a_transfer_between_two_accounts_is_stored_whole_or_not_at_all() {
    block_on(async {
        let bank = bank(open(MemoryServer::default().connect(), &Hand::new(1)).await, nothing).await;
        pay_in(bank.store(), "a", 50).await;
        let done = bank.send_command(of("a", "b", 30)).await.expect("there is enough");
        assert_eq!((done.position, done.revisions), (3, vec![2, 1]));
        assert_eq!(balances(&bank), [Some(20), Some(30), None]);
        let refused = bank.send_command(of("a", "b", 30)).await;
        assert_eq!(refused, Err(SendError::Failed(TransferError::TooLittle(20))));
        assert_eq!(bank.store().head(), 3);
    });
}

#[test]
fn of_two_connections_that_want_the_same_money_at_once_one_is_refused() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let quick = bank(open(server.connect(), &hand).await, nothing).await;
        pay_in(quick.store(), "a", 50).await;
        let sender = quick.clone();
        let meanwhile = async move || drop(sender.send_command(of("a", "c", 50)).await.expect("the first"));
        let slow = bank(open(server.connect(), &hand).await, meanwhile).await;
        let refused = slow.send_command(of("a", "b", 50)).await;
        assert!(refused.as_ref().is_err_and(is_lost), "{refused:?}");
        slow.refresh_views().await.expect("they look");
        for bank in [&quick, &slow] {
            assert_eq!(balances(bank), [Some(0), None, Some(50)]);
            assert_eq!(bank.send_query(Total).await, Ok(50));
        }
        assert_eq!(
            slow.send_command(of("a", "b", 50)).await,
            Err(SendError::Failed(TransferError::TooLittle(0)))
        );
    });
}

const ACCOUNTS: [&str; 3] = ["a", "b", "c"];
const PAID_IN: u64 = 100;

fn transfers() -> impl Strategy<Value = Vec<Transfer>> {
    let one = (0..3_usize, 1..3_usize, 1..2 * PAID_IN)
        .prop_map(|(from, by, amount)| of(ACCOUNTS[from], ACCOUNTS[(from + by) % 3], amount));
    prop::collection::vec(one, 1..6)
}

/// Sends each transfer, again where somebody was quicker: how often that is tried is for the sender to say. How many were stored is the answer.
async fn send_all<S: Storage>(bank: &Engine<S>, transfers: &[Transfer]) -> u64 {
    let mut stored = 0;
    for transfer in transfers {
        for _ in 0..3 {
            match bank.send_command(transfer.clone()).await {
                Err(lost) if is_lost(&lost) => continue,
                Err(SendError::Failed(TransferError::TooLittle(_))) => {}
                Err(other) => panic!("{other}"),
                Ok(_) => stored += 1,
            }
            break;
        }
    }
    stored
}

/// Asks all the time how much there is.
async fn watch<S: Storage>(bank: &Engine<S>) -> u64 {
    for _ in 0..20 {
        assert_eq!(bank.send_query(Total).await, Ok(3 * PAID_IN));
        bank.refresh_views().await.expect("they look");
    }
    0
}

async fn judge<S: Storage>(store: &EventStore<S>, stored: u64) {
    let events = all(store).await;
    assert_eq!(events.len() as u64, 3 + 2 * stored, "what was answered as stored, and nothing else");
    let mut balances: HashMap<&str, i64> = HashMap::new();
    for event in &events {
        let balance = balances.entry(event.stream_id.as_str()).or_default();
        *balance += moved(event);
        assert!(*balance >= 0, "{event:?} leaves {balance}");
    }
    assert_eq!(balances.values().sum::<i64>(), 3 * PAID_IN as i64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn money_is_neither_made_nor_lost_however_transfers_race(
        by_connection in prop::collection::vec(transfers(), 3),
        seed in any::<u64>(),
    ) {
        block_on(async {
            let (hand, place) = (Hand::new(seed), Unhurried::new(InMemory::default(), seed));
            let first = open(place.connect().await, &hand).await;
            for account in ACCOUNTS {
                pay_in(&first, account, PAID_IN).await;
            }
            let mut banks = vec![bank(first, nothing).await];
            for _ in 1..by_connection.len() {
                banks.push(bank(open(place.connect().await, &hand).await, nothing).await);
            }
            let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = u64> + '_>>> = Vec::new();
            for (bank, transfers) in banks.iter().zip(&by_connection) {
                // Two at once of each connection too.
                let (some, others) = transfers.split_at(transfers.len() / 2);
                tasks.push(Box::pin(send_all(bank, some)));
                tasks.push(Box::pin(send_all(bank, others)));
                tasks.push(Box::pin(watch(bank)));
            }
            let stored = join_all(tasks).await.iter().sum();
            for bank in &banks {
                judge(bank.store(), stored).await;
                bank.refresh_views().await.expect("they look");
                assert_eq!(bank.send_query(Total).await, Ok(3 * PAID_IN));
            }
        });
    }
}

/// A command whose handler answers with what it is told to.
struct Answer<T>(Result<T, T>);

impl<T: 'static> BusCommand for Answer<T> {
    type Answer = T;
    type Error = T;
}

async fn answer<T>(Answer(answer): Answer<T>, _: CommandContext<Memory>) -> Result<T, T> {
    answer
}

struct Ask;

impl BusQuery for Ask {
    type Answer = &'static str;
    type Error = &'static str;
}

async fn nobody(_: Ask, _: QueryContext<Memory>) -> Result<&'static str, &'static str> {
    Err("nobody knows")
}

#[test]
fn what_nobody_handles_is_named_and_what_there_are_handlers_of_too() {
    block_on(async {
        let engine = engine().await;
        let Err(SendError::HandlerNotFound(not_found)) = engine.send_command(of("a", "b", 1)).await else {
            panic!("nobody handles it")
        };
        assert_eq!(not_found, HandlerNotFound { sent: "Transfer".to_owned(), known: Vec::new() });
        assert_eq!(not_found.to_string(), "expected a handler of Transfer, found no handlers");
        engine.register_command_handler(answer::<Transfer>).expect("the first of its type");
        engine.register_command_handler(answer::<u8>).expect("another type");
        engine.register_query_handler(nobody).expect("the first of its type");
        let missing = engine.send_command(of("a", "b", 1)).await.expect_err("nobody handles it");
        assert_eq!(
            missing.to_string(),
            "expected a handler of Transfer, found handlers of Answer<Transfer>, Answer<u8>"
        );
        let missing = engine.send_query(Total).await.expect_err("nobody handles it");
        assert_eq!(missing.to_string(), "expected a handler of Total, found handlers of Ask");
    });
}

#[test]
fn a_type_has_one_handler() {
    block_on(async {
        let engine = engine().await;
        engine.register_command_handler(answer::<u8>).expect("the first of its type");
        engine.register_command_handler(answer::<u16>).expect("another type");
        let refused =
            engine.register_command_handler(async |_: Answer<u8>, _| Ok(2)).expect_err("a second one");
        assert_eq!(
            refused.to_string(),
            "handler: expected one handler for each type, found a second one of Answer<u8>"
        );
        engine.register_query_handler(nobody).expect("the first of its type");
        assert!(engine.register_query_handler(nobody).is_err());
        assert_eq!(engine.send_command(Answer(Ok(1_u8))).await, Ok(1), "the first one stays");
    });
}

#[test]
fn what_a_handler_answers_reaches_the_sender_as_it_is() {
    block_on(async {
        let engine = engine().await;
        engine.register_command_handler(answer::<Rc<str>>).expect("the first of its type");
        engine.register_query_handler(nobody).expect("the first of its type");
        let own: Rc<str> = "its own".into();
        let done = engine.send_command(Answer(Ok(own.clone()))).await.expect("so it answers");
        assert!(Rc::ptr_eq(&done, &own));
        let Err(SendError::Failed(failed)) = engine.send_command(Answer(Err(own.clone()))).await else {
            panic!("so it fails")
        };
        assert!(Rc::ptr_eq(&failed, &own));
        let failed = engine.send_query(Ask).await.expect_err("nobody");
        assert_eq!(
            (failed.to_string().as_str(), failed),
            ("nobody knows", SendError::Failed("nobody knows"))
        );
    });
}

#[test]
fn a_command_is_handled_once_whatever_comes_of_it() {
    block_on(async {
        let (server, hand) = (MemoryServer::default(), Hand::new(1));
        let (times, rival) = (Rc::new(Cell::new(0)), open(server.connect(), &hand).await);
        let counted = times.clone();
        // Somebody else is always quicker.
        let meanwhile = async move || {
            counted.set(counted.get() + 1);
            pay_in(&rival, "a", 1).await;
        };
        let bank = bank(open(server.connect(), &hand).await, meanwhile).await;
        pay_in(bank.store(), "a", 50).await;
        let refused = bank.send_command(of("a", "b", 1)).await;
        assert!(refused.as_ref().is_err_and(is_lost), "{refused:?}");
        assert_eq!(times.get(), 1);
    });
}

/// Empties an account in steps.
struct Empty(&'static str, &'static str);

impl BusCommand for Empty {
    type Answer = u64;
    type Error = SendError<TransferError>;
}

/// What an account has; what it has more than another.
struct BalanceOf(&'static str);
struct Difference(&'static str, &'static str);

impl BusQuery for BalanceOf {
    type Answer = u64;
    type Error = &'static str;
}

impl BusQuery for Difference {
    type Answer = u64;
    type Error = SendError<&'static str>;
}

async fn balance_of(
    BalanceOf(account): BalanceOf,
    context: QueryContext<Memory>,
) -> Result<u64, &'static str> {
    let balances = context.get_view::<Balance>("balances").ok_or("no view")?;
    balances.get(account).map(|balance| balance.amount).ok_or("no account")
}

#[test]
fn a_handler_sends_commands_and_queries() {
    block_on(async {
        let bank = bank(open(MemoryServer::default().connect(), &Hand::new(1)).await, nothing).await;
        pay_in(bank.store(), "a", 50).await;
        bank.register_query_handler(balance_of).expect("the first of its type");
        let empty = async |Empty(from, to): Empty, context: CommandContext<Memory>| {
            let mut steps = 0;
            // What was stored is in the views by then.
            while let Ok(left @ 1..) = context.send_query(BalanceOf(from)).await {
                context.send_command(of(from, to, left.min(20))).await?;
                steps += 1;
            }
            Ok(steps)
        };
        bank.register_command_handler(empty).expect("the first of its type");
        let difference = async |Difference(more, less): Difference, context: QueryContext<Memory>| {
            let more = context.send_query(BalanceOf(more)).await?;
            Ok(more - context.send_query(BalanceOf(less)).await?)
        };
        bank.register_query_handler(difference).expect("the first of its type");
        assert_eq!(bank.send_command(Empty("a", "b")).await, Ok(3));
        assert_eq!(balances(&bank), [Some(0), Some(50), None]);
        assert_eq!(bank.send_query(Difference("b", "a")).await, Ok(50));
        let unknown = bank.send_query(Difference("b", "c")).await;
        assert_eq!(unknown, Err(SendError::Failed(SendError::Failed("no account"))));
    });
}

#[test]
fn a_handler_is_called_while_it_is_at_work() {
    block_on(async {
        let engine = engine().await;
        let (inside, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let seen = most.clone();
        let handler = async move |Answer(answer): Answer<u8>, context: CommandContext<Memory>| {
            inside.set(inside.get() + 1);
            most.set(most.get().max(inside.get()));
            append(context.store(), "s", vec![event("A")], ExpectedRevision::Any).await.expect("stored");
            inside.set(inside.get() - 1);
            answer
        };
        engine.register_command_handler(handler).expect("the first of its type");
        let all = join_all((0..3).map(|n| engine.send_command(Answer(Ok::<u8, u8>(n))))).await;
        assert_eq!((all, seen.get()), (vec![Ok(0), Ok(1), Ok(2)], 3));
    });
}

#[test]
fn a_query_reads_views_aggregates_and_the_log() {
    struct Entries;

    impl BusQuery for Entries {
        type Answer = (usize, u64, usize);
        type Error = String;
    }

    block_on(async {
        let engine = engine().await;
        let ledgers = Rc::new(engine.register(Ledger).expect("the name is free"));
        ledgers.dispatch("l", &Note::Add(1, 3), &now()).await.expect("noted");
        let captured = ledgers.clone();
        let entries = async move |_: Entries, context: QueryContext<Memory>| {
            let told = |error: &dyn std::error::Error| error.to_string();
            let loaded =
                context.load(&captured, "l", AsOf::Revision(2)).await.map_err(|error| told(&error))?;
            let stream = stream("ledger-l");
            let mut reader =
                context.read_stream(stream, ReadStream::default()).await.map_err(|error| told(&error))?;
            let events = reader.to_vec().await.map_err(|error| told(&error))?;
            let all = context.read_all(Default::default()).await.map_err(|error| told(&error))?;
            Ok((loaded.state.0.len(), all.head(), events.len()))
        };
        engine.register_query_handler(entries).expect("the first of its type");
        assert_eq!(engine.send_query(Entries).await, Ok((2, 3, 3)));
    });
}

#[test]
fn a_query_is_answered_from_a_view() {
    struct Richer(u32);

    impl BusQuery for Richer {
        type Answer = Vec<u64>;
        type Error = String;
    }

    block_on(async {
        let bank = bank(open(MemoryServer::default().connect(), &Hand::new(1)).await, nothing).await;
        let richer = async |Richer(least): Richer, context: QueryContext<Memory>| {
            let view = context.get_view::<Balance>("balances").ok_or("no such view")?;
            let find =
                Find::all().filter("amount", Test::Gte(least.into())).and_then(|it| it.order_by("amount"));
            let rows = view.find(&find.map_err(|invalid| invalid.to_string())?);
            Ok(rows.iter().map(|row| row.amount).collect())
        };
        bank.register_query_handler(richer).expect("the first of its type");
        assert_eq!(bank.send_query(Richer(20)).await, Ok(vec![]));
        for (account, amount) in [("a", 10), ("b", 20), ("c", 30)] {
            pay_in(bank.store(), account, amount).await;
        }
        assert_eq!(bank.send_query(Richer(20)).await, Ok(vec![20, 30]));
        bank.send_command(of("b", "a", 15)).await.expect("there is enough");
        assert_eq!(bank.send_query(Richer(20)).await, Ok(vec![25, 30]));
    });
}

#[test]
fn events_that_no_projection_takes_are_normal() {
    block_on(async {
        let bank = bank(open(MemoryServer::default().connect(), &Hand::new(1)).await, nothing).await;
        let view = bank.get_view::<Balance>("balances").expect("it is registered");
        let noted = append(bank.store(), "a", vec![event("Noted")], ExpectedRevision::Any).await;
        assert_eq!(noted.expect("stored").position, 1);
        pay_in(bank.store(), "a", 50).await;
        append(bank.store(), "n", vec![event("Noted")], ExpectedRevision::Any).await.expect("stored");
        assert_eq!((view.position(), view.fault()), (3, None));
        assert_eq!(bank.send_query(Total).await, Ok(50));
        let alone = engine().await;
        append(alone.store(), "n", vec![event("Noted")], ExpectedRevision::Any).await.expect("stored");
        assert_eq!(all(alone.store()).await.len(), 1);
    });
}
