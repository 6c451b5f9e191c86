//! Saved views, as the store hands them on to its storage.

use crate::storage::{Checkpoint, ForgetViews, Kept, Key, SavedView, Storage, ViewKey, ViewSave};

use super::{EventStore, LogError};

#[expect(dead_code, reason = "views are folded by what comes next")]
impl<S: Storage> EventStore<S> {
    /// The checkpoint of the saved view under a key.
    ///
    /// # Errors
    /// [`LogError`] when the store is closed, or its storage fails.
    pub(crate) async fn checkpoint(&self, key: &ViewKey) -> Result<Option<Checkpoint>, LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.checkpoint(key).await).await
    }

    /// The saved view under a key.
    ///
    /// # Errors
    /// As [`EventStore::checkpoint`].
    pub(crate) async fn recall_view(&self, key: &ViewKey) -> Result<Option<SavedView>, LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.recall_view(key).await).await
    }

    /// Keeps what is folded of a view, unless what is there says otherwise: see [`Storage::keep_view`].
    ///
    /// # Errors
    /// As [`EventStore::checkpoint`].
    pub(crate) async fn keep_view(&self, save: &ViewSave<'_>) -> Result<Kept, LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.keep_view(save).await).await
    }

    /// The versions under which a view of this name is saved, in their order, and how far each is.
    ///
    /// # Errors
    /// As [`EventStore::checkpoint`].
    pub(crate) async fn view_versions(&self, name: &str) -> Result<Vec<(String, Key)>, LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.view_versions(name).await).await
    }

    /// Forgets saved views.
    ///
    /// # Errors
    /// As [`EventStore::checkpoint`].
    pub(crate) async fn forget_views(&self, which: ForgetViews<'_>) -> Result<(), LogError> {
        self.core.check_open()?;
        self.core.connected(async || self.core.storage.forget_views(which).await).await
    }
}
