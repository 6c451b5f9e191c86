//! From bytes, as they come, to lines.

use std::mem;

use crate::model::MAX_APPEND_BYTES;

/// The longest line, in bytes, without its line break: an event may be as large as an append, its metadata stand escaped in a text, which at most
/// doubles them, data with line breaks stand twice, once escaped, and names and tags, which are short, may become seven times as long.
pub(super) const MAX_LINE_BYTES: usize = 3 * MAX_APPEND_BYTES + 1024 * 1024;

/// The longest first line: something that is no export need not be read to its end to know it.
pub(super) const MAX_HEADER_BYTES: usize = 1024 * 1024;

/// Bytes on their way to lines: what has come after the last line break waits for the rest.
#[derive(Default)]
pub(super) struct Splitter {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// How far it was looked for a line break.
    looked: usize,
    /// How many lines were taken.
    lines: u64,
}

impl Splitter {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        // Lines are taken before more comes, so what is moved is less than one.
        let taken = mem::take(&mut self.start);
        self.bytes.drain(..taken);
        self.looked -= taken;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line, without its line break.
    pub(super) fn next_line(&mut self) -> Option<&[u8]> {
        let Some(length) = self.bytes[self.looked..].iter().position(|byte| *byte == b'\n') else {
            self.looked = self.bytes.len();
            return None;
        };
        let (start, end) = (self.start, self.looked + length);
        (self.start, self.looked) = (end + 1, end + 1);
        self.lines += 1;
        Some(without_return(&self.bytes[start..end]))
    }

    /// What comes after the last line break, at the end of all.
    pub(super) fn rest(&mut self) -> Option<&[u8]> {
        let start = mem::replace(&mut self.start, self.bytes.len());
        self.looked = self.start;
        if start == self.start {
            return None;
        }
        self.lines += 1;
        Some(&self.bytes[start..])
    }

    /// The number of the line that was taken last.
    pub(super) fn line(&self) -> u64 {
        self.lines
    }

    /// Whether the line that has begun is longer than any.
    pub(super) fn is_too_long(&self) -> bool {
        self.bytes.len() - self.start > self.limit()
    }

    /// How long the line that has begun may be, in bytes.
    pub(super) fn limit(&self) -> usize {
        if self.lines == 0 { MAX_HEADER_BYTES } else { MAX_LINE_BYTES }
    }
}

/// What an editor of another system has put before the line break is blank.
fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
