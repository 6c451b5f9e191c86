//! The list of users: what is shown of each, found by name.

use annals::{
    Projection,
    engine::views::{Find, Test},
    model::{InvalidArgument, Stored},
};
use serde::{Deserialize, Serialize};

use super::user::UserEvent;

/// The rules by which what happens to users makes the list.
pub struct UserList;

/// A user on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub id: String,
    pub name: String,
    pub email: String,
    pub active: bool,
    /// How often the user has got another name.
    pub renamed: u32,
}

impl UserList {
    /// Those whose names begin so, by name.
    ///
    /// # Errors
    /// Never, as there is such a field.
    pub fn named(prefix: &str) -> Result<Find, InvalidArgument> {
        Find::all().filter("name", Test::StartsWith(prefix.into()))?.order_by("name")
    }

    /// Those who are active.
    ///
    /// # Errors
    /// Never, as there is such a field.
    pub fn active() -> Result<Find, InvalidArgument> {
        Find::all().filter("active", Test::Eq(true.into()))
    }
}

impl Projection for UserList {
    type Event = UserEvent;
    type Row = Listed;

    fn name(&self) -> &str {
        "user-list"
    }

    fn types(&self) -> Vec<&str> {
        vec!["UserCreated", "UserRenamed", "UserDeactivated"]
    }

    fn categories(&self) -> Vec<&str> {
        vec!["user"]
    }

    fn indexes(&self) -> Vec<&str> {
        vec!["name", "active"]
    }

    fn project(&self, row: Option<Listed>, event: &Stored<'_, UserEvent>) -> Option<Listed> {
        match &event.event {
            UserEvent::UserCreated { id, name, email } => {
                let (id, name, email) = (id.clone(), name.clone(), email.clone());
                Some(Listed { id, name, email, active: true, renamed: 0 })
            }
            UserEvent::UserRenamed { name } => {
                row.map(|row| Listed { name: name.clone(), renamed: row.renamed + 1, ..row })
            }
            UserEvent::UserDeactivated => row.map(|row| Listed { active: false, ..row }),
        }
    }
}
