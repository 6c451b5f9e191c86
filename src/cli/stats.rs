//! `annals stats`

use std::{
    io::{self, Write},
    path::Path,
};

use super::{failure::Failure, opening::open};

/// Says how large a store is.
pub(crate) async fn run(path: &Path) -> Result<(), Failure> {
    let store = open(path).await?;
    let sizes = store.diagnostics().await?;
    let rows = [
        ("store", store.store_id().to_string()),
        ("events", sizes.events.to_string()),
        ("streams", sizes.streams.to_string()),
        ("events not merged", store.unmerged().to_string()),
        ("segments", sizes.segments.to_string()),
        ("records", sizes.records.to_string()),
        ("bytes of records", sizes.bytes_stored.to_string()),
    ];
    store.close().await;
    let mut out = io::stdout().lock();
    for (name, value) in rows {
        let said = writeln!(out, "{name:<18} {value}");
        said.map_err(|error| Failure::of_file(Path::new("standard output"), &error))?;
    }
    Ok(())
}
