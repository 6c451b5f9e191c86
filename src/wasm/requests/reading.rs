//! What to read, and which events are meant.

use serde::Deserialize;

use crate::{
    backup::ExportOptions,
    log::{Direction, ReadAll, ReadStream},
    model::{Query, QueryItem},
};

/// Which events are meant.
#[derive(Deserialize)]
pub(crate) struct QueryRequest {
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
pub(crate) struct ReadAllRequest {
    after: Option<u64>,
    until: Option<u64>,
    from_time: Option<u64>,
    until_time: Option<u64>,
    query: Option<QueryRequest>,
    #[serde(default)]
    backward: bool,
    limit: Option<u64>,
    /// How far the reading goes, when that was fixed before.
    pub(crate) head: Option<u64>,
}

/// An export.
#[derive(Deserialize)]
pub(crate) struct ExportRequest {
    after: Option<u64>,
    query: Option<QueryRequest>,
}

impl From<ExportRequest> for ExportOptions {
    fn from(request: ExportRequest) -> Self {
        Self { after: request.after.unwrap_or(0), query: request.query.map(Query::from) }
    }
}

/// A reading of one stream.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadStreamRequest {
    pub(crate) stream_id: String,
    from: Option<u64>,
    to: Option<u64>,
    #[serde(default)]
    backward: bool,
    limit: Option<u64>,
    /// How far the reading goes, when that was fixed before.
    pub(crate) head: Option<u64>,
}

/// A subscription.
#[derive(Deserialize)]
pub(crate) struct SubscribeRequest {
    /// Absent for the head.
    pub(crate) after: Option<u64>,
    pub(crate) query: Option<QueryRequest>,
}

/// Names of streams.
#[derive(Deserialize)]
pub(crate) struct StreamsRequest {
    #[serde(default)]
    pub(crate) prefix: String,
    pub(crate) after: Option<String>,
    pub(crate) limit: Option<u64>,
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
