//! Asking at once for what a reading is going to need: a storage answers several questions in hardly more time than one.

use std::rc::Rc;

use futures_util::future::join;

use crate::{model::StreamId, storage::Storage};

use super::{
    LogError,
    codec::{Bound, Layout, NameKind, name_hash},
    core::Core,
    loading::BlockPlace,
};

/// Up to so many blocks are brought before the index has said which of their segments have the stream.
const MAX_GUESSED: usize = 6;

impl<S: Storage> Core<S> {
    /// As [`Core::look`], and brings what reading a stream begins with.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn look_with(self: &Rc<Self>, stream_id: &StreamId) -> Result<(), LogError> {
        let base = self.known.borrow().index.stream_base(stream_id.as_str());
        if base == Some(0) || self.layout().segments.is_empty() {
            return self.look().await; // Nothing of it is in a segment.
        }
        join(self.look(), self.prefetch(stream_id)).await.0
    }

    /// Whether a stream looks long before anything is asked: there are many blocks that may have events of it.
    pub(super) fn looks_long(&self, stream_id: &StreamId) -> bool {
        places_of(&self.layout(), stream_id).nth(MAX_GUESSED).is_some()
    }

    /// What fails here is asked for again by the reading, which says so.
    async fn prefetch(&self, stream_id: &StreamId) {
        let layout = self.layout();
        let shards = layout.names.shard_keys(name_hash(NameKind::Stream, stream_id.as_str()));
        let blocks = guess(&layout, stream_id);
        let _ = join(self.name_shards(&layout, &shards), self.blocks(&layout, &blocks)).await;
    }
}

/// The blocks that may have events of a stream; of many the one with the newest.
fn guess(layout: &Layout, stream_id: &StreamId) -> Vec<BlockPlace> {
    let newest_first: Vec<BlockPlace> = places_of(layout, stream_id).take(MAX_GUESSED + 1).collect();
    let wanted = if newest_first.len() > MAX_GUESSED { 1 } else { newest_first.len() };
    newest_first.into_iter().take(wanted).rev().collect()
}

/// The blocks that may have events of a stream, newest first.
fn places_of(layout: &Layout, stream_id: &StreamId) -> impl Iterator<Item = BlockPlace> {
    let hash = Bound::hash_of(stream_id.as_str());
    layout.segments.iter().enumerate().rev().flat_map(move |(segment, meta)| {
        Bound::parts(&meta.bounds, hash).rev().map(move |block| BlockPlace { segment, block })
    })
}
