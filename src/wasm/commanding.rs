//! Options of commands, and states, for JavaScript.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::engine::{AsOf, DispatchOptions, LoadError, Loaded};

use super::{
    error::to_js,
    options,
    requests::dispatching::{AsOfRequest, OptionsRequest},
};

/// In the first place of an answer: what follows is an answer; what the aggregate refused with; what its code failed with.
pub(super) const DONE: f64 = 0.0;
pub(super) const REJECTED: f64 = 1.0;
pub(super) const BROKEN: f64 = 2.0;

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
