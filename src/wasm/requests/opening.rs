//! How to open a store.

use serde::Deserialize;
use uuid::Uuid;

use crate::{log::Witness, model::InvalidArgument, storage::Durability};

/// How to open a store.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenRequest {
    pub(crate) name: String,
    pub(crate) memory: bool,
    pub(crate) relaxed: bool,
    pub(crate) repair: bool,
    pub(crate) expect: Option<WitnessRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WitnessRequest {
    store_id: String,
    head: u64,
}

impl OpenRequest {
    pub(crate) fn durability(&self) -> Durability {
        if self.relaxed { Durability::Relaxed } else { Durability::Strict }
    }
}

impl WitnessRequest {
    pub(crate) fn witness(&self) -> Result<Witness, InvalidArgument> {
        let store_id = Uuid::try_parse(&self.store_id)
            .map_err(|_| InvalidArgument::new("expect.storeId", "a UUID", format!("{:?}", self.store_id)))?;
        Ok(Witness { store_id, head: self.head })
    }
}
