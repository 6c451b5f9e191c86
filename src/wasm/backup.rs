//! Exports and imports, for JavaScript: whole lines go out a page at a time, bytes come in as they are read.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::backup::{Exporter, Importer};

use super::{error::to_js, storage::Chosen};

/// An export, page by page.
#[wasm_bindgen]
pub struct EngineExport {
    /// Out while a page is being read.
    exporter: RefCell<Option<Exporter<Chosen>>>,
}

impl EngineExport {
    pub(super) fn new(exporter: Exporter<Chosen>) -> Self {
        Self { exporter: RefCell::new(Some(exporter)) }
    }
}

#[wasm_bindgen]
impl EngineExport {
    /// How many positions are behind, and how many the export covers.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn progress(&self) -> Vec<f64> {
        numbers(self.exporter.borrow().as_ref().map(Exporter::progress))
    }

    /// The next lines, or `undefined` at the end. To be called again only once it is answered.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn next(&self) -> Result<Option<Uint8Array>, JsValue> {
        let Some(mut exporter) = self.exporter.take() else {
            return Ok(None);
        };
        let lines = exporter.next_lines().await;
        self.exporter.replace(Some(exporter));
        Ok(lines.map_err(|error| to_js(&error))?.map(|lines| Uint8Array::from(lines.as_slice())))
    }
}

/// An import, as its bytes come.
#[wasm_bindgen]
pub struct EngineImport {
    /// Out while it takes something in.
    importer: RefCell<Option<Importer<Chosen>>>,
}

impl EngineImport {
    pub(super) fn new(importer: Importer<Chosen>) -> Self {
        Self { importer: RefCell::new(Some(importer.driven_by(spawn_local))) }
    }
}

#[wasm_bindgen]
impl EngineImport {
    /// How many positions of the file are behind, and how many it says it has.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn progress(&self) -> Vec<f64> {
        numbers(self.importer.borrow().as_ref().map(Importer::progress))
    }

    /// Takes in what follows of the file. To be called again only once it is answered.
    ///
    /// # Errors
    /// A report of what is wrong with the file, or of what the store says.
    pub async fn push(&self, bytes: Vec<u8>) -> Result<(), JsValue> {
        let Some(mut importer) = self.importer.take() else {
            return Ok(());
        };
        let pushed = importer.push(&bytes).await;
        self.importer.replace(Some(importer));
        pushed.map_err(|error| to_js(&error))
    }

    /// Takes in that the file is over: events of the file, those that were stored, those that had been there, whether all stand where they stood,
    /// and the store's head.
    ///
    /// # Errors
    /// As [`EngineImport::push`].
    pub async fn finish(&self) -> Result<Vec<f64>, JsValue> {
        let Some(mut importer) = self.importer.take() else {
            return Ok(Vec::new());
        };
        let finished = importer.finish().await;
        self.importer.replace(Some(importer));
        let report = finished.map_err(|error| to_js(&error))?;
        let restored = u64::from(report.restored);
        let figures = [report.lines, report.stored, report.duplicates, restored, report.head];
        Ok(figures.map(|figure| figure as f64).to_vec())
    }

    /// Takes in nothing more, and waits for what is being stored.
    pub async fn stop(&self) {
        if let Some(mut importer) = self.importer.take() {
            importer.stop().await;
        }
    }
}

fn numbers(progress: Option<(u64, u64)>) -> Vec<f64> {
    progress.map_or_else(Vec::new, |(done, total)| vec![done as f64, total as f64])
}
