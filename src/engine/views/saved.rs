//! A view as bytes: its checkpoint, and its rows in buckets. Every byte is under a checksum, and nothing that does not add up is believed.

use serde_json as json;
use twox_hash::XxHash64;
use uuid::Uuid;

use crate::storage::{Bucket, Checkpoint, ViewKey};

use super::DeadLetter;

const CHECKSUM_BYTES: usize = size_of::<u64>();

/// The most that LZ4 can make of a byte, and what a block adds at least: so no length makes room that no block can fill.
const MAX_RATIO: usize = 255;
const RATIO_SLACK: usize = 64;

/// What is kept with a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Footing {
    /// The id of the last event that was taken in: another log may have another there.
    pub(super) newest: Uuid,
    /// How many rows all buckets have together.
    pub(super) rows: u64,
    pub(super) updated_at: u64,
    pub(super) skipped: u64,
    pub(super) letters: Vec<DeadLetter>,
}

/// The rows of a bucket, as JSON texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowTexts {
    pub(super) keys: Vec<String>,
    pub(super) rows: String,
}

impl Footing {
    pub(crate) fn encode(&self, key: &ViewKey, position: u64, layout: u32) -> Option<Checkpoint> {
        let letters = json::to_vec(&self.letters).ok()?;
        let numbers = [self.rows, self.updated_at, self.skipped].map(u64::to_le_bytes).concat();
        let rest = [&self.newest.as_bytes()[..], &numbers, &letters].concat();
        Some(Checkpoint {
            position,
            layout,
            bytes: checked(seed(key, "checkpoint", position, layout), &rest),
        })
    }

    pub(crate) fn decode(key: &ViewKey, Checkpoint { position, layout, bytes }: &Checkpoint) -> Option<Self> {
        let rest = unchecked(seed(key, "checkpoint", *position, *layout), bytes)?;
        let (newest, rest) = rest.split_first_chunk()?;
        let (rows, rest) = number(rest)?;
        let (updated_at, rest) = number(rest)?;
        let (skipped, letters) = number(rest)?;
        let letters = json::from_slice(letters).ok()?;
        Some(Self { newest: Uuid::from_bytes(*newest), rows, updated_at, skipped, letters })
    }
}

impl RowTexts {
    pub(crate) fn encode(&self, key: &ViewKey, number: u32, through: u64) -> Option<Bucket> {
        let keys = json::to_string(&self.keys).ok()?;
        let body = [&(keys.len() as u64).to_le_bytes()[..], keys.as_bytes(), self.rows.as_bytes()].concat();
        let length = (body.len() as u64).to_le_bytes();
        let rest = [&length[..], &lz4_flex::block::compress(&body)].concat();
        Some(Bucket { number, through, bytes: checked(seed(key, "bucket", through, number), &rest) })
    }

    pub(crate) fn decode(key: &ViewKey, Bucket { number: bucket, through, bytes }: &Bucket) -> Option<Self> {
        let (length, block) = number(unchecked(seed(key, "bucket", *through, *bucket), bytes)?)?;
        let length = usize::try_from(length).ok()?;
        if length > block.len().saturating_mul(MAX_RATIO).saturating_add(RATIO_SLACK) {
            return None;
        }
        let body = lz4_flex::block::decompress(block, length).ok()?;
        let (length, rest) = number(&body)?;
        let (keys, rows) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        Some(Self { keys: json::from_slice(keys).ok()?, rows: String::from_utf8(rows.to_vec()).ok()? })
    }
}

/// What is meant for one place does not match in another.
fn seed(ViewKey { name, version }: &ViewKey, part: &str, position: u64, number: u32) -> u64 {
    XxHash64::oneshot(0, format!("{part} {number} {position} {version:?} {name:?}").as_bytes())
}

fn checked(seed: u64, rest: &[u8]) -> Vec<u8> {
    [&XxHash64::oneshot(seed, rest).to_le_bytes(), rest].concat()
}

fn unchecked(seed: u64, bytes: &[u8]) -> Option<&[u8]> {
    let (checksum, rest) = bytes.split_first_chunk::<CHECKSUM_BYTES>()?;
    (XxHash64::oneshot(seed, rest) == u64::from_le_bytes(*checksum)).then_some(rest)
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), rest))
}
