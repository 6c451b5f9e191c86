//! Views that are kept beside the records, in buckets of rows: they can be made again, and several connections save them.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::Key;

/// Where a view is kept. The parts are compared one after another, as texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViewKey {
    /// The name of the view.
    pub name: String,
    /// Of the code that folds it: what another version has folded is of no use.
    pub version: String,
}

/// How far a view is folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The position of the last event that is in every bucket.
    pub position: Key,
    /// How the rows are divided into buckets.
    pub layout: u32,
    /// What is kept with it.
    pub bytes: Vec<u8>,
}

/// Some rows of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Which of the buckets of a layout, below 65,536.
    pub number: u32,
    /// The position that the rows are folded up to. A checkpoint further on covers them too: what changed before it was saved with it.
    pub through: Key,
    /// The rows.
    pub bytes: Vec<u8>,
}

/// A view as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// How far it is folded.
    pub checkpoint: Checkpoint,
    /// The buckets of the checkpoint's layout, in order of numbers.
    pub buckets: Vec<Bucket>,
}

/// What one connection has of a view, to be kept.
#[derive(Debug, Clone, Copy)]
pub struct ViewSave<'a> {
    /// Where.
    pub key: &'a ViewKey,
    /// The position of the checkpoint that the buckets go on from; 0 when they are all there are.
    pub since: Key,
    /// How far the view is folded.
    pub checkpoint: &'a Checkpoint,
    /// All buckets that changed since then, of the checkpoint's layout.
    pub buckets: &'a [Bucket],
}

/// What became of a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is kept, or as much was kept before.
    Kept,
    /// What is kept does not reach what it goes on from: all buckets have to be saved.
    Refused,
}

/// Which saved views to forget.
#[derive(Debug, Clone, Copy)]
pub enum ForgetViews<'a> {
    /// One.
    One(&'a ViewKey),
    /// All.
    All,
}

impl<'a> ViewSave<'a> {
    /// The rule of [`keep_view`](super::Storage::keep_view): the buckets to put over what is stored, with the checkpoint, or the answer when
    /// nothing is to be touched. `throughs` says of each of the buckets, in their order, how far the stored one of its layout and number is
    /// folded.
    ///
    /// A checkpoint moves only past buckets that changed since the stored one, and these are then folded as far as it or further. So whoever
    /// recalls a bucket may count it as folded up to the checkpoint.
    pub fn judge(
        &self,
        stored: Option<&Checkpoint>,
        throughs: impl IntoIterator<Item = Option<Key>>,
    ) -> ControlFlow<Kept, Vec<&'a Bucket>> {
        let Checkpoint { position, layout, .. } = *self.checkpoint;
        let reaches = |stored: &Checkpoint| stored.position >= self.since && stored.layout == layout;
        if self.since > 0 && !stored.is_some_and(reaches) {
            return ControlFlow::Break(Kept::Refused);
        }
        if stored.is_some_and(|stored| stored.position >= position) {
            return ControlFlow::Break(Kept::Kept);
        }
        let pairs = self.buckets.iter().zip(throughs);
        let newer = pairs.filter(|(bucket, there)| there.is_none_or(|through| through < bucket.through));
        ControlFlow::Continue(newer.map(|(bucket, _)| bucket).collect())
    }

    /// The same for a storage that keeps a view in one piece: the view as it is to be stored, or the answer when nothing is to be touched.
    pub fn merge(&self, stored: Option<&SavedView>) -> ControlFlow<Kept, SavedView> {
        let same_layout = stored.filter(|stored| stored.checkpoint.layout == self.checkpoint.layout);
        let there = same_layout.map_or(&[][..], |stored| &stored.buckets);
        let mut buckets: BTreeMap<u32, &Bucket> =
            there.iter().map(|bucket| (bucket.number, bucket)).collect();
        let throughs = self.buckets.iter().map(|bucket| Some(buckets.get(&bucket.number)?.through));
        let puts = self.judge(stored.map(|stored| &stored.checkpoint), throughs)?;
        buckets.extend(puts.into_iter().map(|bucket| (bucket.number, bucket)));
        let buckets = buckets.into_values().cloned().collect();
        ControlFlow::Continue(SavedView { checkpoint: self.checkpoint.clone(), buckets })
    }
}

impl ForgetViews<'_> {
    /// Whether a view is meant.
    #[must_use]
    pub fn means(&self, key: &ViewKey) -> bool {
        match self {
            Self::One(one) => *one == key,
            Self::All => true,
        }
    }
}
