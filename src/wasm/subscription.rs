//! A subscription, for JavaScript.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::log::{Step, Subscription};

use super::{error::to_js, page, storage::Chosen};

/// Follows the log, page by page.
#[wasm_bindgen]
pub struct EngineSubscription {
    subscription: Subscription<Chosen>,
}

impl EngineSubscription {
    pub(super) fn new(subscription: Subscription<Chosen>) -> Self {
        Self { subscription }
    }
}

#[wasm_bindgen]
impl EngineSubscription {
    /// The next page, or `undefined` once when all that was there at the beginning has been given. Waits.
    ///
    /// # Errors
    /// A report of what the store says; `Closed` when the store or the subscription is.
    pub async fn next(&self) -> Result<Option<Array>, JsValue> {
        match self.subscription.next().await {
            Ok(Step::Events(page)) => Ok(Some(page::to_js(&page))),
            Ok(Step::CaughtUp) => Ok(None),
            Err(error) => Err(to_js(&error)),
        }
    }

    /// The position after which it began; `undefined` before the first answer.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn start(&self) -> Option<f64> {
        self.subscription.start().map(|position| position as f64)
    }

    /// Ends it.
    pub fn close(&self) {
        self.subscription.close();
    }
}
