//! Records under a right checksum.

use twox_hash::XxHash64;

use super::input::Input;

/// What the first byte of an input says of the rest: it is all of the frame, but for magic and checksum.
pub(super) const AS_IT_IS: u8 = 0;
/// It is a body, which is framed as it is. A larger number: it is compressed first.
pub(super) const PLAIN: u8 = 1;

const CHECKSUM_BYTES: usize = 8;

/// The record of an input: whatever it says, under a right magic and a right checksum.
pub(super) fn framed(magic: &[u8; 4], mut input: Input<'_>) -> Vec<u8> {
    let how = input.byte();
    let rest = input.rest();
    match how {
        AS_IT_IS => under_checksum([magic, rest].concat()),
        PLAIN => around(magic, 0, rest.len(), rest),
        _ => around(magic, 1, rest.len(), &lz4_flex::block::compress(rest)),
    }
}

/// The record of a body that is stored so.
pub(super) fn around(magic: &[u8; 4], compression: u8, length: usize, stored: &[u8]) -> Vec<u8> {
    let length = (length as u32).to_le_bytes();
    under_checksum([magic, &[1, compression, 0, 0][..], &length, stored].concat())
}

pub(super) fn under_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = XxHash64::oneshot(0, &bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// That a record which was read is not read with one bit another.
pub(super) fn refuse_flipped<T, E>(mut record: Vec<u8>, read: impl FnOnce(Vec<u8>) -> Result<T, E>) {
    let (at, mask) = somewhere(&record);
    record[at] ^= mask;
    assert!(read(record).is_err(), "a flipped bit of byte {at} is seen");
}

/// A bit of a record: another one of another record.
fn somewhere(record: &[u8]) -> (usize, u8) {
    let chosen = XxHash64::oneshot(1, &record[record.len() - CHECKSUM_BYTES..]) as usize;
    (chosen / 8 % record.len(), 1 << (chosen % 8))
}
