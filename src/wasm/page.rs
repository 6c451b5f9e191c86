//! A page of events on its way to JavaScript: one JSON text that the browser parses, and one array of numbers.
//!
//! The text is `{"types":[…],"streams":[…],"ids":[…],"tags":[…],"metadata":[…],"data":[…]}`: types and streams once each, the
//! others one per event; `tags` and `metadata` are null when no event of the page has any. The numbers are six per event:
//! position, revision, time, version, and the indices of type and stream.

use std::{collections::HashMap, iter};

use js_sys::{Array, Float64Array};

use rustc_hash::FxBuildHasher;
use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    log::{Page, codec::EventRef},
    model::RecordedEvent,
};

/// An event that crosses.
trait Told<'a>: Copy {
    fn r#type(self) -> &'a str;
    fn stream_id(self) -> &'a str;
    fn id(self) -> Uuid;
    fn tags(self) -> impl ExactSizeIterator<Item = &'a str>;
    fn metadata(self) -> &'a str;
    fn data(self) -> &'a str;
    fn version(self) -> u32;
    /// Position, revision and time.
    fn places(self) -> [u64; 3];
    /// How many bytes data and metadata have. Asked of each event, so it should not look at them.
    fn payload_bytes(self) -> usize;
    fn has_metadata(self) -> bool;
}

impl<'a> Told<'a> for EventRef<'a> {
    fn r#type(self) -> &'a str {
        EventRef::r#type(&self)
    }

    fn stream_id(self) -> &'a str {
        EventRef::stream_id(&self)
    }

    fn id(self) -> Uuid {
        EventRef::id(&self)
    }

    fn tags(self) -> impl ExactSizeIterator<Item = &'a str> {
        EventRef::tags(&self)
    }

    fn metadata(self) -> &'a str {
        EventRef::metadata(&self)
    }

    fn data(self) -> &'a str {
        EventRef::data(&self)
    }

    fn version(self) -> u32 {
        EventRef::version(&self)
    }

    fn places(self) -> [u64; 3] {
        [self.position(), self.revision(), self.recorded_at()]
    }

    fn payload_bytes(self) -> usize {
        EventRef::payload_bytes(&self)
    }

    fn has_metadata(self) -> bool {
        EventRef::has_metadata(&self)
    }
}

impl<'a> Told<'a> for &'a RecordedEvent {
    fn r#type(self) -> &'a str {
        &self.r#type
    }

    fn stream_id(self) -> &'a str {
        self.stream_id.as_str()
    }

    fn id(self) -> Uuid {
        self.id
    }

    fn tags(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.tags.iter().map(String::as_str)
    }

    fn metadata(self) -> &'a str {
        self.metadata.as_str()
    }

    fn data(self) -> &'a str {
        self.data.as_str()
    }

    fn version(self) -> u32 {
        self.version
    }

    fn places(self) -> [u64; 3] {
        [self.position, self.revision, self.recorded_at]
    }

    fn payload_bytes(self) -> usize {
        self.data.as_str().len() + self.metadata.as_str().len()
    }

    fn has_metadata(self) -> bool {
        self.metadata.as_str() != NO_METADATA
    }
}

/// What most events have.
const NO_METADATA: &str = "{}";

/// Numbers per event.
const NUMBERS: usize = 6;

/// `[text, numbers]`
pub(super) fn to_js(page: &Page) -> Array {
    events_to_js(page.len(), page.events())
}

/// As [`to_js`], in parts of about so many bytes of data and metadata.
pub(super) fn parts_to_js(page: &Page, bytes: usize) -> impl Iterator<Item = Array> {
    let mut rest = page.events().peekable();
    iter::from_fn(move || {
        let mut part = Vec::new();
        let mut taken = 0;
        while let Some(event) = rest.next_if(|_| taken < bytes) {
            taken += event.payload_bytes();
            part.push(event);
        }
        (!part.is_empty()).then(|| events_to_js(part.len(), part.into_iter()))
    })
}

/// As [`to_js`], of events that were just stored.
pub(super) fn recorded_to_js(events: &[RecordedEvent]) -> Array {
    events_to_js(events.len(), events.iter())
}

fn events_to_js<'a, E: Told<'a>>(count: usize, events: impl Iterator<Item = E> + Clone) -> Array {
    let mut numbers = Vec::with_capacity(NUMBERS * count);
    let (mut types, mut streams) = (Words::default(), Words::default());
    for event in events.clone() {
        let (of_type, of_stream) = (types.index(event.r#type()), streams.index(event.stream_id()));
        let version = f64::from(event.version());
        let [position, revision, time] = event.places().map(|n| n as f64);
        numbers.extend([position, revision, time, version, of_type, of_stream]);
    }
    let text = text(events, &types, &streams);
    Array::of2(&text.into(), &Float64Array::from(numbers.as_slice()))
}

fn text<'a, E: Told<'a>>(
    events: impl Iterator<Item = E> + Clone,
    types: &Words<'_>,
    streams: &Words<'_>,
) -> String {
    let payload: usize = events.clone().map(|event| event.payload_bytes() + 48).sum();
    let mut text = String::with_capacity(payload + types.text.len() + streams.text.len() + 128);
    text.push_str("{\"types\":[");
    text.push_str(&types.text);
    text.push_str("],\"streams\":[");
    text.push_str(&streams.text);
    text.push_str("],\"ids\":");
    put_list(&mut text, events.clone().map(|event| event.id()), |text, id| {
        text.push('"');
        text.push_str(id.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]));
        text.push('"');
    });
    text.push_str(",\"tags\":");
    if events.clone().any(|event| event.tags().len() > 0) {
        put_list(&mut text, events.clone(), |text, event| put_list(text, event.tags(), put_word));
    } else {
        text.push_str("null");
    }
    text.push_str(",\"metadata\":");
    if events.clone().any(Told::has_metadata) {
        put_list(&mut text, events.clone(), |text, event| text.push_str(event.metadata()));
    } else {
        text.push_str("null");
    }
    text.push_str(",\"data\":");
    put_list(&mut text, events, |text, event| text.push_str(event.data()));
    text.push('}');
    text
}

pub(super) fn put_list<T>(text: &mut String, items: impl Iterator<Item = T>, put: impl Fn(&mut String, T)) {
    text.push('[');
    for (n, item) in items.enumerate() {
        if n > 0 {
            text.push(',');
        }
        put(text, item);
    }
    text.push(']');
}

fn put_word(text: &mut String, word: &str) {
    // Text is always JSON: this cannot fail.
    text.push_str(&serde_json::to_string(word).unwrap_or_default());
}

/// Words that cross once and are named by number.
#[derive(Default)]
pub(super) struct Words<'a> {
    indices: HashMap<&'a str, f64, FxBuildHasher>,
    text: String,
}

impl<'a> Words<'a> {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn index(&mut self, word: &'a str) -> f64 {
        let next = self.indices.len();
        *self.indices.entry(word).or_insert_with(|| {
            if next > 0 {
                self.text.push(',');
            }
            put_word(&mut self.text, word);
            next as f64
        })
    }
}
