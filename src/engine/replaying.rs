//! Making states of stored events.

use crate::{
    log::{ReadStream, Reader},
    model::{MAX_POSITION, StreamId},
    storage::Storage,
};

use super::{AsOf, Decider, Happening, LoadError, Loaded, Repository, line::Known};

impl<S: Storage, D: Decider> Repository<S, D> {
    /// The state at a moment, from a state before it if there is one.
    pub(super) async fn replay(
        &self,
        stream_id: &StreamId,
        stored: Option<Known<D::State>>,
        as_of: AsOf,
    ) -> Result<Loaded<D::State>, LoadError<D::Broken>> {
        let to = if let AsOf::Revision(revision) = as_of { revision } else { MAX_POSITION };
        // Of a moment by position or time nobody knows which revision it is: the history is read from its beginning.
        let base = stored.filter(|known| match as_of {
            AsOf::Now | AsOf::Revision(_) => known.revision <= to,
            AsOf::Position(_) | AsOf::Time(_) => false,
        });
        let base = match base {
            Some(known) => known,
            None => Known { state: self.decider.initial_state().map_err(LoadError::Broken)?, revision: 0 },
        };
        let read = ReadStream { from: base.revision + 1, to, ..ReadStream::default() };
        let reader = match as_of {
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
        let head = reader.head();
        let known = self.fold(base, reader).await?;
        Ok(Loaded { state: known.state, revision: known.revision, head })
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
