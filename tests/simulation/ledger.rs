//! What the tabs do business with: accounts, an aggregate, and what is on shelves, a projection; and both by plain code.

use std::collections::BTreeMap;

use annals::{
    Aggregate, Projection, Snapshots,
    model::{RecordedEvent, RowKeys, Stored, category_of},
};
use serde::{Deserialize, Serialize};

pub const ACCOUNTS: [&str; 3] = ["ada", "bob", "cyd"];

pub struct Account;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    pub is_open: bool,
    pub balance: u64,
    /// How often it was changed, and by which amounts: a fold that misses or doubles an event shows.
    pub trail: Vec<i64>,
}

#[derive(Debug, Clone)]
pub enum Order {
    Deposit(u64),
    Withdraw(u64),
    Close,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Booked {
    Opened,
    Deposited(u64),
    Withdrawn(u64),
    Closed,
}

/// The balance that did not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLittle(pub u64);

impl Aggregate for Account {
    type State = Standing;
    type Command = Order;
    type Event = Booked;
    type Error = TooLittle;

    fn name(&self) -> &str {
        "account"
    }

    fn initial_state(&self) -> Standing {
        Standing::default()
    }

    fn decide(&self, state: &Standing, order: &Order) -> Result<Vec<Booked>, TooLittle> {
        Ok(match *order {
            Order::Deposit(amount) if state.is_open => vec![Booked::Deposited(amount)],
            Order::Deposit(amount) => vec![Booked::Opened, Booked::Deposited(amount)],
            Order::Withdraw(0) => vec![],
            Order::Withdraw(amount) if amount > state.balance => return Err(TooLittle(state.balance)),
            Order::Withdraw(amount) => vec![Booked::Withdrawn(amount)],
            Order::Close if !state.is_open => vec![],
            Order::Close if state.balance == 0 => vec![Booked::Closed],
            Order::Close => vec![Booked::Withdrawn(state.balance), Booked::Closed],
        })
    }

    fn evolve(&self, mut state: Standing, event: &Booked) -> Standing {
        let by = match *event {
            Booked::Opened => 0,
            Booked::Deposited(amount) => amount as i64,
            Booked::Withdrawn(amount) => -(amount as i64),
            Booked::Closed => 0,
        };
        state.is_open = !matches!(event, Booked::Closed);
        state.balance = state.balance.saturating_add_signed(by);
        state.trail.push(by);
        state
    }

    fn snapshots(&self) -> Option<Snapshots<Standing>> {
        Some(Snapshots::every(3))
    }
}

/// An account by plain code; an error if its events break the rules.
pub fn standing<'a>(events: impl Iterator<Item = &'a RecordedEvent>) -> Result<Standing, String> {
    let (mut is_open, mut balance, mut trail) = (false, 0_u64, Vec::new());
    for event in events {
        let amount = || event.data.parse::<u64>().expect("an amount");
        let is_fit = match event.r#type.as_str() {
            "Opened" => !std::mem::replace(&mut is_open, true),
            "Closed" => std::mem::replace(&mut is_open, false) && balance == 0,
            "Deposited" => {
                balance += amount();
                is_open
            }
            "Withdrawn" => {
                let before = balance;
                balance = balance.saturating_sub(amount());
                is_open && before >= amount()
            }
            _ => false,
        };
        if !is_fit {
            return Err(format!("{} breaks the rules of an account: {event:?}", event.position));
        }
        trail.push(match event.r#type.as_str() {
            "Deposited" => amount() as i64,
            "Withdrawn" => -(amount() as i64),
            _ => 0,
        });
    }
    Ok(Standing { is_open, balance, trail })
}

pub const SHELVES: usize = 6;

/// What is on shelves: events of accounts are on the shelf of their stream, others say on which.
pub struct Stock;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    pub name: String,
    pub count: i64,
    /// The positions of all events that have changed it.
    pub seen: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Moved {
    Deposited(u64),
    Withdrawn(u64),
    Closed,
    Put { on: Vec<String>, by: i64 },
    Cleared { shelf: String },
}

impl Projection for Stock {
    type Event = Moved;
    type Row = Shelf;

    fn name(&self) -> &str {
        "stock"
    }

    fn types(&self) -> Vec<&str> {
        vec!["Deposited", "Withdrawn", "Closed", "Put", "Cleared"]
    }

    fn indexes(&self) -> Vec<&str> {
        vec!["count"]
    }

    fn rows<'a>(&self, event: &Stored<'a, Moved>) -> RowKeys<'a> {
        match &event.event {
            Moved::Put { on, .. } if on.is_empty() => RowKeys::None,
            Moved::Put { on, .. } => RowKeys::Many(on.clone()),
            Moved::Cleared { shelf } => RowKeys::One(shelf.clone().into()),
            _ => RowKeys::One(event.stream_id.into()),
        }
    }

    fn project(&self, row: Option<Shelf>, event: &Stored<'_, Moved>) -> Option<Shelf> {
        let by = match &event.event {
            Moved::Deposited(amount) => *amount as i64,
            Moved::Withdrawn(amount) => -(*amount as i64),
            Moved::Put { by, .. } => *by,
            Moved::Closed | Moved::Cleared { .. } => return None,
        };
        let name = match &event.event {
            Moved::Put { on, .. } => on.join("+"),
            _ => event.stream_id.to_owned(),
        };
        let mut row = row.unwrap_or(Shelf { name, count: 0, seen: Vec::new() });
        row.count += by;
        row.seen.push(event.position);
        Some(row)
    }
}

/// The shelves by plain code, in the order of their keys.
pub fn shelves(events: &[RecordedEvent]) -> Vec<Shelf> {
    let mut shelves: BTreeMap<String, Shelf> = BTreeMap::new();
    for event in events {
        let of_account = category_of(event.stream_id.as_str()) == "account";
        let (keys, by) = match event.r#type.as_str() {
            "Deposited" if of_account => {
                (vec![event.stream_id.as_str().to_owned()], event.data.parse::<i64>().expect("an amount"))
            }
            "Withdrawn" if of_account => {
                (vec![event.stream_id.as_str().to_owned()], -event.data.parse::<i64>().expect("an amount"))
            }
            "Put" => {
                let data: serde_json::Value = event.data.parse().expect("JSON");
                let keys = data["on"].as_array().into_iter().flatten();
                (
                    keys.filter_map(|key| key.as_str().map(str::to_owned)).collect(),
                    data["by"].as_i64().unwrap_or_default(),
                )
            }
            "Closed" => {
                shelves.remove(event.stream_id.as_str());
                continue;
            }
            "Cleared" => {
                let data: serde_json::Value = event.data.parse().expect("JSON");
                shelves.remove(data["shelf"].as_str().unwrap_or_default());
                continue;
            }
            _ => continue,
        };
        let name = if of_account { event.stream_id.as_str().to_owned() } else { keys.join("+") };
        for key in &keys {
            let shelf = shelves.entry(key.clone()).or_insert_with(|| Shelf {
                name: name.clone(),
                count: 0,
                seen: Vec::new(),
            });
            shelf.count += by;
            shelf.seen.push(event.position);
        }
    }
    shelves.into_values().collect()
}
