//! Commands and states, for JavaScript.

use js_sys::Array;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::{
    engine::{AsOf, DispatchError, DispatchOptions, Dispatched, LoadError, Loaded},
    model::{CommandId, Condition, Json, Query},
};

use super::{
    batch,
    error::to_js,
    options::{self, QueryRequest},
    page,
};

/// In the first place of an answer: what follows is an answer; what the aggregate refused with; what its code failed with.
const DONE: f64 = 0.0;
const REJECTED: f64 = 1.0;
const BROKEN: f64 = 2.0;

/// What goes with a command.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptionsRequest {
    expected_revision: Option<f64>,
    condition: Option<ConditionRequest>,
    command_id: Option<String>,
    /// JSON text.
    metadata: Option<String>,
    retries: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConditionRequest {
    fail_if_events_match: QueryRequest,
    after: Option<u64>,
}

/// A moment: one of them, or none for now.
#[derive(Deserialize)]
struct AsOfRequest {
    revision: Option<u64>,
    position: Option<u64>,
    time: Option<u64>,
}

pub(super) fn read_options(request: JsValue) -> Result<DispatchOptions, JsValue> {
    let mut read = DispatchOptions::default();
    if request.is_undefined() {
        return Ok(read);
    }
    let request: OptionsRequest = options::read(request).map_err(|error| to_js(&error))?;
    read.expected = request.expected_revision.map(batch::expected);
    read.condition = request.condition.map(|condition| Condition {
        fail_if_events_match: Query::from(condition.fail_if_events_match),
        after: condition.after.unwrap_or(0),
    });
    read.command_id = request.command_id.map(CommandId::new).transpose().map_err(|error| to_js(&error))?;
    if let Some(metadata) = request.metadata {
        read.metadata = Json::trusted(&metadata);
    }
    read.retries = request.retries.unwrap_or(read.retries);
    Ok(read)
}

pub(super) fn read_as_of(request: JsValue) -> Result<AsOf, JsValue> {
    if request.is_undefined() {
        return Ok(AsOf::Now);
    }
    let request: AsOfRequest = options::read(request).map_err(|error| to_js(&error))?;
    let by_position = || request.position.map(AsOf::Position).or(request.time.map(AsOf::Time));
    Ok(request.revision.map(AsOf::Revision).or_else(by_position).unwrap_or_default())
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
