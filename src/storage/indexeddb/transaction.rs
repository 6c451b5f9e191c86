//! One transaction: its scope, and its end.

use std::{cell::OnceCell, pin::pin, rc::Rc};

use futures_util::future::{Either, select};

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{Event, IdbRequest, IdbTransaction};

use crate::storage::{Cause, CommitError, Durability, StorageError};

use super::{
    VIEWS,
    connection::{Connection, TransactionEnd},
    failure::{cause, storage_error},
    object_store::ObjectStore,
    request::{answered, error_of},
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

/// What every transaction that writes has in its scope, so that they go one after the other.
///
/// Chromium deletes all databases of an origin as corrupt when it was killed while two transactions wrote to one of them, to
/// whichever stores. Who reads events waits for no save: so it is a store that nobody reads often.
const TURNSTILE: &str = VIEWS;

/// One transaction over some of the stores.
pub(super) struct Transaction {
    connection: Rc<Connection>,
    transaction: IdbTransaction,
    end: Slot<TransactionEnd>,
    _handlers: Handlers,
}

/// What a transaction may do.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    Read,
    Write(Durability),
}

impl Transaction {
    /// Begins one over the stores named; it waits for others that write to one of them.
    pub(super) fn begin(
        connection: &Rc<Connection>,
        mode: Mode,
        stores: &[&str],
    ) -> Result<Self, StorageError> {
        let begun = begin(connection, mode, stores).map_err(|error| storage_error(&error));
        if let Err(StorageError::Disconnected(_)) = begun {
            connection.lose();
        }
        begun
    }

    /// A store of its scope.
    pub(super) fn store(&self, name: &str) -> Result<ObjectStore, StorageError> {
        self.transaction.object_store(name).map(ObjectStore).map_err(|error| storage_error(&error))
    }

    /// Says that no more requests come, so that the browser need not wait to see that.
    ///
    /// For a transaction in which nothing but the last request can fail: Firefox stores the rest when another one fails
    /// after this. Where there are several, [`end_after`](Self::end_after).
    pub(super) fn commit(&self) {
        let transaction: &MaybeCommit = self.transaction.unchecked_ref();
        if let Some(commit) = transaction.commit_function().dyn_ref::<js_sys::Function>() {
            // It throws when the transaction has ended already, which its end tells better.
            let _ = commit.call0(&self.transaction);
        }
    }

    /// Stores nothing. Left alone, a transaction would store what was asked for so far.
    pub(super) fn abort(&self) {
        // It throws when the transaction has been aborted already, which is as good.
        let _ = self.transaction.abort();
    }

    /// Gives up for an error: nothing is stored.
    pub(super) fn give_up(&self, error: StorageError) -> CommitError {
        self.abort();
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
        ended(self.end.clone().wait().await)
    }

    /// Commits once a request, and so every request before it, is answered, and waits for the end.
    pub(super) async fn end_after(&self, last: &IdbRequest) -> Result<(), Ended> {
        match select(pin!(answered(last)), pin!(self.end.clone().wait())).await {
            Either::Left((answer, end)) => {
                // One that failed has ended the transaction, as soon as this event is over.
                if answer.is_ok() {
                    self.commit();
                }
                ended(end.await)
            }
            Either::Right((end, _)) => ended(end),
        }
    }
}

fn ended(end: TransactionEnd) -> Result<(), Ended> {
    match end {
        TransactionEnd::Complete => Ok(()),
        TransactionEnd::Aborted(error) => Err(Ended::Aborted(error)),
        TransactionEnd::Unseen => Err(Ended::Unseen),
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.connection.unwatch(&self.end);
        self.transaction.set_oncomplete(None);
        self.transaction.set_onabort(None);
        self.transaction.set_onerror(None);
    }
}

/// What the browser calls: they live as long as the transaction.
struct Handlers {
    _complete: Closure<dyn FnMut()>,
    _abort: Closure<dyn FnMut()>,
    _error: Closure<dyn FnMut(Event)>,
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
            Self::Aborted(error) => match storage_error(&error) {
                error if is_trouble(&error) => CommitError::Unknown(error),
                error => CommitError::NotStored(error),
            },
            Self::Unseen => {
                let cause = Cause::new("", "the connection was closed before the transaction's end was seen");
                CommitError::Unknown(StorageError::Disconnected(cause))
            }
        }
    }
}

/// Whether an abort came of the browser's own trouble: its process for databases died, its files failed, or it gives no reason at all. Then
/// nobody knows how far the commit had come.
fn is_trouble(error: &StorageError) -> bool {
    match error {
        StorageError::Disconnected(_) => true,
        StorageError::Failed(cause) => cause.name.is_empty() || cause.name == "UnknownError",
        _ => false,
    }
}

fn begin(connection: &Rc<Connection>, mode: Mode, stores: &[&str]) -> Result<Transaction, JsValue> {
    let options = Object::new();
    let mode = match mode {
        Mode::Read => "readonly",
        Mode::Write(durability) => {
            let durability = if durability == Durability::Strict { "strict" } else { "relaxed" };
            Reflect::set(&options, &"durability".into(), &durability.into())?;
            "readwrite"
        }
    };
    let turnstile: &[&str] = if mode == "readwrite" { &[TURNSTILE] } else { &[] };
    let stores: Array = stores.iter().chain(turnstile).map(|store| JsValue::from_str(store)).collect();
    let transaction = connection.database.unchecked_ref::<Database>().transaction(&stores, mode, &options)?;
    let end = Slot::new();
    let handlers = listen(&transaction, &end);
    connection.watch(end.clone());
    Ok(Transaction { connection: connection.clone(), transaction, end, _handlers: handlers })
}

fn listen(transaction: &IdbTransaction, end: &Slot<TransactionEnd>) -> Handlers {
    // Why it is aborted is what the first request to fail says: after `commit()`, `transaction.error` is null in WebKit then, and
    // an AbortError in Firefox. Requests that fail because of the abort say AbortError themselves.
    let reason = Rc::new(OnceCell::new());
    let failed = reason.clone();
    let error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let request = event.target().and_then(|target| target.dyn_into::<IdbRequest>().ok());
        let error = request.map_or(JsValue::NULL, |request| error_of(&request));
        if !error.is_null() && cause(&error).name != "AbortError" {
            let _ = failed.set(error);
        }
    });
    let (complete, aborted, of) = (end.clone(), end.clone(), transaction.clone());
    let complete = Closure::<dyn FnMut()>::new(move || complete.fill(TransactionEnd::Complete));
    let abort = Closure::<dyn FnMut()>::new(move || {
        let error = reason.get().cloned().or_else(|| of.error().map(JsValue::from));
        aborted.fill(TransactionEnd::Aborted(error.unwrap_or(JsValue::NULL)));
    });
    transaction.set_oncomplete(Some(complete.as_ref().unchecked_ref()));
    transaction.set_onabort(Some(abort.as_ref().unchecked_ref()));
    transaction.set_onerror(Some(error.as_ref().unchecked_ref()));
    Handlers { _complete: complete, _abort: abort, _error: error }
}
