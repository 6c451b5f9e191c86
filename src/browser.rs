//! The platform, for programs that are compiled to WebAssembly.

use std::cell::RefCell;

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
    Sockets::new(|| Date::now() as u64, pooled)
}

/// So much randomness is asked for at once, in bytes: to ask costs as much as some hundred bytes.
const POOL_BYTES: usize = 1024;

thread_local! {
    /// Randomness that was not given out yet: the rest of it, from an index on.
    static POOL: RefCell<(Vec<u8>, usize)> = const { RefCell::new((Vec::new(), 0)) };
}

/// Randomness that nobody else has been given.
fn pooled(bytes: &mut [u8]) {
    POOL.with_borrow_mut(|(pool, next)| {
        for byte in bytes {
            if *next == pool.len() {
                pool.resize(POOL_BYTES, 0);
                #[expect(
                    clippy::expect_used,
                    reason = "without randomness there are no ids, and no way to go on"
                )]
                getrandom::fill(pool).expect("the platform has a source of randomness");
                *next = 0;
            }
            *byte = pool[*next];
            *next += 1;
        }
    });
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
