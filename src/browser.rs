//! The platform, for programs that are compiled to WebAssembly.

use js_sys::{Date, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::{log::Pacer, model::Sockets};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, ms: u32);
}

/// The browser's clock and randomness.
#[must_use]
pub fn sockets() -> Sockets {
    Sockets::new(
        || Date::now() as u64,
        |bytes| {
            #[expect(
                clippy::expect_used,
                reason = "without randomness there are no ids, and no way to go on"
            )]
            getrandom::fill(bytes).expect("the platform has a source of randomness");
        },
    )
}

/// Lets the page do what waits between the pieces of a step of merging, so that it never stands still for long.
#[must_use]
pub fn pacer() -> Pacer {
    Pacer::new(now, || {
        Box::pin(async {
            let next_task = Promise::new(&mut |resolve, _| set_timeout(&resolve, 0));
            drop(JsFuture::from(next_task).await);
        })
    })
}
