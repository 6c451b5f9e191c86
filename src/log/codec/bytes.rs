//! Reading and writing the primitives of the format: little-endian integers, LEB128 numbers, texts.

use thiserror::Error;

/// Bytes that are not what the format says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: expected {expected}, found {found}")]
pub struct Malformed {
    /// Which part of the format.
    pub what: &'static str,
    /// What the format asks for there.
    pub expected: String,
    /// What the bytes say.
    pub found: String,
}

impl Malformed {
    pub(super) fn new(what: &'static str, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what, expected: expected.into(), found: found.into() }
    }
}

/// The most bytes of a LEB128 number of 64 bits.
const MAX_VARINT_BYTES: usize = 10;

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn put_varints(out: &mut Vec<u8>, values: &[u64]) {
    values.iter().for_each(|&value| put_varint(out, value));
}

/// Numbers near zero, of either sign, as small numbers: 0, -1, 1, -2, …
pub(super) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// A place in bytes that are read from front to back.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn take(&mut self, what: &'static str, count: usize) -> Result<&'a [u8], Malformed> {
        if count > self.left() {
            return Err(Malformed::new(what, format!("{count} more bytes"), format!("{}", self.left())));
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(what, N)?);
        Ok(array)
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, Malformed> {
        Ok(self.array::<1>(what)?[0])
    }

    pub(super) fn u16(&mut self, what: &'static str) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array(what)?))
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub(super) fn u64(&mut self, what: &'static str) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    pub(super) fn varint(&mut self, what: &'static str) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for n in 0..MAX_VARINT_BYTES {
            let byte = self.byte(what)?;
            let bits = u64::from(byte & 0x7f);
            if n == MAX_VARINT_BYTES - 1 && bits > 1 {
                break;
            }
            value |= bits << (7 * n);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed::new(what, "a number of at most 64 bits", "a longer one"))
    }

    pub(super) fn signed(&mut self, what: &'static str) -> Result<i64, Malformed> {
        let value = self.varint(what)?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A number of at most `most`.
    pub(super) fn up_to(&mut self, what: &'static str, most: u64) -> Result<u64, Malformed> {
        let value = self.varint(what)?;
        if value > most {
            return Err(Malformed::new(what, format!("at most {most}"), value.to_string()));
        }
        Ok(value)
    }

    pub(super) fn text(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        let length = self.count(what, 1)?;
        str::from_utf8(self.take(what, length)?)
            .map_err(|e| Malformed::new(what, "UTF-8", format!("another byte at {}", e.valid_up_to())))
    }

    /// Refuses bytes behind what was read.
    pub(super) fn end(&self, what: &'static str) -> Result<(), Malformed> {
        match self.left() {
            0 => Ok(()),
            left => Err(Malformed::new(what, "nothing behind it", format!("{left} bytes"))),
        }
    }

    /// A number of things that take at least `size` bytes each, so that no more are made room for than can be there.
    pub(super) fn count(&mut self, what: &'static str, size: usize) -> Result<usize, Malformed> {
        let count = self.varint(what)?;
        let most = (self.left() / size) as u64;
        if count > most {
            return Err(Malformed::new(what, format!("at most {most}"), count.to_string()));
        }
        Ok(count as usize)
    }

    /// A number below `limit`.
    pub(super) fn index(&mut self, what: &'static str, limit: usize) -> Result<u32, Malformed> {
        let index = self.varint(what)?;
        match u32::try_from(index) {
            Ok(index) if (index as usize) < limit => Ok(index),
            _ => Err(Malformed::new(what, format!("below {limit}"), index.to_string())),
        }
    }
}
