//! Options as they come from JavaScript, where the wrapper has checked their shapes.

use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;
use wasm_bindgen::JsValue;

use crate::{
    log::{Direction, ReadAll, ReadStream, Witness},
    model::{InvalidArgument, Query, QueryItem},
    storage::Durability,
};

/// How to open a store.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenRequest {
    pub(super) name: String,
    pub(super) memory: bool,
    pub(super) relaxed: bool,
    pub(super) repair: bool,
    pub(super) expect: Option<WitnessRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WitnessRequest {
    store_id: String,
    head: u64,
}

/// Which events are meant.
#[derive(Deserialize)]
pub(super) struct QueryRequest {
    items: Vec<QueryItemRequest>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct QueryItemRequest {
    types: Vec<String>,
    tags: Vec<String>,
    streams: Vec<String>,
    categories: Vec<String>,
}

/// A reading of the whole log.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadAllRequest {
    after: Option<u64>,
    until: Option<u64>,
    from_time: Option<u64>,
    until_time: Option<u64>,
    query: Option<QueryRequest>,
    #[serde(default)]
    backward: bool,
    limit: Option<u64>,
    /// How far the reading goes, when that was fixed before.
    pub(super) head: Option<u64>,
}

/// A reading of one stream.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadStreamRequest {
    pub(super) stream_id: String,
    from: Option<u64>,
    to: Option<u64>,
    #[serde(default)]
    backward: bool,
    limit: Option<u64>,
    /// How far the reading goes, when that was fixed before.
    pub(super) head: Option<u64>,
}

/// A subscription.
#[derive(Deserialize)]
pub(super) struct SubscribeRequest {
    /// Absent for the head.
    pub(super) after: Option<u64>,
    pub(super) query: Option<QueryRequest>,
}

/// Names of streams.
#[derive(Deserialize)]
pub(super) struct StreamsRequest {
    #[serde(default)]
    pub(super) prefix: String,
    pub(super) after: Option<String>,
    pub(super) limit: Option<u64>,
}

impl OpenRequest {
    pub(super) fn durability(&self) -> Durability {
        if self.relaxed { Durability::Relaxed } else { Durability::Strict }
    }
}

impl WitnessRequest {
    pub(super) fn witness(&self) -> Result<Witness, InvalidArgument> {
        let store_id = Uuid::try_parse(&self.store_id)
            .map_err(|_| InvalidArgument::new("expect.storeId", "a UUID", format!("{:?}", self.store_id)))?;
        Ok(Witness { store_id, head: self.head })
    }
}

impl From<QueryRequest> for Query {
    fn from(query: QueryRequest) -> Self {
        let item = |QueryItemRequest { types, tags, streams, categories }| QueryItem {
            types,
            tags,
            streams,
            categories,
        };
        Self { items: query.items.into_iter().map(item).collect() }
    }
}

impl From<ReadAllRequest> for ReadAll {
    fn from(read: ReadAllRequest) -> Self {
        Self {
            after: read.after.unwrap_or(0),
            until: read.until.unwrap_or(u64::MAX),
            from_time: read.from_time.unwrap_or(0),
            until_time: read.until_time.unwrap_or(u64::MAX),
            query: read.query.map(Query::from),
            direction: direction(read.backward),
            limit: read.limit.unwrap_or(u64::MAX),
        }
    }
}

impl From<&ReadStreamRequest> for ReadStream {
    fn from(read: &ReadStreamRequest) -> Self {
        let all = Self::default();
        Self {
            from: read.from.unwrap_or(all.from),
            to: read.to.unwrap_or(all.to),
            direction: direction(read.backward),
            limit: read.limit.unwrap_or(all.limit),
        }
    }
}

fn direction(backward: bool) -> Direction {
    if backward { Direction::Backward } else { Direction::Forward }
}

/// Reads options. The wrapper has checked them, so what does not fit is a caller that went around it.
pub(super) fn read<T: DeserializeOwned>(options: JsValue) -> Result<T, InvalidArgument> {
    serde_wasm_bindgen::from_value(options)
        .map_err(|error| InvalidArgument::new("options", "options of this call", error.to_string()))
}
