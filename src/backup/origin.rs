//! Where an imported event comes from, as its metadata keep it.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::model::Json;

use super::line::EventLine;

/// The member of metadata that says where an event comes from.
const IMPORTED: &str = "imported";

/// Where an imported event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Origin {
    /// The store.
    pub(super) store_id: Uuid,
    /// Where it stood there.
    pub(super) position: u64,
}

/// Metadata of which one member is meant.
#[derive(Deserialize)]
struct Metadata {
    imported: Option<Origin>,
}

/// Where an event comes from, by its metadata.
pub(super) fn origin_of(metadata: &str) -> Option<Origin> {
    if !may_name(metadata) {
        return None;
    }
    serde_json::from_str::<Metadata>(metadata).ok()?.imported
}

/// The metadata of an event that is added to a store: its own, and where it comes from. An `imported` that was there is kept within the new one.
pub(super) fn with_origin(line: &EventLine, store_id: Uuid) -> Json {
    let metadata = line.event.metadata.as_str();
    let mut text = String::with_capacity(metadata.len() + 128);
    let mut before = None;
    // Metadata are an object: the line was checked.
    match may_name(metadata).then(|| members(metadata)).flatten() {
        Some(members) => {
            text.push('{');
            for (name, value) in members {
                if name == IMPORTED {
                    before = Some(value);
                    continue;
                }
                text.push_str(Json::text(&name).as_str());
                text.push(':');
                text.push_str(value.get());
                text.push(',');
            }
        }
        None => {
            let open = metadata.strip_suffix('}').unwrap_or(metadata).trim_end();
            text.push_str(open);
            if open != "{" {
                text.push(',');
            }
        }
    }
    let EventLine { position, revision, recorded_at, .. } = line;
    text.push_str(&format!(
        "\"{IMPORTED}\":{{\"storeId\":\"{store_id}\",\"position\":{position},\"revision\":{revision},\"recordedAt\":{recorded_at}"
    ));
    if let Some(before) = before {
        text.push_str(&format!(",\"{IMPORTED}\":{}", before.get()));
    }
    text.push_str("}}");
    Json::trusted(&text)
}

/// Whether a name can be in a JSON text: as it is, or with letters escaped.
fn may_name(metadata: &str) -> bool {
    metadata.contains(IMPORTED) || metadata.contains("\\u")
}

/// The members of an object, in order.
fn members(object: &str) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    serde_json::from_str::<Members<'_>>(object).ok().map(|members| members.0)
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<super::text::Text<'de>, &'de RawValue>()? {
                    members.push((name.0, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
