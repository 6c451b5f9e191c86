//! A reading, for JavaScript.

use std::{cell::RefCell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::log::Reader;

use super::{error::to_js, page, storage::Chosen};

/// A reading of the log, page by page.
#[wasm_bindgen]
pub struct EngineReader {
    head: u64,
    /// Out while a page is being read.
    reader: Rc<RefCell<Option<Reader<Chosen>>>>,
}

impl EngineReader {
    pub(super) fn new(reader: Reader<Chosen>) -> Self {
        Self { head: reader.head(), reader: Rc::new(RefCell::new(Some(reader))) }
    }
}

#[wasm_bindgen]
impl EngineReader {
    /// The position up to which the reading covers the store.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn head(&self) -> f64 {
        self.head as f64
    }

    /// The next page, or `undefined` at the end. To be called again only once it is answered.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn next(&self) -> Result<Option<Array>, JsValue> {
        let Some(mut reader) = self.reader.take() else {
            return Ok(None);
        };
        let page = reader.next_page().await;
        self.reader.replace(Some(reader));
        Ok(page.map_err(|error| to_js(&error))?.as_ref().map(page::to_js))
    }
}
