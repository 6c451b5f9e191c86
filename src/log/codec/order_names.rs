//! The names of an order: its streams, types and tags.

use std::ops::Range;

use super::{
    Malformed,
    bytes::{Cursor, put_varint},
    dictionary::{Dictionary, part, read_dictionary},
};

/// How many names of each kind an order has: what a row's numbers stay below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NameCounts {
    pub(super) streams: usize,
    pub(super) types: usize,
    pub(super) tags: usize,
}

/// The names, read.
#[derive(Debug)]
pub(super) struct OrderNames {
    text: String,
    streams: Vec<Range<u32>>,
    types: Vec<Range<u32>>,
    tags: Vec<Range<u32>>,
}

pub(super) fn encode_names(streams: &[&str], types: &Dictionary<'_>, tags: &Dictionary<'_>) -> Vec<u8> {
    let mut body = Vec::new();
    let mut dictionary = Dictionary::default();
    for stream in streams {
        dictionary.index(stream);
    }
    [&dictionary, types, tags].into_iter().for_each(|dictionary| dictionary.put(&mut body));
    body
}

impl NameCounts {
    pub(super) fn put(self, out: &mut Vec<u8>) {
        [self.streams, self.types, self.tags].into_iter().for_each(|count| put_varint(out, count as u64));
    }

    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let mut count = |what| cursor.up_to(what, u32::MAX.into()).map(|count| count as usize);
        Ok(Self {
            streams: count("the number of streams")?,
            types: count("the number of types")?,
            tags: count("the number of tags")?,
        })
    }
}

impl OrderNames {
    pub(super) fn read(body: &[u8], expected: NameCounts) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(body);
        let mut text = String::new();
        let streams = read_dictionary(&mut cursor, "a stream", &mut text)?;
        let types = read_dictionary(&mut cursor, "a type", &mut text)?;
        let tags = read_dictionary(&mut cursor, "a tag", &mut text)?;
        cursor.end("the names")?;
        let found = NameCounts { streams: streams.len(), types: types.len(), tags: tags.len() };
        if found != expected {
            return Err(Malformed::new("the names", format!("{expected:?}"), format!("{found:?}")));
        }
        Ok(Self { text, streams, types, tags })
    }

    pub(super) fn stream(&self, number: u32) -> &str {
        part(&self.text, &self.streams[number as usize])
    }

    pub(super) fn r#type(&self, number: u32) -> &str {
        part(&self.text, &self.types[number as usize])
    }

    pub(super) fn tag(&self, number: u32) -> &str {
        part(&self.text, &self.tags[number as usize])
    }

    /// The number of a type: all rows compare numbers, not texts.
    pub(super) fn type_number(&self, text: &str) -> Option<u32> {
        (0..self.types.len() as u32).find(|number| self.r#type(*number) == text)
    }

    pub(super) fn tag_number(&self, text: &str) -> Option<u32> {
        (0..self.tags.len() as u32).find(|number| self.tag(*number) == text)
    }

    /// Of each stream by its number, whether it is meant.
    pub(super) fn stream_numbers(&self, is_meant: impl Fn(&str) -> bool) -> Vec<bool> {
        self.streams.iter().map(|range| is_meant(part(&self.text, range))).collect()
    }
}
