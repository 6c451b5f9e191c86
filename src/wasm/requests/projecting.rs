//! Projections, and which moment of a view is meant.

use serde::Deserialize;

use crate::{
    engine::views::{Moment, Rule},
    model::InvalidArgument,
};

use super::text_version::text_version;

/// A projection, as far as the engine has to know it.
#[derive(Deserialize)]
pub(crate) struct RuleRequest {
    name: String,
    version: u64,
    /// Of the functions that make its rows.
    text: String,
    types: Vec<String>,
    categories: Vec<String>,
    indexes: Vec<String>,
}

/// A moment: one of them.
#[derive(Deserialize)]
pub(crate) struct MomentRequest {
    position: Option<u64>,
    time: Option<u64>,
}

impl RuleRequest {
    /// The same in the words of the engine.
    pub(crate) fn into_rule(self) -> Result<Rule, InvalidArgument> {
        let Self { name, version, text, types, categories, indexes } = self;
        let version = text_version(version, &text);
        let indexes = indexes.iter().map(|path| path.parse()).collect::<Result<_, _>>()?;
        Ok(Rule { name, version, types, categories, indexes })
    }
}

impl From<MomentRequest> for Moment {
    fn from(MomentRequest { position, time }: MomentRequest) -> Self {
        position.map(Self::Position).unwrap_or(Self::Time(time.unwrap_or(u64::MAX)))
    }
}
