//! Making a part of the index.

use std::{ops::RangeInclusive, rc::Rc};

use crate::{
    model::{category_of, sort},
    storage::Storage,
};

use super::{
    super::{
        codec::{
            EventRef, IdEntry, Layout, NameEntry, NameKind, Place, Run, Runs, encode_ids, encode_names,
            id_hash, name_hash,
        },
        core::Core,
        hashing::FastMap,
        loading::Missed,
    },
    Outcome, Pacer,
};

/// About how many bytes an id takes in a shard.
const ID_BYTES: u64 = 6;

/// How many events are looked at between two looks at the clock.
const EVENTS_AT_ONCE: usize = 2048;

/// The most bits that choose a shard.
const MAX_BITS: u32 = 16;

/// An entry of the index.
pub(in crate::log) trait Entry: Clone + 'static {
    /// The runs that have entries of this kind.
    fn runs(layout: &mut Layout) -> &mut Runs;

    /// Reads shards.
    async fn read<S: Storage>(
        core: &Core<S>,
        layout: &Layout,
        keys: &[u64],
    ) -> Result<Vec<Rc<Vec<Self>>>, Missed>;

    /// The hash that chooses its shard.
    fn hash(&self) -> u64;

    /// Sorted, and with entries that are about the same thing as one.
    fn settle(entries: Vec<Self>) -> Vec<Self>;

    /// Writes a shard.
    fn encode(entries: &[Self]) -> Vec<u8>;

    /// About how many bytes it takes in a shard.
    fn bytes(&self) -> u64;
}

impl Entry for IdEntry {
    fn runs(layout: &mut Layout) -> &mut Runs {
        &mut layout.ids
    }

    async fn read<S: Storage>(
        core: &Core<S>,
        layout: &Layout,
        keys: &[u64],
    ) -> Result<Vec<Rc<Vec<Self>>>, Missed> {
        core.id_shards(layout, keys).await
    }

    fn hash(&self) -> u64 {
        u64::from(self.hash) << 32
    }

    fn settle(mut entries: Vec<Self>) -> Vec<Self> {
        entries.sort_unstable();
        entries
    }

    fn encode(entries: &[Self]) -> Vec<u8> {
        encode_ids(entries)
    }

    fn bytes(&self) -> u64 {
        ID_BYTES
    }
}

impl Entry for NameEntry {
    fn runs(layout: &mut Layout) -> &mut Runs {
        &mut layout.names
    }

    async fn read<S: Storage>(
        core: &Core<S>,
        layout: &Layout,
        keys: &[u64],
    ) -> Result<Vec<Rc<Vec<Self>>>, Missed> {
        core.name_shards(layout, keys).await
    }

    fn hash(&self) -> u64 {
        self.hash
    }

    fn settle(mut entries: Vec<Self>) -> Vec<Self> {
        let first = |entry: &Self| entry.places.first().map_or(0, |place| place.position);
        sort::sort_by(&mut entries, |one, other| {
            let by_name = (one.hash, one.kind, &one.text).cmp(&(other.hash, other.kind, &other.text));
            by_name.then_with(|| first(one).cmp(&first(other)))
        });
        entries.dedup_by(|later, earlier| {
            let is_same =
                later.hash == earlier.hash && later.kind == earlier.kind && later.text == earlier.text;
            if is_same {
                earlier.places.append(&mut later.places);
                sort::sort_by_key(&mut earlier.places, |place| (place.position, place.revision));
                earlier.places.dedup_by_key(|place| place.position);
            }
            is_same
        });
        entries
    }

    fn encode(entries: &[Self]) -> Vec<u8> {
        encode_names(entries.iter())
    }

    fn bytes(&self) -> u64 {
        4 + self.text.len() as u64 + 4 * self.places.len() as u64
    }
}

/// The ids of events.
pub(in crate::log) fn ids_of(events: &[EventRef<'_>]) -> Vec<IdEntry> {
    events.iter().map(|event| IdEntry { hash: id_hash(event.id()), position: event.position() }).collect()
}

/// The names that events have, each with the last position that has it. The events are in any order.
pub(in crate::log) async fn names_of(events: &[EventRef<'_>], pacer: &Pacer) -> Vec<NameEntry> {
    let mut last: FastMap<(NameKind, &str), Place> = FastMap::default();
    let mut see = |kind, text, place: Place| {
        let known = last.entry((kind, text)).or_insert(place);
        if place.position > known.position {
            *known = place;
        }
    };
    for some in events.chunks(EVENTS_AT_ONCE) {
        for event in some {
            let (position, stream_id) = (event.position(), event.stream_id());
            see(NameKind::Stream, stream_id, Place { position, revision: event.revision() });
            let place = Place { position, revision: 0 };
            see(NameKind::Category, category_of(stream_id), place);
            see(NameKind::Type, event.r#type(), place);
            for tag in event.tags() {
                see(NameKind::Tag, tag, place);
            }
        }
        pacer.breathe().await;
    }
    let entry = |((kind, text), place): ((NameKind, &str), Place)| NameEntry {
        hash: name_hash(kind, text),
        kind,
        text: text.into(),
        places: vec![place],
    };
    last.into_iter().map(entry).collect()
}

/// Into how many shards, as bits, so many bytes go.
pub(super) fn bits_for(bytes: u64, shard_bytes: u64) -> u32 {
    let shards = bytes.div_ceil(shard_bytes.max(1)).max(1);
    shards.next_power_of_two().trailing_zeros().min(MAX_BITS)
}

/// Puts a part of the index that covers some positions.
pub(super) async fn put_run<E: Entry>(
    outcome: &mut Outcome,
    positions: RangeInclusive<u64>,
    entries: Vec<E>,
    shard_bytes: u64,
    pacer: &Pacer,
) -> Run {
    let bits = bits_for(entries.iter().map(Entry::bytes).sum(), shard_bytes);
    let key = outcome.layout.last_key + 1;
    let mut run = Run { first: *positions.start(), last: *positions.end(), key, bits, bytes: 0 };
    outcome.layout.last_key += run.shards();
    run.bytes = put_shards(outcome, &run, 0..run.shards(), entries, pacer).await;
    run
}

/// Puts some shards of a part, and says how many bytes they take.
pub(super) async fn put_shards<E: Entry>(
    outcome: &mut Outcome,
    run: &Run,
    shards: std::ops::Range<u64>,
    entries: Vec<E>,
    pacer: &Pacer,
) -> u64 {
    let entries = E::settle(entries);
    pacer.breathe().await;
    let mut rest = entries.as_slice();
    let mut bytes = 0;
    for shard in shards {
        let (these, others) =
            rest.split_at(rest.partition_point(|entry| run.shard_of(entry.hash()) <= shard));
        let record = E::encode(these);
        bytes += record.len() as u64;
        outcome.put_at(run.key + shard, record);
        rest = others;
        pacer.breathe().await;
    }
    bytes
}
