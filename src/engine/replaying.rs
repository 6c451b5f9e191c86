//! Making states of stored events.

use futures_util::future::join;

use crate::{
    log::{ReadStream, Reader},
    model::{MAX_POSITION, StreamId},
    storage::Storage,
};

use super::{
    AsOf, Decider, Happening, LoadError, Loaded, Repository,
    line::{Known, Line},
    snapshots::Asked,
};

impl<S: Storage, D: Decider> Repository<S, D> {
    /// The state at a moment, from a state before it if there is one.
    pub(super) async fn replay(
        &self,
        stream_id: &StreamId,
        line: &Line<D::State>,
        stored: Option<Known<D::State>>,
        as_of: AsOf,
    ) -> Result<Loaded<D::State>, LoadError<D::Broken>> {
        let to = if let AsOf::Revision(revision) = as_of { revision } else { MAX_POSITION };
        // Of a moment by position or time nobody knows which revision it is: the history is read from its beginning.
        let base = stored.filter(|known| match as_of {
            AsOf::Now | AsOf::Revision(_) => known.revision <= to,
            AsOf::Position(_) | AsOf::Time(_) => false,
        });
        let from = base.as_ref().map_or(1, |known| known.revision + 1);
        let read = ReadStream { from, to, ..ReadStream::default() };
        let mut kept = Asked::NotYet;
        let mut reader = match as_of {
            AsOf::Now | AsOf::Revision(_) if base.is_none() && self.store.looks_long(stream_id) => {
                // Both are asked for at once: one waits for the other as long as for its own answer.
                let reading = self.store.read_stream(stream_id.clone(), read);
                let (reader, snapshot) = join(reading, self.ask_for_snapshot(stream_id)).await;
                kept = Asked::Answered(snapshot);
                reader?
            }
            AsOf::Now | AsOf::Revision(_) => self.store.read_stream(stream_id.clone(), read).await?,
            AsOf::Position(position) => {
                self.store.refresh().await.map_err(LoadError::Log)?;
                self.store.read_stream_at(stream_id.clone(), &read, position).await?
            }
            AsOf::Time(time) => {
                let position = self.store.position_at(time).await?;
                self.store.read_stream_at(stream_id.clone(), &read, position).await?
            }
        };
        let base = match base {
            Some(known) => known,
            None => self.beginning(stream_id, line, &mut reader, as_of, kept).await?,
        };
        let mut head = reader.head();
        let last = reader.last_revision();
        let mut known = self.fold(base, reader).await?;
        // Events that a repair has given up make no state, but the next one comes after them.
        known.revision = known.revision.max(last);
        // What is loaded as of a revision covers the store up to the next event of the stream, and no further.
        if let AsOf::Revision(revision @ ..MAX_POSITION) = as_of
            && let Some(next) = self.position_of(stream_id, revision + 1).await?
        {
            head = next - 1;
        }
        Ok(Loaded { state: known.state, revision: known.revision, head })
    }

    /// What a reading from the first event on begins with: nothing, or the state that was kept last. Then the events in it are not read.
    async fn beginning(
        &self,
        stream_id: &StreamId,
        line: &Line<D::State>,
        reader: &mut Reader<S>,
        as_of: AsOf,
        kept: Asked,
    ) -> Result<Known<D::State>, LoadError<D::Broken>> {
        if matches!(as_of, AsOf::Now | AsOf::Revision(_))
            && let Some(known) = self.recall(stream_id, reader.last_revision(), reader.head(), kept).await
        {
            reader.skip(known.revision);
            line.is_kept_at(known.revision);
            return Ok(known);
        }
        Ok(Known { state: self.decider.initial_state().map_err(LoadError::Broken)?, revision: 0 })
    }

    async fn position_of(
        &self,
        stream_id: &StreamId,
        revision: u64,
    ) -> Result<Option<u64>, LoadError<D::Broken>> {
        let read = ReadStream { from: revision, to: revision, ..ReadStream::default() };
        let page = self.store.read_stream(stream_id.clone(), read).await?.next_page().await?;
        Ok(page.and_then(|page| page.events().next().map(|event| event.position())))
    }

    async fn fold(
        &self,
        mut known: Known<D::State>,
        mut reader: Reader<S>,
    ) -> Result<Known<D::State>, LoadError<D::Broken>> {
        while let Some(page) = reader.next_page().await? {
            known.revision = page.events().next_back().map_or(known.revision, |event| event.revision());
            let folded = self.decider.fold(known.state, &mut page.events().map(Happening::from));
            known.state = folded.map_err(LoadError::Broken)?;
        }
        Ok(known)
    }
}
