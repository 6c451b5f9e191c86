//! A bank: accounts between which money goes, by a command that no account can decide alone.

use annals::{
    BusCommand, BusQuery, CommandContext, Condition, Engine, ExpectedRevision, NewEvent, Projection, Query,
    QueryContext, QueryItem, ReadAll, RecordedEvent,
    engine::{SendError, views::Find},
    log::{AppendError, EventStore, ReadError},
    model::{AppendResult, Refusal, Stored, Write},
    storage::Storage,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::support::{append, stream};

/// Money from one account to another, or not at all.
#[derive(Debug, Clone)]
pub struct Transfer {
    pub from: String,
    pub to: String,
    pub amount: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransferError {
    #[error("only {0} left")]
    TooLittle(u64),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl BusCommand for Transfer {
    type Answer = AppendResult;
    type Error = TransferError;
}

/// How much there is in all accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no such view")]
pub struct NoBalances;

impl BusQuery for Total {
    type Answer = u64;
    type Error = NoBalances;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Moved {
    MoneyIn(u64),
    MoneyOut(u64),
}

/// What every account has.
pub struct Balances;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    pub amount: u64,
}

impl Projection for Balances {
    type Event = Moved;
    type Row = Balance;

    fn name(&self) -> &str {
        "balances"
    }

    fn types(&self) -> Vec<&str> {
        vec!["MoneyIn", "MoneyOut"]
    }

    fn indexes(&self) -> Vec<&str> {
        vec!["amount"]
    }

    fn project(&self, row: Option<Balance>, event: &Stored<'_, Moved>) -> Option<Balance> {
        let before = row.map_or(0, |row| row.amount);
        let amount = match event.event {
            Moved::MoneyIn(amount) => before + amount,
            Moved::MoneyOut(amount) => before.checked_sub(amount).expect("no account owes anything"),
        };
        Some(Balance { amount })
    }
}

/// An engine that transfers money. `meanwhile` is what happens while it has decided, and nothing is stored yet.
pub async fn bank<S: Storage>(store: EventStore<S>, meanwhile: impl AsyncFn() + 'static) -> Engine<S> {
    let engine = Engine::new(store);
    engine.register_projector(Balances).expect("the name is free");
    engine.open_views(&|_, _, _| true).await.expect("they open");
    let transfer = async move |command: Transfer, context: CommandContext<S>| {
        transfer(&command, &context, &meanwhile).await
    };
    engine.register_command_handler(transfer).expect("the first of its type");
    engine.register_query_handler(total).expect("the first of its type");
    engine
}

async fn transfer<S: Storage>(
    Transfer { from, to, amount }: &Transfer,
    context: &CommandContext<S>,
    meanwhile: &impl AsyncFn(),
) -> Result<AppendResult, TransferError> {
    let of_payer = Query::of(QueryItem { streams: vec![from.clone()], ..QueryItem::default() });
    let read = ReadAll { query: Some(of_payer.clone()), ..ReadAll::default() };
    let mut reader = context.store().read_all(read).await?;
    let balance = reader.to_vec().await?.iter().map(moved).sum::<i64>() as u64;
    if balance < *amount {
        return Err(TransferError::TooLittle(balance));
    }
    meanwhile().await;
    let nothing_since = Condition { fail_if_events_match: of_payer, after: reader.head() };
    let writes = vec![write(from, "MoneyOut", *amount), write(to, "MoneyIn", *amount)];
    Ok(context.store().append_many(writes, Some(nothing_since)).await?)
}

async fn total<S: Storage>(_: Total, context: QueryContext<S>) -> Result<u64, NoBalances> {
    let balances = context.get_view::<Balance>("balances").ok_or(NoBalances)?;
    Ok(balances.find(&Find::all()).iter().map(|balance| balance.amount).sum())
}

fn write(account: &str, r#type: &str, amount: u64) -> Write {
    let events = vec![NewEvent::new(r#type, &amount).expect("JSON")];
    Write { stream_id: stream(account), expected: ExpectedRevision::Any, events }
}

/// What an event changes of its account.
pub fn moved(event: &RecordedEvent) -> i64 {
    let amount: i64 = event.data.parse().expect("an amount");
    if event.r#type == "MoneyOut" { -amount } else { amount }
}

pub async fn pay_in<S: Storage>(store: &EventStore<S>, account: &str, amount: u64) {
    let event = NewEvent::new("MoneyIn", &amount).expect("JSON");
    append(store, account, vec![event], ExpectedRevision::Any).await.expect("stored");
}

/// Whether somebody else was quicker.
pub fn is_lost(error: &SendError<TransferError>) -> bool {
    matches!(
        error,
        SendError::Failed(TransferError::Append(AppendError::Refused(Refusal::ConditionFailed(_))))
    )
}

pub fn of(from: &str, to: &str, amount: u64) -> Transfer {
    Transfer { from: from.to_owned(), to: to.to_owned(), amount }
}
