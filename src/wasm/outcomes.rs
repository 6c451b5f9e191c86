//! What became of commands, gathered so that all that are answered together cross in one call.
//!
//! Laid out as numbers, one run per command: the caller's ticket, then `DONE`, the revision, the position, whether it is a duplicate, how often it
//! was decided, and how many events it made, which are the next of the page; or `REJECTED`, `BROKEN` or `FAILED`. Each has one of the values: the
//! state, what was thrown, or the report of an error.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Float64Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::{
    engine::{DispatchError, Dispatched},
    model::RecordedEvent,
};

use super::{
    commanding::{BROKEN, DONE, REJECTED},
    error::to_js,
    host::Host,
    page,
};

const FAILED: f64 = 3.0;

/// With so many bytes of events an answer is full: they cross as one text, and are parsed at once.
const FULL_BYTES: usize = 1024 * 1024;

pub(super) type Outcome = Result<Dispatched<JsValue>, DispatchError<JsValue, JsValue>>;

/// Outcomes that have not crossed yet.
pub(super) struct Outcomes {
    host: Host,
    gathered: RefCell<Gathered>,
    scheduled: Cell<bool>,
}

#[derive(Default)]
struct Gathered {
    numbers: Vec<f64>,
    values: Vec<JsValue>,
    events: Vec<RecordedEvent>,
    bytes: usize,
}

impl Outcomes {
    pub(super) fn new(host: Host) -> Rc<Self> {
        Rc::new(Self { host, gathered: RefCell::default(), scheduled: Cell::default() })
    }

    /// Takes in what became of a command; it crosses when all are in that are known in this turn.
    pub(super) fn push(self: &Rc<Self>, ticket: f64, outcome: Outcome) {
        let is_full = self.gathered.borrow_mut().put(ticket, outcome);
        if is_full {
            self.flush();
        } else if !self.scheduled.replace(true) {
            let outcomes = self.clone();
            spawn_local(async move {
                outcomes.scheduled.set(false);
                outcomes.flush();
            });
        }
    }

    /// Takes in why a command was not even begun.
    pub(super) fn refuse(self: &Rc<Self>, ticket: f64, report: JsValue) {
        self.gathered.borrow_mut().put_value(ticket, FAILED, report);
        self.flush();
    }

    fn flush(&self) {
        let Gathered { numbers, values, events, .. } = self.gathered.take();
        if numbers.is_empty() {
            return;
        }
        let page = if events.is_empty() { JsValue::UNDEFINED } else { page::recorded_to_js(&events).into() };
        self.host.settle_commands(Float64Array::from(numbers.as_slice()), Array::from_iter(values), page);
    }
}

impl Gathered {
    /// Whether it is full by that.
    fn put(&mut self, ticket: f64, outcome: Outcome) -> bool {
        match outcome {
            Ok(done) => {
                let (duplicate, count) = (if done.duplicate { 1.0 } else { 0.0 }, done.events.len() as f64);
                let (revision, position) = (done.revision as f64, done.position as f64);
                let attempts = f64::from(done.attempts);
                self.numbers.extend([ticket, DONE, revision, position, duplicate, attempts, count]);
                self.values.push(done.state);
                self.bytes += done.events.iter().map(|event| event.data.as_str().len()).sum::<usize>();
                self.events.extend(done.events);
            }
            Err(DispatchError::Rejected(thrown)) => self.put_value(ticket, REJECTED, thrown),
            Err(DispatchError::Broken(thrown)) => self.put_value(ticket, BROKEN, thrown),
            Err(DispatchError::Append(error)) => self.put_value(ticket, FAILED, to_js(&error)),
        }
        self.bytes >= FULL_BYTES
    }

    fn put_value(&mut self, ticket: f64, kind: f64, value: JsValue) {
        self.numbers.extend([ticket, kind]);
        self.values.push(value);
    }
}
