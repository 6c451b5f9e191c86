//! What the program is told to do, in words, and what it says.

use std::error::Error;

use annals::{AsOf, EventStore, OpenOptions, native, storage::Storage};

use super::directory::{Directory, Found};

pub const USAGE: &str =
    "usage: users FILE create ID NAME EMAIL | rename ID NAME | deactivate ID | show ID [REVISION]";

/// Opens the store, does one thing, and closes it.
///
/// # Errors
/// Whatever comes in between, to be told to a person.
pub async fn run<S: Storage>(storage: S, what: &[&str]) -> Result<String, Box<dyn Error>> {
    let store = EventStore::open(storage, native::sockets(), OpenOptions::default()).await?;
    let directory = Directory::new(store.clone())?;
    let found = carry_out(&directory, what).await;
    store.close().await;
    Ok(told(&found?))
}

async fn carry_out<S: Storage>(directory: &Directory<S>, what: &[&str]) -> Result<Found, Box<dyn Error>> {
    Ok(match what {
        ["create", id, name, email] => directory.create(id, name, email).await?,
        ["rename", id, name] => directory.rename(id, name).await?,
        ["deactivate", id] => directory.deactivate(id).await?,
        ["show", id] => directory.load(id, AsOf::Now).await?,
        ["show", id, revision] => directory.load(id, AsOf::Revision(revision.parse()?)).await?,
        _ => return Err(USAGE.into()),
    })
}

fn told(found: &Found) -> String {
    let Some(user) = found.as_ref() else { return "nobody".to_owned() };
    let state = if user.active { "active" } else { "deactivated" };
    format!("{} <{}>, {state}, version {}", user.name, user.email, user.version)
}
