//! One connection to a database, and the events that end it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{IdbDatabase, IdbVersionChangeEvent};

use crate::storage::Signal;

use super::slot::Slot;

/// One connection to a database. It ends once, and those who wait for a transaction of it are told.
pub(super) struct Connection {
    pub(super) database: IdbDatabase,
    shared: Rc<Shared>,
    _on_close: Closure<dyn FnMut()>,
    _on_version_change: Closure<dyn FnMut(IdbVersionChangeEvent)>,
}

#[derive(Default)]
struct Shared {
    lost: Cell<bool>,
    waiting: RefCell<Vec<Slot<TransactionEnd>>>,
}

/// How a transaction ended.
pub(super) enum TransactionEnd {
    Complete,
    /// Nothing of it was stored; the error may be null.
    Aborted(JsValue),
    /// The connection went away first: it was not seen.
    Unseen,
}

impl Connection {
    /// Takes over a database that was opened; `tell` hears when it is deleted or taken over by newer code.
    pub(super) fn new(database: IdbDatabase, tell: impl Fn(Signal) + 'static) -> Self {
        let shared = Rc::new(Shared::default());
        let losing = shared.clone();
        let on_close = Closure::<dyn FnMut()>::new(move || losing.lose());
        let closing = database.clone();
        let on_version_change = Closure::<dyn FnMut(_)>::new(move |event: IdbVersionChangeEvent| {
            // What is in flight still ends; what asked for the change waits for that.
            closing.close();
            tell(if event.new_version().is_none() { Signal::Deleted } else { Signal::NeedsReload });
        });
        database.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        database.set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
        Self { database, shared, _on_close: on_close, _on_version_change: on_version_change }
    }

    pub(super) fn is_lost(&self) -> bool {
        self.shared.lost.get()
    }

    /// Says that the connection is dead.
    pub(super) fn lose(&self) {
        self.shared.lose();
    }

    /// Tells whoever waits in the slot when the connection goes away.
    pub(super) fn watch(&self, slot: Slot<TransactionEnd>) {
        self.shared.waiting.borrow_mut().push(slot);
    }

    /// Ends the watch of transactions that have ended; the last one begun ends last.
    pub(super) fn unwatch(&self, slot: &Slot<TransactionEnd>) {
        self.shared.waiting.borrow_mut().retain(|one| !one.is(slot));
    }
}

impl Shared {
    fn lose(&self) {
        self.lost.set(true);
        for slot in self.waiting.take() {
            slot.fill(TransactionEnd::Unseen);
        }
    }
}

impl Drop for Connection {
    /// Transactions that are under way still end, and are still seen.
    fn drop(&mut self) {
        self.database.set_onclose(None);
        self.database.set_onversionchange(None);
        self.database.close();
    }
}
