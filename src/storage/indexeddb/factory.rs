//! Opening and deleting databases.

use std::{cell::RefCell, rc::Rc};

use js_sys::Reflect;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest};

use crate::storage::{Cause, Key, Signal, StorageError};

use super::{
    COMMITS, FORMAT_KEY, META, SEGMENTS, SNAPSHOTS, VERSION, VIEWS,
    answer::rust_key,
    connection::Connection,
    failure::{cause, storage_error},
    request::{error_of, result},
    slot::Slot,
    timer::{Timer, sleep},
    transaction::{Mode, Transaction},
};

/// How long opening and deleting wait for connections of other tabs to close, in ms.
const BLOCKED_LIMIT_MS: u32 = 10_000;

/// How long they wait without a word from the browser, in ms: an opening behind a deletion that is blocked is never told.
const SILENT_LIMIT_MS: u32 = 30_000;

/// How often an opening is tried that fails for a reason that may pass. Chromium's most frequent error of all is an opening
/// that fails with "Internal error opening backing store", often once.
const MAX_OPEN_ATTEMPTS: u32 = 3;

/// How long to wait before the next try, in ms; longer each time.
const RETRY_DELAY_MS: u32 = 50;

/// A database as opening finds it.
pub(super) struct Found {
    pub(super) connection: Rc<Connection>,
    pub(super) is_new: bool,
    pub(super) format: Vec<u8>,
    /// The newest record's key; 0 without one.
    pub(super) last: Key,
}

/// Opens a database, creating it with `format` when it is not there; without one, it is there or deleted.
pub(super) async fn open(
    name: &str,
    format: Option<&[u8]>,
    tell: &Rc<dyn Fn(Signal)>,
) -> Result<Found, StorageError> {
    let factory = factory()?;
    let mut attempt = 1;
    let (database, is_new) = loop {
        match open_once(&factory, name, format, tell).await {
            Err(StorageError::Failed(cause)) if cause.name == "VersionError" => {
                return Err(describe(&factory, name).await);
            }
            Err(StorageError::Failed(cause))
                if cause.name == "UnknownError" && attempt == MAX_OPEN_ATTEMPTS =>
            {
                return Err(StorageError::Damaged(format!("the browser cannot open its own files: {cause}")));
            }
            // Firefox says so while there is room; if there is none, the next try says it again.
            Err(full @ StorageError::QuotaExceeded(_)) if attempt > 1 => return Err(full),
            Err(StorageError::Failed(_) | StorageError::Disconnected(_) | StorageError::QuotaExceeded(_))
                if attempt < MAX_OPEN_ATTEMPTS =>
            {
                sleep(RETRY_DELAY_MS * attempt).await;
                attempt += 1;
            }
            other => break other?,
        }
    };
    // From here on the connection hears of what happens to the database, while it is examined too.
    let telling = tell.clone();
    let connection = Rc::new(Connection::new(database, move |signal| telling(signal)));
    let (format, last) = examine(&connection).await?;
    Ok(Found { connection, is_new, format, last })
}

/// Deletes a database. Open connections to it are told, and close.
///
/// # Errors
/// [`StorageError`] when there is no IndexedDB here, the database is somebody else's, a connection does not close in time, or the browser fails.
pub async fn delete(name: &str) -> Result<(), StorageError> {
    let factory = factory()?;
    if is_foreign(&factory, name).await {
        return Err(StorageError::Foreign("a database with other object stores".to_owned()));
    }
    let request = factory.delete_database(name).map_err(|error| StorageError::Unavailable(cause(&error)))?;
    finished(&request, &(Rc::new(|_| {}) as Rc<dyn Fn(Signal)>)).await
}

/// Whether a database is there, and is not one of annals, of whatever version. One that cannot be opened is not known to be.
async fn is_foreign(factory: &IdbFactory, name: &str) -> bool {
    let Ok(request) = factory.open(name) else { return false };
    abort_creation(&request);
    if finished(&request, &(Rc::new(|_| {}) as Rc<dyn Fn(Signal)>)).await.is_err() {
        return false;
    }
    let Ok(database) = result(&request).map(JsCast::unchecked_into::<IdbDatabase>) else { return false };
    let stores = database.object_store_names();
    database.close();
    stores.length() > 0 && [META, COMMITS].iter().any(|store| !stores.contains(store))
}

/// The getter itself throws in sandboxed frames and opaque origins.
fn factory() -> Result<IdbFactory, StorageError> {
    let found = Reflect::get(&js_sys::global(), &"indexedDB".into())
        .map_err(|error| StorageError::Unavailable(cause(&error)))?;
    if found.is_null() || found.is_undefined() {
        return Err(StorageError::Unavailable(Cause::new("", "there is no IndexedDB here")));
    }
    Ok(found.unchecked_into())
}

async fn open_once(
    factory: &IdbFactory,
    name: &str,
    format: Option<&[u8]>,
    tell: &Rc<dyn Fn(Signal)>,
) -> Result<(IdbDatabase, bool), StorageError> {
    let request = match factory.open_with_u32(name, VERSION) {
        Ok(request) => request,
        // A call that throws is refused by the place (an opaque origin), not by the database.
        Err(error) => return Err(StorageError::Unavailable(cause(&error))),
    };
    let (upgrading, format) = (request.clone(), format.map(<[u8]>::to_vec));
    let created = Rc::new(RefCell::new(None));
    let creating = created.clone();
    let on_upgrade = Closure::<dyn FnMut()>::new(move || {
        let result = create(&upgrading, format.as_deref());
        if result.is_err() {
            // Or what was made so far would stay, and nobody could open it.
            let _ = upgrading.transaction().map(|transaction| transaction.abort());
        }
        creating.replace(Some(result));
    });
    request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
    let finished = finished(&request, tell).await;
    if !matches!(finished, Err(StorageError::Blocked(_))) {
        request.set_onupgradeneeded(None);
    }
    match created.take() {
        // A full disk tells more than what comes of it.
        Some(Err(error)) => Err(match finished {
            Err(full @ StorageError::QuotaExceeded(_)) => full,
            _ => error,
        }),
        created => {
            finished.map_err(unavailable_when_refused)?;
            Ok((result(&request)?.unchecked_into(), created.is_some()))
        }
    }
}

/// Private windows and blocked site data refuse to open anything at all.
fn unavailable_when_refused(error: StorageError) -> StorageError {
    match error {
        StorageError::Disconnected(cause) | StorageError::Failed(cause)
            if matches!(cause.name.as_str(), "SecurityError" | "InvalidStateError" | "NotSupportedError") =>
        {
            StorageError::Unavailable(cause)
        }
        other => other,
    }
}

/// Creates all stores and the format record, in the transaction that creates the database: there is no half-made store.
fn create(request: &IdbOpenDbRequest, format: Option<&[u8]>) -> Result<(), StorageError> {
    let format = format.ok_or(StorageError::Deleted)?;
    let make = || {
        let database: IdbDatabase = request.result()?.unchecked_into();
        let meta = database.create_object_store(META)?;
        for store in [COMMITS, SEGMENTS, VIEWS, SNAPSHOTS] {
            database.create_object_store(store)?;
        }
        meta.put_with_key(&js_sys::Uint8Array::from(format), &FORMAT_KEY.into())
    };
    make().map(drop).map_err(|error: JsValue| storage_error(&error))
}

/// Waits for an opening or a deletion; says so while other connections are in the way.
async fn finished(request: &IdbOpenDbRequest, tell: &Rc<dyn Fn(Signal)>) -> Result<(), StorageError> {
    let slot = Slot::new();
    let (succeeded, failed, blocked) = (slot.clone(), slot.clone(), slot.clone());
    let of = request.clone();
    let on_success = Closure::<dyn FnMut()>::new(move || succeeded.fill(Ok(())));
    let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        event.prevent_default(); // Or Firefox reports it as an error of the page.
        failed.fill(Err(storage_error(&error_of(&of))));
    });
    let tell = tell.clone();
    let limit = move |ms: u32| {
        let blocked = blocked.clone();
        let cause = Cause::new("", format!("it did not let go within {} s", ms / 1000));
        Timer::start(ms, move || blocked.fill(Err(StorageError::Blocked(cause.clone()))))
    };
    let timer = Rc::new(RefCell::new(limit(SILENT_LIMIT_MS)));
    let running = timer.clone();
    let on_blocked = Closure::<dyn FnMut()>::new(move || {
        tell(Signal::Blocked);
        running.replace(limit(BLOCKED_LIMIT_MS));
    });
    request.set_onsuccess(Some(on_success.as_ref().unchecked_ref()));
    request.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    request.set_onblocked(Some(on_blocked.as_ref().unchecked_ref()));
    let finished = slot.wait().await;
    request.set_onsuccess(None);
    request.set_onerror(None);
    request.set_onblocked(None);
    if matches!(finished, Err(StorageError::Blocked(_))) {
        close_when_opened(request);
    }
    finished
}

/// A request cannot be taken back. Should it succeed when nobody waits any more, it must not create a database without stores, and its connection must not
/// stand in others' way.
fn close_when_opened(request: &IdbOpenDbRequest) {
    abort_creation(request);
    let opened = request.clone();
    let close = Closure::once_into_js(move || {
        if let Ok(database) = opened.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
            database.close();
        }
    });
    request.set_onsuccess(Some(close.unchecked_ref()));
}

/// Has an opening fail that would create the database.
fn abort_creation(request: &IdbOpenDbRequest) {
    let creating = request.clone();
    let abort = Closure::once_into_js(move || {
        let _ = creating.transaction().map(|transaction| transaction.abort());
    });
    request.set_onupgradeneeded(Some(abort.unchecked_ref()));
}

/// What is in a database that this code may read: the format record, and the newest key.
async fn examine(connection: &Rc<Connection>) -> Result<(Vec<u8>, Key), StorageError> {
    let stores = connection.database.object_store_names();
    if [META, COMMITS, SEGMENTS, VIEWS, SNAPSHOTS].iter().any(|store| !stores.contains(store)) {
        return Err(StorageError::Foreign("a database with other object stores".to_owned()));
    }
    let transaction = Transaction::begin(connection, Mode::Read, &[META, COMMITS])?;
    let format = transaction.store(META)?.get(FORMAT_KEY)?;
    let newest = transaction.store(COMMITS)?.newest_key()?;
    transaction.answered(&newest).await?;
    let Some(format) = format.bytes()? else {
        return Err(StorageError::Foreign("a database without a format record".to_owned()));
    };
    let newest = result(&newest)?;
    let last = newest.dyn_ref::<web_sys::IdbCursor>().and_then(|cursor| cursor.key().ok());
    Ok((format, last.map_or(Ok(0), |key| rust_key(&key))?))
}

/// What a database of a higher version is: one of newer code, or somebody else's. It is only looked at.
async fn describe(factory: &IdbFactory, name: &str) -> StorageError {
    let Ok(request) = factory.open(name) else {
        return StorageError::Foreign("a database of a higher version".to_owned());
    };
    if let Err(error) = finished(&request, &(Rc::new(|_| {}) as Rc<dyn Fn(Signal)>)).await {
        return error;
    }
    let Ok(database) = result(&request).map(JsCast::unchecked_into::<IdbDatabase>) else {
        return StorageError::Foreign("a database of a higher version".to_owned());
    };
    let version = database.version() as u64;
    let connection = Rc::new(Connection::new(database, |_| {}));
    match examine(&connection).await {
        Ok(_) => StorageError::NewerFormat { known: VERSION.into(), found: version },
        Err(_) => StorageError::Foreign(format!("a database of version {version} with other contents")),
    }
}
