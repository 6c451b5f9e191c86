//! Care for the connection: one that has died is made anew, once for all who have met it dead, and must lead to the same store.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared, WeakShared},
};

use crate::storage::{Manifest, Mark, Signal, Storage, StorageError};

use super::{
    LogError,
    core::{Core, read_manifest},
};

type Reopening = LocalBoxFuture<'static, Result<(), LogError>>;

/// How often it is tried to open a dead connection again before the call gives up.
const MAX_ATTEMPTS: usize = 3;

/// Which connection is in use, counted from the one that opening made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Generation(u64);

/// The connection of an open store.
#[derive(Default)]
pub(super) struct Connection {
    generation: Cell<Generation>,
    /// Whoever waits for it drives it; it ends with the last of them.
    reopening: RefCell<Option<WeakShared<Reopening>>>,
}

impl Connection {
    /// To be asked before a call: who meets a dead connection says which it was.
    pub(super) fn generation(&self) -> Generation {
        self.generation.get()
    }

    fn under_way(&self) -> Option<Shared<Reopening>> {
        let reopening = self.reopening.borrow().as_ref()?.upgrade()?;
        if reopening.peek().is_none() { Some(reopening) } else { None }
    }
}

impl<S: Storage> Core<S> {
    /// Runs a call of the storage that may be repeated; when it fails in a way that may pass, makes the connection anew and runs it once more.
    pub(super) async fn connected<T>(
        &self,
        call: impl AsyncFn() -> Result<T, StorageError>,
    ) -> Result<T, LogError> {
        let met = self.connection.generation();
        match call().await {
            Err(StorageError::Disconnected(_) | StorageError::Failed(_)) => {
                self.reconnect(met).await?;
                Ok(call().await?)
            }
            other => Ok(other?),
        }
    }

    /// Makes the connection anew, unless that was done since.
    ///
    /// # Errors
    /// [`LogError`] when the storage cannot be opened, or is not there any more; then the next call tries again.
    pub(super) async fn reconnect(&self, met: Generation) -> Result<(), LogError> {
        if self.connection.generation() != met {
            return self.check_reachable();
        }
        let reopening = match self.connection.under_way() {
            Some(reopening) => reopening,
            None => self.begin_reopening()?,
        };
        reopening.await
    }

    fn begin_reopening(&self) -> Result<Shared<Reopening>, LogError> {
        let core = self.this.upgrade().ok_or(LogError::Closed)?;
        let reopening = async move { core.reopen().await }.boxed_local().shared();
        self.connection.reopening.replace(reopening.downgrade());
        Ok(reopening)
    }

    async fn reopen(self: Rc<Self>) -> Result<(), LogError> {
        let mut last = None;
        for _ in 0..MAX_ATTEMPTS {
            let before = self.known_now();
            match self.storage.open(None).await {
                Ok(manifest) => return self.go_on_with(&manifest, before).await,
                Err(StorageError::Deleted) => {
                    self.hear(Signal::Deleted);
                    return Err(StorageError::Deleted.into());
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(StorageError::Closed).into())
    }

    async fn go_on_with(&self, manifest: &Manifest, before: (u64, u64)) -> Result<(), LogError> {
        let found = read_manifest(&manifest.format)?;
        if self.is_less(manifest, before).await? || found.store_id != self.manifest.get().store_id {
            self.storage.close();
            self.hear(Signal::Deleted);
        }
        let Generation(count) = self.connection.generation();
        self.connection.generation.set(Generation(count + 1));
        self.check_reachable()
    }

    /// The last key and the head that are known.
    fn known_now(&self) -> (u64, u64) {
        let known = self.known.borrow();
        (known.directory.last_key(), known.head())
    }

    /// Whether the storage has lost what was known to be in it before it was opened: by now more may be known, which somebody else has
    /// stored over a connection of his own. A commit that is gone may have been merged.
    async fn is_less(&self, manifest: &Manifest, (last_key, head): (u64, u64)) -> Result<bool, LogError> {
        if manifest.last >= last_key && manifest.last > 0 {
            return Ok(false);
        }
        let mark = self.storage.meta().await?.mark;
        let fence = mark.as_deref().map_or(Ok(Mark::default()), Mark::decode)?.fence;
        Ok(fence < head)
    }
}
