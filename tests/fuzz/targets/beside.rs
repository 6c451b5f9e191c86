//! What is kept beside a log: the states of aggregates, and the files that the native storage keeps such things in.

use twox_hash::XxHash64;

use crate::{
    engine::{read_state, write_state},
    storage::{
        Snapshot, SnapshotKey, read_snapshot_file, read_view_file, write_snapshot_file, write_view_file,
    },
};

use super::{frame::AS_IT_IS, input::Input};

/// An input is a revision, and what is behind the checksum.
pub(super) fn read_snapshot(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let revision = input.u64();
    let rest = input.rest();
    let bytes = [&XxHash64::oneshot(revision, rest).to_le_bytes(), rest].concat();
    let key = SnapshotKey { name: String::new(), version: String::new(), id: String::new() };
    let snapshot = Snapshot { key, revision, bytes };
    let Some((newest, text)) = read_state(&snapshot) else { return false };
    assert_eq!(write_state(revision, newest, text), snapshot.bytes);
    assert_eq!(read_state(&Snapshot { revision: revision ^ 1, ..snapshot.clone() }), None);
    true
}

/// An input is the file of a snapshot as it is; or what is behind the checksum of the file of a view.
pub(super) fn read_file(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let (how, rest) = (input.byte(), input.rest());
    if how == AS_IT_IS {
        let Ok(snapshot) = read_snapshot_file(rest) else { return false };
        assert_eq!(read_snapshot_file(&write_snapshot_file(&snapshot)), Ok(snapshot));
        return true;
    }
    let bytes = [&XxHash64::oneshot(0, rest).to_le_bytes(), rest].concat();
    let Some((key, view)) = read_view_file(&bytes) else { return false };
    assert_eq!(write_view_file(&key, &view), bytes);
    true
}
