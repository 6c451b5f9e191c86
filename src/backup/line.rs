//! The line of an event, both ways. FORMAT.md beside this describes every member.

use std::{borrow::Cow, io::Write};

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    log::codec::EventRef,
    model::{Json, MAX_POSITION, NewEvent, StreamId},
};

use super::{
    check::{Check, Digits, check_of, seal},
    fit,
    text::{Text, put_text, said},
    time,
};

/// The version of CloudEvents whose attributes the lines have.
pub(super) const SPEC_VERSION: &str = "1.0";

/// What the data of a line is.
pub(super) const CONTENT_TYPE: &str = "application/json";

/// What most events have for metadata, which is left out.
const NO_METADATA: &str = "{}";

/// All members that a line may have. A name that is none of these is a line of something else, or one that was damaged just there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    #[serde(borrow)]
    specversion: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    source: Text<'a>,
    #[serde(borrow)]
    r#type: Text<'a>,
    #[serde(borrow)]
    subject: Option<Text<'a>>,
    #[serde(borrow)]
    time: Option<Text<'a>>,
    #[serde(borrow)]
    recordedat: Option<Text<'a>>,
    #[serde(borrow)]
    datacontenttype: Option<Text<'a>>,
    dataversion: Option<u32>,
    position: Option<u64>,
    revision: Option<u64>,
    #[serde(borrow)]
    tags: Option<Text<'a>>,
    #[serde(borrow)]
    metadata: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    datatext: Option<Text<'a>>,
    #[serde(borrow)]
    check: Option<Text<'a>>,
}

/// A line of a file, read.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    Event(Box<EventLine>),
    /// One without a subject: the header or the trailer, and what is in it.
    Frame {
        r#type: Cow<'a, str>,
        data: &'a str,
    },
}

/// An event, as its line has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventLine {
    pub(crate) event: NewEvent,
    pub(crate) id: Uuid,
    pub(crate) stream_id: StreamId,
    pub(crate) position: u64,
    pub(crate) revision: u64,
    pub(crate) recorded_at: u64,
}

impl EventLine {
    /// Whether an event that is stored is this one, but for its place.
    pub(super) fn tells(&self, stored: EventRef<'_>) -> bool {
        let Self { event, revision, recorded_at, .. } = self;
        stored.recorded_at() == *recorded_at
            && stored.revision() == *revision
            && stored.version() == event.version
            && stored.r#type() == event.r#type
            && stored.data() == event.data.as_str()
            && stored.metadata() == event.metadata.as_str()
            && stored.tags().eq(event.tags.iter().map(String::as_str))
    }
}

/// An event as lines are made of it, wherever it comes from.
pub(crate) struct Told<'a, T> {
    pub(crate) id: Uuid,
    pub(crate) r#type: &'a str,
    pub(crate) stream_id: &'a str,
    pub(crate) recorded_at: u64,
    pub(crate) version: u32,
    pub(crate) position: u64,
    pub(crate) revision: u64,
    pub(crate) tags: T,
    pub(crate) metadata: &'a str,
    pub(crate) data: &'a str,
}

impl<'a> Told<'a, ()> {
    pub(super) fn stored(event: EventRef<'a>) -> Told<'a, impl ExactSizeIterator<Item = &'a str>> {
        Told {
            id: event.id(),
            r#type: event.r#type(),
            stream_id: event.stream_id(),
            recorded_at: event.recorded_at(),
            version: event.version(),
            position: event.position(),
            revision: event.revision(),
            tags: event.tags(),
            metadata: event.metadata(),
            data: event.data(),
        }
    }
}

/// Writes the line of an event, as an export of the store has it.
pub fn put_event_line(out: &mut Vec<u8>, store_id: Uuid, event: EventRef<'_>) {
    put_event(out, &format!("urn:uuid:{store_id}"), Told::stored(event));
}

/// Writes the line of an event, and says its check.
pub(crate) fn put_event<'a>(
    out: &mut Vec<u8>,
    source: &str,
    event: Told<'a, impl ExactSizeIterator<Item = &'a str>>,
) -> Digits {
    let start = out.len();
    put_attributes(out, source, event.id, event.r#type);
    out.extend_from_slice(b",\"subject\":");
    put_text(out, event.stream_id);
    put_time(out, event.recorded_at);
    let (version, position, revision) = (event.version, event.position, event.revision);
    // A vector takes everything: this cannot fail, here and below.
    let _ = write!(
        out,
        ",\"datacontenttype\":\"{CONTENT_TYPE}\",\"dataversion\":{version},\"position\":{position},\"revision\":{revision}"
    );
    if event.tags.len() > 0 {
        put_tags(out, event.tags);
    }
    if event.metadata != NO_METADATA {
        out.extend_from_slice(b",\"metadata\":");
        put_text(out, event.metadata);
    }
    put_data(out, event.data);
    seal(out, start)
}

/// Begins a line with what CloudEvents asks for.
pub(super) fn put_attributes(out: &mut Vec<u8>, source: &str, id: Uuid, r#type: &str) {
    let _ =
        write!(out, "{{\"specversion\":\"{SPEC_VERSION}\",\"id\":\"{id}\",\"source\":\"{source}\",\"type\":");
    put_text(out, r#type);
}

/// Writes a moment: as `time` if RFC 3339 can, else as `recordedat`, so that it comes back equal.
pub(super) fn put_time(out: &mut Vec<u8>, ms: u64) {
    let _ = match time::to_text(ms) {
        Some(text) => write!(out, ",\"time\":\"{text}\""),
        None => write!(out, ",\"recordedat\":\"{ms}\""),
    };
}

fn put_tags<'a>(out: &mut Vec<u8>, tags: impl Iterator<Item = &'a str>) {
    let mut list = String::from("[");
    for (n, tag) in tags.enumerate() {
        if n > 0 {
            list.push(',');
        }
        list.push_str(Json::text(tag).as_str());
    }
    list.push(']');
    out.extend_from_slice(b",\"tags\":");
    put_text(out, &list);
}

/// Data is written as it is stored. Only a line break, which JSON allows between its tokens, cannot stand in a line: then data has blanks
/// there, and `datatext` beside it has the text.
fn put_data(out: &mut Vec<u8>, data: &str) {
    out.extend_from_slice(b",\"data\":");
    if !data.contains(is_line_break) {
        out.extend_from_slice(data.as_bytes());
        return;
    }
    out.extend_from_slice(on_one_line(data).as_bytes());
    out.extend_from_slice(b",\"datatext\":");
    put_text(out, data);
}

fn is_line_break(c: char) -> bool {
    c == '\n' || c == '\r'
}

/// JSON without line breaks. There are none within its texts.
pub(super) fn on_one_line(json: &str) -> String {
    json.replace(is_line_break, " ")
}

/// Reads a line, and its check if it has one. Lines of another store than `source` are refused, unless none is known yet.
///
/// # Errors
/// A sentence when it is damaged.
pub(crate) fn read_line<'a>(
    line: &'a [u8],
    source: Option<&str>,
) -> Result<(Line<'a>, Option<Digits>), String> {
    let check = match check_of(line) {
        Check::Wrong => return Err("its check is not that of its bytes".to_owned()),
        Check::Right(digits) => Some(digits),
        Check::Absent => None,
    };
    let text = str::from_utf8(line).map_err(|error| error.to_string())?;
    let members: Members<'_> = serde_json::from_str(text).map_err(|error| said(&error))?;
    if check.is_none() && members.check.is_some() {
        return Err("its check is not that of its bytes; whoever edits a line takes its check out".to_owned());
    }
    if &*members.specversion != SPEC_VERSION {
        return Err(format!("specversion: expected {SPEC_VERSION:?}, found {:?}", &*members.specversion));
    }
    if let Some(source) = source
        && &*members.source != source
    {
        return Err(format!("source: expected {source:?}, found {:?}", &*members.source));
    }
    let line = match members.subject {
        Some(_) => Line::Event(Box::new(read_event(members, check.is_some())?)),
        None => Line::Frame { r#type: members.r#type.0, data: members.data.map_or("null", RawValue::get) },
    };
    Ok((line, check))
}

/// A line that was edited is read from its data alone.
fn read_event(members: Members<'_>, is_as_written: bool) -> Result<EventLine, String> {
    let id = Uuid::try_parse(&members.id).map_err(|_| expected("id", "a UUID", &members.id))?;
    let subject = members.subject.as_deref().unwrap_or_default();
    let stream_id = StreamId::new(subject).map_err(|error| error.to_string())?;
    let content_type = members.datacontenttype.as_deref().unwrap_or(CONTENT_TYPE);
    if content_type != CONTENT_TYPE {
        return Err(expected("datacontenttype", &format!("{CONTENT_TYPE:?}"), content_type));
    }
    let data = match &members.datatext {
        Some(text) if is_as_written => text,
        _ => members.data.map_or("null", RawValue::get),
    };
    let mut event = NewEvent::of_json(members.r#type.0, json("data", data, is_as_written)?).with_id(id);
    event.version = members.dataversion.unwrap_or(1);
    if let Some(metadata) = &members.metadata {
        event.metadata = json("metadata", metadata, is_as_written)?;
    }
    if let Some(tags) = &members.tags {
        event.tags = serde_json::from_str(tags).map_err(|error| format!("tags: {error}"))?;
    }
    event.check().map_err(|error| error.to_string())?;
    Ok(EventLine {
        event,
        id,
        stream_id,
        position: place("position", members.position)?,
        revision: place("revision", members.revision)?,
        recorded_at: read_time(members.time.as_deref(), members.recordedat.as_deref())?,
    })
}

/// What somebody has edited is held to what an append takes; what a store has written it had taken.
fn json(name: &str, text: &str, is_as_written: bool) -> Result<Json, String> {
    let json = Json::from_text(text).map_err(|error| format!("{name}: {error}"))?;
    let fault = if is_as_written { None } else { fit::fault(text) };
    fault.map_or(Ok(json), |why| Err(format!("{name}: {why}")))
}

fn place(name: &str, found: Option<u64>) -> Result<u64, String> {
    let found = found.ok_or_else(|| format!("{name}: expected an integer, found none"))?;
    match (1..=MAX_POSITION).contains(&found) {
        true => Ok(found),
        false => Err(expected(name, &format!("an integer from 1 to {MAX_POSITION}"), &found.to_string())),
    }
}

fn read_time(text: Option<&str>, ms: Option<&str>) -> Result<u64, String> {
    match (text, ms) {
        (Some(text), None) => {
            time::of_text(text).ok_or_else(|| expected("time", "a moment as 2026-01-31T12:00:00.000Z", text))
        }
        (None, Some(digits)) => {
            let ms = digits.parse().ok().filter(|ms| *ms <= MAX_POSITION);
            ms.ok_or_else(|| expected("recordedat", &format!("ms from 0 to {MAX_POSITION}"), digits))
        }
        _ => Err("expected time or recordedat, one of them".to_owned()),
    }
}

fn expected(name: &str, expected: &str, found: &str) -> String {
    format!("{name}: expected {expected}, found {found:?}")
}
