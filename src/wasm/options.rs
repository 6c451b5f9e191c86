//! Options as they come from JavaScript, where the wrapper has checked their shapes.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::model::InvalidArgument;

/// Reads options. The wrapper has checked them, so what does not fit is a caller that went around it.
pub(super) fn read<T: DeserializeOwned>(options: JsValue) -> Result<T, InvalidArgument> {
    serde_wasm_bindgen::from_value(options)
        .map_err(|error| InvalidArgument::new("options", "options of this call", error.to_string()))
}
