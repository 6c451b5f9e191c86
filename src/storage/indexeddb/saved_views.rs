//! Saved views: a value for each checkpoint and for each bucket, so that a save puts what has changed and no more.

use std::ops::ControlFlow;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{IdbKeyRange, IdbObjectStore, IdbRequest};

use crate::storage::{
    Bucket, Checkpoint, ForgetViews, Kept, Key, SavedView, StorageError, ViewKey, ViewSave,
};

use crate::model::sort;

use super::{
    VIEWS,
    answer::{js_key, rust_key},
    failure::storage_error,
    request::result,
    transaction::{Ended, Transaction},
};

/// What saving, recalling and forgetting may touch: not what events are in, so that who reads these does not wait for it.
pub(super) const SCOPE: &[&str] = &[VIEWS];

/// The last part of a checkpoint's key. A number is less than any text, so the buckets come before it.
const CHECKPOINT: &str = "checkpoint";

/// How far apart the keys of two layouts are.
const NUMBERS: Key = 1 << 16;

/// The last number that a bucket may have.
const LAST_NUMBER: u32 = u16::MAX as u32;

pub(super) async fn checkpoint(
    transaction: &Transaction,
    key: &ViewKey,
) -> Result<Option<Checkpoint>, StorageError> {
    let request = asked(store(transaction)?.get(&checkpoint_key(key)))?;
    transaction.answered(&request).await?;
    Ok(checkpoint_of(&result(&request)?))
}

pub(super) async fn recall(
    transaction: &Transaction,
    key: &ViewKey,
) -> Result<Option<SavedView>, StorageError> {
    let (store, buckets) = (store(transaction)?, between(&of_version(key), &checkpoint_key(key))?);
    let checkpoint = asked(store.get(&checkpoint_key(key)))?;
    let (values, keys) =
        (asked(store.get_all_with_key(&buckets))?, asked(store.get_all_keys_with_key(&buckets))?);
    transaction.answered(&keys).await?;
    let Some(checkpoint) = checkpoint_of(&result(&checkpoint)?) else { return Ok(None) };
    let (values, keys) = (Array::from(&result(&values)?), Array::from(&result(&keys)?));
    let pairs = keys.iter().zip(values.iter());
    let buckets = pairs.filter_map(|(key, value)| bucket_of(&key, &value, checkpoint.layout)).collect();
    Ok(Some(SavedView { checkpoint, buckets }))
}

pub(super) async fn keep(transaction: &Transaction, save: &ViewSave<'_>) -> Result<Kept, StorageError> {
    // Left alone, what was asked for before an error would be stored.
    let (kept, last) = keep_inside(transaction, save).await.inspect_err(|_| transaction.abort())?;
    transaction.end_after(&last).await.map_err(Ended::into_storage_error)?;
    Ok(kept)
}

/// Nothing is awaited here but the transaction's own requests, of which it answers with the last. Removes before it puts, so that
/// a full disk has room.
async fn keep_inside(
    transaction: &Transaction,
    save: &ViewSave<'_>,
) -> Result<(Kept, IdbRequest), StorageError> {
    let (store, layout) = (store(transaction)?, save.checkpoint.layout);
    let there =
        save.buckets.iter().map(|bucket| asked(store.get(&bucket_key(save.key, layout, bucket.number))));
    let there = there.collect::<Result<Vec<IdbRequest>, _>>()?;
    let stored = asked(store.get(&checkpoint_key(save.key)))?;
    transaction.answered(&stored).await?;
    let throughs = there.iter().map(|one| Ok(split(&result(one)?).map(|(through, _)| through)));
    let throughs = throughs.collect::<Result<Vec<_>, StorageError>>()?;
    match save.judge(checkpoint_of(&result(&stored)?).as_ref(), throughs) {
        ControlFlow::Break(kept) => Ok((kept, stored)),
        ControlFlow::Continue(puts) => {
            delete_other_layouts(&store, save.key, layout)?;
            Ok((Kept::Kept, put(&store, save, &puts)?))
        }
    }
}

pub(super) async fn versions(
    transaction: &Transaction,
    name: &str,
) -> Result<Vec<(String, Key)>, StorageError> {
    let store = store(transaction)?;
    let request = asked(store.get_all_keys_with_key(&beginning(&Array::of1(&name.into()))?))?;
    transaction.answered(&request).await?;
    let keys = Array::from(&result(&request)?);
    let names = keys.iter().filter_map(|key| {
        let key = Array::from(&key);
        let version = key.get(1).as_string()?;
        (key.get(2) == CHECKPOINT).then(|| ViewKey { name: name.to_owned(), version })
    });
    let mut versions = Vec::new();
    for key in names {
        if let Some(checkpoint) = checkpoint(transaction, &key).await? {
            versions.push((key.version, checkpoint.position));
        }
    }
    // A browser compares texts by their UTF-16.
    sort::sort(&mut versions);
    Ok(versions)
}

pub(super) async fn forget(transaction: &Transaction, which: ForgetViews<'_>) -> Result<(), StorageError> {
    let store = store(transaction)?;
    let last = match which {
        ForgetViews::One(key) => asked(store.delete(&beginning(&of_version(key))?))?,
        ForgetViews::All => asked(store.clear())?,
    };
    transaction.end_after(&last).await.map_err(Ended::into_storage_error)
}

fn put(store: &IdbObjectStore, save: &ViewSave<'_>, buckets: &[&Bucket]) -> Result<IdbRequest, StorageError> {
    let Checkpoint { position, layout, bytes } = save.checkpoint;
    for Bucket { number, through, bytes } in buckets {
        let value = [&through.to_le_bytes(), &**bytes].concat();
        asked(store.put_with_key(&Uint8Array::from(&*value), &bucket_key(save.key, *layout, *number)))?;
    }
    let value = [&position.to_le_bytes(), &layout.to_le_bytes()[..], bytes].concat();
    asked(store.put_with_key(&Uint8Array::from(&*value), &checkpoint_key(save.key)))
}

fn delete_other_layouts(store: &IdbObjectStore, key: &ViewKey, layout: u32) -> Result<(), StorageError> {
    let before = between(&of_version(key), &bucket_key(key, layout, 0))?;
    let after = between(&bucket_key(key, layout, LAST_NUMBER), &checkpoint_key(key))?;
    asked(store.delete(&before))?;
    asked(store.delete(&after)).map(drop)
}

fn store(transaction: &Transaction) -> Result<IdbObjectStore, StorageError> {
    transaction.store(VIEWS).map(|store| store.0)
}

/// No key, but less than all of a version.
fn of_version(ViewKey { name, version }: &ViewKey) -> Array {
    Array::of2(&name.into(), &version.into())
}

fn checkpoint_key(key: &ViewKey) -> Array {
    of_version(key).concat(&Array::of1(&CHECKPOINT.into()))
}

fn bucket_key(key: &ViewKey, layout: u32, number: u32) -> Array {
    let number = Key::from(layout) * NUMBERS + Key::from(number);
    of_version(key).concat(&Array::of1(&js_key(number)))
}

/// All keys that begin as this one does. A list is greater than any text: so it ends them.
fn beginning(with: &Array) -> Result<JsValue, StorageError> {
    between(with, &with.concat(&Array::of1(&Array::new())))
}

/// All keys between two, without these.
fn between(from: &Array, to: &Array) -> Result<JsValue, StorageError> {
    asked(IdbKeyRange::bound_with_lower_open_and_upper_open(from, to, true, true)).map(JsValue::from)
}

/// A bucket of a layout. What is none counts as absent, as does a value that is no such value: it can be made again.
fn bucket_of(key: &JsValue, value: &JsValue, layout: u32) -> Option<Bucket> {
    let third = rust_key(&Array::from(key).get(2)).ok()?;
    if third / NUMBERS != Key::from(layout) {
        return None;
    }
    let (through, bytes) = split(value)?;
    Some(Bucket { number: (third % NUMBERS) as u32, through, bytes: bytes.to_vec() })
}

fn checkpoint_of(value: &JsValue) -> Option<Checkpoint> {
    let (position, rest) = split(value)?;
    let rest = rest.to_vec();
    let (layout, bytes) = rest.split_first_chunk()?;
    Some(Checkpoint { position, layout: u32::from_le_bytes(*layout), bytes: bytes.to_vec() })
}

/// The position that a value begins with, and the rest.
fn split(value: &JsValue) -> Option<(Key, Uint8Array)> {
    let array = value.dyn_ref::<Uint8Array>()?;
    let (mut position, length) = ([0; size_of::<Key>()], array.length());
    let first = position.len() as u32;
    (length >= first).then(|| array.subarray(0, first).copy_to(&mut position))?;
    Some((Key::from_le_bytes(position), array.subarray(first, length)))
}

fn asked<T>(call: Result<T, JsValue>) -> Result<T, StorageError> {
    call.map_err(|error| storage_error(&error))
}
