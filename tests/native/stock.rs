//! Shelves and what is moved to them: a projection that has all that one can have, and the same by plain code.

use std::{cell::Cell, collections::BTreeMap};

use annals::{
    Engine, Projection, View,
    engine::views::{Find, ViewStatus},
    log::MergePolicy,
    model::{NewEvent, OnError, RecordedEvent, RowKeys, Stored, category_of},
    storage::Storage,
};
use proptest::{prelude::*, sample::select};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::support::{Hand, world::open_with};

thread_local! {
    /// Whether the code can read odd events.
    static READS_ODD: Cell<bool> = const { Cell::new(true) };
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// Mends the code that reads events, or breaks it.
pub fn read_odd_events(does: bool) {
    READS_ODD.set(does);
}

/// What is folded.
#[derive(Debug, Clone)]
pub struct Stock {
    pub name: &'static str,
    pub version: u32,
    pub categories: &'static [&'static str],
    pub on_error: OnError,
}

/// What stands on a shelf, and the positions of the events that have changed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shelf {
    pub count: i64,
    pub label: String,
    pub seen: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum StockEvent {
    /// To each of some shelves, or from them; one with nothing on it is no shelf.
    Moved {
        to: Vec<String>,
        by: i64,
    },
    Labelled {
        shelf: String,
        label: String,
    },
    /// Changes nothing.
    Looked {
        shelf: String,
    },
    Cleared {
        shelves: Vec<String>,
    },
    Odd {
        shelf: String,
        #[serde(deserialize_with = "odd")]
        by: i64,
    },
}

fn odd<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    if READS_ODD.get() { i64::deserialize(deserializer) } else { Err(serde::de::Error::custom("it is odd")) }
}

impl Projection for Stock {
    type Event = StockEvent;
    type Row = Shelf;

    fn name(&self) -> &str {
        self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn types(&self) -> Vec<&str> {
        TYPES.to_vec()
    }

    fn categories(&self) -> Vec<&str> {
        self.categories.to_vec()
    }

    fn indexes(&self) -> Vec<&str> {
        vec!["count", "label"]
    }

    fn rows<'a>(&self, event: &Stored<'a, StockEvent>) -> RowKeys<'a> {
        match &event.event {
            StockEvent::Moved { to: many, .. } | StockEvent::Cleared { shelves: many } if many.is_empty() => {
                RowKeys::None
            }
            StockEvent::Moved { to: many, .. } | StockEvent::Cleared { shelves: many } => {
                RowKeys::Many(many.clone())
            }
            StockEvent::Labelled { shelf, .. }
            | StockEvent::Looked { shelf }
            | StockEvent::Odd { shelf, .. } => RowKeys::One(shelf.clone().into()),
        }
    }

    fn project(&self, row: Option<Shelf>, event: &Stored<'_, StockEvent>) -> Option<Shelf> {
        match &event.event {
            StockEvent::Moved { by, .. } | StockEvent::Odd { by, .. } => {
                let mut row = row.unwrap_or(Shelf { count: 0, label: String::new(), seen: Vec::new() });
                row.count += by;
                row.seen.push(event.position);
                (row.count != 0).then_some(row)
            }
            StockEvent::Labelled { label, .. } => {
                let mut row = row?;
                if row.label != *label {
                    row.label.clone_from(label);
                    row.seen.push(event.position);
                }
                Some(row)
            }
            StockEvent::Looked { .. } => row,
            StockEvent::Cleared { .. } => None,
        }
    }

    fn on_error(&self) -> OnError {
        self.on_error
    }
}

const TYPES: [&str; 5] = ["Moved", "Labelled", "Looked", "Cleared", "Odd"];

/// A view as plain code makes it of all events, one after another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plain {
    pub rows: BTreeMap<String, Shelf>,
    pub letters: Vec<u64>,
    pub stopped_at: Option<u64>,
    pub position: u64,
    pub updated_at: u64,
}

/// What a view has to be once it has taken in the events up to a position.
pub fn plain(events: &[RecordedEvent], stock: &Stock, up_to: u64) -> Plain {
    let mut plain = Plain { position: up_to, ..Plain::default() };
    for event in events.iter().filter(|event| event.position <= up_to) {
        let category = category_of(event.stream_id.as_str());
        if !TYPES.contains(&&*event.r#type)
            || !(stock.categories.is_empty() || stock.categories.contains(&category))
        {
            continue;
        }
        if event.r#type == "Odd" && !READS_ODD.get() {
            if stock.on_error == OnError::Stop {
                plain.position = event.position - 1;
                plain.stopped_at = Some(event.position);
                return plain;
            }
            plain.letters.push(event.position);
        } else {
            let data: Value = event.data.parse().expect("JSON");
            plain.take(&event.r#type, &data, event.position);
        }
        plain.updated_at = event.recorded_at;
    }
    plain
}

impl Plain {
    fn take(&mut self, r#type: &str, data: &Value, position: u64) {
        let texts = |value: &Value| -> Vec<String> {
            let texts = value.as_array().into_iter().flatten();
            texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
        };
        let one = || data["shelf"].as_str().expect("a text").to_owned();
        match r#type {
            "Moved" | "Odd" => {
                let shelves = if r#type == "Odd" { vec![one()] } else { texts(&data["to"]) };
                for key in shelves {
                    let (count, label, mut seen) = match self.rows.remove(&key) {
                        Some(shelf) => (shelf.count, shelf.label, shelf.seen),
                        None => Default::default(),
                    };
                    seen.push(position);
                    let count = count + data["by"].as_i64().expect("a number");
                    if count != 0 {
                        self.rows.insert(key, Shelf { count, label, seen });
                    }
                }
            }
            "Labelled" => {
                let label = data["label"].as_str().expect("a text");
                if let Some(shelf) = self.rows.get_mut(&one()).filter(|shelf| shelf.label != label) {
                    shelf.label = label.to_owned();
                    shelf.seen.push(position);
                }
            }
            "Cleared" => texts(&data["shelves"]).iter().for_each(|key| drop(self.rows.remove(key))),
            _ => {}
        }
    }

    /// Says in what a view is another.
    pub fn check<S: Storage>(&self, view: &View<S, Shelf>) -> Result<(), String> {
        for n in 0..SHELVES {
            let (key, found) = (shelf(n), view.get(&shelf(n)));
            if found.as_deref() != self.rows.get(&key) {
                return Err(format!("{key}: expected {:?}, found {found:?}", self.rows.get(&key)));
            }
        }
        let all: Vec<Shelf> = view.find(&Find::all()).iter().map(|row| (**row).clone()).collect();
        let expected: Vec<Shelf> = self.rows.values().cloned().collect();
        let status = if self.stopped_at.is_some() { ViewStatus::Stopped } else { ViewStatus::Ready };
        let letters: Vec<u64> = view.dead_letters().iter().map(|letter| letter.position).collect();
        let fault = view.fault().map(|fault| fault.position);
        let same = [
            ("rows", all == expected),
            ("count", view.count(&Find::all()) == expected.len()),
            ("position", view.position() == self.position),
            ("updated_at", view.updated_at() == self.updated_at),
            ("status", view.status() == status),
            ("letters", letters == self.letters),
            ("fault", fault == self.stopped_at),
        ];
        match same.iter().find(|(_, is_same)| !is_same) {
            None => Ok(()),
            Some((what, _)) => Err(format!(
                "another {what}: expected {self:?}, found {all:?} at {} of {}, {:?}, letters {letters:?}, fault {fault:?}",
                view.position(),
                view.updated_at(),
                view.status()
            )),
        }
    }
}

/// The projections of a shop: one that stops at what it cannot read, one that skips it, and one that looks at some streams.
pub fn stocks() -> [Stock; 3] {
    let all = Stock { name: "stock", version: 1, categories: &[], on_error: OnError::Stop };
    [
        all.clone(),
        Stock { name: "skipping", on_error: OnError::Skip, ..all.clone() },
        Stock { name: "some", categories: &["b"], ..all },
    ]
}

pub type ShopView<S> = View<S, Shelf>;

/// A connection with its views.
pub struct Shop<S: Storage> {
    pub engine: Engine<S>,
    pub views: Vec<ShopView<S>>,
}

impl<S: Storage> Shop<S> {
    /// A connection whose views are not open yet.
    pub async fn closed(storage: S, hand: &Hand, merging: MergePolicy) -> Self {
        Self::of(open_with(storage, hand, merging).await)
    }

    pub fn of(store: annals::EventStore<S>) -> Self {
        let engine = Engine::new(store);
        let views = stocks().map(|stock| engine.register_projector(stock).expect("registered")).into();
        Self { engine, views }
    }

    pub async fn open(storage: S, hand: &Hand) -> Self {
        let shop = Self::closed(storage, hand, MergePolicy::default()).await;
        shop.open_views().await;
        shop
    }

    pub async fn open_views(&self) {
        self.engine.open_views(&|_, _, _| true).await.expect("opened");
    }

    /// Whether each view is what plain code makes of the events.
    pub fn check(&self, events: &[RecordedEvent]) -> Result<(), String> {
        for (view, stock) in self.views.iter().zip(stocks()) {
            plain(events, &stock, events.len() as u64)
                .check(view)
                .map_err(|why| format!("{}: {why}", stock.name))?;
        }
        Ok(())
    }
}

/// A hand with ids of its own.
pub fn hand() -> Hand {
    Hand::new(SEED.replace(SEED.get() + 1))
}

pub const SHELVES: usize = 8;

pub fn shelf(n: usize) -> String {
    format!("shelf {n}")
}

pub fn moved(to: &[usize], by: i64) -> NewEvent {
    let to: Vec<String> = to.iter().map(|n| shelf(*n)).collect();
    NewEvent::new("Moved", &json!({ "to": to, "by": by })).expect("JSON")
}

pub fn odd_one(n: usize) -> NewEvent {
    NewEvent::new("Odd", &json!({ "shelf": shelf(n), "by": 7 })).expect("JSON")
}

pub fn labelled(n: usize, label: &str) -> NewEvent {
    NewEvent::new("Labelled", &json!({ "shelf": shelf(n), "label": label })).expect("JSON")
}

pub fn stock_event() -> impl Strategy<Value = NewEvent> {
    let some = || prop::collection::btree_set(0..SHELVES, 0..4);
    let json = |r#type: &'static str| move |data: Value| NewEvent::new(r#type, &data).expect("JSON");
    let names =
        |shelves: std::collections::BTreeSet<usize>| shelves.into_iter().map(shelf).collect::<Vec<_>>();
    prop_oneof![
        8 => (some(), select(vec![-1_i64, 1, 1, 2])).prop_map(move |(to, by)| json!({ "to": names(to), "by": by }))
            .prop_map(json("Moved")),
        3 => (0..SHELVES, "[a-c]?").prop_map(|(n, label)| labelled(n, &label)),
        1 => (0..SHELVES).prop_map(|n| json!({ "shelf": shelf(n) })).prop_map(json("Looked")),
        2 => some().prop_map(move |shelves| json!({ "shelves": names(shelves) })).prop_map(json("Cleared")),
        1 => Just(json!(null)).prop_map(json("Noise")),
        1 => (0..SHELVES).prop_map(odd_one),
    ]
}

pub fn stream_name() -> impl Strategy<Value = &'static str> {
    select(vec!["a-1", "a-2", "b-1"])
}
