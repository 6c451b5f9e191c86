//! Users in a page: the same rules and the same engine as a wasm module of its own, over IndexedDB.
//!
//! ```text
//! cargo build --release --target wasm32-unknown-unknown --example users_web
//! wasm-bindgen --target web --out-dir users target/wasm32-unknown-unknown/release/examples/users_web.wasm
//! ```
//!
//! makes `users_web.js`, which a page imports (wasm-bindgen has to be of the version that annals names in its `Cargo.toml`):
//!
//! ```js
//! import start, { open } from './users/users_web.js';
//!
//! await start();
//! const users = await open('users');
//! await users.create('ada', 'Ada', 'ada@example.org');
//! ```
#![cfg(all(target_family = "wasm", target_os = "unknown"))]

mod directory;
mod user;

use std::{error::Error, panic};

use annals::{AsOf, EventStore, OpenOptions, browser, log::MergeStep, storage::IndexedDb};
use js_sys::{JSON, Reflect};
use wasm_bindgen::prelude::*;

use directory::{Directory, DirectoryError, Found};
use user::UserError;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** How many events have made it. */
  readonly version: number;
}

/** What calls fail with. */
export interface UsersError extends Error {
  readonly code: 'InvalidEmail' | 'Exists' | 'NotFound' | 'EmailTaken' | 'Failed';
}
"#;

#[wasm_bindgen]
extern "C" {
    /// A user, or none before it is created.
    #[wasm_bindgen(typescript_type = "User | null")]
    pub type FoundUser;

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn tell(message: &str);
}

/// Once the module is there: what a panic says is on the console. The instance is done for then, and the page has to be loaded again.
#[wasm_bindgen(start)]
fn begin() {
    panic::set_hook(Box::new(|info| tell(&info.to_string())));
}

/// The users of a database.
#[wasm_bindgen]
pub struct Users {
    store: EventStore<IndexedDb>,
    directory: Directory<IndexedDb>,
}

/// Opens the database of a name; it may be open in other pages, and in ones that use the package in JavaScript.
///
/// # Errors
/// A `UsersError`.
#[wasm_bindgen]
pub async fn open(name: String) -> Result<Users, JsValue> {
    let storage = IndexedDb::new(name);
    let opened = EventStore::open(storage, browser::sockets(), OpenOptions::default()).await;
    let store = opened.map_err(|error| failed(&error))?;
    let directory = Directory::new(store.clone()).map_err(|error| failed(&error))?;
    Ok(Users { store, directory })
}

#[wasm_bindgen]
impl Users {
    /// Creates a user with an e-mail address that nobody has.
    ///
    /// # Errors
    /// A `UsersError`: `Exists`, `InvalidEmail`, `EmailTaken`.
    pub async fn create(&self, id: &str, name: &str, email: &str) -> Result<FoundUser, JsValue> {
        answer(self.directory.create(id, name, email).await)
    }

    /// Gives a user another name.
    ///
    /// # Errors
    /// A `UsersError`: `NotFound`.
    pub async fn rename(&self, id: &str, name: &str) -> Result<FoundUser, JsValue> {
        answer(self.directory.rename(id, name).await)
    }

    /// Deactivates a user.
    ///
    /// # Errors
    /// A `UsersError`: `NotFound`.
    pub async fn deactivate(&self, id: &str) -> Result<FoundUser, JsValue> {
        answer(self.directory.deactivate(id).await)
    }

    /// A user, as it is.
    ///
    /// # Errors
    /// A `UsersError`.
    pub async fn load(&self, id: &str) -> Result<FoundUser, JsValue> {
        answer(self.directory.load(id, AsOf::Now).await)
    }

    /// A user, as it was when it had so many events.
    ///
    /// # Errors
    /// A `UsersError`.
    #[wasm_bindgen(js_name = loadAsOf)]
    pub async fn load_as_of(&self, id: &str, revision: f64) -> Result<FoundUser, JsValue> {
        answer(self.directory.load(id, AsOf::Revision(revision as u64)).await)
    }

    /// Merges what is stored, for when the page is idle. The package does so by itself; a module of one's own says when.
    ///
    /// # Errors
    /// A `UsersError`.
    pub async fn merge(&self) -> Result<(), JsValue> {
        let pacer = browser::pacer();
        while let MergeStep::Done(_) = self.store.merge_step(&pacer).await.map_err(|error| failed(&error))? {}
        Ok(())
    }

    /// Finishes what was called before, and lets the database go.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

fn answer(outcome: Result<Found, DirectoryError>) -> Result<FoundUser, JsValue> {
    let found = outcome.map_err(|error| users_error(code_of(&error), &error))?;
    let text = serde_json::to_string(&*found).map_err(|error| failed(&error))?;
    Ok(JSON::parse(&text)?.unchecked_into())
}

fn code_of(error: &DirectoryError) -> &'static str {
    match error {
        DirectoryError::Refused(UserError::InvalidEmail(_)) => "InvalidEmail",
        DirectoryError::Refused(UserError::Exists) => "Exists",
        DirectoryError::Refused(UserError::NotFound) => "NotFound",
        DirectoryError::EmailTaken(_) => "EmailTaken",
        DirectoryError::Dispatch(_) | DirectoryError::Load(_) => "Failed",
    }
}

fn failed(error: &dyn Error) -> JsValue {
    users_error("Failed", error)
}

fn users_error(code: &str, error: &dyn Error) -> JsValue {
    let error = js_sys::Error::new(&error.to_string());
    // A new object takes every property.
    let _ = Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}
