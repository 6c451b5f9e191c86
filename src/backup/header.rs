//! The first line of an export: whose events follow, and which.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{MAX_POSITION, Query, QueryItem};

use super::{
    check::{Digits, seal},
    error::Reason,
    line::{CONTENT_TYPE, Line, on_one_line, put_attributes, put_time, read_line},
    text::said,
};

/// The type of the first line.
pub(super) const STARTED: &str = "annals.export.started";

/// The version of the format that this code writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// What some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file begins that is packed by gzip (RFC 1952, 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// What the events of an export are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportAs {
    /// As they are stored, so that they can be imported.
    Stored,
    /// As upcasters make them, for analysis.
    Current,
}

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// The version of the format.
    pub format: u32,
    /// The store that the events are of.
    pub store_id: Uuid,
    /// The events are those after this position.
    pub after: u64,
    /// The events are those up to this position, the newest when the export began.
    pub head: u64,
    /// What the events are.
    pub r#as: ExportAs,
    /// Which events are meant; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Meant>,
    /// Whether positions may be missing, because a repair has set records of the store aside.
    #[serde(default, skip_serializing_if = "is_false")]
    pub gaps: bool,
}

/// Which events are meant, as a query of the package says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meant {
    items: Vec<MeantItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct MeantItem {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    types: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    streams: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<String>,
}

impl From<&Query> for Meant {
    fn from(query: &Query) -> Self {
        let item = |item: &QueryItem| {
            let QueryItem { types, tags, streams, categories } = item.clone();
            MeantItem { types, tags, streams, categories }
        };
        Self { items: query.items.iter().map(item).collect() }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Header {
    /// Whether the events are all that there were: those of the store from its first.
    pub(super) fn is_whole(&self) -> bool {
        self.after == 0 && self.query.is_none()
    }

    /// The source of all lines.
    pub(super) fn source(&self) -> String {
        format!("urn:uuid:{}", self.store_id)
    }

    /// Writes the line, and says its check.
    pub(super) fn put(&self, out: &mut Vec<u8>, id: Uuid, time: u64) -> Digits {
        // A header is JSON: this cannot fail.
        put_frame(out, &self.source(), STARTED, (id, time), &serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads the first line of a file.
    ///
    /// # Errors
    /// What kind of line it is instead, and a sentence.
    pub(super) fn read(line: &[u8]) -> Result<(Self, Option<Digits>), (Reason, String)> {
        // Some editors put a mark before a text that is saved.
        let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        if line.starts_with(GZIP) {
            let why =
                "expected the header of an export, found a file that is packed by gzip: unpack it first";
            return Err((Reason::Foreign, why.to_owned()));
        }
        let glance = str::from_utf8(line).ok().and_then(|text| serde_json::from_str::<Glance>(text).ok());
        let glance = glance.filter(|glance| glance.r#type == STARTED);
        let Some(Glance { data, .. }) = glance else {
            let why = format!("expected the header of an export ({STARTED}), found something else");
            return Err((Reason::Foreign, why));
        };
        // Before anything else: what a newer format means by the rest is not known here.
        if data.format > FORMAT {
            let why = format!("expected format {FORMAT}, found {}: newer code can read it", data.format);
            return Err((Reason::NewerFormat, why));
        }
        let damaged = |why: String| (Reason::Damaged, why);
        let (Line::Frame { data, .. }, check) = read_line(line, None).map_err(damaged)? else {
            return Err(damaged("expected the header of an export, found an event".to_owned()));
        };
        let header: Self = serde_json::from_str(data).map_err(|error| damaged(said(&error)))?;
        if header.format != FORMAT || header.after > MAX_POSITION || header.head > MAX_POSITION {
            return Err(damaged(format!("format, after and head: found {header:?}")));
        }
        if header.r#as == ExportAs::Current {
            let why = "its events are as upcasters made them, for analysis; only an export of what is stored can be imported";
            return Err((Reason::Current, why.to_owned()));
        }
        Ok((header, check))
    }
}

/// What every format has in its first line.
#[derive(Deserialize)]
struct Glance {
    r#type: String,
    data: GlanceData,
}

#[derive(Deserialize)]
struct GlanceData {
    format: u32,
}

/// Writes a line that is no event of the store, and says its check.
pub(super) fn put_frame(
    out: &mut Vec<u8>,
    source: &str,
    r#type: &str,
    (id, time): (Uuid, u64),
    data: &str,
) -> Digits {
    let start = out.len();
    put_attributes(out, source, id, r#type);
    put_time(out, time);
    out.extend_from_slice(format!(",\"datacontenttype\":\"{CONTENT_TYPE}\",\"data\":").as_bytes());
    out.extend_from_slice(on_one_line(data).as_bytes());
    seal(out, start)
}
