//! Users in a page: the same rules and the same engine as a wasm module of its own, over IndexedDB.
//!
//! ```text
//! cargo build --release --target wasm32-unknown-unknown --example users_web
//! wasm-bindgen --target web --out-dir users target/wasm32-unknown-unknown/release/examples/users_web.wasm
//! ```
//!
//! makes `users_web.js`, which a page imports (wasm-bindgen has to be of the version that annals names in its `Cargo.toml`). In a crate of one's own this file
//! is `src/lib.rs`: the README beside it has that crate's `Cargo.toml`, and how to build and load it.
//!
//! ```js
//! import start, { open } from './users/users_web.js';
//!
//! await start();
//! const users = await open('users');
//! await users.create('ada', 'Ada', 'ada@example.org');
//! users.find('A'); // [{ id: 'ada', name: 'Ada', ... }], and what other pages have stored too
//! ```
#![cfg(all(target_family = "wasm", target_os = "unknown"))]

mod directory;
mod user;
mod user_list;

use std::{error::Error, panic};

use annals::{AsOf, Engine, EventStore, OpenOptions, browser, log::MergeStep, storage::IndexedDb};
use js_sys::{JSON, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use directory::{Directory, DirectoryError, Found};
use user::UserError;
use user_list::Listed;

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

/** A user on the list. */
export interface ListedUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** How often the user has got another name. */
  readonly renamed: number;
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

    /// Users on the list.
    #[wasm_bindgen(typescript_type = "ListedUser[]")]
    pub type ListedUsers;

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
    engine: Engine<IndexedDb>,
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
    let engine = Engine::with_pacer(store, browser::pacer());
    let directory = Directory::new(&engine).map_err(|error| failed(&error))?;
    engine.open_views(&|_, _, _| true).await.map_err(|error| failed(&error))?;
    let following = engine.clone();
    spawn_local(async move { following.follow().await });
    Ok(Users { engine, directory })
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

    /// The users whose names begin so, by name.
    ///
    /// # Errors
    /// A `UsersError`.
    pub fn find(&self, prefix: &str) -> Result<ListedUsers, JsValue> {
        let users = self.directory.find(prefix).map_err(|error| failed(&error))?;
        let users: Vec<&Listed> = users.iter().map(|user| &**user).collect();
        Ok(parsed(&users)?.unchecked_into())
    }

    /// How many users are active.
    ///
    /// # Errors
    /// A `UsersError`.
    #[wasm_bindgen(js_name = countActive)]
    pub fn count_active(&self) -> Result<usize, JsValue> {
        self.directory.count_active().map_err(|error| failed(&error))
    }

    /// Saves the list, so that the next page that opens need not make it of all events: for when the page is idle.
    ///
    /// # Errors
    /// A `UsersError`.
    pub async fn save(&self) -> Result<(), JsValue> {
        self.directory.save().await.map_err(|error| failed(&error))
    }

    /// Merges what is stored, for when the page is idle. The package does so by itself; a module of one's own says when.
    ///
    /// # Errors
    /// A `UsersError`.
    pub async fn merge(&self) -> Result<(), JsValue> {
        let pacer = browser::pacer();
        let store = self.engine.store();
        while let MergeStep::Done(_) = store.merge_step(&pacer).await.map_err(|error| failed(&error))? {}
        Ok(())
    }

    /// Finishes what was called before, and lets the database go.
    pub async fn close(&self) {
        self.engine.store().close().await;
    }
}

fn answer(outcome: Result<Found, DirectoryError>) -> Result<FoundUser, JsValue> {
    let found = outcome.map_err(|error| users_error(code_of(&error), &error))?;
    Ok(parsed(&*found)?.unchecked_into())
}

/// A value as JavaScript has it.
fn parsed(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).map_err(|error| failed(&error))?;
    JSON::parse(&text)
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
