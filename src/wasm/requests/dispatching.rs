//! Commands as they come from JavaScript, all of one turn of the event loop in one JSON text; what goes with a command; and which moment of an
//! aggregate is meant.

use std::borrow::Cow;

use serde::Deserialize;
use uuid::Uuid;

use crate::{
    engine::{AsOf, DispatchOptions},
    model::{CommandId, Condition, InvalidArgument, Json, Query},
};

use super::{batch, reading::QueryRequest};

/// `[ticket, aggregate, id, cause]`: what is asked, and what goes with it, crosses beside the text.
#[derive(Deserialize)]
pub(crate) struct CommandRequest<'a>(
    pub(crate) f64,
    pub(crate) usize,
    #[serde(borrow)] pub(crate) Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
);

impl CommandRequest<'_> {
    /// What its events name as their cause.
    pub(crate) fn cause(&self) -> Option<Uuid> {
        Uuid::parse_str(&self.3).ok()
    }
}

/// Reads the commands of one turn.
pub(crate) fn read(batch: &[u8]) -> Result<Vec<CommandRequest<'_>>, serde_json::Error> {
    serde_json::from_slice(batch)
}

/// What goes with a command.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OptionsRequest {
    expected_revision: Option<f64>,
    condition: Option<ConditionRequest>,
    command_id: Option<String>,
    /// JSON text.
    metadata: Option<String>,
    retries: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConditionRequest {
    fail_if_events_match: QueryRequest,
    after: Option<u64>,
}

/// A moment: one of them, or none for now.
#[derive(Deserialize)]
pub(crate) struct AsOfRequest {
    revision: Option<u64>,
    position: Option<u64>,
    time: Option<u64>,
}

impl OptionsRequest {
    /// The same in the words of the engine.
    pub(crate) fn into_options(self) -> Result<DispatchOptions, InvalidArgument> {
        let all = DispatchOptions::default();
        let condition = self.condition.map(|condition| Condition {
            fail_if_events_match: Query::from(condition.fail_if_events_match),
            after: condition.after.unwrap_or(0),
        });
        Ok(DispatchOptions {
            expected: self.expected_revision.map(batch::expected),
            condition,
            command_id: self.command_id.map(CommandId::new).transpose()?,
            metadata: self.metadata.map_or(all.metadata, |metadata| Json::trusted(&metadata)),
            retries: self.retries.unwrap_or(all.retries),
            cause: all.cause,
        })
    }
}

impl From<AsOfRequest> for AsOf {
    fn from(AsOfRequest { revision, position, time }: AsOfRequest) -> Self {
        let by_position = || position.map(Self::Position).or(time.map(Self::Time));
        revision.map(Self::Revision).or_else(by_position).unwrap_or_default()
    }
}
