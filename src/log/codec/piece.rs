//! A piece of a block: events that stand beside one another, with all that is said of them.

use std::ops::RangeInclusive;

use crate::model::MAX_POSITION;

use super::{
    EventRef, EventTable, Malformed,
    bytes::{Cursor, put_signed, put_varint},
    dictionary::{Dictionary, read_dictionary},
    event_columns::{EventColumns, Lengths, check_count, read_columns, read_dictionaries},
    event_table::Entry,
};

/// Events of one stream that follow one another, without a gap in their revisions.
struct Run<'a> {
    stream_id: &'a str,
    revision_before: u64,
    count: u64,
}

/// Writes the events of a piece. Positions count from `first`, that of the segment.
pub(super) fn encode_piece(first: u64, events: &[EventRef<'_>]) -> Vec<u8> {
    let mut columns = EventColumns::with_room(events.len(), Lengths::Apart);
    events.iter().for_each(|event| columns.push(*event));
    let mut body = Vec::with_capacity(columns.bytes() + 8 * events.len() + 64);
    let runs = runs(events);
    put_streams(&mut body, &runs);
    put_positions(&mut body, first, events, &runs);
    put_times(&mut body, events);
    columns.put_dictionaries(&mut body);
    columns.put_columns(&mut body, events.iter().copied());
    body
}

/// Reads a piece of so many events, of a segment with these positions.
pub(super) fn decode_piece(
    body: &[u8],
    positions: &RangeInclusive<u64>,
    count: usize,
) -> Result<EventTable, Malformed> {
    let mut cursor = Cursor::new(body);
    check_count(&cursor, count)?;
    let mut table = EventTable::default();
    table.streams = read_dictionary(&mut cursor, "a stream", &mut table.names)?;
    let runs = read_runs(&mut cursor, table.streams.len())?;
    table.events = place(&runs, count)?;
    read_positions(&mut cursor, positions, &runs, &mut table.events)?;
    read_times(&mut cursor, &mut table.events)?;
    read_dictionaries(&mut cursor, &mut table)?;
    read_columns(body, cursor, Lengths::Apart, &mut table)?;
    Ok(table)
}

fn runs<'a>(events: &[EventRef<'a>]) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    for event in events {
        match runs.last_mut() {
            Some(run)
                if run.stream_id == event.stream_id()
                    && run.revision_before + run.count + 1 == event.revision() =>
            {
                run.count += 1;
            }
            _ => runs.push(Run {
                stream_id: event.stream_id(),
                revision_before: event.revision() - 1,
                count: 1,
            }),
        }
    }
    runs
}

fn put_streams(body: &mut Vec<u8>, runs: &[Run<'_>]) {
    let mut streams = Dictionary::default();
    let mut column = Vec::new();
    put_varint(&mut column, runs.len() as u64);
    for run in runs {
        put_varint(&mut column, streams.index(run.stream_id));
        put_varint(&mut column, run.revision_before);
        put_varint(&mut column, run.count);
    }
    streams.put(body);
    body.extend_from_slice(&column);
}

fn read_runs(cursor: &mut Cursor<'_>, streams: usize) -> Result<Vec<[u64; 3]>, Malformed> {
    let count = cursor.count("the number of runs", 3)?;
    let mut runs = Vec::with_capacity(count);
    for _ in 0..count {
        let stream = cursor.index("a run's stream", streams)?;
        let revision = cursor.up_to("a revision", MAX_POSITION)?;
        let length = cursor.up_to("the length of a run", MAX_POSITION - revision)?;
        runs.push([stream.into(), revision, length]);
    }
    Ok(runs)
}

/// The events of the runs, each with its stream and revision.
fn place(runs: &[[u64; 3]], count: usize) -> Result<Vec<Entry>, Malformed> {
    let found: u64 = runs.iter().fold(0, |sum, [_, _, length]| sum.saturating_add(*length));
    if found != count as u64 {
        return Err(Malformed::new("the events of all runs", count.to_string(), found.to_string()));
    }
    let mut events = Vec::with_capacity(count);
    for &[stream, revision, length] in runs {
        let revisions = (1..=length).map(|n| revision + n);
        events.extend(revisions.map(|revision| Entry {
            stream: stream as u32,
            revision,
            ..Entry::default()
        }));
    }
    Ok(events)
}

/// Of each run the first position, counted from the segment's, and then how far it is to the next.
fn put_positions(body: &mut Vec<u8>, first: u64, events: &[EventRef<'_>], runs: &[Run<'_>]) {
    let mut events = events.iter();
    for run in runs {
        let mut last = first;
        for event in events.by_ref().take(run.count as usize) {
            // Wrapping: of damaged positions comes what does not read back.
            put_varint(body, event.position().wrapping_sub(last));
            last = event.position();
        }
    }
}

fn read_positions(
    cursor: &mut Cursor<'_>,
    positions: &RangeInclusive<u64>,
    runs: &[[u64; 3]],
    events: &mut [Entry],
) -> Result<(), Malformed> {
    let mut events = events.iter_mut();
    for [_, _, length] in runs {
        let mut last = *positions.start();
        for event in events.by_ref().take(*length as usize) {
            last += cursor.up_to("a position", positions.end() - last)?;
            event.position = last;
        }
    }
    Ok(())
}

/// When each event was stored, as the difference to the one before it, and how far the device's clock was off.
fn put_times(body: &mut Vec<u8>, events: &[EventRef<'_>]) {
    let mut last = 0;
    for event in events {
        put_signed(body, event.recorded_at() as i64 - last);
        last = event.recorded_at() as i64;
    }
    for event in events {
        put_signed(body, event.device_time().wrapping_sub(event.recorded_at()) as i64);
    }
}

fn read_times(cursor: &mut Cursor<'_>, events: &mut [Entry]) -> Result<(), Malformed> {
    let mut last = 0_i64;
    for event in events.iter_mut() {
        last = last.wrapping_add(cursor.signed("a time")?);
        event.recorded_at = last as u64;
        if event.recorded_at > MAX_POSITION {
            return Err(Malformed::new("a time", format!("at most {MAX_POSITION}"), last.to_string()));
        }
    }
    for event in events {
        event.device_time = event.recorded_at.wrapping_add(cursor.signed("a device's time")? as u64);
    }
    Ok(())
}
