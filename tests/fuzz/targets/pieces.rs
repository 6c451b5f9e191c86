//! Bodies of several pieces, of blocks and of orders.

use super::{
    frame::{AS_IT_IS, around, under_checksum},
    input::Input,
};

/// Whether the first piece is the dictionary of the others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    Nothing,
    First,
}

/// The record of an input: a frame as it is; or a head as a part, and pieces, each behind a byte that says whether it is to be compressed.
pub(super) fn framed(magic: &[u8; 4], sharing: Sharing, bytes: &[u8]) -> Vec<u8> {
    let mut input = Input::new(bytes);
    if input.byte() == AS_IT_IS {
        return under_checksum([magic, input.rest()].concat());
    }
    let head = input.part();
    let (mut lengths, mut stored) = (Vec::new(), Vec::new());
    let mut first = None;
    while !input.is_empty() {
        let is_packed = input.byte() % 2 == 1;
        let piece = input.part();
        let dictionary = if sharing == Sharing::First { *first.get_or_insert(piece) } else { &[] };
        let packed = match dictionary {
            _ if !is_packed => None,
            [] => Some(lz4_flex::block::compress(piece)),
            dictionary if stored.is_empty() => Some(lz4_flex::block::compress(dictionary)),
            dictionary => Some(lz4_flex::block::compress_with_dict(piece, dictionary)),
        };
        // A piece that is as long as it is stored counts as not compressed.
        let packed = packed.filter(|packed| packed.len() < piece.len());
        let one = packed.as_deref().unwrap_or(piece);
        put_varint(&mut lengths, piece.len());
        put_varint(&mut lengths, one.len());
        stored.extend_from_slice(one);
    }
    let body = [head, &lengths, &stored].concat();
    around(magic, 0, body.len(), &body)
}

fn put_varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
