//! Snapshots: what is kept beside the records, and can be made again.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{IdbKeyRange, IdbObjectStore, IdbRequest};

use crate::storage::{Forget, Key, Snapshot, SnapshotKey, StorageError};

use super::{
    SNAPSHOTS,
    failure::storage_error,
    request::result,
    transaction::{Ended, Transaction},
};

/// What keeping, recalling and forgetting may touch: not what events are in, so that who reads these does not wait for it.
pub(super) const SCOPE: &[&str] = &[SNAPSHOTS];

/// The first bytes of a value: the revision.
const REVISION_BYTES: usize = size_of::<Key>();

pub(super) async fn recall(
    transaction: &Transaction,
    key: &SnapshotKey,
) -> Result<Option<Snapshot>, StorageError> {
    let request = asked(store(transaction)?.get(&js_key(key)))?;
    transaction.answered(&request).await?;
    let found = value(&request)?;
    Ok(found.map(|(revision, bytes)| Snapshot { key: key.clone(), revision, bytes }))
}

/// Nothing is awaited between asking and putting but the transaction's own requests.
pub(super) async fn keep(transaction: &Transaction, snapshots: &[Snapshot]) -> Result<(), StorageError> {
    let store = store(transaction)?;
    let there: Vec<IdbRequest> =
        snapshots.iter().map(|one| asked(store.get(&js_key(&one.key)))).collect::<Result<_, _>>()?;
    let Some(mut last) = there.last().cloned() else { return Ok(()) };
    transaction.answered(&last).await?;
    for (snapshot, there) in snapshots.iter().zip(&there) {
        if value(there)?.is_none_or(|(revision, _)| revision < snapshot.revision) {
            let bytes = [&snapshot.revision.to_le_bytes(), &*snapshot.bytes].concat();
            last = asked(store.put_with_key(&Uint8Array::from(&*bytes), &js_key(&snapshot.key)))?;
        }
    }
    transaction.end_after(&last).await.map_err(Ended::into_storage_error)
}

pub(super) async fn forget(transaction: &Transaction, which: Forget<'_>) -> Result<(), StorageError> {
    let store = store(transaction)?;
    let last = match which {
        Forget::One(key) => asked(store.delete(&js_key(key)))?,
        Forget::OtherVersions { name, version } => {
            // A list is greater than any text: so it ends what begins alike.
            let (name, version, end) = (JsValue::from(name), JsValue::from(version), Array::new());
            delete(&store, &Array::of1(&name), &Array::of2(&name, &version))?;
            delete(&store, &Array::of3(&name, &version, &end), &Array::of2(&name, &end))?
        }
        Forget::All => asked(store.clear())?,
    };
    transaction.end_after(&last).await.map_err(Ended::into_storage_error)
}

/// Deletes what is between two keys, without these.
fn delete(store: &IdbObjectStore, from: &Array, to: &Array) -> Result<IdbRequest, StorageError> {
    let range = asked(IdbKeyRange::bound_with_lower_open_and_upper_open(from, to, true, true))?;
    asked(store.delete(&range))
}

fn store(transaction: &Transaction) -> Result<IdbObjectStore, StorageError> {
    transaction.store(SNAPSHOTS).map(|store| store.0)
}

fn js_key(SnapshotKey { name, version, id }: &SnapshotKey) -> JsValue {
    Array::of3(&name.into(), &version.into(), &id.into()).into()
}

/// The revision and the bytes of an answer. What is no such value counts as none: it can be made again.
fn value(request: &IdbRequest) -> Result<Option<(Key, Vec<u8>)>, StorageError> {
    let value = result(request)?;
    let Some(array) = value.dyn_ref::<Uint8Array>() else { return Ok(None) };
    let bytes = array.to_vec();
    let split = bytes.split_first_chunk::<REVISION_BYTES>();
    Ok(split.map(|(revision, bytes)| (Key::from_le_bytes(*revision), bytes.to_vec())))
}

fn asked<T>(call: Result<T, JsValue>) -> Result<T, StorageError> {
    call.map_err(|error| storage_error(&error))
}
