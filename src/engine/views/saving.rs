//! Saving views, and taking over what is saved.
//!
//! A save is a cache: lost, it costs time, never data. It says of one position what every row was. What is damaged, of another version, or of
//! other events than the log has is not believed; where a repair has given events up, nothing is. Several connections save one view: a bucket
//! that has not changed since the stored checkpoint is right as it is stored, whoever has saved it.

use std::{cell::Cell, rc::Rc};

use crate::{
    log::LogError,
    model::sort,
    storage::{Bucket, Checkpoint, ForgetViews, Kept, SavedView, Storage, ViewKey, ViewSave},
};

use super::{
    Folding, RowWriter, Told, ViewError, Views,
    buckets::Buckets,
    generation::Generation,
    saved::{Footing, RowTexts},
    views::{Inner, Shown},
};

/// How often a save begins again because what is stored is not what it goes on from.
const MAX_ATTEMPTS: usize = 3;

/// How many saves of other versions stay, for those who still run older code.
const OTHER_VERSIONS: usize = 1;

/// Rows of one moment, on their way into a save.
struct Draft {
    position: u64,
    since: u64,
    layout: u32,
    footing: Footing,
    /// Of each bucket that is saved, its number and the keys in it.
    buckets: Vec<(u32, Vec<String>)>,
    writer: RowWriter,
}

/// A save that is under way: one at a time. Who drops it has ended it.
struct Saving<'a>(&'a Cell<bool>);

impl<'a> Saving<'a> {
    fn begin(is_saving: &'a Cell<bool>) -> Option<Self> {
        (!is_saving.replace(true)).then(|| Self(is_saving))
    }
}

impl Drop for Saving<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl<S: Storage, F: Folding> Views<S, F> {
    /// How many events a view has gone on since it was saved; 0 while it is not ready.
    #[must_use]
    pub fn unsaved(&self, view: usize) -> u64 {
        let Some(shown) = self.shown(view).filter(|shown| shown.is_ready.get()) else { return 0 };
        let current = shown.current();
        current.position.get().saturating_sub(current.saved.get())
    }

    /// Saves a view as it is now, so that opening need not fold the whole log again. Call it when there is time; nothing waits for it. Says whether
    /// something was saved.
    ///
    /// # Errors
    /// [`ViewError`] when there is no such view, a row cannot be written, or the storage fails. The view goes on all the same.
    pub async fn save(&self, view: usize) -> Result<bool, ViewError> {
        let shown = self.shown(view).ok_or(ViewError::NoView)?;
        let current = shown.current();
        if self.unsaved(view) == 0 || self.0.store.has_lost() {
            return Ok(false);
        }
        let Some(_saving) = Saving::begin(&current.is_saving) else { return Ok(false) };
        self.0.save(&shown, &current).await
    }

    /// The views whose save was there at open, but was damaged or of other events: they were folded anew.
    #[must_use]
    pub fn dropped(&self) -> Vec<usize> {
        let views = self.0.views.borrow();
        views.iter().filter(|view| view.has_dropped.get()).map(|view| view.number).collect()
    }
}

impl<S: Storage, F: Folding> Inner<S, F> {
    async fn save(&self, shown: &Shown<F>, current: &Generation<F>) -> Result<bool, ViewError> {
        let key = shown.key();
        for _ in 0..MAX_ATTEMPTS {
            let stored = self.stored(&key, current).await?;
            if stored.as_ref().is_some_and(|stored| stored.position >= current.position.get()) {
                current.saved.set(current.position.get());
                return Ok(false);
            }
            let mut draft = current.draft(stored.as_ref());
            let position = draft.position;
            let Some(newest) = self.store.id_at(position).await? else { return Ok(false) };
            draft.footing.newest = newest;
            let (checkpoint, since) = (draft.footing.encode(&key, position, draft.layout), draft.since);
            let Some(checkpoint) = checkpoint else { return Ok(false) };
            let buckets = self.write(&key, draft).await?;
            let save = ViewSave { key: &key, since, checkpoint: &checkpoint, buckets: &buckets };
            if self.store.keep_view(&save).await? == Kept::Kept {
                current.saved.set(position);
                current.is_anew.set(false);
                if !shown.is_tidy.replace(true) {
                    self.tidy(&key).await?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The checkpoint that a save goes on from. One that is of other events, or of rows that were folded anew since, is forgotten.
    async fn stored(&self, key: &ViewKey, current: &Generation<F>) -> Result<Option<Checkpoint>, LogError> {
        let Some(stored) = self.store.checkpoint(key).await? else { return Ok(None) };
        if !current.is_anew.get()
            && let Some(footing) = Footing::decode(key, &stored)
            && self.is_of_this_log(stored.position, &footing).await?
        {
            return Ok(Some(stored));
        }
        self.store.forget_views(ForgetViews::One(key)).await?;
        Ok(None)
    }

    /// Whether what was saved at a position is of the events that the log has.
    async fn is_of_this_log(&self, position: u64, footing: &Footing) -> Result<bool, LogError> {
        if position > self.store.head() {
            // Another connection may be further.
            self.store.refresh().await?;
        }
        Ok(self.store.id_at(position).await? == Some(footing.newest))
    }

    /// Writes the rows of a draft a few at a time.
    async fn write(&self, key: &ViewKey, draft: Draft) -> Result<Vec<Bucket>, ViewError> {
        let Draft { position, mut writer, buckets, .. } = draft;
        let mut written = Vec::with_capacity(buckets.len());
        for (number, keys) in buckets {
            self.pacer.begin();
            let rows = writer(keys.len()).map_err(ViewError::Unfit)?;
            written.extend(RowTexts { keys, rows }.encode(key, number, position));
            self.pacer.breathe().await;
        }
        Ok(written)
    }

    /// Forgets saves of other versions, but the one that has come furthest.
    async fn tidy(&self, key: &ViewKey) -> Result<(), ViewError> {
        let mut others = self.store.view_versions(&key.name).await?;
        others.retain(|(version, _)| *version != key.version);
        sort::sort_by_key(&mut others, |(_, position)| *position);
        for (version, _) in others.into_iter().rev().skip(OTHER_VERSIONS) {
            let other = ViewKey { name: key.name.clone(), version };
            self.store.forget_views(ForgetViews::One(&other)).await?;
        }
        Ok(())
    }

    /// Takes over what is saved of a view, if it can be believed. A view that has begun goes on from where it is.
    pub(super) async fn restore(&self, shown: &Shown<F>) {
        if self.store.has_lost() || shown.has_begun() || shown.has_no_save.get() {
            return;
        }
        // What cannot be asked for counts as none: if more than that is wrong, reading the events says so.
        let Ok(saved) = self.store.recall_view(&shown.key()).await else { return };
        let Some(saved) = saved else { return shown.has_no_save.set(true) };
        match self.restored(shown, saved).await {
            Ok(Some(_)) if shown.has_begun() => {}
            Ok(Some(restored)) => {
                // In the background others look on, and have asked already.
                let lives = restored.take_over(&shown.show(&self.folding, restored.clone()));
                self.tell(&[Told { view: shown.number, lives }]);
            }
            Ok(None) => {
                shown.has_dropped.set(true);
                // Whether that is done or not, it is not believed.
                let _ = self.store.forget_views(ForgetViews::One(&shown.key())).await;
            }
            Err(_) => {}
        }
    }

    /// A generation of what is saved; `None` when that cannot be believed.
    async fn restored(
        &self,
        shown: &Shown<F>,
        saved: SavedView,
    ) -> Result<Option<Rc<Generation<F>>>, LogError> {
        let (key, position) = (shown.key(), saved.checkpoint.position);
        let Some(footing) = Footing::decode(&key, &saved.checkpoint) else { return Ok(None) };
        if !self.is_of_this_log(position, &footing).await? {
            return Ok(None);
        }
        Ok(self.read(shown, &key, &saved, footing).await)
    }

    /// Reads rows a few at a time.
    async fn read(
        &self,
        shown: &Shown<F>,
        key: &ViewKey,
        saved: &SavedView,
        footing: Footing,
    ) -> Option<Rc<Generation<F>>> {
        let position = saved.checkpoint.position;
        let fresh = Generation::begin(&self.folding, shown.number, &shown.rule);
        fresh.buckets.replace(Buckets::of_layout(saved.checkpoint.layout, position)?);
        for bucket in &saved.buckets {
            let texts = RowTexts::decode(key, bucket).filter(|_| bucket.through <= position)?;
            self.pacer.begin();
            let are_read = self.folding.read(fresh.id, &texts.keys, &texts.rows);
            if !are_read || !fresh.add(bucket.number, texts.keys) {
                return None;
            }
            self.pacer.breathe().await;
        }
        if fresh.count_rows() as u64 != footing.rows {
            return None;
        }
        fresh.position.set(position);
        fresh.saved.set(position);
        fresh.updated_at.set(footing.updated_at);
        fresh.skipped.set(footing.skipped);
        fresh.letters.replace(footing.letters);
        Some(fresh)
    }
}

impl<F: Folding> Generation<F> {
    /// Adds the keys of rows in the next slots. Says whether they are of this bucket.
    fn add(&self, bucket: u32, keys: Vec<String>) -> bool {
        let (buckets, mut finder) = (self.buckets.borrow(), self.finder.borrow_mut());
        let are_its_own = keys.iter().all(|key| buckets.of(key) == bucket as usize);
        for (slot, key) in (finder.keys.slots() as u32..).zip(keys) {
            finder.add(slot, key.into());
        }
        are_its_own
    }

    /// The rows as they are now, as far as they have to be saved over what is stored.
    fn draft(&self, stored: Option<&Checkpoint>) -> Draft {
        let position = self.position.get();
        let since = self.agree(stored, position);
        let finder = self.finder.borrow();
        let buckets = self.buckets.borrow();
        let mut parts: Vec<Option<(Vec<u32>, Vec<String>)>> = vec![None; buckets.count()];
        for bucket in buckets.changed_after(since) {
            parts[bucket] = Some(Default::default());
        }
        if since == 0 {
            // All of them, those too in which there was never a row: an earlier save may have left some.
            for part in &mut parts {
                part.get_or_insert_default();
            }
        }
        for (slot, key) in finder.keys.iter() {
            if let Some((slots, keys)) = &mut parts[buckets.of(key)] {
                slots.push(slot);
                keys.push(key.to_string());
            }
        }
        let (slots, buckets): (Vec<_>, Vec<_>) = parts
            .into_iter()
            .zip(0..)
            .filter_map(|(part, number)| part.map(|(slots, keys)| (slots, (number, keys))))
            .unzip();
        Draft {
            position,
            since,
            layout: self.buckets.borrow().layout(),
            footing: Footing {
                newest: Default::default(),
                rows: finder.keys.count() as u64,
                updated_at: self.updated_at.get(),
                skipped: self.skipped.get(),
                letters: self.letters.borrow().clone(),
            },
            buckets,
            writer: self.folding.writer(self.id, &slots.concat()),
        }
    }

    /// Agrees with what is stored about how rows are divided, and says since when buckets have to be saved: 0 for all of
    /// them, where it cannot say which have changed since.
    fn agree(&self, stored: Option<&Checkpoint>, position: u64) -> u64 {
        let mut buckets = self.buckets.borrow_mut();
        while buckets.are_outgrown(self.count_rows()) {
            *buckets = buckets.grown(position);
        }
        let Some(stored) = stored else { return 0 };
        if stored.layout > buckets.layout()
            && let Some(theirs) = Buckets::of_layout(stored.layout, position)
        {
            *buckets = theirs;
        }
        let is_known = stored.layout == buckets.layout() && self.has_stood_at(stored.position);
        if is_known { stored.position } else { 0 }
    }
}
