//! What goes with a command.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use uuid::Uuid;

use crate::model::{CommandId, Condition, ExpectedRevision, InvalidArgument, Json, NewEvent, Sockets};

/// How often a command is decided again, unless said.
const RETRIES: u32 = 5;

/// What goes with a command.
#[derive(Debug, Clone)]
pub struct DispatchOptions {
    /// What the caller believes of the aggregate. It is looked at before anything is decided, and then nothing is decided twice.
    pub expected: Option<ExpectedRevision>,
    /// Refuses what is decided if events match.
    pub condition: Option<Condition>,
    /// Makes the dispatch idempotent.
    pub command_id: Option<CommandId>,
    /// For all events that the command makes: a JSON object.
    pub metadata: Json,
    /// How often the command is decided again when others were first.
    pub retries: u32,
    /// What its events name as `causationId` and `correlationId`, unless they or `metadata` say otherwise, or there is a `command_id`; a new id
    /// unless given. Nobody looks for it.
    pub cause: Option<Uuid>,
}

impl Default for DispatchOptions {
    fn default() -> Self {
        Self {
            expected: None,
            condition: None,
            command_id: None,
            metadata: Json::empty_object(),
            retries: RETRIES,
            cause: None,
        }
    }
}

impl DispatchOptions {
    /// Gives events their ids, and the metadata that go with the command. What an event says itself stands.
    pub(super) fn complete(&self, events: &mut [NewEvent], sockets: &Sockets) -> Result<(), InvalidArgument> {
        let command = match &self.command_id {
            Some(id) => Json::text(id.as_str()),
            None => Json::text(&self.cause.unwrap_or_else(|| sockets.event_id()).to_string()),
        };
        let shared = fields("metadata", &self.metadata)?;
        let alone = format!("{{\"causationId\":{0},\"correlationId\":{0}}}", command.as_str());
        for (n, event) in events.iter_mut().enumerate() {
            // What most have: nothing beside the command's own id, made here.
            if self.command_id.is_none() && shared.is_empty() && event.metadata.as_str() == "{}" {
                event.metadata = Json::trusted(&alone);
                event.id = Some(sockets.event_id());
                continue;
            }
            let mut all = shared.clone();
            all.extend(fields(&format!("events[{n}].metadata"), &event.metadata)?);
            for name in ["causationId", "correlationId"] {
                all.entry(name.to_owned()).or_insert_with(|| command.raw());
            }
            if self.command_id.is_some() {
                all.insert("commandId".to_owned(), command.raw());
            }
            event.metadata = Json::of(&all).map_err(|why| {
                InvalidArgument::new(format!("events[{n}].metadata"), "a JSON object", why.to_string())
            })?;
            event.id = Some(self.command_id.as_ref().map_or_else(|| sockets.event_id(), |id| id.event_id(n)));
        }
        Ok(())
    }
}

fn fields(argument: &str, object: &Json) -> Result<BTreeMap<String, Box<RawValue>>, InvalidArgument> {
    object.parse().map_err(|_| InvalidArgument::new(argument, "a JSON object", object.as_str()))
}
