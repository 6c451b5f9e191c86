//! A page of events on its way to JavaScript: one JSON text that the browser parses, and one array of numbers.
//!
//! The text is `{"types":[…],"streams":[…],"ids":[…],"tags":[…],"metadata":[…],"data":[…]}`: types and streams once each, the
//! others one per event; `tags` and `metadata` are null when no event of the page has any. The numbers are six per event:
//! position, revision, time, version, and the indices of type and stream.

use std::{collections::HashMap, fmt::Write};

use js_sys::{Array, Float64Array};

use crate::log::Page;

/// Numbers per event.
const NUMBERS: usize = 6;

/// `[text, numbers]`
pub(super) fn to_js(page: &Page) -> Array {
    let mut numbers = Vec::with_capacity(NUMBERS * page.len());
    let (mut types, mut streams) = (Words::default(), Words::default());
    for event in page.events() {
        let (of_type, of_stream) = (types.index(event.r#type()), streams.index(event.stream_id()));
        let version = f64::from(event.version());
        let [position, revision, time] =
            [event.position(), event.revision(), event.recorded_at()].map(|n| n as f64);
        numbers.extend([position, revision, time, version, of_type, of_stream]);
    }
    let text = text(page, &types, &streams);
    Array::of2(&text.into(), &Float64Array::from(numbers.as_slice()))
}

fn text(page: &Page, types: &Words<'_>, streams: &Words<'_>) -> String {
    let payload: usize = page.events().map(|event| event.data().len() + event.metadata().len() + 48).sum();
    let mut text = String::with_capacity(payload + types.text.len() + streams.text.len() + 128);
    text.push_str("{\"types\":[");
    text.push_str(&types.text);
    text.push_str("],\"streams\":[");
    text.push_str(&streams.text);
    text.push_str("],\"ids\":");
    put_list(&mut text, page.events().map(|event| event.id()), |text, id| {
        // Writing to a text cannot fail.
        let _ = write!(text, "\"{id}\"");
    });
    text.push_str(",\"tags\":");
    if page.events().any(|event| event.tags().len() > 0) {
        put_list(&mut text, page.events(), |text, event| put_list(text, event.tags(), put_word));
    } else {
        text.push_str("null");
    }
    text.push_str(",\"metadata\":");
    if page.events().any(|event| event.metadata() != "{}") {
        put_list(&mut text, page.events(), |text, event| text.push_str(event.metadata()));
    } else {
        text.push_str("null");
    }
    text.push_str(",\"data\":");
    put_list(&mut text, page.events(), |text, event| text.push_str(event.data()));
    text.push('}');
    text
}

fn put_list<T>(text: &mut String, items: impl Iterator<Item = T>, put: impl Fn(&mut String, T)) {
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
struct Words<'a> {
    indices: HashMap<&'a str, f64>,
    text: String,
}

impl<'a> Words<'a> {
    fn index(&mut self, word: &'a str) -> f64 {
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
