//! Waiting for one request.

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::IdbRequest;

use crate::storage::StorageError;

use super::{failure::storage_error, slot::Slot};

/// Waits until a request, and so every request before it, is answered.
pub(super) async fn answered(request: &IdbRequest) -> Result<(), StorageError> {
    let slot = Slot::new();
    let (succeeded, failed) = (slot.clone(), slot.clone());
    let on_success = Closure::<dyn FnMut()>::new(move || succeeded.fill(true));
    let on_error = Closure::<dyn FnMut()>::new(move || failed.fill(false));
    request.set_onsuccess(Some(on_success.as_ref().unchecked_ref()));
    request.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let succeeded = slot.wait().await;
    request.set_onsuccess(None);
    request.set_onerror(None);
    if succeeded { Ok(()) } else { Err(storage_error(&error_of(request))) }
}

/// The error of a request; null when it has none.
pub(super) fn error_of(request: &IdbRequest) -> JsValue {
    request.error().ok().flatten().map_or(JsValue::NULL, JsValue::from)
}

/// The answer of a request that succeeded.
pub(super) fn result(request: &IdbRequest) -> Result<JsValue, StorageError> {
    request.result().map_err(|error| storage_error(&error))
}
