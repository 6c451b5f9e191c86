//! The users of a store: what the application does with them, over whatever storage.
//!
//! # An e-mail address belongs to one user
//!
//! No aggregate can see to that: each knows its own events alone. It is a rule of the whole store, and takes three things.
//!
//! 1. **A tag** on each event that takes an address, made of the address in its one spelling: `Users::tags` in `user.rs`.
//! 2. **A condition** on the dispatch of each command that may take it: nothing is stored if there is an event with that tag.
//! 3. **A word for it.** The refusal comes from the store and not from the user, so it is turned into [`DirectoryError::EmailTaken`] here.
//!
//! Looking first and storing then would not do: somebody else, in another tab, may be quicker in between. A condition is judged in the
//! very moment in which the events are stored, whoever has stored the others, and of two that want one address one gets it.
//!
//! - What the user itself refuses comes before: of a user that exists it is said so, not that the address is taken (by that user).
//! - Events do not go away. Who has had an address has it for ever, deactivated or not. Where an address can be given up, the event that says so
//!   bears the tag too. Then its whole history decides: read the events with the tag, see whether the address is free, and make the condition
//!   look at later ones only, `after` the reader's `head`.
//! - A command that is sent again, because its answer got lost say, would meet its own first event. With a `command_id` it is known again
//!   before anything is judged.
//! - A tag is stored as it is, and cannot be taken back. If an address must not be readable in a tag, use a hash of it.

use std::rc::Rc;

use annals::{
    AsOf, Engine, Query, QueryItem, View,
    engine::{
        DispatchError, DispatchOptions, Dispatched, LoadError, Repository, Unreadable, views::ViewError,
    },
    log::AppendError,
    model::{Condition, InvalidArgument, Refusal},
    storage::Storage,
};
use thiserror::Error;

use super::{
    user::{User, UserCommand, UserError, Users, email_tag},
    user_list::{Listed, UserList},
};

/// A user as the store knows it; none before it is created.
pub type Found = Rc<Option<User>>;

/// The users of a store.
pub struct Directory<S> {
    users: Repository<S, Users>,
    list: View<S, Listed>,
}

/// Why nothing came of it.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// The user refuses.
    #[error(transparent)]
    Refused(#[from] UserError),
    /// An e-mail address belongs to one user only.
    #[error("{0} belongs to another user")]
    EmailTaken(String),
    /// The store could not carry it out.
    #[error(transparent)]
    Dispatch(DispatchError<UserError, Unreadable>),
    /// The store could not be read.
    #[error(transparent)]
    Load(#[from] LoadError<Unreadable>),
}

impl<S: Storage> Directory<S> {
    /// Registers users and the list of them, which is empty until the engine has opened its views.
    ///
    /// # Errors
    /// [`InvalidArgument`] if the engine has them already.
    pub fn new(engine: &Engine<S>) -> Result<Self, InvalidArgument> {
        Ok(Self { users: engine.register(Users)?, list: engine.register_projector(UserList)? })
    }

    /// Creates a user with an e-mail address that nobody has.
    ///
    /// # Errors
    /// [`DirectoryError`]: the user exists, the address is none or taken, or the store says no.
    pub async fn create(&self, id: &str, name: &str, email: &str) -> Result<Found, DirectoryError> {
        let (id, name, email) = (id.to_owned(), name.to_owned(), email.to_owned());
        let nobody_has_it = Condition { fail_if_events_match: events_of(&email), after: 0 };
        let options = DispatchOptions { condition: Some(nobody_has_it), ..DispatchOptions::default() };
        let command = UserCommand::Create { id: id.clone(), name, email: email.clone() };
        self.dispatch(&id, &command, &options).await.map_err(|error| match error {
            DirectoryError::Dispatch(DispatchError::Append(AppendError::Refused(
                Refusal::ConditionFailed(_),
            ))) => DirectoryError::EmailTaken(email),
            other => other,
        })
    }

    /// Gives a user another name.
    ///
    /// # Errors
    /// [`DirectoryError`]: there is no such user, or the store says no.
    pub async fn rename(&self, id: &str, name: &str) -> Result<Found, DirectoryError> {
        let command = UserCommand::Rename { name: name.to_owned() };
        self.dispatch(id, &command, &DispatchOptions::default()).await
    }

    /// Deactivates a user.
    ///
    /// # Errors
    /// [`DirectoryError`]: there is no such user, or the store says no.
    pub async fn deactivate(&self, id: &str) -> Result<Found, DirectoryError> {
        self.dispatch(id, &UserCommand::Deactivate, &DispatchOptions::default()).await
    }

    /// A user now, or as it was.
    ///
    /// # Errors
    /// [`DirectoryError`]: the store says no.
    pub async fn load(&self, id: &str, as_of: AsOf) -> Result<Found, DirectoryError> {
        Ok(self.users.load(id, as_of).await?.state)
    }

    /// The users whose names begin so, by name. What was done here is on the list when it is done.
    ///
    /// # Errors
    /// [`InvalidArgument`]: never.
    pub fn find(&self, prefix: &str) -> Result<Vec<Rc<Listed>>, InvalidArgument> {
        Ok(self.list.find(&UserList::named(prefix)?))
    }

    /// How many users are active.
    ///
    /// # Errors
    /// [`InvalidArgument`]: never.
    pub fn count_active(&self) -> Result<usize, InvalidArgument> {
        Ok(self.list.count(&UserList::active()?))
    }

    /// Saves the list, so that it need not be made of all events the next time.
    ///
    /// # Errors
    /// [`ViewError`] when the storage fails. The list is as good as before.
    pub async fn save(&self) -> Result<(), ViewError> {
        self.list.save().await.map(drop)
    }

    async fn dispatch(
        &self,
        id: &str,
        command: &UserCommand,
        options: &DispatchOptions,
    ) -> Result<Found, DirectoryError> {
        match self.users.dispatch(id, command, options).await {
            Ok(Dispatched { state, .. }) => Ok(state),
            Err(DispatchError::Rejected(refused)) => Err(refused.into()),
            Err(other) => Err(DirectoryError::Dispatch(other)),
        }
    }
}

/// All that concerns an e-mail address.
fn events_of(email: &str) -> Query {
    Query::of(QueryItem { tags: vec![email_tag(email)], ..QueryItem::default() })
}
