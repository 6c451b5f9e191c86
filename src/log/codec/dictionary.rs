//! Texts that are written once and named by number.

use std::ops::Range;

use crate::log::hashing::FastMap;

use super::{
    Malformed,
    bytes::{Cursor, put_text, put_varint},
};

/// Texts that are written once and named by number.
#[derive(Default)]
pub(super) struct Dictionary<'a> {
    indices: FastMap<&'a str, u64>,
    texts: Vec<u8>,
    last: Option<(&'a str, u64)>,
}

impl<'a> Dictionary<'a> {
    /// The text's number; a new one is one more than the last.
    pub(super) fn index(&mut self, text: &'a str) -> u64 {
        // Events of one kind come in runs: the last text is most often the next one.
        if let Some((last, index)) = self.last
            && last == text
        {
            return index;
        }
        let next = self.indices.len() as u64;
        let index = *self.indices.entry(text).or_insert_with(|| {
            put_text(&mut self.texts, text);
            next
        });
        self.last = Some((text, index));
        index
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.indices.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        put_varint(out, self.indices.len() as u64);
        out.extend_from_slice(&self.texts);
    }
}

/// The texts of a dictionary, appended to `names`.
pub(super) fn read_dictionary(
    cursor: &mut Cursor<'_>,
    what: &'static str,
    names: &mut String,
) -> Result<Vec<Range<u32>>, Malformed> {
    let count = cursor.count(what, 1)?;
    let mut ranges = Vec::with_capacity(count);
    for _ in 0..count {
        ranges.push(read_name(cursor, what, names)?);
    }
    Ok(ranges)
}

/// One text, appended to `names`.
pub(super) fn read_name(
    cursor: &mut Cursor<'_>,
    what: &'static str,
    names: &mut String,
) -> Result<Range<u32>, Malformed> {
    let text = cursor.text(what)?;
    let start = names.len() as u32;
    names.push_str(text);
    Ok(start..names.len() as u32)
}

/// A part of a text that holds many.
pub(super) fn part<'a>(text: &'a str, range: &Range<u32>) -> &'a str {
    &text[range.start as usize..range.end as usize]
}
