//! Saved views: what is kept with a checkpoint, and the rows of a bucket.

use twox_hash::XxHash64;

use crate::{
    engine::views::{Footing, RowTexts},
    storage::{Bucket, Checkpoint, ViewKey},
};

use super::{frame::AS_IT_IS, input::Input};

/// The seed of a checksum, as `saved.rs` makes it.
fn seed(key: &ViewKey, part: &str, position: u64, number: u32) -> u64 {
    let ViewKey { name, version } = key;
    XxHash64::oneshot(0, format!("{part} {number} {position} {version:?} {name:?}").as_bytes())
}

fn key() -> ViewKey {
    ViewKey { name: "balances".to_owned(), version: "1".to_owned() }
}

fn under_checksum(seed: u64, rest: &[u8]) -> Vec<u8> {
    [&XxHash64::oneshot(seed, rest).to_le_bytes(), rest].concat()
}

/// An input is a position, a layout, and what is behind the checksum.
pub(super) fn read_checkpoint(input: &[u8]) -> bool {
    let (key, mut input) = (key(), Input::new(input));
    let (position, layout) = (input.u64(), input.u32());
    let bytes = under_checksum(seed(&key, "checkpoint", position, layout), input.rest());
    let checkpoint = Checkpoint { position, layout, bytes };
    let Some(footing) = Footing::decode(&key, &checkpoint) else { return false };
    let again = footing.encode(&key, position, layout).expect("it is written");
    assert_eq!(Footing::decode(&key, &again), Some(footing));
    assert_eq!(Footing::decode(&key, &Checkpoint { position: position ^ 1, ..checkpoint.clone() }), None);
    assert_eq!(Footing::decode(&key, &Checkpoint { layout: layout ^ 4, ..checkpoint }), None);
    true
}

/// An input is a number, a position, and what is behind the checksum as it is; or the body, which is compressed first.
pub(super) fn read_bucket(input: &[u8]) -> bool {
    let (key, mut input) = (key(), Input::new(input));
    let (how, number, through) = (input.byte(), input.u32(), input.u64());
    let rest = input.rest();
    let seed = seed(&key, "bucket", through, number);
    let bytes = if how == AS_IT_IS {
        under_checksum(seed, rest)
    } else {
        let length = (rest.len() as u64).to_le_bytes();
        under_checksum(seed, &[&length[..], &lz4_flex::block::compress(rest)].concat())
    };
    let bucket = Bucket { number, through, bytes };
    let Some(texts) = RowTexts::decode(&key, &bucket) else { return false };
    let again = texts.encode(&key, number, through).expect("it is written");
    assert_eq!(RowTexts::decode(&key, &again), Some(texts));
    assert_eq!(RowTexts::decode(&key, &Bucket { number: number ^ 1, ..bucket.clone() }), None);
    assert_eq!(RowTexts::decode(&key, &Bucket { through: through ^ 1, ..bucket }), None);
    true
}
