//! The contract of every storage, as a wasm module of its own: the suite that runs natively over memory, run in a browser over
//! memory and over IndexedDB. `contract.test.mjs` calls it.
#![cfg(all(target_family = "wasm", target_os = "unknown"))]

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../support/mod.rs"]
mod support;

use std::panic;

use annals::storage::{IndexedDb, Memory, MemoryServer, delete_indexeddb};
use wasm_bindgen::prelude::*;

use contract::Place;

#[wasm_bindgen]
extern "C" {
    /// The page's function that hears of a panic: nothing that a panicked module promised is ever settled.
    #[wasm_bindgen(js_name = contractPanicked)]
    fn panicked(message: &str);
}

#[derive(Clone, Default)]
struct InMemory(MemoryServer);

impl Place for InMemory {
    type Storage = Memory;

    async fn connect(&self) -> Memory {
        self.0.connect()
    }

    async fn delete(&self) {
        self.0.delete();
    }
}

/// A database by its name.
#[derive(Clone)]
struct InIndexedDb(String);

impl Place for InIndexedDb {
    type Storage = IndexedDb;

    async fn connect(&self) -> IndexedDb {
        IndexedDb::new(self.0.as_str())
    }

    async fn delete(&self) {
        delete_indexeddb(&self.0).await.expect("the database is deleted");
    }
}

/// All cases, each as its suite, a blank and its name.
#[wasm_bindgen]
#[must_use]
pub fn cases() -> Vec<String> {
    let mut cases = Vec::new();
    macro_rules! list {
        ($suite:ident: $($case:ident),* $(,)?) => {
            cases.extend([$(concat!(stringify!($suite), " ", stringify!($case)).to_owned()),*]);
        };
    }
    for_all_cases!(list);
    cases
}

/// Runs a case over memory, or over IndexedDB when a database is named. Resolves when all is well, panics when not.
#[wasm_bindgen]
pub async fn run(case: String, database: Option<String>) {
    panic::set_hook(Box::new(|info| panicked(&info.to_string())));
    match database {
        Some(database) => run_in(&case, InIndexedDb(database)).await,
        None => run_in(&case, InMemory::default()).await,
    }
}

async fn run_in<P: Place>(wanted: &str, place: P) {
    macro_rules! run {
        ($suite:ident: $($case:ident),* $(,)?) => {
            $(if wanted == concat!(stringify!($suite), " ", stringify!($case)) {
                return contract::$suite::$case(place).await;
            })*
        };
    }
    for_all_cases!(run);
    panic!("expected the name of a case, found {wanted:?}");
}
