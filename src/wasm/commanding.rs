//! Commands and states, for JavaScript.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::engine::{AsOf, DispatchError, DispatchOptions, Dispatched, LoadError, Loaded};

use super::{
    error::to_js,
    options, page,
    requests::dispatching::{AsOfRequest, OptionsRequest},
};

/// In the first place of an answer: what follows is an answer; what the aggregate refused with; what its code failed with.
const DONE: f64 = 0.0;
const REJECTED: f64 = 1.0;
const BROKEN: f64 = 2.0;

pub(super) fn read_options(request: JsValue) -> Result<DispatchOptions, JsValue> {
    if request.is_undefined() {
        return Ok(DispatchOptions::default());
    }
    let request: OptionsRequest = options::read(request).map_err(|error| to_js(&error))?;
    request.into_options().map_err(|error| to_js(&error))
}

pub(super) fn read_as_of(request: JsValue) -> Result<AsOf, JsValue> {
    if request.is_undefined() {
        return Ok(AsOf::Now);
    }
    let request: AsOfRequest = options::read(request).map_err(|error| to_js(&error))?;
    Ok(request.into())
}

/// `[DONE, state, page, revision, position, duplicate, attempts]`, `[REJECTED, what was thrown]` or `[BROKEN, what was thrown]`; the page
/// is undefined without events.
pub(super) fn dispatched(
    outcome: Result<Dispatched<JsValue>, DispatchError<JsValue, JsValue>>,
) -> Result<Array, JsValue> {
    match outcome {
        Ok(done) => {
            let page = if done.events.is_empty() {
                JsValue::UNDEFINED
            } else {
                page::recorded_to_js(&done.events).into()
            };
            let numbers = [done.revision as f64, done.position as f64];
            Ok(Array::from_iter([
                DONE.into(),
                done.state,
                page,
                numbers[0].into(),
                numbers[1].into(),
                done.duplicate.into(),
                done.attempts.into(),
            ]))
        }
        Err(DispatchError::Rejected(thrown)) => Ok(Array::of2(&REJECTED.into(), &thrown)),
        Err(DispatchError::Broken(thrown)) => Ok(Array::of2(&BROKEN.into(), &thrown)),
        Err(DispatchError::Append(error)) => Err(to_js(&error)),
    }
}

/// `[DONE, state, revision, head]` or `[BROKEN, what was thrown]`.
pub(super) fn loaded(outcome: Result<Loaded<JsValue>, LoadError<JsValue>>) -> Result<Array, JsValue> {
    match outcome {
        Ok(Loaded { state, revision, head }) => {
            Ok(Array::from_iter([DONE.into(), state, (revision as f64).into(), (head as f64).into()]))
        }
        Err(LoadError::Broken(thrown)) => Ok(Array::of2(&BROKEN.into(), &thrown)),
        Err(LoadError::InvalidArgument(error)) => Err(to_js(&error)),
        Err(LoadError::Log(error)) => Err(to_js(&error)),
    }
}
