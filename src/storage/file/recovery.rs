//! Recovery: what a file comes to when it is opened, and where a write that was never acknowledged is cut off.
//!
//! A frame is *torn* when it is incomplete, or when it does not match its checksums and has a blank sector that it was not
//! written with, and in both cases only if no frame begins behind it. Anything else that does not match is damage: a damaged
//! record is kept for its readers to be told of, and damage that hides which records there are refuses the file, untouched.

use std::ops::Range;

use super::{
    super::StorageError,
    blank::{SECTOR, has_blank_sector},
    frame::{MAGIC, PREFIX_LENGTH, Prefix},
    head::Head,
    header::HEADER_LENGTH,
    index::{Index, slots},
    journal::Journal,
};

/// How much of a file is looked through at once: a multiple of a sector.
const CHUNK: u64 = 128 * SECTOR;

/// What was found in a file.
pub(super) struct Recovered {
    pub(super) index: Index,
    /// Where the whole frames end, and the next one goes.
    pub(super) end: u64,
}

struct Frame {
    at: u64,
    data_at: u64,
    end: u64,
    has_blank: bool,
    head: Head,
}

/// Reads the frames of a file from its header to its end.
///
/// # Errors
/// [`StorageError::Damaged`]: the file is better looked at than written to.
pub(super) fn recover(journal: &Journal) -> Result<Recovered, StorageError> {
    let first = HEADER_LENGTH as u64;
    let mut index = Index::default();
    let mut newest: Option<Frame> = None;
    let mut end = first;
    while end < journal.end() {
        let Some(frame) = look(journal, end)? else { break };
        if matches!(frame.head, Head::Created { .. }) != (frame.at == first) {
            return Err(damaged(frame.at, "is not where its kind belongs"));
        }
        end = frame.end;
        if let Some(before) = newest.replace(frame) {
            index.apply(&before.head, before.data_at);
        }
    }
    // Only the newest frame can have been in flight, but for what was never promised to survive.
    match newest {
        None => return Err(damaged(first, "is missing, which creates the file")),
        Some(frame) if frame.at > first && is_torn(journal, &frame)? => end = frame.at,
        Some(frame) => index.apply(&frame.head, frame.data_at),
    }
    Ok(Recovered { index, end })
}

/// The frame that begins here; `None` when it is torn.
fn look(journal: &Journal, at: u64) -> Result<Option<Frame>, StorageError> {
    if journal.end() - at < PREFIX_LENGTH as u64 {
        return Ok(None);
    }
    let Some(prefix) = Prefix::decode(&journal.read(at, PREFIX_LENGTH as u64)?, at) else {
        let sectors = (at + PREFIX_LENGTH as u64).next_multiple_of(SECTOR).min(journal.end());
        return torn_if(has_blank(journal, at..sectors)?, journal, at, "has a damaged prefix");
    };
    let Some(end) = prefix.end(at).filter(|end| *end <= journal.end()) else {
        return torn_if(true, journal, at, "is longer than the file");
    };
    let head = journal.read(Prefix::head_at(at), prefix.head_length)?;
    if !prefix.matches(&head) {
        let blank = !prefix.has_blank && has_blank(journal, at..end)?;
        return torn_if(blank, journal, at, "has a damaged head");
    }
    let head = prefix.head(&head)?;
    Ok(Some(Frame { at, data_at: prefix.data_at(at), end, has_blank: prefix.has_blank, head }))
}

/// `None` for a frame that looks torn and has none behind it; what is wrong with it otherwise.
fn torn_if(
    looks_torn: bool,
    journal: &Journal,
    at: u64,
    otherwise: &str,
) -> Result<Option<Frame>, StorageError> {
    if looks_torn && !has_frame(journal, at + 1)? { Ok(None) } else { Err(damaged(at, otherwise)) }
}

fn damaged(at: u64, what: &str) -> StorageError {
    StorageError::Damaged(format!("the frame at byte {at} {what}; nothing was touched"))
}

/// Whether the newest frame's records had not all reached the device.
fn is_torn(journal: &Journal, frame: &Frame) -> Result<bool, StorageError> {
    for (_, slot) in slots(frame.head.entries(), frame.data_at) {
        if !slot.entry.matches(&journal.read(slot.at, slot.entry.length)?) {
            return Ok(!frame.has_blank && has_blank(journal, frame.at..frame.end)?);
        }
    }
    Ok(false)
}

/// Whether some sector of a range is blank, as far as it lies in the range.
fn has_blank(journal: &Journal, range: Range<u64>) -> Result<bool, StorageError> {
    let mut at = range.start;
    while at < range.end {
        let next = (at + 1).next_multiple_of(CHUNK).min(range.end);
        if has_blank_sector(&journal.read(at, next - at)?, at) {
            return Ok(true);
        }
        at = next;
    }
    Ok(false)
}

/// Whether a frame begins anywhere from here to the end.
fn has_frame(journal: &Journal, from: u64) -> Result<bool, StorageError> {
    let mut at = from;
    while at < journal.end() {
        let length = (CHUNK + PREFIX_LENGTH as u64).min(journal.end() - at);
        let bytes = journal.read(at, length)?;
        let begins = |(skip, four): (usize, &[u8])| {
            four == MAGIC && Prefix::decode(&bytes[skip..], at + skip as u64).is_some()
        };
        if bytes.windows(MAGIC.len()).enumerate().any(begins) {
            return Ok(true);
        }
        at += CHUNK;
    }
    Ok(false)
}
