//! What a user is: an aggregate that can be created, renamed and deactivated. It knows no storage, no browser and no other user.

#[cfg(test)]
#[path = "rules.rs"]
mod rules;

use annals::Aggregate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The rules for users.
pub struct Users;

/// What is known of a user; nothing before one is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: String,
    pub name: String,
    pub email: String,
    pub active: bool,
    /// How many events have made this state.
    pub version: u64,
}

/// What a user can be asked to do.
#[derive(Debug, Clone)]
pub enum UserCommand {
    Create { id: String, name: String, email: String },
    Rename { name: String },
    Deactivate,
}

/// What can happen to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
#[expect(clippy::enum_variant_names, reason = "events are known by these names, in other languages too")]
pub enum UserEvent {
    UserCreated { id: String, name: String, email: String },
    UserRenamed { name: String },
    UserDeactivated,
}

/// Why a user may refuse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UserError {
    #[error("expected an e-mail address, found {0:?}")]
    InvalidEmail(String),
    #[error("this user was created before")]
    Exists,
    #[error("there is no such user")]
    NotFound,
}

impl Aggregate for Users {
    type State = Option<User>;
    type Command = UserCommand;
    type Event = UserEvent;
    type Error = UserError;

    fn name(&self) -> &str {
        "user"
    }

    fn initial_state(&self) -> Option<User> {
        None
    }

    fn decide(&self, user: &Option<User>, command: &UserCommand) -> Result<Vec<UserEvent>, UserError> {
        match (command, user) {
            (UserCommand::Create { .. }, Some(_)) => Err(UserError::Exists),
            (UserCommand::Create { email, .. }, None) if !email.contains('@') => {
                Err(UserError::InvalidEmail(email.clone()))
            }
            (UserCommand::Create { id, name, email }, None) => {
                let (id, name, email) = (id.clone(), name.clone(), email.clone());
                Ok(vec![UserEvent::UserCreated { id, name, email }])
            }
            (_, None) => Err(UserError::NotFound),
            (UserCommand::Rename { name }, Some(user)) if *name == user.name => Ok(Vec::new()),
            (UserCommand::Rename { name }, Some(_)) => {
                Ok(vec![UserEvent::UserRenamed { name: name.clone() }])
            }
            (UserCommand::Deactivate, Some(user)) if !user.active => Ok(Vec::new()),
            (UserCommand::Deactivate, Some(_)) => Ok(vec![UserEvent::UserDeactivated]),
        }
    }

    fn evolve(&self, user: Option<User>, event: &UserEvent) -> Option<User> {
        let version = user.as_ref().map_or(0, |user| user.version) + 1;
        match event {
            UserEvent::UserCreated { id, name, email } => {
                let (id, name, email) = (id.clone(), name.clone(), email.clone());
                Some(User { id, name, email, active: true, version })
            }
            UserEvent::UserRenamed { name } => user.map(|user| User { name: name.clone(), version, ..user }),
            UserEvent::UserDeactivated => user.map(|user| User { active: false, version, ..user }),
        }
    }

    /// An e-mail address belongs to one user: `directory.rs` makes that a condition on this tag.
    fn tags(&self, event: &UserEvent) -> Vec<String> {
        match event {
            UserEvent::UserCreated { email, .. } => vec![email_tag(email)],
            _ => Vec::new(),
        }
    }
}

/// The tag of what concerns an e-mail address. Two addresses are one if their tags are, so this is for good: another spelling later would
/// not find what was stored under this one.
pub fn email_tag(email: &str) -> String {
    format!("email:{}", email.to_lowercase())
}
