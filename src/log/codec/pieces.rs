//! Several bodies in one record, each unpacked by itself.

use std::{borrow::Cow, cell::OnceCell, ops::Range};

use super::{
    Malformed,
    bytes::{Cursor, put_varint},
    compression::{MAX_BODY_BYTES, check_length, compress_well, decompress, decompress_like},
};

/// What the bodies know of one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Nothing.
    Nothing,
    /// The first is the dictionary of the others: what it has, they only name. It has to be unpacked for each of them.
    First,
}

/// Bodies on their way into a record.
pub(super) struct PieceWriter {
    sharing: Sharing,
    first: Vec<u8>,
    lengths: Vec<u8>,
    stored: Vec<u8>,
}

/// Bodies in a record.
#[derive(Debug)]
pub(super) struct Pieces {
    sharing: Sharing,
    bytes: Vec<u8>,
    spans: Vec<Span>,
    first: OnceCell<Vec<u8>>,
}

#[derive(Debug, Clone)]
struct Span {
    stored: Range<usize>,
    length: usize,
}

impl PieceWriter {
    pub(super) fn new(sharing: Sharing) -> Self {
        Self { sharing, first: Vec::new(), lengths: Vec::new(), stored: Vec::new() }
    }

    /// Takes a body in, if all that is stored stays shorter than `most` bytes with it; the first fits always.
    pub(super) fn push(&mut self, body: Vec<u8>, most: usize) -> bool {
        let is_first = self.lengths.is_empty();
        let packed = match self.sharing {
            Sharing::First if !is_first => compress_well(&body, &self.first),
            _ => compress_well(&body, &[]),
        };
        let stored = packed.as_deref().unwrap_or(&body);
        if !is_first && self.stored.len() + stored.len() > most {
            return false;
        }
        put_varint(&mut self.lengths, body.len() as u64);
        put_varint(&mut self.lengths, stored.len() as u64);
        self.stored.extend_from_slice(stored);
        if is_first {
            self.first = body;
        }
        true
    }

    /// How many there are is said before.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.lengths);
        out.extend_from_slice(&self.stored);
    }
}

impl Pieces {
    /// So many bodies, which take a part of a record.
    pub(super) fn read(
        bytes: Vec<u8>,
        part: Range<usize>,
        count: usize,
        sharing: Sharing,
    ) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(&bytes[part.clone()]);
        if count > cursor.left() / 2 {
            let expected = format!("at most {}", cursor.left() / 2);
            return Err(Malformed::new("the number of pieces", expected, count.to_string()));
        }
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            let length = cursor.up_to("the length of a piece", MAX_BODY_BYTES as u64)? as usize;
            let stored = cursor.up_to("the stored length of a piece", MAX_BODY_BYTES as u64)? as usize;
            if length != stored {
                check_length(stored, length)?;
            }
            lengths.push((length, stored));
        }
        let mut spans = Vec::with_capacity(count);
        let mut start = part.start + cursor.at();
        for (length, stored) in lengths {
            cursor.take("a piece", stored)?;
            spans.push(Span { stored: start..start + stored, length });
            start += stored;
        }
        cursor.end("the pieces")?;
        Ok(Self { sharing, bytes, spans, first: OnceCell::new() })
    }

    /// How long a body is.
    pub(super) fn length(&self, number: usize) -> usize {
        self.spans[number].length
    }

    /// What all of it takes in memory once unpacked, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.spans.iter().fold(self.bytes.len(), |sum, span| sum.saturating_add(span.length))
    }

    /// A body.
    pub(super) fn unpack(&self, number: usize) -> Result<Cow<'_, [u8]>, Malformed> {
        let span = &self.spans[number];
        let stored = &self.bytes[span.stored.clone()];
        if stored.len() == span.length {
            return Ok(Cow::Borrowed(stored));
        }
        match (self.sharing, number) {
            (Sharing::First, 0) => self.first().map(Cow::Borrowed),
            (Sharing::First, _) => decompress_like(stored, span.length, self.first()?).map(Cow::Owned),
            (Sharing::Nothing, _) => decompress(stored, span.length).map(Cow::Owned),
        }
    }

    fn first(&self) -> Result<&[u8], Malformed> {
        let span = &self.spans[0];
        let stored = &self.bytes[span.stored.clone()];
        if stored.len() == span.length {
            return Ok(stored);
        }
        if let Some(first) = self.first.get() {
            return Ok(first);
        }
        let first = decompress(stored, span.length)?;
        Ok(self.first.get_or_init(|| first))
    }
}
