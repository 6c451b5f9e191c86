//! Queries of the bus, and what their handlers can do.

use crate::{
    engine::{AsOf, Decider, Engine, LoadError, Loaded, Repository, views::View},
    log::{ReadAll, ReadError, ReadStream, Reader},
    model::StreamId,
    storage::Storage,
};

use super::SendError;

/// A question to the engine. It is known by its type: each has one handler, see [`Engine::register_query_handler`].
pub trait BusQuery: 'static {
    /// What its handler answers.
    type Answer: 'static;
    /// What its handler answers instead.
    type Error: 'static;
}

/// What the handler of a query can do: look at views, load and read. There is nothing to write with.
///
/// ```compile_fail,E0599
/// # use annals::{engine::QueryContext, storage::Storage};
/// fn write<S: Storage>(context: &QueryContext<S>) {
///     context.store();
/// }
/// ```
pub struct QueryContext<S> {
    engine: Engine<S>,
}

impl<S: Storage> QueryContext<S> {
    pub(in crate::engine) fn new(engine: Engine<S>) -> Self {
        Self { engine }
    }

    /// The view of a name: as [`Engine::get_view`].
    #[must_use]
    pub fn get_view<R: 'static>(&self, name: &str) -> Option<View<S, R>> {
        self.engine.get_view(name)
    }

    /// The state of an aggregate at a moment: as [`Repository::load`].
    ///
    /// # Errors
    /// As [`Repository::load`].
    pub async fn load<D: Decider>(
        &self,
        aggregates: &Repository<S, D>,
        id: &str,
        as_of: AsOf,
    ) -> Result<Loaded<D::State>, LoadError<D::Broken>> {
        aggregates.load(id, as_of).await
    }

    /// Begins a reading of one stream; a stream that is not there is empty.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn read_stream(&self, stream_id: StreamId, read: ReadStream) -> Result<Reader<S>, ReadError> {
        self.engine.store().read_stream(stream_id, read).await
    }

    /// Begins a reading of the whole log, or of what a query matches.
    ///
    /// # Errors
    /// [`ReadError`] when the query has no items, the store is closed, or its storage fails or is damaged.
    pub async fn read_all(&self, read: ReadAll) -> Result<Reader<S>, ReadError> {
        self.engine.store().read_all(read).await
    }

    /// Sends another query: as [`Engine::send_query`].
    ///
    /// # Errors
    /// As [`Engine::send_query`].
    pub async fn send_query<Q: BusQuery>(&self, query: Q) -> Result<Q::Answer, SendError<Q::Error>> {
        self.engine.send_query(query).await
    }
}
