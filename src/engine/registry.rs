//! A store, and what lives in it: aggregates, views, and handlers of commands and queries.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    log::{EventStore, Pacer},
    model::{InvalidArgument, Projection},
    storage::Storage,
};

use super::{
    BusCommand, BusQuery, CommandContext, Decider, QueryContext, Repository, SendError,
    bus::Bus,
    views::{TypedProjections, View, ViewError, Views},
};

/// A store, and what lives in it: aggregates, views, and handlers of commands and queries. Clones are handles of the same engine.
pub struct Engine<S> {
    store: EventStore<S>,
    names: Rc<RefCell<BTreeSet<String>>>,
    views: Views<S, TypedProjections>,
    bus: Rc<Bus>,
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            names: self.names.clone(),
            views: self.views.clone(),
            bus: self.bus.clone(),
        }
    }
}

impl<S: Storage> Engine<S> {
    /// An engine over an open store.
    #[must_use]
    pub fn new(store: EventStore<S>) -> Self {
        Self::with_pacer(store, Pacer::hasty())
    }

    /// As [`Engine::new`], with a pacer that makes room for a page in long work.
    #[must_use]
    pub fn with_pacer(store: EventStore<S>, pacer: Pacer) -> Self {
        let views = Views::new(store.clone(), TypedProjections::default(), pacer);
        Self { store, names: Rc::default(), views, bus: Rc::default() }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &EventStore<S> {
        &self.store
    }

    /// Registers a kind of aggregate.
    ///
    /// # Errors
    /// [`InvalidArgument`] when its name is empty, has a `-`, or is taken.
    pub fn register<D: Decider>(&self, aggregate: D) -> Result<Repository<S, D>, InvalidArgument> {
        let name = aggregate.name();
        let refuse = |expected: &str| Err(InvalidArgument::new("name", expected, format!("{name:?}")));
        if name.is_empty() || name.contains('-') {
            return refuse("the name of an aggregate: not empty, and without `-`");
        }
        if !self.names.borrow_mut().insert(name.to_owned()) {
            return refuse("a name that no other aggregate has");
        }
        Ok(Repository::new(self.store.clone(), aggregate))
    }

    /// Registers a projection. Its view is empty until [`Engine::open_views`] has brought it up to the log.
    ///
    /// # Errors
    /// [`InvalidArgument`] when its name is empty or taken, it handles no type, or the path of an index is none.
    pub fn register_projector<P>(&self, projection: P) -> Result<View<S, P::Row>, InvalidArgument>
    where
        P: Projection + 'static,
        P::Event: DeserializeOwned,
        P::Row: Clone + PartialEq + Serialize + DeserializeOwned + 'static,
    {
        let number = self.views.folding().register(&self.views, projection)?;
        Ok(View::new(self.views.clone(), number))
    }

    /// The view of a name; `None` when there is none, or its rows are of another type.
    #[must_use]
    pub fn get_view<R: 'static>(&self, name: &str) -> Option<View<S, R>> {
        let view = View::new(self.views.clone(), self.views.number_of(name)?);
        view.is_of_its_type().then_some(view)
    }

    /// Registers the handler of a type of commands. It must not capture the engine, which keeps it: that is what its context is for.
    ///
    /// # Errors
    /// [`InvalidArgument`] when there is one for this type.
    pub fn register_command_handler<C: BusCommand>(
        &self,
        handler: impl AsyncFn(C, CommandContext<S>) -> Result<C::Answer, C::Error> + 'static,
    ) -> Result<(), InvalidArgument> {
        self.bus.commands.register(handler)
    }

    /// Registers the handler of a type of queries. As for that of commands, it must not capture the engine.
    ///
    /// # Errors
    /// [`InvalidArgument`] when there is one for this type.
    pub fn register_query_handler<Q: BusQuery>(
        &self,
        handler: impl AsyncFn(Q, QueryContext<S>) -> Result<Q::Answer, Q::Error> + 'static,
    ) -> Result<(), InvalidArgument> {
        self.bus.queries.register(handler)
    }

    /// Has a command handled, once: it is never tried again by the engine.
    ///
    /// # Errors
    /// [`SendError`]: the handler's own, as it is, or that there is none.
    pub async fn send_command<C: BusCommand>(&self, command: C) -> Result<C::Answer, SendError<C::Error>> {
        self.bus.commands.send(command, CommandContext::new(self.clone())).await
    }

    /// Has a query answered.
    ///
    /// # Errors
    /// [`SendError`]: the handler's own, as it is, or that there is none.
    pub async fn send_query<Q: BusQuery>(&self, query: Q) -> Result<Q::Answer, SendError<Q::Error>> {
        self.bus.queries.send(query, QueryContext::new(self.clone())).await
    }

    /// Takes over what is saved of the registered views, and brings them up to the log. From then on an append or a command is answered once
    /// they have taken it in; what other connections store is taken in by [`Engine::refresh_views`]. `watch` is told the name of a view, how far it
    /// is and of how many events, and says whether to go on.
    ///
    /// # Errors
    /// [`ViewError`] when the log cannot be read, or `watch` says no.
    pub async fn open_views(&self, watch: &dyn Fn(&str, u64, u64) -> bool) -> Result<(), ViewError> {
        self.views.open(watch).await
    }

    /// Brings the views up to what other connections have stored.
    ///
    /// # Errors
    /// [`ViewError`] when the log cannot be read.
    pub async fn refresh_views(&self) -> Result<(), ViewError> {
        self.store.refresh().await?;
        Ok(self.views.keep_up().await?)
    }

    /// Keeps the views up with what other connections store, for as long as the store is open: for a program that can leave it running.
    pub async fn follow(&self) {
        self.views.follow().await;
    }

    /// The views, whatever their rows.
    #[must_use]
    pub fn views(&self) -> &Views<S, TypedProjections> {
        &self.views
    }
}
