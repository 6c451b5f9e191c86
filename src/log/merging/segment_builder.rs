//! Making a segment: its blocks and its order.

use std::ops::{Range, RangeInclusive};

use crate::model::sort;

use super::{
    super::{
        Corrupt,
        codec::{
            BlockWriter, Bound, EventRef, Malformed, NameKind, OrderWriter, Segment, decode_block,
            decode_order, name_hash,
        },
        hashing::FastMap,
        loading::Missed,
    },
    MergePolicy, Outcome, Pacer,
};

/// Bytes of an event beside its texts, about.
const FRAMING_BYTES: usize = 40;

/// The longest block, as stored, unless a single piece is longer: as long as a part of a commit, and for the same reason.
const MAX_STORED_BYTES: usize = 60_000;

/// How many events are looked at between two looks at the clock.
const EVENTS_AT_ONCE: usize = 2048;

/// Into how many parts streams are cut to be sorted: sorting knows no pause.
const SORTED_APART: usize = 32;

/// Blocks as they are stored, and what the layout and the order say of them.
#[derive(Default)]
struct Blocks {
    records: Vec<Vec<u8>>,
    counts: Vec<u32>,
    bounds: Vec<Bound>,
}

/// Orders events by stream, and puts the segment that they make. What its positions hold no event for is lost.
pub(in crate::log) async fn put_segment(
    outcome: &mut Outcome,
    positions: RangeInclusive<u64>,
    events: &[EventRef<'_>],
    policy: &MergePolicy,
    pacer: &Pacer,
) -> Result<Segment, Missed> {
    let events = by_stream(events, pacer).await;
    let blocks = encode_blocks(&positions, &events, policy, pacer).await?;
    let order = encode_order(&positions, &events, &blocks.counts, pacer).await?;
    let lost = (positions.end() - positions.start() + 1).saturating_sub(events.len() as u64);
    let last_time = events.iter().map(|event| event.recorded_at()).max().unwrap_or(0);
    let length = events.iter().map(event_length).sum::<usize>() as u64;
    let bytes = (order.len() + blocks.records.iter().map(Vec::len).sum::<usize>()) as u64;
    let (first, last) = (*positions.start(), *positions.end());
    let key = outcome.put(order);
    for record in blocks.records {
        outcome.put(record);
    }
    pacer.breathe().await;
    Ok(Segment { first, last, key, bytes, length, last_time, lost, bounds: blocks.bounds })
}

/// Events by the hash of their stream, its name, and their revision.
async fn by_stream<'a>(events: &[EventRef<'a>], pacer: &Pacer) -> Vec<EventRef<'a>> {
    let mut numbers: FastMap<&str, u32> = FastMap::default();
    let mut streams: Vec<(u64, &str)> = Vec::new();
    let mut stream_of: Vec<u32> = Vec::with_capacity(events.len());
    let mut counts: Vec<u32> = Vec::new();
    for some in events.chunks(EVENTS_AT_ONCE) {
        for event in some {
            let stream_id = event.stream_id();
            let number = *numbers.entry(stream_id).or_insert_with(|| {
                streams.push((name_hash(NameKind::Stream, stream_id), stream_id));
                counts.push(0);
                streams.len() as u32 - 1
            });
            counts[number as usize] += 1;
            stream_of.push(number);
        }
        pacer.breathe().await;
    }
    // Where the events of each stream begin.
    let mut next = vec![0_u32; streams.len()];
    let mut start = 0;
    for number in in_order(&streams, pacer).await {
        next[number as usize] = start;
        start += counts[number as usize];
    }
    pacer.breathe().await;
    let mut placed: Vec<usize> = vec![0; events.len()];
    for (index, stream) in stream_of.iter().enumerate() {
        let place = &mut next[*stream as usize];
        placed[*place as usize] = index;
        *place += 1;
    }
    pacer.breathe().await;
    let mut ordered: Vec<EventRef<'a>> = placed.into_iter().map(|index| events[index]).collect();
    // Segments and commits come oldest first, and have each stream's events in order: there is nothing left to do.
    for same in ordered.chunk_by_mut(|one, other| one.stream_id() == other.stream_id()) {
        sort::sort_by_key(same, EventRef::revision);
    }
    pacer.breathe().await;
    ordered
}

/// The numbers of streams, by hash and name.
async fn in_order(streams: &[(u64, &str)], pacer: &Pacer) -> Vec<u32> {
    let mut parts: Vec<Vec<u32>> = vec![Vec::new(); SORTED_APART];
    for (number, (hash, _)) in streams.iter().enumerate() {
        parts[(hash >> (64 - SORTED_APART.ilog2())) as usize].push(number as u32);
    }
    let mut ordered = Vec::with_capacity(streams.len());
    for mut part in parts {
        sort::sort_by_key(&mut part, |number| streams[*number as usize]);
        ordered.append(&mut part);
        pacer.breathe().await;
    }
    ordered
}

async fn encode_blocks(
    positions: &RangeInclusive<u64>,
    events: &[EventRef<'_>],
    policy: &MergePolicy,
    pacer: &Pacer,
) -> Result<Blocks, Missed> {
    let mut blocks = Blocks::default();
    let mut rest = events;
    while let Some(first) = rest.first() {
        let mut writer = BlockWriter::new(positions, blocks.records.len() as u32);
        let mut count = 0;
        for piece in pieces(&rest[..fitting(rest, policy.block_bytes)], policy.piece_bytes) {
            if !writer.write(&rest[piece.clone()], MAX_STORED_BYTES) {
                break; // It hardly compresses.
            }
            count = piece.end;
            pacer.breathe().await;
        }
        let record = writer.finish();
        let (these, others) = rest.split_at(count);
        check_block(&record, these, pacer).await?;
        blocks.bounds.push(Bound::of(first));
        blocks.counts.push(count as u32);
        blocks.records.push(record);
        rest = others;
    }
    Ok(blocks)
}

/// How long an event is in a block before compression, in bytes, about.
fn event_length(event: &EventRef<'_>) -> usize {
    let tags: usize = event.tags().map(str::len).sum();
    event.data().len() + event.metadata().len() + tags + FRAMING_BYTES
}

/// How many of the events are not longer than `most` together: at least one.
fn fitting(events: &[EventRef<'_>], most: usize) -> usize {
    let mut bytes = 0;
    let fits = |event: &&EventRef<'_>| {
        bytes += event_length(event);
        bytes <= most
    };
    events.iter().take_while(fits).count().max(1)
}

/// Events of a block in pieces.
fn pieces(events: &[EventRef<'_>], most: usize) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end;
        end += if start < events.len() { fitting(&events[start..], most) } else { 0 };
        (end > start).then_some(start..end)
    })
}

/// What is removed for the sake of a block must be in it: it is read again before it takes anybody's place.
async fn check_block(record: &[u8], events: &[EventRef<'_>], pacer: &Pacer) -> Result<(), Corrupt> {
    let first = events.first().map_or(0, EventRef::position);
    let malformed = |e: Malformed| Corrupt::malformed(first, &e);
    let block = decode_block(record.to_vec()).map_err(malformed)?;
    let mut rest = events.iter();
    for piece in 0..block.pieces() {
        for table in block.tables(piece..piece + 1).map_err(malformed)? {
            if !table.events().all(|event| rest.next().is_some_and(|one| event.is_equal(one))) {
                return Err(unlike(first));
            }
        }
        pacer.breathe().await;
    }
    if rest.next().is_some() { Err(unlike(first)) } else { Ok(()) }
}

fn unlike(position: u64) -> Corrupt {
    Corrupt::new(position, "expected a merged block to read back as what it was made of")
}

async fn encode_order(
    positions: &RangeInclusive<u64>,
    events: &[EventRef<'_>],
    blocks: &[u32],
    pacer: &Pacer,
) -> Result<Vec<u8>, Missed> {
    let mut writer = OrderWriter::new(positions, events, blocks);
    pacer.breathe().await;
    while writer.write() {
        pacer.breathe().await;
    }
    let record = writer.finish();
    pacer.breathe().await;
    let malformed = |e: Malformed| Corrupt::malformed(*positions.start(), &e);
    let order = decode_order(record.clone()).map_err(malformed)?;
    for piece in 0..order.pieces() {
        order.check_piece(piece).map_err(malformed)?;
        pacer.breathe().await;
    }
    order.check().map_err(malformed)?;
    pacer.breathe().await;
    Ok(record)
}
