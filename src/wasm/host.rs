//! What the engine calls in JavaScript.

use std::{cell::RefCell, panic};

use js_sys::{Array, Float64Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::log::Pacer;

#[wasm_bindgen]
extern "C" {
    /// The caller's side of one engine.
    #[derive(Clone)]
    pub type Host;

    /// Appends are answered: numbers as `answers.rs` lays them out, and the errors that they refer to.
    #[wasm_bindgen(method)]
    pub fn settle(this: &Host, numbers: Float64Array, errors: Array);

    /// Commands are answered: numbers and values as `outcomes.rs` lays them out, and a page of the events that they made, if any did.
    #[wasm_bindgen(method, js_name = settleCommands)]
    pub fn settle_commands(this: &Host, numbers: Float64Array, values: Array, page: JsValue);

    /// Something happened to the storage elsewhere.
    #[wasm_bindgen(method)]
    pub fn signal(this: &Host, name: &str);

    /// Opening has read so many events, of so many.
    #[wasm_bindgen(method)]
    pub fn opening(this: &Host, done: f64, total: f64);

    /// Whether opening is to be given up.
    #[wasm_bindgen(method, js_name = isCancelled)]
    pub fn is_cancelled(this: &Host) -> bool;

    /// The page's clock, in ms.
    #[wasm_bindgen(method)]
    pub fn now(this: &Host) -> f64;

    /// Lets the page do what waits.
    #[wasm_bindgen(method)]
    pub fn pause(this: &Host) -> Promise;

    /// A state of a stream cannot be kept.
    #[wasm_bindgen(method, js_name = refuseSnapshot)]
    pub fn refuse_snapshot(this: &Host, stream_id: &str, why: &str);

    /// The engine has panicked: no call of it will ever be answered again.
    #[wasm_bindgen(method)]
    pub fn panicked(this: &Host, message: &str);
}

thread_local! {
    /// An instance serves one host, and has one thread.
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// Lets the host hear of a panic.
pub(super) fn watch_panics(host: &Host) {
    HOST.set(Some(host.clone()));
    panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        // Taken out first: nothing is borrowed while JavaScript runs.
        if let Some(host) = HOST.with_borrow(Clone::clone) {
            host.panicked(&message);
        }
    }));
}

/// Merging looks at the page's clock, and lets the page breathe.
pub(super) fn pacer(host: &Host) -> Pacer {
    let (clock, host) = (host.clone(), host.clone());
    Pacer::new(
        move || clock.now(),
        move || {
            let pause = JsFuture::from(host.pause());
            Box::pin(async move { drop(pause.await) })
        },
    )
}
