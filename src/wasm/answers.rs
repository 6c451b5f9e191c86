//! Answers to appends, gathered so that all of one commit cross in one call.
//!
//! Laid out as numbers, one run per answer: the caller's ticket, then what became of it: `STORED` or `DUPLICATE`, the
//! position, how many streams and each stream's revision; or `FAILED`, and the error is the next of the errors.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Float64Array};
use wasm_bindgen_futures::spawn_local;

use crate::log::{Answer, AppendError};

use super::{error::to_js, host::Host};

const STORED: f64 = 0.0;
const DUPLICATE: f64 = 1.0;
const FAILED: f64 = 2.0;

/// Answers that have not crossed yet.
pub(super) struct Answers {
    host: Host,
    numbers: RefCell<Vec<f64>>,
    errors: RefCell<Vec<AppendError>>,
    scheduled: Cell<bool>,
}

impl Answers {
    pub(super) fn new(host: Host) -> Rc<Self> {
        Rc::new(Self {
            host,
            numbers: RefCell::default(),
            errors: RefCell::default(),
            scheduled: Cell::default(),
        })
    }

    /// Takes in an answer; it crosses when the commit's last one is in.
    pub(super) fn push(self: &Rc<Self>, ticket: f64, answer: Answer) {
        let mut numbers = self.numbers.borrow_mut();
        match answer {
            Ok(result) => {
                numbers.extend([
                    ticket,
                    if result.duplicate { DUPLICATE } else { STORED },
                    result.position as f64,
                ]);
                numbers.push(result.revisions.len() as f64);
                numbers.extend(result.revisions.iter().map(|&revision| revision as f64));
            }
            Err(error) => {
                numbers.extend([ticket, FAILED]);
                self.errors.borrow_mut().push(error);
            }
        }
        if !self.scheduled.replace(true) {
            let answers = self.clone();
            spawn_local(async move { answers.flush() });
        }
    }

    fn flush(&self) {
        self.scheduled.set(false);
        let numbers = self.numbers.take();
        let errors: Array = self.errors.take().iter().map(to_js).collect();
        self.host.settle(Float64Array::from(numbers.as_slice()), errors);
    }
}
