//! Exports and imports, and what tests do to the lines between them.

use annals::{
    EventStore,
    backup::{ExportOptions, Flaw, ImportError, ImportReport, Importer, Reason},
    log::Pacer,
    storage::Storage,
};

/// All lines of a store.
pub async fn exported<S: Storage>(store: &EventStore<S>) -> Vec<u8> {
    exported_with(store, ExportOptions::default()).await
}

pub async fn exported_with<S: Storage>(store: &EventStore<S>, options: ExportOptions) -> Vec<u8> {
    let mut exporter = store.export(options).await.expect("the export begins");
    let mut file = Vec::new();
    while let Some(lines) = exporter.next_lines().await.expect("lines") {
        assert_eq!(lines.last(), Some(&b'\n'), "they are whole");
        file.extend(lines);
    }
    let (done, total) = exporter.progress();
    assert_eq!(done, total);
    file
}

pub async fn imported<S: Storage>(store: &EventStore<S>, file: &[u8]) -> Result<ImportReport, ImportError> {
    take_in(store.import(Pacer::hasty()), file, 1000).await
}

/// Imports in pieces of so many bytes, and in batches whose length depends on that: a few events, or more.
pub async fn imported_in<S: Storage>(
    store: &EventStore<S>,
    file: &[u8],
    piece: usize,
) -> Result<ImportReport, ImportError> {
    take_in(store.import(Pacer::hasty()).in_batches_of(piece % 23), file, piece).await
}

pub async fn take_in<S: Storage>(
    mut importer: Importer<S>,
    file: &[u8],
    piece: usize,
) -> Result<ImportReport, ImportError> {
    for bytes in file.chunks(piece.max(1)) {
        importer.push(bytes).await?;
    }
    importer.finish().await
}

/// Where an import has to stop, and why; and how many events it had stored.
pub fn flaw_of(result: Result<ImportReport, ImportError>) -> (u64, Reason, u64, String) {
    match result {
        Err(ImportError::Flawed { flaw: Flaw { line, reason, why }, stored }) => (line, reason, stored, why),
        other => panic!("expected a flaw, found {other:?}"),
    }
}

pub fn lines_of(file: &[u8]) -> Vec<Vec<u8>> {
    file.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// The lines as `jq -c 'del(.check)'` leaves them.
pub fn unchecked(file: &[u8]) -> Vec<u8> {
    let line = |line: &Vec<u8>| {
        let end = line.len() - 1 - ",\"check\":\"0123456789abcdef\"}".len();
        [&line[..end], b"}\n"].concat()
    };
    lines_of(file).iter().flat_map(line).collect()
}
