//! `annals cat`

use annals::{ReadAll, backup::put_event_line, log::Direction};

use super::{arguments::Cat, failure::Failure, opening::open, output::Output};

/// Writes events as lines.
pub(crate) async fn run(arguments: &Cat) -> Result<(), Failure> {
    let store = open(&arguments.store).await?;
    let read = ReadAll {
        after: arguments.which.after,
        query: arguments.which.query(),
        direction: if arguments.reverse { Direction::Backward } else { Direction::Forward },
        limit: arguments.limit.unwrap_or(u64::MAX),
        ..ReadAll::default()
    };
    let mut reader = store.read_all(read).await?;
    let mut output = Output::to(None)?;
    while let Some(page) = reader.next_page().await? {
        let mut lines = Vec::new();
        page.events().for_each(|event| put_event_line(&mut lines, store.store_id(), event));
        output.write(&lines)?;
    }
    output.finish()?;
    store.close().await;
    Ok(())
}
