//! The rules of `orders.js` in Rust, as a wasm module of its own with the engine in it: what a Rust application has. `rust.js` calls it.
#![cfg(all(target_family = "wasm", target_os = "unknown"))]

mod summaries;

use annals::{
    Aggregate, AsOf, Engine, EventStore, OpenOptions, browser,
    engine::{LoadError, Repository, Unreadable},
    storage::IndexedDb,
};
use js_sys::JsString;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

const MOST: u64 = 1_000_000;

struct Orders;

#[derive(Debug, Clone, Default, Serialize)]
struct Order {
    count: u64,
    cents: u64,
}

/// All of an event's data: what is decided is written by the same type.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    order_id: String,
    customer: Customer,
    item: Item,
    total: Total,
    gift: bool,
    note: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Customer {
    name: String,
    email: String,
    city: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Item {
    sku: String,
    title: String,
    quantity: u32,
    cents: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Total {
    cents: u64,
    currency: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum OrderEvent {
    OrderPlaced(Details),
    ItemAdded(Details),
    AddressChanged(Details),
    OrderShipped(Details),
}

struct TooLong;

impl Aggregate for Orders {
    type State = Order;
    /// What is placed.
    type Command = OrderEvent;
    type Event = OrderEvent;
    type Error = TooLong;

    fn name(&self) -> &str {
        "order"
    }

    fn initial_state(&self) -> Order {
        Order::default()
    }

    fn decide(&self, order: &Order, placed: &OrderEvent) -> Result<Vec<OrderEvent>, TooLong> {
        if order.count >= MOST { Err(TooLong) } else { Ok(vec![placed.clone()]) }
    }

    fn evolve(&self, order: Order, event: &OrderEvent) -> Order {
        use OrderEvent::{AddressChanged, ItemAdded, OrderPlaced, OrderShipped};
        let (OrderPlaced(details) | ItemAdded(details) | AddressChanged(details) | OrderShipped(details)) =
            event;
        Order { count: order.count + 1, cents: order.cents + details.total.cents }
    }
}

/// The orders of a database.
#[wasm_bindgen]
pub struct OpenOrders {
    store: EventStore<IndexedDb>,
    orders: Repository<IndexedDb, Orders>,
}

/// Opens the database of a name.
///
/// # Errors
/// What is wrong, in words.
#[wasm_bindgen]
pub async fn open(name: String) -> Result<OpenOrders, JsError> {
    let store = EventStore::open(IndexedDb::new(name), browser::sockets(), OpenOptions::default()).await?;
    let orders = Engine::new(store.clone()).register(Orders)?;
    Ok(OpenOrders { store, orders })
}

#[wasm_bindgen]
impl OpenOrders {
    /// The newest state of an order, as JSON text.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn load(&self, id: String) -> Result<JsString, JsError> {
        self.load_as_of(&id, AsOf::Now).await
    }

    /// The same, made of all its events whatever is known already.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn replay(&self, id: String) -> Result<JsString, JsError> {
        self.load_as_of(&id, AsOf::Position(self.store.head())).await
    }

    /// Lets the database go.
    pub async fn close(&self) {
        self.store.close().await;
    }

    async fn load_as_of(&self, id: &str, as_of: AsOf) -> Result<JsString, JsError> {
        let loaded: Result<_, LoadError<Unreadable>> = self.orders.load(id, as_of).await;
        Ok(serde_json::to_string(&*loaded?.state)?.into())
    }
}
