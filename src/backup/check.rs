//! The check of a line: a checksum of the bytes before it, as its last member.
//!
//! ```text
//! {"specversion":"1.0", ... ,"data":{"n":1},"check":"0123456789abcdef"}
//! └──────────── these bytes ─────────────┘
//! ```

use std::hash::Hasher;

use twox_hash::XxHash64;

/// How many digits a check has.
const DIGITS: usize = 16;

const KEY: &[u8] = b",\"check\":\"";
const END: &[u8] = b"\"}";

/// A check as it is written: lower-case hexadecimal digits.
pub(super) type Digits = [u8; DIGITS];

/// What the end of a line says of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Right(Digits),
    Wrong,
    /// Taken out, by somebody who has edited the line, or not as it is written here.
    Absent,
}

/// Ends the line that begins at `start` and whose last member is written: its check, its brace, a line break.
pub(super) fn seal(out: &mut Vec<u8>, start: usize) -> Digits {
    let digits = digits_of(&out[start..]);
    out.extend_from_slice(KEY);
    out.extend_from_slice(&digits);
    out.extend_from_slice(END);
    out.push(b'\n');
    digits
}

/// Looks at the end of a line.
pub(super) fn check_of(line: &[u8]) -> Check {
    let parts = line.strip_suffix(END).and_then(|rest| rest.split_last_chunk::<DIGITS>());
    let Some((body, digits)) = parts.and_then(|(rest, digits)| Some((rest.strip_suffix(KEY)?, digits)))
    else {
        return Check::Absent;
    };
    if digits_of(body) == *digits { Check::Right(*digits) } else { Check::Wrong }
}

/// The checksum of all checks before the trailer, one behind the other.
#[derive(Clone)]
pub(super) struct Checks(XxHash64);

impl Default for Checks {
    fn default() -> Self {
        Self(XxHash64::with_seed(0))
    }
}

impl Checks {
    pub(super) fn add(&mut self, digits: &Digits) {
        self.0.write(digits);
    }

    pub(super) fn digits(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

fn digits_of(bytes: &[u8]) -> Digits {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let checksum = XxHash64::oneshot(0, bytes);
    let mut digits = [0; DIGITS];
    for (n, digit) in digits.iter_mut().rev().enumerate() {
        *digit = HEX[(checksum >> (4 * n)) as usize & 0xf];
    }
    digits
}
