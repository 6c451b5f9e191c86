//! A reading, for JavaScript.

use std::{cell::RefCell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::log::{ReadError, Reader};

use super::{error::to_js, page, storage::Chosen};

/// A reading of the log, page by page.
#[wasm_bindgen]
pub struct EngineReader {
    head: u64,
    first: RefCell<Option<Array>>,
    /// Out while a page is being read.
    reader: Rc<RefCell<Option<Reader<Chosen>>>>,
}

impl EngineReader {
    /// A reading whose first page is there: who begins one wants it, and a call that waits costs more than a page.
    pub(super) async fn begin(mut reader: Reader<Chosen>) -> Result<Self, ReadError> {
        let first = reader.next_page().await?.as_ref().map(page::to_js);
        let (head, reader) = (reader.head(), Rc::new(RefCell::new(Some(reader))));
        Ok(Self { head, first: RefCell::new(first), reader })
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

    /// The first page, once; `undefined` when there is none.
    #[wasm_bindgen(js_name = takeFirst)]
    pub fn take_first(&self) -> Option<Array> {
        self.first.take()
    }

    /// Whether it is known that no page follows.
    #[wasm_bindgen(getter, js_name = isDone)]
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.reader.borrow().as_ref().is_some_and(Reader::is_done)
    }

    /// The next page after the first, or `undefined` at the end. To be called again only once it is answered.
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
