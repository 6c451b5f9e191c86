//! `annals export`

use annals::backup::ExportOptions;

use super::{arguments::Export, failure::Failure, opening::open, output::Output, progress};

/// Writes the events of a store as lines.
pub(crate) async fn run(arguments: &Export) -> Result<(), Failure> {
    let store = open(&arguments.store).await?;
    let options = ExportOptions { after: arguments.which.after, query: arguments.which.query() };
    let mut exporter = store.export(options).await?;
    let mut output = Output::to(arguments.file.as_deref())?;
    let bar = progress::bar("exporting");
    while let Some(lines) = exporter.next_lines().await? {
        output.write(&lines)?;
        progress::show(&bar, exporter.progress());
    }
    output.finish()?;
    bar.finish_and_clear();
    store.close().await;
    Ok(())
}
