//! Asking the index over the segments: from ids and names to positions.

use std::{
    collections::{BTreeSet, HashSet},
    rc::Rc,
};

use rustc_hash::FxBuildHasher;
use uuid::Uuid;

use crate::{
    model::{Facts, sort},
    storage::Storage,
};

use super::{
    LogError, Page,
    codec::{EventRef, Layout, NameEntry, NameKind, Place, id_hash, name_hash},
    core::Core,
    loading::Missed,
};

/// How many shards one reading brings when all names are asked for.
const SHARDS_AT_ONCE: usize = 64;

impl<S: Storage> Core<S> {
    /// Of each id the positions in the segments where it may be: the event there says whether it is.
    pub(super) async fn lookup_ids(&self, layout: &Layout, ids: &[Uuid]) -> Result<Vec<Vec<u64>>, Missed> {
        let hashes: Vec<u32> = ids.iter().map(|id| id_hash(*id)).collect();
        let keys: Vec<Vec<u64>> =
            hashes.iter().map(|hash| layout.ids.shard_keys(u64::from(*hash) << 32)).collect();
        let shards = self.id_shards(layout, &keys.concat()).await?;
        let mut shards = shards.into_iter();
        let find = |(hash, keys): (u32, &Vec<u64>)| {
            let mut found = Vec::new();
            for shard in shards.by_ref().take(keys.len()) {
                let start = shard.partition_point(|entry| entry.hash < hash);
                let same = shard[start..].iter().take_while(|entry| entry.hash == hash);
                found.extend(same.map(|entry| entry.position));
            }
            found
        };
        Ok(hashes.into_iter().zip(&keys).map(find).collect())
    }

    /// Of each name the places in the segments, in order.
    pub(super) async fn lookup_names(
        &self,
        layout: &Layout,
        names: &[(NameKind, &str)],
    ) -> Result<Vec<Vec<Place>>, Missed> {
        let hashes: Vec<u64> = names.iter().map(|(kind, text)| name_hash(*kind, text)).collect();
        let keys: Vec<Vec<u64>> = hashes.iter().map(|hash| layout.names.shard_keys(*hash)).collect();
        let shards = self.name_shards(layout, &keys.concat()).await?;
        let mut shards = shards.into_iter();
        let mut found = Vec::with_capacity(names.len());
        for ((hash, keys), name) in hashes.into_iter().zip(&keys).zip(names) {
            let mut places = Vec::new();
            for shard in shards.by_ref().take(keys.len()) {
                places.extend(places_in(&shard, hash, *name));
            }
            sort::sort_by_key(&mut places, |place: &Place| place.position);
            found.push(places);
        }
        Ok(found)
    }

    /// The event with an id, as a page of one.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn find_event(&self, id: Uuid) -> Result<Option<Page>, LogError> {
        let in_tail = || self.known.borrow().index.position_of(id);
        let found = match in_tail() {
            Some(position) => Some(position),
            None => {
                let find = async |layout: Rc<Layout>| {
                    let found = self.find_merged(&layout, &[id]).await?;
                    self.check_layout(&layout)?;
                    Ok(found.into_iter().flatten().next().map(|(position, ..)| position))
                };
                self.under_layout(find).await?
            }
        };
        match found {
            Some(position) => Ok(Some(self.read_page(&[position]).await?.0)),
            None => Ok(None),
        }
    }

    /// Looks at those of the events with these ids that are stored, in no order.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn look_up(
        &self,
        ids: &[Uuid],
        mut look: impl FnMut(EventRef<'_>),
    ) -> Result<(), LogError> {
        let wanted: HashSet<Uuid, FxBuildHasher> = ids.iter().copied().collect();
        let positions = self.under_layout(async |layout| self.places_of(&layout, ids).await).await?;
        let mut rest = positions.as_slice();
        while !rest.is_empty() {
            let (page, covered) = self.read_page(rest).await?;
            page.events().filter(|event| wanted.contains(&event.id())).for_each(&mut look);
            rest = &rest[covered.max(1)..];
        }
        Ok(())
    }

    /// The positions where events with these ids may be, in order.
    async fn places_of(&self, layout: &Rc<Layout>, ids: &[Uuid]) -> Result<Vec<u64>, Missed> {
        let in_tail = |id: &Uuid| self.known.borrow().index.position_of(*id);
        let others: Vec<Uuid> = ids.iter().copied().filter(|id| in_tail(id).is_none()).collect();
        let mut positions: Vec<u64> = Vec::new();
        if !layout.segments.is_empty() {
            positions.extend(self.lookup_ids(layout, &others).await?.into_iter().flatten());
            self.check_layout(layout)?; // Or what was in the tail then may be in none of the two.
        }
        positions.extend(ids.iter().filter_map(in_tail));
        positions.sort_unstable();
        positions.dedup();
        Ok(positions)
    }

    /// Names of streams in code-point order: those with a prefix, after a name, at most so many.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, LogError> {
        self.under_layout(async |layout| {
            let mut names = self.merged_streams(&layout, prefix, after, limit).await?;
            self.check_layout(&layout)?;
            names.extend(self.known.borrow().index.streams(prefix, after, limit));
            Ok(names.into_iter().take(limit).collect())
        })
        .await
    }

    /// Names of streams in the segments, in code-point order: those with a prefix, after a name, at most so many.
    pub(super) async fn merged_streams(
        &self,
        layout: &Layout,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<BTreeSet<String>, Missed> {
        let mut found = BTreeSet::new();
        let keys = layout.names.all_keys();
        for keys in keys.chunks(SHARDS_AT_ONCE) {
            for shard in self.name_shards(layout, keys).await? {
                let streams = shard.iter().filter(|entry| entry.kind == NameKind::Stream);
                let meant = streams.map(|entry| &*entry.text).filter(|text| text.starts_with(prefix));
                for text in meant.filter(|text| after.is_none_or(|after| *text > after)) {
                    let is_beyond = found.len() >= limit
                        && found.last().is_none_or(|last: &String| last.as_str() <= text);
                    if !is_beyond {
                        found.insert(text.to_owned());
                    }
                    if found.len() > limit {
                        found.pop_last();
                    }
                }
            }
        }
        Ok(found)
    }
}

fn places_in(shard: &Rc<Vec<NameEntry>>, hash: u64, (kind, text): (NameKind, &str)) -> Vec<Place> {
    let start = shard.partition_point(|entry| entry.hash < hash);
    let same = shard[start..].iter().take_while(|entry| entry.hash == hash);
    let mut named = same.filter(|entry| entry.kind == kind && &*entry.text == text);
    named.next().map(|entry| entry.places.clone()).unwrap_or_default()
}
