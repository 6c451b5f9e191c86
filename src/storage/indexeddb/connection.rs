//! One connection to a database, and the events that end it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{IdbDatabase, IdbVersionChangeEvent};

use crate::storage::Signal;

use super::{slot::Slot, timer::Timer};

/// How often it is looked for transactions that do not end, in ms. One that has not ended after two looks never will: browsers have lost such.
/// It is looked twice because a page that was frozen hears of the time that has passed before it hears of anything else.
const LOOK_MS: u32 = 15_000;

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
    waiting: RefCell<Vec<Waiting>>,
    /// How often it was looked for transactions that do not end.
    looks: Cell<u32>,
    next_look: RefCell<Option<Timer>>,
}

/// One who waits for the end of a transaction.
struct Waiting {
    end: Slot<TransactionEnd>,
    /// The looks before it was begun.
    since: u32,
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
        let (losing, closing) = (shared.clone(), database.clone());
        let tell = Rc::new(tell);
        let closed = tell.clone();
        let on_close = Closure::<dyn FnMut()>::new(move || {
            losing.lose();
            // Whoever only waits has a look, too: what was here may be gone.
            closed(Signal::Changed);
        });
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
    pub(super) fn watch(&self, end: Slot<TransactionEnd>) {
        self.shared.waiting.borrow_mut().push(Waiting { end, since: self.shared.looks.get() });
        if self.shared.next_look.borrow().is_none() {
            Shared::look_later(&self.shared);
        }
    }

    /// Ends the watch of transactions that have ended; the last one begun ends last.
    pub(super) fn unwatch(&self, end: &Slot<TransactionEnd>) {
        self.shared.waiting.borrow_mut().retain(|one| !one.end.is(end));
    }
}

impl Shared {
    fn lose(&self) {
        self.lost.set(true);
        for waiting in self.waiting.take() {
            waiting.end.fill(TransactionEnd::Unseen);
        }
    }

    fn look_later(this: &Rc<Self>) {
        let looking = Rc::downgrade(this);
        let timer = Timer::start(LOOK_MS, move || {
            if let Some(this) = looking.upgrade() {
                Self::look(&this);
            }
        });
        this.next_look.replace(Some(timer));
    }

    fn look(this: &Rc<Self>) {
        this.looks.update(|looks| looks + 1);
        let (is_idle, is_stuck) = {
            let waiting = this.waiting.borrow();
            (waiting.is_empty(), waiting.iter().any(|one| this.looks.get() - one.since > 1))
        };
        if is_stuck {
            this.lose();
        }
        if is_idle || is_stuck {
            this.next_look.take();
        } else {
            Self::look_later(this);
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
