//! Mechanisms that are left out or done wrong, one at a time: a simulation that does not notice that is worth nothing.

use annals::storage::{Committed, Kept, Key, StorageError};

use crate::{
    disk::Place,
    writes::{OwnCommit, OwnSave, OwnSwap},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// An append is stored though a merge has passed.
    FenceIgnored,
    /// The checkpoint of a view is saved in one transaction, its rows in the next.
    CheckpointApartFromRows,
    /// An append is answered as soon as it was asked for.
    AcknowledgedBeforeComplete,
    /// The layout of a merge is put in one transaction, its segments in the next.
    MergeNotAtomic,
    /// Where a hint says that there is nothing new, nobody looks.
    HintTrusted,
}

impl Sabotage {
    pub fn name(self) -> &'static str {
        match self {
            Self::FenceIgnored => "fence-ignored",
            Self::CheckpointApartFromRows => "checkpoint-apart-from-rows",
            Self::AcknowledgedBeforeComplete => "acknowledged-before-complete",
            Self::MergeNotAtomic => "merge-not-atomic",
            Self::HintTrusted => "hint-trusted",
        }
    }
}

/// The same commit, which no fence holds up.
pub fn without_guard(commit: OwnCommit) -> OwnCommit {
    OwnCommit { guard: Key::MAX, ..commit }
}

/// All of a swap but its segments.
pub fn put_layout(swap: &OwnSwap, place: &Place) -> Result<Committed, StorageError> {
    OwnSwap { puts: Vec::new(), ..swap.clone() }.carry_out(place)
}

pub fn put_segments(swap: &OwnSwap, place: &Place) -> Result<Committed, StorageError> {
    let records = swap.puts.iter().map(|record| (record.key, record.bytes.clone()));
    place.server.tamper(|contents| contents.segments.extend(records));
    Ok(Committed::Stored)
}

/// All of a save but its rows.
pub fn put_checkpoint(save: &OwnSave, place: &Place) -> Result<Kept, StorageError> {
    OwnSave { buckets: Vec::new(), ..save.clone() }.carry_out(place)
}

pub fn put_rows(save: &OwnSave, place: &Place) -> Result<Kept, StorageError> {
    place.server.tamper(|contents| {
        let Some(view) = contents.views.get_mut(&save.key) else { return };
        let is_older = |number: u32, through: Key| {
            save.buckets.iter().any(|one| one.number == number && one.through > through)
        };
        view.buckets.retain(|there| !is_older(there.number, there.through));
        let missing =
            save.buckets.iter().filter(|one| view.buckets.iter().all(|there| there.number != one.number));
        let missing: Vec<_> = missing.cloned().collect();
        view.buckets.extend(missing);
        view.buckets.sort_by_key(|bucket| bucket.number);
    });
    Ok(Kept::Kept)
}
