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
    let _unset = Unset(request);
    if slot.wait().await { Ok(()) } else { Err(storage_error(&error_of(request))) }
}

/// Takes the handlers off a request, also when nobody waits for it any more: a handler that is gone must not be called.
struct Unset<'a>(&'a IdbRequest);

impl Drop for Unset<'_> {
    fn drop(&mut self) {
        self.0.set_onsuccess(None);
        self.0.set_onerror(None);
    }
}

/// The error of a request; null when it has none.
pub(super) fn error_of(request: &IdbRequest) -> JsValue {
    request.error().ok().flatten().map_or(JsValue::NULL, JsValue::from)
}

/// The answer of a request that succeeded.
pub(super) fn result(request: &IdbRequest) -> Result<JsValue, StorageError> {
    request.result().map_err(|error| storage_error(&error))
}
