//! Commands of the bus, and what their handlers can do.

use crate::{
    engine::{Engine, views::View},
    log::EventStore,
    storage::Storage,
};

use super::{BusQuery, SendError};

/// A command for a decision that no single aggregate owns. It is known by its type: each has one handler, see
/// [`Engine::register_command_handler`].
pub trait BusCommand: 'static {
    /// What its handler answers.
    type Answer: 'static;
    /// What its handler answers instead.
    type Error: 'static;
}

/// What the handler of a command can do. Aggregates are loaded and commanded through their repositories, which the handler captures.
pub struct CommandContext<S> {
    engine: Engine<S>,
}

impl<S: Storage> CommandContext<S> {
    pub(in crate::engine) fn new(engine: Engine<S>) -> Self {
        Self { engine }
    }

    /// The store, to read what is to be decided on, and to append what was decided: all of it in one call, under a condition if it rests on more
    /// than the streams that are written to.
    #[must_use]
    pub fn store(&self) -> &EventStore<S> {
        self.engine.store()
    }

    /// The view of a name: as [`Engine::get_view`]. It may be behind other connections, so a decision that must hold needs a condition.
    #[must_use]
    pub fn get_view<R: 'static>(&self, name: &str) -> Option<View<S, R>> {
        self.engine.get_view(name)
    }

    /// Sends another command: as [`Engine::send_command`]. What it stores is stored by itself, whatever becomes of the one that is being handled.
    ///
    /// # Errors
    /// As [`Engine::send_command`].
    pub async fn send_command<C: BusCommand>(&self, command: C) -> Result<C::Answer, SendError<C::Error>> {
        self.engine.send_command(command).await
    }

    /// Sends a query: as [`Engine::send_query`].
    ///
    /// # Errors
    /// As [`Engine::send_query`].
    pub async fn send_query<Q: BusQuery>(&self, query: Q) -> Result<Q::Answer, SendError<Q::Error>> {
        self.engine.send_query(query).await
    }
}
