//! Shards of the index.

use crate::log::codec::{decode_ids, decode_names, encode_ids, encode_names};

use super::{
    frame::{framed, refuse_flipped},
    input::Input,
};

pub(super) fn read_ids(input: &[u8]) -> bool {
    let bytes = framed(b"ANLi", Input::new(input));
    let Ok(entries) = decode_ids(&bytes) else { return false };
    assert!(entries.is_sorted_by_key(|entry| entry.hash));
    assert_eq!(decode_ids(&encode_ids(&entries)), Ok(entries));
    refuse_flipped(bytes, |bytes| decode_ids(&bytes));
    true
}

pub(super) fn read_names(input: &[u8]) -> bool {
    let bytes = framed(b"ANLn", Input::new(input));
    let Ok(entries) = decode_names(&bytes) else { return false };
    assert_eq!(decode_names(&encode_names(entries.iter())), Ok(entries));
    refuse_flipped(bytes, |bytes| decode_names(&bytes));
    true
}
