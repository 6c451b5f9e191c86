//! Compaction: when a file has more garbage than it is worth, and what of it is written anew.

use super::{
    super::{Shelf, StorageError},
    draft::Draft,
    head::{Entry, Head, SwapHead},
    index::{Index, Slot},
    place::Place,
};

/// Garbage below this is left alone, in bytes.
const LEAST_GARBAGE: u64 = 1024 * 1024;
/// How many times the live bytes the garbage has to be.
const GARBAGE_FACTOR: u64 = 1;
/// A frame of a compacted file takes no further record from here on, in bytes: what is held in memory at once.
const FRAME_BYTES: u64 = 4 * 1024 * 1024;

/// Whether a file of this length is worth compacting.
pub(super) fn is_due(index: &Index, length: u64) -> bool {
    let live = index.live_bytes();
    let garbage = length.saturating_sub(live);
    garbage > LEAST_GARBAGE && garbage > live.saturating_mul(GARBAGE_FACTOR)
}

/// Writes what is live as a draft: the format, the layout with the segments, the commits. One damaged record ends it, so that
/// damage is neither copied nor dropped.
pub(super) fn write(place: &Place) -> Result<Draft, StorageError> {
    let mut draft = Draft::begin(place.path())?;
    draft.append(&Head::Created { format: place.index.meta.format.clone() }, &[])?;
    if let Some(layout) = &place.index.meta.layout {
        let swap = |puts| {
            let (mark, layout) = (place.index.mark, layout.clone());
            Head::Swap(SwapHead { mark, layout, format: None, removes: Vec::new(), puts })
        };
        draft.append(&swap(Vec::new()), &[])?;
        write_shelf(place, Shelf::Segments, &mut draft, swap)?;
    }
    write_shelf(place, Shelf::Commits, &mut draft, |adds| Head::Commit { adds })?;
    Ok(draft)
}

fn write_shelf(
    place: &Place,
    shelf: Shelf,
    draft: &mut Draft,
    head: impl Fn(Vec<Entry>) -> Head,
) -> Result<(), StorageError> {
    let mut slots = place.index.all(shelf).peekable();
    while slots.peek().is_some() {
        let mut room = FRAME_BYTES;
        let mut taken: Vec<&Slot> = Vec::new();
        while room > 0
            && let Some(slot) = slots.next()
        {
            room = room.saturating_sub(slot.entry.length);
            taken.push(slot);
        }
        let records = taken.iter().map(|slot| place.record(slot)).collect::<Result<Vec<_>, _>>()?;
        draft.append(&head(taken.iter().map(|slot| slot.entry).collect()), &records)?;
    }
    Ok(())
}
