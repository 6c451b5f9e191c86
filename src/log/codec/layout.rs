//! The layout: which segments there are, and which shards of the index.

use std::ops::RangeInclusive;

use crate::model::{MAX_POSITION, sort};

use super::{
    Bound, Malformed,
    block::MAX_EVENTS,
    bytes::{Cursor, put_text, put_varint, put_varints},
    frame::{Magic, frame, unframe},
};

const MAGIC: Magic = b"ANLl";

/// The most bits of a hash that choose a shard.
const MAX_BITS: u64 = 16;

/// The most parts that an index has: rules keep it to a few.
const MAX_RUNS: u64 = 64;

/// Keys are numbers that JavaScript counts exactly, as positions are.
const MAX_KEY: u64 = MAX_POSITION;

/// Which segments there are, and which shards of the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// How many swaps there were.
    pub generation: u64,
    /// The next key that no record had yet, less one.
    pub last_key: u64,
    /// How many streams began in the segments.
    pub streams: u64,
    /// The segments, in order and without a gap.
    pub segments: Vec<Segment>,
    /// From ids to positions.
    pub ids: Runs,
    /// From names to positions.
    pub names: Runs,
    /// Damaged records that were set aside.
    pub aside: Vec<Aside>,
}

/// A stretch of the log, ordered by stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The position of its first event.
    pub first: u64,
    /// The position of its last event.
    pub last: u64,
    /// The key of its order; its blocks have the keys after that.
    pub key: u64,
    /// Stored bytes of its order and all its blocks.
    pub bytes: u64,
    /// Bytes of its events before compression, about.
    pub length: u64,
    /// When its last event was stored.
    pub last_time: u64,
    /// How many of its events are lost.
    pub lost: u64,
    /// With which event each block begins.
    pub bounds: Vec<Bound>,
}

/// A part of the index: what it says of a stretch of the log, in shards by hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first position that it covers.
    pub first: u64,
    /// The last position that it covers.
    pub last: u64,
    /// The key of its first shard; the others follow.
    pub key: u64,
    /// It has 2 to the power of this many shards.
    pub bits: u32,
    /// Stored bytes of all its shards.
    pub bytes: u64,
}

/// The parts of an index, in order of positions, and the merge of some of them that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs {
    /// The parts.
    pub runs: Vec<Run>,
    /// The merge that is under way.
    pub pending: Option<Pending>,
}

/// A merge of parts of the index that takes several steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// The first part that is merged, as an index.
    pub from: usize,
    /// How many are merged.
    pub count: usize,
    /// What comes of it; its bytes are those of the shards that are done.
    pub output: Run,
    /// How many shards of it are done: for hashes in these the merged parts are not asked any more.
    pub done: u64,
}

/// A damaged record that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Where it is kept, among the segments.
    pub key: u64,
    /// The first position that it concerns; 0 when it is none of the log's.
    pub first: u64,
    /// The last position that it concerns.
    pub last: u64,
    /// What it was.
    pub what: String,
}

impl Layout {
    /// The last position that is in a segment; 0 without one.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.last)
    }

    /// When the last event of the segments was stored; 0 without one.
    #[must_use]
    pub fn last_time(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.last_time)
    }

    /// Stored bytes of all segments and of the index.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let segments: u64 = self.segments.iter().map(|segment| segment.bytes).sum();
        segments + self.ids.bytes() + self.names.bytes()
    }

    /// Whether events were given up, ever.
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.segments.iter().any(|segment| segment.lost > 0)
    }

    /// How many records segments and index have.
    #[must_use]
    pub fn records(&self) -> u64 {
        let segments: u64 = self.segments.iter().map(|segment| 1 + segment.bounds.len() as u64).sum();
        segments + self.ids.all_keys().len() as u64 + self.names.all_keys().len() as u64
    }

    /// The keys of all its records, in order; some shards between them may be gone while a part of the index is being merged.
    #[must_use]
    pub fn keys(&self) -> Vec<RangeInclusive<u64>> {
        let runs = [&self.ids, &self.names].into_iter().flat_map(Runs::with_pending);
        let mut keys: Vec<_> = self
            .segments
            .iter()
            .map(Segment::keys)
            .chain(runs.map(|run| run.key..=run.key + run.shards() - 1))
            .collect();
        sort::sort_by_key(&mut keys, |keys| *keys.start());
        keys
    }

    fn check_keys(&self) -> Result<(), Malformed> {
        let last = self.keys().iter().map(|keys| *keys.end()).max().unwrap_or(0);
        if last > self.last_key {
            return Err(Malformed::new("a key", format!("at most {}", self.last_key), last.to_string()));
        }
        Ok(())
    }

    /// The index of the segment that holds a position.
    #[must_use]
    pub fn segment_of(&self, position: u64) -> Option<usize> {
        let index = self.segments.partition_point(|segment| segment.last < position);
        self.segments.get(index).filter(|segment| segment.first <= position).map(|_| index)
    }

    /// Writes the layout.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_varints(&mut body, &[self.generation, self.last_key, self.streams, self.segments.len() as u64]);
        let mut head = 0;
        for segment in &self.segments {
            segment.put(&mut body, head);
            head = segment.last;
        }
        self.ids.put(&mut body);
        self.names.put(&mut body);
        put_varint(&mut body, self.aside.len() as u64);
        for aside in &self.aside {
            put_varints(&mut body, &[aside.key, aside.first, aside.last]);
            put_text(&mut body, &aside.what);
        }
        frame(MAGIC, &body)
    }

    /// Reads a layout.
    ///
    /// # Errors
    /// [`Malformed`] when a single bit is not as it was written, or the format is one that this code does not know.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let body = unframe(MAGIC, bytes)?;
        let mut cursor = Cursor::new(&body);
        let generation = cursor.varint("the generation")?;
        let last_key = cursor.up_to("the last key", MAX_KEY)?;
        let streams = cursor.varint("the number of streams")?;
        let count = cursor.count("the number of segments", 6)?;
        let mut segments: Vec<Segment> = Vec::with_capacity(count);
        for _ in 0..count {
            segments.push(Segment::read(&mut cursor, segments.last().map_or(0, |one| one.last))?);
        }
        let (ids, names) = (Runs::read(&mut cursor)?, Runs::read(&mut cursor)?);
        let mut aside = Vec::new();
        for _ in 0..cursor.count("the records set aside", 4)? {
            aside.push(Aside {
                key: cursor.up_to("a key", MAX_KEY)?,
                first: cursor.up_to("a position", MAX_POSITION)?,
                last: cursor.up_to("a position", MAX_POSITION)?,
                what: cursor.text("what was set aside")?.to_owned(),
            });
        }
        cursor.end("the layout")?;
        let layout = Self { generation, last_key, streams, segments, ids, names, aside };
        layout.check_keys()?;
        Ok(layout)
    }
}

impl Segment {
    /// The keys of all its records.
    #[must_use]
    pub fn keys(&self) -> RangeInclusive<u64> {
        self.key..=self.key + self.bounds.len() as u64
    }

    /// The key of one of its blocks.
    #[must_use]
    pub fn block_key(&self, block: usize) -> u64 {
        self.key + 1 + block as u64
    }

    /// How long a block is, stored, on average.
    #[must_use]
    pub fn block_bytes(&self) -> u64 {
        self.bytes / (self.bounds.len() as u64).max(1)
    }

    /// The positions that it covers.
    #[must_use]
    pub fn positions(&self) -> RangeInclusive<u64> {
        self.first..=self.last
    }

    fn put(&self, body: &mut Vec<u8>, head: u64) {
        let extent = [
            self.first - head - 1,
            self.last - self.first,
            self.key,
            self.bytes,
            self.length,
            self.last_time,
            self.lost,
        ];
        put_varints(body, &extent);
        put_varint(body, self.bounds.len() as u64);
        let mut last = 0;
        for bound in &self.bounds {
            put_varint(body, u64::from(bound.hash) - last);
            put_varint(body, bound.revision);
            last = bound.hash.into();
        }
    }

    fn read(cursor: &mut Cursor<'_>, head: u64) -> Result<Self, Malformed> {
        // A segment begins where the one before it ends.
        cursor.up_to("what is missing before a segment", 0)?;
        let first = head + 1;
        let Some(room) = MAX_POSITION.checked_sub(first) else {
            return Err(Malformed::new("a segment", "a position that is left", "none"));
        };
        let last = first + cursor.up_to("the last position", room.min(MAX_EVENTS))?;
        let key = read_key(cursor)?;
        let bytes = cursor.up_to("a segment's bytes", MAX_POSITION)?;
        let length = cursor.up_to("a segment's length", MAX_POSITION)?;
        let last_time = cursor.up_to("a time", MAX_POSITION)?;
        let lost = cursor.up_to("the lost events", last - first + 1)?;
        let count = cursor.count("the number of blocks", 2)?;
        let mut bounds = Vec::with_capacity(count);
        let mut hash = 0;
        for _ in 0..count {
            hash += cursor.up_to("a hash", (u32::MAX - hash).into())? as u32;
            bounds.push(Bound { hash, revision: cursor.up_to("a revision", MAX_POSITION)? });
        }
        Ok(Self { first, last, key, bytes, length, last_time, lost, bounds })
    }
}

/// Keys begin at 1.
fn read_key(cursor: &mut Cursor<'_>) -> Result<u64, Malformed> {
    match cursor.up_to("a key", MAX_KEY)? {
        0 => Err(Malformed::new("a key", "at least 1", "0")),
        key => Ok(key),
    }
}

impl Run {
    /// How many shards it has.
    #[must_use]
    pub fn shards(&self) -> u64 {
        1 << self.bits
    }

    /// The shard of a hash.
    #[must_use]
    pub fn shard_of(&self, hash: u64) -> u64 {
        hash.checked_shr(64 - self.bits).unwrap_or(0)
    }

    fn put(&self, body: &mut Vec<u8>) {
        put_varints(body, &[self.first, self.last, self.key, self.bits.into(), self.bytes]);
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            first: cursor.up_to("a position", MAX_POSITION)?,
            last: cursor.up_to("a position", MAX_POSITION)?,
            key: read_key(cursor)?,
            bits: cursor.up_to("the bits of a run", MAX_BITS)? as u32,
            bytes: cursor.up_to("a run's bytes", MAX_POSITION)?,
        })
    }
}

impl Runs {
    /// Stored bytes of all shards.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let pending = self.pending.map_or(0, |pending| pending.output.bytes);
        self.runs.iter().map(|run| run.bytes).sum::<u64>() + pending
    }

    fn put(&self, body: &mut Vec<u8>) {
        put_varint(body, self.runs.len() as u64);
        self.runs.iter().for_each(|run| run.put(body));
        put_varint(body, self.pending.is_some().into());
        if let Some(pending) = &self.pending {
            put_varints(body, &[pending.from as u64, pending.count as u64, pending.done]);
            pending.output.put(body);
        }
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let count = cursor.up_to("the number of runs", MAX_RUNS)? as usize;
        let mut runs = Vec::with_capacity(count);
        for _ in 0..count {
            runs.push(Run::read(cursor)?);
        }
        let pending = match cursor.up_to("whether a merge is under way", 1)? {
            0 => None,
            _ => Some(Pending::read(cursor, count as u64)?),
        };
        Ok(Self { runs, pending })
    }
}

impl Pending {
    /// The merged parts, as indices.
    #[must_use]
    pub fn inputs(&self) -> std::ops::Range<usize> {
        self.from..self.from + self.count
    }

    fn read(cursor: &mut Cursor<'_>, runs: u64) -> Result<Self, Malformed> {
        let from = cursor.up_to("a run", runs)?;
        let count = cursor.up_to("the number of runs", runs - from)?;
        let done = cursor.up_to("the number of shards", 1 << MAX_BITS)?;
        let output = Run::read(cursor)?;
        if done >= output.shards() {
            let expected = format!("fewer than {}", output.shards());
            return Err(Malformed::new("the shards that are done", expected, done.to_string()));
        }
        Ok(Self { from: from as usize, count: count as usize, output, done })
    }
}
