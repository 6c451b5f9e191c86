//! `annals export`

use std::{fs::File, io::Read};

use annals::backup::ExportOptions;

use super::{
    arguments::Export,
    failure::Failure,
    opening::open,
    output::{Output, is_standard},
    progress,
};

/// How the file of a store begins.
const STORE: &[u8] = b"annalsf\n";

/// Nothing that is there is replaced unasked, and a store is never.
fn check(Export { file, force, .. }: &Export) -> Result<(), Failure> {
    let Some(path) = file.as_deref().filter(|path| !is_standard(Some(path))) else { return Ok(()) };
    if !path.is_file() {
        return Ok(());
    }
    let mut start = [0; STORE.len()];
    let is_read = File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok();
    if is_read && start == STORE {
        return Err(Failure::new(format!("{}: is a store, which no export replaces", path.display())));
    }
    match force {
        true => Ok(()),
        false => Err(Failure::new(format!("{}: is there already; --force replaces it", path.display()))),
    }
}

/// Writes the events of a store as lines.
pub(crate) async fn run(arguments: &Export) -> Result<(), Failure> {
    check(arguments)?;
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
