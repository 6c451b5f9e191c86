//! Waiting for some time, in windows and workers.

use wasm_bindgen::prelude::*;

use super::slot::Slot;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, ms: u32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: &JsValue);
}

/// Calls back once after a time, unless dropped before.
pub(super) struct Timer {
    handle: JsValue,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    pub(super) fn start(ms: u32, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let handle = set_timeout(callback.as_ref(), ms);
        Self { handle, _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.handle);
    }
}

pub(super) async fn sleep(ms: u32) {
    let slot = Slot::new();
    let filled = slot.clone();
    let _timer = Timer::start(ms, move || filled.fill(()));
    slot.wait().await;
}
