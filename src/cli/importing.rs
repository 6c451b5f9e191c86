//! `annals import`

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use annals::{
    EventStore,
    backup::{ImportReport, Importer},
    log::{MergeStep, Pacer},
    storage::File,
};

use super::{arguments::Import, failure::Failure, opening::open_or_create, output::is_standard, progress};

/// How many bytes are read at once.
const PIECE: usize = 256 * 1024;

/// Stores the events of an export.
pub(crate) async fn run(arguments: &Import) -> Result<(), Failure> {
    let path = arguments.file.as_deref();
    // Opened first: where there is nothing to import, no store is created.
    let mut input = input(path)?;
    let store = open_or_create(&arguments.store).await?;
    let mut importer = store.import(Pacer::hasty());
    let imported = take_in(&mut *input, &mut importer, path).await;
    // What was imported stays, whatever has stopped it.
    merge(&store).await;
    store.close().await;
    say(&imported?);
    Ok(())
}

fn input(path: Option<&Path>) -> Result<Box<dyn Read>, Failure> {
    match path.filter(|_| !is_standard(path)) {
        Some(path) => Ok(Box::new(fs::File::open(path).map_err(|error| Failure::of_file(path, &error))?)),
        None => Ok(Box::new(io::stdin().lock())),
    }
}

async fn take_in(
    input: &mut dyn Read,
    importer: &mut Importer<File>,
    path: Option<&Path>,
) -> Result<ImportReport, Failure> {
    let bar = progress::bar("importing");
    let mut piece = vec![0; PIECE];
    loop {
        let read = input.read(&mut piece);
        let name = path.unwrap_or(Path::new("standard input"));
        match read.map_err(|error| Failure::of_file(name, &error))? {
            0 => break,
            length => importer.push(&piece[..length]).await?,
        }
        progress::show(&bar, importer.progress());
    }
    let report = importer.finish().await?;
    bar.finish_and_clear();
    Ok(report)
}

/// Nobody is idle here: merged now, it is read quickly ever after. What is not merged is stored all the same.
async fn merge(store: &EventStore<File>) {
    while let Ok(MergeStep::Done(_)) = store.merge_step(&Pacer::hasty()).await {}
}

fn say(report: &ImportReport) {
    let ImportReport { stored, duplicates, restored, head, .. } = report;
    let place = if *restored { "where they stood" } else { "behind what was there" };
    eprintln!("{stored} events stored {place}, {duplicates} were there already; the newest is at {head}");
}
