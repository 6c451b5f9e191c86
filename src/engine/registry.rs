//! A store, and the aggregates that live in it.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use crate::{log::EventStore, model::InvalidArgument, storage::Storage};

use super::{Decider, Repository};

/// A store, and the aggregates that live in it. Clones are handles of the same engine.
pub struct Engine<S> {
    store: EventStore<S>,
    names: Rc<RefCell<BTreeSet<String>>>,
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), names: self.names.clone() }
    }
}

impl<S: Storage> Engine<S> {
    /// An engine over an open store.
    #[must_use]
    pub fn new(store: EventStore<S>) -> Self {
        Self { store, names: Rc::default() }
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
}
