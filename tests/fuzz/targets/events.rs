//! Events as serde reads them in place, and the JSON that they are made of.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    engine::{Happening, read as read_event},
    model::{Json, Uuid},
};

use super::input::Input;

/// An event of every shape that serde knows.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Shape {
    Nothing,
    Number(f64),
    Whole(u64),
    Text(String),
    Maybe(Option<i8>),
    Two(bool, char),
    List(Vec<Shape>),
    Fields {
        name: String,
        #[serde(default)]
        count: Option<i64>,
    },
    #[serde(rename_all = "camelCase")]
    Strict {
        inner_name: Box<Shape>,
    },
    Table(BTreeMap<String, Value>),
    Any(Value),
    Unit(()),
}

const TYPES: [&str; 12] = [
    "Nothing", "Number", "Whole", "Text", "Maybe", "Two", "List", "Fields", "Strict", "Table", "Any", "Unit",
];

/// An input is a type by its number, and the data as a text. What is read in place is what serde reads of the whole written out.
pub(super) fn read(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let r#type = TYPES[usize::from(input.byte()) % TYPES.len()];
    let Ok(text) = str::from_utf8(input.rest()) else { return false };
    let read_in_place = |data: &str| {
        let happening = Happening { r#type, data, version: 1, id: Uuid::nil(), revision: 1, metadata: "{}" };
        read_event::<Shape>(&happening)
    };
    let Ok(json) = Json::from_text(text) else {
        assert!(read_in_place(text).is_err(), "what is no JSON is no event");
        return false;
    };
    check(&json, text);
    let whole = format!(r#"{{"type":"{type}","data":{json:?}}}"#);
    match (read_in_place(json.as_str()), serde_json::from_str::<Shape>(&whole)) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (Err(_), Err(_)) => {}
        // The whole is one deeper than the data, and serde reads only so deep.
        (one, Err(other)) if other.to_string().starts_with("recursion") => drop(one),
        (one, other) => panic!("{one:?} in place, {other:?} as a whole"),
    }
    true
}

/// What is JSON stays so, and is an object if it looks like one.
fn check(json: &Json, text: &str) {
    assert_eq!(json.as_str(), text.trim_matches([' ', '\t', '\n', '\r']));
    assert!(serde_json::from_str::<&RawValue>(json.as_str()).is_ok());
    if let Ok(value) = json.parse::<Value>() {
        assert_eq!(value.is_object(), json.is_object());
    }
}
