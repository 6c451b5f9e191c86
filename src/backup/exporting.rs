//! Exporting: the lines of a file, a page at a time.

use uuid::Uuid;

use crate::{
    log::{Corrupt, EventStore, LogError, ReadAll, ReadError, Reader},
    model::{InvalidArgument, Query, Sockets},
    storage::Storage,
};

use super::{
    check::Checks,
    error::ExportError,
    header::{ExportAs, FORMAT, Header, Meant},
    line::{Told, put_event},
    splitting::MAX_HEADER_BYTES,
    trailer::Trailer,
};

/// Which events to export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// Only events after this position.
    pub after: u64,
    /// Only events that match.
    pub query: Option<Query>,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Header,
    Events,
    Over,
}

/// An export under way: it covers the store up to [`Exporter::head`], whatever is stored meanwhile.
pub struct Exporter<S> {
    reader: Reader<S>,
    sockets: Sockets,
    header: Header,
    source: String,
    stage: Stage,
    checks: Checks,
    count: u64,
    position: u64,
}

impl<S: Storage> EventStore<S> {
    /// Begins an export: the newest event that there is now is the last one in it.
    ///
    /// # Errors
    /// [`ExportError`] when the query has no items or is too long to be written, the store is closed, or its storage fails or is damaged.
    pub async fn export(&self, options: ExportOptions) -> Result<Exporter<S>, ExportError> {
        let ExportOptions { after, query } = options;
        let meant = query.as_ref().map(Meant::from);
        let reader = self.read_all(ReadAll { after, query, ..ReadAll::default() }).await?;
        let header = Header {
            format: FORMAT,
            store_id: self.store_id(),
            after,
            head: reader.head(),
            r#as: ExportAs::Stored,
            query: meant,
            gaps: self.set_aside() > 0,
        };
        Exporter::new(reader, self.sockets().clone(), header)
    }
}

impl<S: Storage> Exporter<S> {
    fn new(reader: Reader<S>, sockets: Sockets, header: Header) -> Result<Self, ExportError> {
        let mut line = Vec::new();
        header.put(&mut line, Uuid::nil(), 0);
        if line.len() > MAX_HEADER_BYTES {
            let expected = format!("at most {MAX_HEADER_BYTES} bytes as JSON");
            return Err(InvalidArgument::new("query", expected, format!("{} bytes", line.len())).into());
        }
        let (source, position) = (header.source(), header.after);
        let (stage, checks) = (Stage::Header, Checks::default());
        Ok(Self { reader, sockets, header, source, stage, checks, count: 0, position })
    }

    /// The position of the last event that the export covers.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.header.head
    }

    /// How many positions are behind, and how many the export covers.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let total = self.header.head.saturating_sub(self.header.after);
        match self.stage {
            Stage::Over => (total, total),
            _ => (self.position - self.header.after, total),
        }
    }

    /// The next lines, whole ones; `None` at the end.
    ///
    /// # Errors
    /// [`ReadError`] when the store is closed, or its storage fails or is damaged.
    pub async fn next_lines(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let mut lines = Vec::new();
        if self.stage == Stage::Header {
            let check = self.header.put(&mut lines, self.sockets.event_id(), self.sockets.now());
            self.checks.add(&check);
            self.stage = Stage::Events;
        }
        if self.stage == Stage::Over {
            return Ok(None);
        }
        match self.reader.next_page().await? {
            Some(page) => {
                for event in page.events() {
                    self.follow(event.position())?;
                    let check = put_event(&mut lines, &self.source, Told::stored(event));
                    self.checks.add(&check);
                    self.count += 1;
                }
            }
            None => {
                self.follow_end()?;
                let trailer = Trailer::of(self.count, &self.checks);
                trailer.put(&mut lines, &self.source, self.sockets.event_id(), self.sockets.now());
                self.stage = Stage::Over;
            }
        }
        Ok(Some(lines))
    }

    /// Takes in the position of the next event. Where all are meant and none was lost, none may be missing.
    fn follow(&mut self, position: u64) -> Result<(), LogError> {
        let expected = self.position + 1;
        if self.is_gapless() && position != expected {
            let why = format!("expected the event at {expected}, found that at {position}");
            return Err(Corrupt { position: expected, why }.into());
        }
        self.position = position;
        Ok(())
    }

    fn follow_end(&self) -> Result<(), LogError> {
        if self.is_gapless() && self.position < self.header.head {
            let (position, head) = (self.position + 1, self.header.head);
            return Err(
                Corrupt { position, why: format!("expected events up to {head}, found none here") }.into()
            );
        }
        Ok(())
    }

    fn is_gapless(&self) -> bool {
        self.header.query.is_none() && !self.header.gaps
    }
}
