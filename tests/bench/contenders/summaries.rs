//! The projection `summaries` of `projections.js` in Rust: one row for each order.

use annals::{
    Engine, EventStore, OpenOptions, Projection, browser,
    engine::views::{Find, View},
    model::Stored,
    storage::IndexedDb,
};
use js_sys::JsString;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

struct Summaries;

/// Of an event what a row is made of: the rest is passed over.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "data")]
enum OrderEvent {
    OrderPlaced(Details),
    ItemAdded(Details),
    AddressChanged(Details),
    OrderShipped(Details),
}

#[derive(Debug, Deserialize)]
struct Details {
    customer: Customer,
    total: Total,
}

#[derive(Debug, Deserialize)]
struct Customer {
    city: String,
}

#[derive(Debug, Deserialize)]
struct Total {
    cents: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Summary {
    count: u64,
    cents: u64,
    city: String,
    last: Kind,
}

/// What happened last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    OrderPlaced,
    ItemAdded,
    AddressChanged,
    OrderShipped,
}

impl Projection for Summaries {
    type Event = OrderEvent;
    type Row = Summary;

    fn name(&self) -> &str {
        "summaries in Rust"
    }

    fn types(&self) -> Vec<&str> {
        vec!["OrderPlaced", "ItemAdded", "AddressChanged", "OrderShipped"]
    }

    fn project(&self, row: Option<Summary>, event: &Stored<'_, OrderEvent>) -> Option<Summary> {
        let (last, details) = match &event.event {
            OrderEvent::OrderPlaced(details) => (Kind::OrderPlaced, details),
            OrderEvent::ItemAdded(details) => (Kind::ItemAdded, details),
            OrderEvent::AddressChanged(details) => (Kind::AddressChanged, details),
            OrderEvent::OrderShipped(details) => (Kind::OrderShipped, details),
        };
        let (count, cents) = row.map_or((0, 0), |row| (row.count, row.cents));
        let city = details.customer.city.clone();
        Some(Summary { count: count + 1, cents: cents + details.total.cents, city, last })
    }
}

/// The summaries of a database.
#[wasm_bindgen]
pub struct OpenSummaries {
    store: EventStore<IndexedDb>,
    view: View<IndexedDb, Summary>,
}

/// Opens the database of a name, and folds its summaries.
///
/// # Errors
/// What is wrong, in words.
#[wasm_bindgen(js_name = openSummaries)]
pub async fn open_summaries(name: String) -> Result<OpenSummaries, JsError> {
    let store = EventStore::open(IndexedDb::new(name), browser::sockets(), OpenOptions::default()).await?;
    let engine = Engine::with_pacer(store.clone(), browser::pacer());
    let view = engine.register_projector(Summaries)?;
    engine.open_views(&|_, _, _| true).await?;
    Ok(OpenSummaries { store, view })
}

#[wasm_bindgen]
impl OpenSummaries {
    /// All rows in the order of their keys, as JSON text.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn rows(&self) -> Result<JsString, JsError> {
        let rows = self.view.find(&Find::all());
        let rows: Vec<&Summary> = rows.iter().map(|row| &**row).collect();
        Ok(serde_json::to_string(&rows)?.into())
    }

    /// Folds them anew.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn rebuild(&self) -> Result<(), JsError> {
        Ok(self.view.rebuild(&|_, _| true).await?)
    }

    /// Saves them, and lets the database go.
    pub async fn close(&self) {
        // What is not saved is folded again.
        let _ = self.view.save().await;
        self.store.close().await;
    }
}
