//! What an object store is asked for within a transaction.

use std::ops::RangeInclusive;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{IdbCursorDirection, IdbKeyRange, IdbObjectStore, IdbRequest};

use crate::storage::{Key, Record, StorageError};

use super::{
    answer::{RecordRequest, ValueRequest, js_key},
    failure::storage_error,
};

/// One object store of a transaction. Requests are answered in the order in which they are asked.
pub(super) struct ObjectStore(pub(super) IdbObjectStore);

impl ObjectStore {
    /// Asks for the value under a name.
    pub(super) fn get(&self, name: &str) -> Result<ValueRequest, StorageError> {
        asked(self.0.get(&name.into())).map(ValueRequest)
    }

    /// Asks for up to `limit` records after a key.
    pub(super) fn get_after(&self, key: Key, limit: usize) -> Result<RecordRequest, StorageError> {
        let above = asked(IdbKeyRange::lower_bound_with_open(&js_key(key), true))?;
        self.get_records(&above, limit as u32)
    }

    /// Asks for a cursor at the newest key.
    pub(super) fn newest_key(&self) -> Result<IdbRequest, StorageError> {
        asked(self.0.open_key_cursor_with_range_and_direction(&JsValue::NULL, IdbCursorDirection::Prev))
    }

    /// Asks for the records in each of the ranges.
    pub(super) fn get_ranges(
        &self,
        ranges: &[RangeInclusive<Key>],
    ) -> Result<Vec<RecordRequest>, StorageError> {
        ranges.iter().map(|range| self.get_range(range)).collect()
    }

    fn get_range(&self, range: &RangeInclusive<Key>) -> Result<RecordRequest, StorageError> {
        let (start, end) = (*range.start(), *range.end());
        if start == end {
            let value = asked(self.0.get(&js_key(start)))?;
            return Ok(RecordRequest::One { key: start, value });
        }
        self.get_records(&between(range)?, u32::MAX)
    }

    /// Asks for records and, as some keys of a range may not be there, for their keys. The keys come last.
    fn get_records(&self, range: &IdbKeyRange, limit: u32) -> Result<RecordRequest, StorageError> {
        let values = asked(self.0.get_all_with_key_and_limit(range, limit))?;
        let keys = asked(self.0.get_all_keys_with_key_and_limit(range, limit))?;
        Ok(RecordRequest::Many { values, keys })
    }

    /// Adds a record; when its key is taken the transaction is aborted.
    pub(super) fn add(&self, record: &Record) -> Result<IdbRequest, StorageError> {
        asked(self.0.add_with_key(&tight(&record.bytes), &js_key(record.key)))
    }

    /// Puts a record, in the place of one that is under its key.
    pub(super) fn put_record(&self, record: &Record) -> Result<IdbRequest, StorageError> {
        asked(self.0.put_with_key(&tight(&record.bytes), &js_key(record.key)))
    }

    /// Puts a value under a name.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<IdbRequest, StorageError> {
        asked(self.0.put_with_key(&tight(bytes), &name.into()))
    }

    /// Deletes all records in the ranges.
    pub(super) fn delete_ranges(&self, ranges: &[RangeInclusive<Key>]) -> Result<(), StorageError> {
        for range in ranges {
            let range = between(range)?;
            asked(self.0.delete(&range))?;
        }
        Ok(())
    }

    /// Deletes all records up to and including a key.
    pub(super) fn delete_up_to(&self, key: Key) -> Result<(), StorageError> {
        let range = asked(IdbKeyRange::upper_bound(&js_key(key)))?;
        asked(self.0.delete(&range)).map(drop)
    }
}

/// What a call came to: a request, or what it threw.
fn asked<T>(call: Result<T, JsValue>) -> Result<T, StorageError> {
    call.map_err(|error| storage_error(&error))
}

fn between(range: &RangeInclusive<Key>) -> Result<IdbKeyRange, StorageError> {
    asked(IdbKeyRange::bound(&js_key(*range.start()), &js_key(*range.end())))
}

/// A view into wasm memory would be cloned with the whole memory behind it: hand over a tight copy.
fn tight(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}
