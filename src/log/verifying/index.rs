//! Looking at the index over the segments: it has to say of every event what the segments say.

use std::{collections::HashSet, rc::Rc};

use twox_hash::XxHash64;

use crate::{model::category_of, storage::Storage};

use super::{
    super::{
        LogError,
        codec::{EventRef, IdEntry, Layout, NameKind, id_hash, name_hash},
        core::Core,
        loading::Missed,
    },
    FindingKind, Seen,
};

/// How many shards one step reads.
const STEP_SHARDS: usize = 64;

/// What the segments say that the index should know. Of ids there is a sum that does not depend on their order, so that a million of
/// them need no room.
#[derive(Default)]
pub(super) struct ExpectedIndex {
    ids: Sum,
    /// Hashes of kind, name and segment.
    names: HashSet<u64>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    sum: u64,
}

impl Sum {
    fn add(&mut self, entry: IdEntry) {
        let bytes = (u128::from(entry.hash) << 64 | u128::from(entry.position)).to_le_bytes();
        self.count += 1;
        self.sum = self.sum.wrapping_add(XxHash64::oneshot(0, &bytes));
    }
}

impl ExpectedIndex {
    pub(super) fn expect(&mut self, segment: usize, event: EventRef<'_>) {
        self.ids.add(IdEntry { hash: id_hash(event.id()), position: event.position() });
        let stream_id = event.stream_id();
        self.names.insert(named(NameKind::Stream, stream_id, segment));
        self.names.insert(named(NameKind::Category, category_of(stream_id), segment));
        self.names.insert(named(NameKind::Type, event.r#type(), segment));
        for tag in event.tags() {
            self.names.insert(named(NameKind::Tag, tag, segment));
        }
    }
}

fn named(kind: NameKind, text: &str, segment: usize) -> u64 {
    XxHash64::oneshot(segment as u64, &name_hash(kind, text).to_le_bytes())
}

impl<S: Storage> Core<S> {
    pub(super) async fn look_at_index(
        &self,
        layout: &Rc<Layout>,
        seen: &mut Seen,
        expected: ExpectedIndex,
    ) -> Result<(), Missed> {
        let all = 1..=layout.head().max(1);
        let is_whole = layout.segments.iter().all(|segment| segment.lost == 0) && !seen.has_gap();
        match self.read_index(layout, seen).await {
            Ok((ids, names)) => {
                // Of what was lost the index may still know.
                let misses_ids = if is_whole { ids != expected.ids } else { ids.count < expected.ids.count };
                if misses_ids || !expected.names.is_subset(&names) {
                    seen.wrong(all, "the index says something else than the segments".to_owned());
                }
                Ok(())
            }
            Err(Missed::Failed(LogError::Corrupt(corrupt))) => {
                seen.find(FindingKind::Damaged, 0..=0, corrupt.why);
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    async fn read_index(&self, layout: &Rc<Layout>, seen: &mut Seen) -> Result<(Sum, HashSet<u64>), Missed> {
        let (mut ids, mut names) = (Sum::default(), HashSet::new());
        // What is cached may be sounder than what is stored.
        self.segments.ids.retain(|_| false);
        self.segments.names.retain(|_| false);
        for keys in layout.ids.live_keys().chunks(STEP_SHARDS) {
            let shards =
                self.id_shards(layout, &keys.iter().map(|(key, _)| *key).collect::<Vec<_>>()).await?;
            for (shard, (_, from)) in shards.iter().zip(keys) {
                seen.count(0);
                let live = shard.iter().filter(|entry| u64::from(entry.hash) << 32 >= *from);
                live.for_each(|entry| ids.add(*entry));
            }
        }
        for keys in layout.names.all_keys().chunks(STEP_SHARDS) {
            for shard in self.name_shards(layout, keys).await? {
                seen.count(0);
                for entry in shard.iter() {
                    let segments = entry.places.iter().filter_map(|place| layout.segment_of(place.position));
                    names.extend(segments.map(|segment| named(entry.kind, &entry.text, segment)));
                }
            }
        }
        seen.count_bytes(layout.ids.bytes() + layout.names.bytes());
        Ok((ids, names))
    }
}
