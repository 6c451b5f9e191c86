//! Reading everything again, and checking every promise of the log.

mod finding;
mod index;
mod seen;
mod segment;

use std::rc::Rc;

use crate::storage::{Mark, Meta, Storage, StorageError};

use super::{
    Corrupt, LogError,
    codec::{Layout, StoreManifest, decode_commit},
    core::Core,
    loading::Missed,
};
use index::ExpectedIndex;
use seen::Seen;

pub(super) use finding::ranges;
pub use finding::{Finding, FindingKind, Verification};
pub(super) use segment::FoundSegment;

/// How many commits one step reads.
const STEP_RECORDS: usize = 64;

impl<S: Storage> Core<S> {
    /// Re-reads the log. `between` is told how many positions of how many were covered, and may end it.
    pub(super) async fn verify(&self, between: impl Fn(u64, u64) -> bool) -> Result<Verification, LogError> {
        // When another connection merges meanwhile, it begins again: what was looked at is not there any more.
        self.under_layout(async |layout| self.try_verify(&layout, &between).await).await
    }

    async fn try_verify(
        &self,
        layout: &Rc<Layout>,
        between: &impl Fn(u64, u64) -> bool,
    ) -> Result<Verification, Missed> {
        let mut seen = Seen::default();
        let meta = self.connected(async || self.storage.meta().await).await?;
        let is_sound = self.look_at_meta(&mut seen, layout, &meta)?;
        let target = self.head();
        let go_on = |seen: &Seen| match between(seen.head.min(target), target) {
            true => Ok(()),
            false => Err(LogError::Aborted),
        };
        let mut expected = ExpectedIndex::default();
        for number in 0..layout.segments.len() {
            self.look_at_segment(layout, number, &mut seen, &mut expected).await?;
            go_on(&seen)?;
        }
        if is_sound {
            self.look_at_index(layout, &mut seen, expected).await?;
        }
        let mut after = seen.begin_tail(layout.head());
        loop {
            let tail = self.storage.tail(after, layout.generation, STEP_RECORDS);
            let tail = match tail.await {
                Ok(tail) if tail.mark.generation != layout.generation => return Err(Missed::Moved),
                Ok(tail) => tail,
                Err(StorageError::Damaged(detail)) => {
                    seen.find(FindingKind::Damaged, after + 1..=target.max(after + 1), detail);
                    break;
                }
                Err(error) => return Err(LogError::from(error).into()),
            };
            for record in &tail.records {
                seen.look_at_commit(record.key, record.bytes.len(), decode_commit(&record.bytes));
                after = record.key;
            }
            go_on(&seen)?;
            if !tail.more {
                seen.end_at(target);
                break;
            }
        }
        Ok(seen.into_report())
    }

    /// Whether mark and layout can be trusted.
    fn look_at_meta(&self, seen: &mut Seen, layout: &Rc<Layout>, meta: &Meta) -> Result<bool, Missed> {
        match StoreManifest::decode(&meta.format) {
            Ok(manifest) if manifest.store_id == self.manifest.get().store_id => {}
            Ok(_) => seen.wrong(0..=0, "the manifest is that of another store".to_owned()),
            Err(malformed) => seen.find(FindingKind::Damaged, 0..=0, malformed.to_string()),
        }
        let covered = 1..=layout.head().max(1);
        let mark = match meta.mark.as_deref().map_or(Ok(Mark::default()), Mark::decode) {
            Ok(mark) => mark,
            Err(error) => {
                seen.find(FindingKind::Damaged, covered, error.to_string());
                return Ok(false);
            }
        };
        if mark.generation != layout.generation {
            return Err(Missed::Moved);
        }
        match meta.layout.as_deref().map(Layout::decode) {
            None if mark.generation == 0 => Ok(true),
            Some(Ok(stored)) if stored == **layout => Ok(true),
            Some(Ok(_)) => {
                seen.wrong(covered, "the layout is another than the one in force".to_owned());
                Ok(false)
            }
            None => {
                seen.find(FindingKind::Missing, covered, "expected a layout, found none".to_owned());
                Ok(false)
            }
            Some(Err(malformed)) => {
                seen.find(FindingKind::Damaged, covered, malformed.to_string());
                Ok(false)
            }
        }
    }
}

/// What a damaged record is about, as a sentence.
fn why(what: &str, corrupt: impl Into<Option<Corrupt>>) -> String {
    corrupt.into().map_or_else(|| format!("{what} is missing"), |corrupt| format!("{what}: {}", corrupt.why))
}
