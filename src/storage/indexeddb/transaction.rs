//! One transaction: its requests, and its end.

use std::{ops::RangeInclusive, pin::pin, rc::Rc};

use futures_util::future::{Either, select};

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction};

use crate::storage::{CommitError, Durability, Key, Record, StorageError, decode_fence};

use super::{
    COMMITS, FENCE_KEY, FORMAT_KEY, META,
    connection::{Connection, TransactionEnd},
    failure::{cause, storage_error},
    request::{answered, result},
    slot::Slot,
};

#[wasm_bindgen]
extern "C" {
    /// A database as it is: the durability of a transaction is not in stable web-sys.
    type Database;

    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Database,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;

    /// A transaction as it is: `commit` is absent in older browsers.
    type MaybeCommit;

    #[wasm_bindgen(method, getter, js_name = commit)]
    fn commit_function(this: &MaybeCommit) -> JsValue;
}

/// One transaction over the log's stores.
pub(super) struct Transaction {
    connection: Rc<Connection>,
    transaction: IdbTransaction,
    meta: IdbObjectStore,
    commits: IdbObjectStore,
    end: Slot<TransactionEnd>,
    _handlers: [Closure<dyn FnMut()>; 2],
}

/// What a transaction may do.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    Read,
    Write(Durability),
}

impl Transaction {
    pub(super) fn begin(connection: &Rc<Connection>, mode: Mode) -> Result<Self, StorageError> {
        let begun = begin(connection, mode).map_err(|error| storage_error(&error));
        if let Err(StorageError::Disconnected(_)) = begun {
            connection.lose();
        }
        begun
    }

    /// Asks for the fence; [`Transaction::fence`] reads the answer.
    pub(super) fn get_fence(&self) -> Result<IdbRequest, StorageError> {
        self.meta.get(&FENCE_KEY.into()).map_err(|error| storage_error(&error))
    }

    /// Asks for the bytes that the database was created with.
    pub(super) fn get_format(&self) -> Result<IdbRequest, StorageError> {
        self.meta.get(&FORMAT_KEY.into()).map_err(|error| storage_error(&error))
    }

    /// Asks for up to `limit` records in a range, and for their keys. The keys come last.
    pub(super) fn get_records(&self, range: &IdbKeyRange, limit: u32) -> Result<RecordRequest, StorageError> {
        let values =
            self.commits.get_all_with_key_and_limit(range, limit).map_err(|error| storage_error(&error))?;
        let keys = self
            .commits
            .get_all_keys_with_key_and_limit(range, limit)
            .map_err(|error| storage_error(&error))?;
        Ok(RecordRequest::Many { values, keys })
    }

    /// Asks for the records in a range.
    pub(super) fn get_range(&self, range: &RangeInclusive<Key>) -> Result<RecordRequest, StorageError> {
        let (start, end) = (*range.start(), *range.end());
        if start == end {
            let value = self.commits.get(&js_key(start)).map_err(|error| storage_error(&error))?;
            return Ok(RecordRequest::One { key: start, value });
        }
        let bounds =
            IdbKeyRange::bound(&js_key(start), &js_key(end)).map_err(|error| storage_error(&error))?;
        self.get_records(&bounds, u32::MAX)
    }

    /// Adds records; one whose key is taken aborts the transaction.
    pub(super) fn add(&self, records: &[Record]) -> Result<(), StorageError> {
        for record in records {
            // A view into wasm memory would be cloned with the whole memory behind it: hand over a tight copy.
            let bytes = Uint8Array::from(record.bytes.as_slice());
            self.commits.add_with_key(&bytes, &js_key(record.key)).map_err(|error| storage_error(&error))?;
        }
        Ok(())
    }

    /// Says that no more requests come, so that the browser need not wait to see that.
    pub(super) fn commit(&self) {
        let transaction: &MaybeCommit = self.transaction.unchecked_ref();
        if let Some(commit) = transaction.commit_function().dyn_ref::<js_sys::Function>() {
            // It throws when the transaction has ended already, which its end tells better.
            let _ = commit.call0(&self.transaction);
        }
    }

    /// Gives up for an error: nothing is stored. Left alone, a transaction would store what was asked for so far.
    pub(super) fn give_up(&self, error: StorageError) -> CommitError {
        // It throws when the transaction has been aborted already, which is as good.
        let _ = self.transaction.abort();
        CommitError::NotStored(error)
    }

    /// Waits until a request is answered, or the transaction ends before that.
    ///
    /// # Errors
    /// [`StorageError`] when the request fails, or the transaction ends first.
    pub(super) async fn answered(&self, request: &IdbRequest) -> Result<(), StorageError> {
        match select(pin!(answered(request)), pin!(self.end.clone().wait())).await {
            Either::Left((answer, _)) => answer,
            Either::Right((TransactionEnd::Aborted(error), _)) => Err(storage_error(&error)),
            Either::Right((TransactionEnd::Complete | TransactionEnd::Unseen, _)) => {
                Err(Ended::Unseen.into_storage_error())
            }
        }
    }

    /// Waits for the end: what was asked for is stored when this is `Ok`.
    pub(super) async fn end(&self) -> Result<(), Ended> {
        match self.end.clone().wait().await {
            TransactionEnd::Complete => Ok(()),
            TransactionEnd::Aborted(error) => Err(Ended::Aborted(error)),
            TransactionEnd::Unseen => Err(Ended::Unseen),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.connection.unwatch(&self.end);
        self.transaction.set_oncomplete(None);
        self.transaction.set_onabort(None);
    }
}

/// How a transaction ended other than by completing.
pub(super) enum Ended {
    Aborted(JsValue),
    Unseen,
}

impl Ended {
    /// Whether a key was taken.
    pub(super) fn is_constraint(&self) -> bool {
        matches!(self, Self::Aborted(error) if cause(error).name == "ConstraintError")
    }

    /// As the error of a reading.
    pub(super) fn into_storage_error(self) -> StorageError {
        self.into_commit_error().into_cause()
    }

    /// As the error of a writing.
    pub(super) fn into_commit_error(self) -> CommitError {
        match self {
            Self::Aborted(error) => CommitError::NotStored(storage_error(&error)),
            Self::Unseen => {
                let cause = crate::storage::Cause::new(
                    "",
                    "the connection was closed before the transaction's end was seen",
                );
                CommitError::Unknown(StorageError::Disconnected(cause))
            }
        }
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

/// Reads the answer to [`Transaction::get_fence`]; a store that never merged has no fence.
pub(super) fn fence(request: &IdbRequest) -> Result<Key, StorageError> {
    let value = result(request)?;
    if value.is_undefined() { Ok(0) } else { decode_fence(&bytes(&value)?) }
}

/// The bytes of a stored value.
pub(super) fn bytes(value: &JsValue) -> Result<Vec<u8>, StorageError> {
    let array = value.dyn_ref::<Uint8Array>();
    array
        .map(Uint8Array::to_vec)
        .ok_or_else(|| StorageError::Damaged("expected bytes, found another value".to_owned()))
}

/// All keys above one.
pub(super) fn above(key: Key) -> Result<IdbKeyRange, StorageError> {
    IdbKeyRange::lower_bound_with_open(&js_key(key), true).map_err(|error| storage_error(&error))
}

/// Positions are at most 2^53 - 1: a number of JavaScript holds them exactly.
pub(super) fn js_key(key: Key) -> JsValue {
    JsValue::from_f64(key as f64)
}

pub(super) fn rust_key(key: &JsValue) -> Result<Key, StorageError> {
    let valid = key.as_f64().filter(|key| *key >= 0.0 && key.fract() == 0.0);
    valid
        .map(|key| key as Key)
        .ok_or_else(|| StorageError::Damaged(format!("expected a position as key, found {key:?}")))
}

fn record(key: Key, value: &JsValue) -> Result<Record, StorageError> {
    Ok(Record { key, bytes: bytes(value)? })
}

fn begin(connection: &Rc<Connection>, mode: Mode) -> Result<Transaction, JsValue> {
    let options = Object::new();
    let mode = match mode {
        Mode::Read => "readonly",
        Mode::Write(durability) => {
            let durability = if durability == Durability::Strict { "strict" } else { "relaxed" };
            Reflect::set(&options, &"durability".into(), &durability.into())?;
            "readwrite"
        }
    };
    let stores = Array::of2(&META.into(), &COMMITS.into());
    let transaction = connection.database.unchecked_ref::<Database>().transaction(&stores, mode, &options)?;
    let (meta, commits) = (transaction.object_store(META)?, transaction.object_store(COMMITS)?);
    let end = Slot::new();
    let (complete, aborted, of) = (end.clone(), end.clone(), transaction.clone());
    let on_complete = Closure::<dyn FnMut()>::new(move || complete.fill(TransactionEnd::Complete));
    let on_abort = Closure::<dyn FnMut()>::new(move || {
        aborted.fill(TransactionEnd::Aborted(of.error().map_or(JsValue::NULL, JsValue::from)));
    });
    transaction.set_oncomplete(Some(on_complete.as_ref().unchecked_ref()));
    transaction.set_onabort(Some(on_abort.as_ref().unchecked_ref()));
    connection.watch(end.clone());
    Ok(Transaction {
        connection: connection.clone(),
        transaction,
        meta,
        commits,
        end,
        _handlers: [on_complete, on_abort],
    })
}
