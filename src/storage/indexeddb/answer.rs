//! Answers of requests, as values of Rust.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::IdbRequest;

use crate::storage::{Key, Mark, Record, StorageError};

use super::request::result;

/// A value that was asked for.
pub(super) struct ValueRequest(pub(super) IdbRequest);

impl ValueRequest {
    /// The bytes, once the request is answered; `None` when there are none.
    pub(super) fn bytes(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let value = result(&self.0)?;
        if value.is_undefined() { Ok(None) } else { bytes(&value).map(Some) }
    }

    /// The bytes as a mark; a store that never swapped has none.
    pub(super) fn mark(&self) -> Result<Mark, StorageError> {
        self.bytes()?.map_or(Ok(Mark::default()), |bytes| Mark::decode(&bytes))
    }
}

/// Records that were asked for.
pub(super) enum RecordRequest {
    One { key: Key, value: IdbRequest },
    Many { values: IdbRequest, keys: IdbRequest },
}

impl RecordRequest {
    /// The request that is answered last.
    pub(super) fn last(&self) -> &IdbRequest {
        match self {
            Self::One { value, .. } => value,
            Self::Many { keys, .. } => keys,
        }
    }

    /// The records, once the last request is answered.
    pub(super) fn records(&self) -> Result<Vec<Record>, StorageError> {
        match self {
            Self::One { key, value } => {
                let value = result(value)?;
                if value.is_undefined() { Ok(Vec::new()) } else { Ok(vec![record(*key, &value)?]) }
            }
            Self::Many { values, keys } => {
                let (values, keys) = (Array::from(&result(values)?), Array::from(&result(keys)?));
                let pairs = keys.iter().zip(values.iter());
                pairs.map(|(key, value)| record(rust_key(&key)?, &value)).collect()
            }
        }
    }
}

/// The records of several requests, one after another.
pub(super) fn all_records(requests: &[RecordRequest]) -> Result<Vec<Record>, StorageError> {
    let mut records = Vec::new();
    for request in requests {
        records.append(&mut request.records()?);
    }
    Ok(records)
}

/// The bytes of a stored value.
pub(super) fn bytes(value: &JsValue) -> Result<Vec<u8>, StorageError> {
    let array = value.dyn_ref::<Uint8Array>();
    array
        .map(Uint8Array::to_vec)
        .ok_or_else(|| StorageError::Damaged("expected bytes, found another value".to_owned()))
}

/// Keys are at most 2^53 - 1: a number of JavaScript holds them exactly.
pub(super) fn js_key(key: Key) -> JsValue {
    JsValue::from_f64(key as f64)
}

pub(super) fn rust_key(key: &JsValue) -> Result<Key, StorageError> {
    let valid = key.as_f64().filter(|key| *key >= 0.0 && key.fract() == 0.0);
    valid
        .map(|key| key as Key)
        .ok_or_else(|| StorageError::Damaged(format!("expected a whole number as key, found {key:?}")))
}

fn record(key: Key, value: &JsValue) -> Result<Record, StorageError> {
    Ok(Record { key, bytes: bytes(value)? })
}
