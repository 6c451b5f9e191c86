//! What a browser's error means.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

use crate::storage::{Cause, StorageError};

/// WebKit's words for a connection that is dead for good (bugs.webkit.org 273827).
const WEBKIT_LOST: &str = "Connection to Indexed Database server lost";

/// What an error says of itself. `transaction.error` may be null, and anything can be thrown.
pub(super) fn cause(error: &JsValue) -> Cause {
    if let Some(error) = error.dyn_ref::<DomException>() {
        return Cause::new(error.name(), error.message());
    }
    if let Some(error) = error.dyn_ref::<js_sys::Error>() {
        return Cause::new(String::from(error.name()), String::from(error.message()));
    }
    if error.is_null() || error.is_undefined() {
        return Cause::new("", "the browser gave no reason");
    }
    Cause::new("", format!("{error:?}"))
}

/// What an error of a request, a transaction or a call means.
pub(super) fn storage_error(error: &JsValue) -> StorageError {
    let cause = cause(error);
    match cause.name.as_str() {
        "QuotaExceededError" => StorageError::QuotaExceeded(cause),
        "InvalidStateError" => StorageError::Disconnected(cause),
        "AbortError" if cause.message.contains("closing") => StorageError::Disconnected(cause),
        _ if cause.message.contains(WEBKIT_LOST) => StorageError::Disconnected(cause),
        _ => StorageError::Failed(cause),
    }
}
