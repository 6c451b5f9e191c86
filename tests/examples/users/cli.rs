//! What the program is told to do, in words, and what it says.

use std::{error::Error, rc::Rc};

use annals::{AsOf, Engine, EventStore, OpenOptions, native, storage::Storage};

use super::{
    directory::{Directory, Found},
    user_list::Listed,
};

pub const USAGE: &str = "usage: users FILE create ID NAME EMAIL | rename ID NAME | deactivate ID | show ID [REVISION] \
     | list | find NAME | count";

/// What is said where there is no user.
const NOBODY: &str = "nobody";

/// Opens the store, does one thing, and closes it.
///
/// # Errors
/// Whatever comes in between, to be told to a person.
pub async fn run<S: Storage>(storage: S, what: &[&str]) -> Result<String, Box<dyn Error>> {
    let store = EventStore::open(storage, native::sockets(), OpenOptions::default()).await?;
    let engine = Engine::new(store.clone());
    let directory = Directory::new(&engine)?;
    engine.open_views(&|_, _, _| true).await?;
    let said = carry_out(&directory, what).await;
    // What was done is done. If the list is not saved, the next run makes it of more events.
    let _ = directory.save().await;
    store.close().await;
    said
}

async fn carry_out<S: Storage>(directory: &Directory<S>, what: &[&str]) -> Result<String, Box<dyn Error>> {
    Ok(match what {
        ["create", id, name, email] => told(&directory.create(id, name, email).await?),
        ["rename", id, name] => told(&directory.rename(id, name).await?),
        ["deactivate", id] => told(&directory.deactivate(id).await?),
        ["show", id] => told(&directory.load(id, AsOf::Now).await?),
        ["show", id, revision] => told(&directory.load(id, AsOf::Revision(revision.parse()?)).await?),
        ["list"] => listed(&directory.find("")?),
        ["find", name] => listed(&directory.find(name)?),
        ["count"] => format!("{} active", directory.count_active()?),
        _ => return Err(USAGE.into()),
    })
}

fn told(found: &Found) -> String {
    let Some(user) = found.as_ref() else { return NOBODY.to_owned() };
    format!("{} <{}>, {}, version {}", user.name, user.email, state(user.active), user.version)
}

fn listed(users: &[Rc<Listed>]) -> String {
    let line = |user: &Rc<Listed>| {
        let Listed { id, name, email, active, renamed } = &**user;
        format!("{id}: {name} <{email}>, {}, renamed {renamed}x", state(*active))
    };
    match users {
        [] => NOBODY.to_owned(),
        users => users.iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}

fn state(active: bool) -> &'static str {
    if active { "active" } else { "deactivated" }
}
