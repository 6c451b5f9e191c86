//! The aggregates of a store, and keeping their states as snapshots when the page has nothing better to do.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::engine::{Repository, SnapshotError};

use super::{definition::JsDecider, host::Host, storage::Chosen};

type Kind = Rc<Repository<Chosen, JsDecider>>;

/// The aggregates of a store.
pub(super) struct Aggregates {
    host: Host,
    kinds: RefCell<Vec<Kind>>,
    /// Whether states that are due are going to be kept.
    is_keeping: Cell<bool>,
}

impl Aggregates {
    pub(super) fn new(host: Host) -> Rc<Self> {
        Rc::new(Self { host, kinds: RefCell::default(), is_keeping: Cell::default() })
    }

    /// Takes in a kind. The answer is its number.
    pub(super) fn add(&self, kind: Repository<Chosen, JsDecider>) -> usize {
        let mut kinds = self.kinds.borrow_mut();
        kinds.push(Rc::new(kind));
        kinds.len() - 1
    }

    pub(super) fn get(&self, number: usize) -> Option<Kind> {
        self.kinds.borrow().get(number).cloned()
    }

    /// States that are due are kept once the page has heard the answer, and has done what waits.
    pub(super) fn keep_due(self: &Rc<Self>, kind: &Kind) {
        if !kind.has_snapshots_due() || self.is_keeping.replace(true) {
            return;
        }
        let all = self.clone();
        spawn_local(async move {
            drop(JsFuture::from(all.host.pause()).await);
            all.is_keeping.set(false);
            let kinds = all.kinds.borrow().clone();
            for kind in kinds {
                // What the storage cannot keep now is due again later.
                if let Err(SnapshotError::Unfit { stream_id, why }) = kind.save_snapshots().await {
                    all.host.refuse_snapshot(stream_id.as_str(), &why);
                }
            }
        });
    }
}
