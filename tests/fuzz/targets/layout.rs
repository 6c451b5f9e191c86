//! Layouts.

use crate::log::codec::{Layout, Runs};

use super::{
    frame::{framed, refuse_flipped},
    input::Input,
};

pub(super) fn read(input: &[u8]) -> bool {
    let bytes = framed(b"ANLl", Input::new(input));
    let Ok(layout) = Layout::decode(&bytes) else { return false };
    assert_eq!(Layout::decode(&layout.encode()).as_ref(), Ok(&layout));
    for segment in &layout.segments {
        assert_eq!(layout.segment_of(segment.last).map(|index| &layout.segments[index]), Some(segment));
        assert!(segment.positions().contains(&segment.first) && *segment.keys().end() <= layout.last_key);
    }
    assert_eq!(layout.segment_of(layout.head() + 1), None);
    let _ = (layout.bytes(), layout.records(), layout.has_lost(), layout.last_time());
    look(&layout, &layout.ids);
    look(&layout, &layout.names);
    refuse_flipped(bytes, |bytes| Layout::decode(&bytes));
    true
}

/// Whatever is asked for has a key that there is.
fn look(layout: &Layout, runs: &Runs) {
    for hash in [0, 1 << 63, u64::MAX] {
        assert!(runs.shard_keys(hash).iter().all(|key| *key <= layout.last_key));
    }
    assert!(runs.live_keys().iter().all(|(key, _)| *key <= layout.last_key));
}
