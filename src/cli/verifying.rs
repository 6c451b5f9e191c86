//! `annals verify`

use std::{
    io::{self, Write},
    path::Path,
};

use annals::log::Finding;

use super::{failure::Failure, opening::open, progress};

/// Reads every stored byte again, and says what is wrong.
pub(crate) async fn run(path: &Path) -> Result<(), Failure> {
    let store = open(path).await?;
    let bar = progress::bar("verifying");
    let verified = store
        .verify(|done, total| {
            progress::show(&bar, (done, total));
            true
        })
        .await?;
    bar.finish_and_clear();
    store.close().await;
    let mut out = io::stdout().lock();
    for finding in &verified.findings {
        writeln!(out, "{}", sentence(finding))
            .map_err(|error| Failure::of_file(Path::new("standard output"), &error))?;
    }
    match verified.findings.len() {
        0 => {
            let said =
                writeln!(out, "{} events in {} records: all is well", verified.events, verified.records);
            said.map_err(|error| Failure::of_file(Path::new("standard output"), &error))
        }
        count => Err(Failure::new(format!("{}: {count} findings", path.display()))),
    }
}

fn sentence(Finding { kind, positions, detail }: &Finding) -> String {
    match (positions.start(), positions.end()) {
        (0, _) => format!("{}: {detail}", kind.as_str()),
        (first, last) if first == last => format!("{} at {first}: {detail}", kind.as_str()),
        (first, last) => format!("{} from {first} to {last}: {detail}", kind.as_str()),
    }
}
