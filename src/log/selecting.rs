//! Which positions a query means, over segments and tail.

use std::{collections::BTreeSet, rc::Rc};

use crate::{
    model::{Query, QueryItem, category_of},
    storage::Storage,
};

use super::{
    Corrupt, Direction, LogError,
    codec::{Layout, Malformed, NameKind, Order, OrderRow},
    core::Core,
    index::Range,
    loading::Missed,
};

/// How many orders of segments are read at once: a query with few matches looks at many.
const ORDERS_AT_ONCE: usize = 8;

/// An item of a query in the numbers of one order.
struct Meant {
    types: Option<Vec<u32>>,
    tags: Vec<u32>,
    streams: Option<Vec<bool>>,
    categories: Option<Vec<bool>>,
}

impl<S: Storage> Core<S> {
    /// The first `limit` positions in the range that match the query, or all without one, in the range's direction.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn select(
        &self,
        query: Option<&Query>,
        range: Range,
        limit: usize,
    ) -> Result<Vec<u64>, LogError> {
        if range.after >= self.known.borrow().index.base() {
            return Ok(self.known.borrow().index.select(query, range, limit));
        }
        self.under_layout(async |layout| self.try_select(&layout, query, range, limit).await).await
    }

    async fn try_select(
        &self,
        layout: &Rc<Layout>,
        query: Option<&Query>,
        range: Range,
        limit: usize,
    ) -> Result<Vec<u64>, Missed> {
        let tail = |limit| self.known.borrow().index.select(query, range, limit);
        let mut found = Vec::new();
        if range.direction == Direction::Backward {
            found = tail(limit);
        }
        if found.len() < limit {
            found.extend(self.select_merged(layout, query, range, limit - found.len()).await?);
            self.check_layout(layout)?; // Or the tail may have lost events to a layout that was not looked at.
        }
        if range.direction == Direction::Forward && found.len() < limit {
            found.extend(tail(limit - found.len()));
        }
        Ok(found)
    }

    /// As [`Core::select`], of the segments alone.
    pub(super) async fn select_merged(
        &self,
        layout: &Layout,
        query: Option<&Query>,
        range: Range,
        limit: usize,
    ) -> Result<Vec<u64>, Missed> {
        let mut segments = self.candidates(layout, query, range).await?;
        if range.direction == Direction::Backward {
            segments.reverse();
        }
        let mut found = Vec::new();
        for batch in segments.chunks(ORDERS_AT_ONCE) {
            // Without a query a sound segment has all its positions.
            if query.is_none() && batch.iter().all(|&n| layout.segments[n].lost == 0) {
                for &segment in batch {
                    let segment = &layout.segments[segment];
                    found.extend(positions(segment.first, segment.last, range).take(limit - found.len()));
                }
            } else {
                for order in self.orders(layout, batch).await? {
                    let first = *order.positions().start();
                    select_in(&order, query, range, limit, &mut found)
                        .map_err(|e| Corrupt::malformed(first, &e))?;
                }
            }
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }

    /// The segments in a range that may have matches, oldest first.
    async fn candidates(
        &self,
        layout: &Layout,
        query: Option<&Query>,
        range: Range,
    ) -> Result<Vec<usize>, Missed> {
        let overlaps =
            |&n: &usize| layout.segments[n].last > range.after && layout.segments[n].first <= range.until;
        let all = || (0..layout.segments.len()).filter(overlaps).collect();
        let Some(query) = query else { return Ok(all()) };
        let mut candidates = BTreeSet::new();
        for item in &query.items {
            match self.segments_of(layout, item).await? {
                Some(segments) => candidates.extend(segments),
                None => return Ok(all()),
            }
        }
        Ok(candidates.into_iter().filter(overlaps).collect())
    }

    /// The segments that have what an item asks for; `None` when it asks for nothing.
    async fn segments_of(
        &self,
        layout: &Layout,
        item: &QueryItem,
    ) -> Result<Option<BTreeSet<usize>>, Missed> {
        let any_of = [
            (NameKind::Type, &item.types),
            (NameKind::Stream, &item.streams),
            (NameKind::Category, &item.categories),
        ];
        let any_of = any_of.into_iter().filter(|(_, words)| !words.is_empty());
        let mut groups: Vec<(NameKind, &[String])> =
            any_of.map(|(kind, words)| (kind, words.as_slice())).collect();
        groups.extend(item.tags.iter().map(|tag| (NameKind::Tag, std::slice::from_ref(tag))));
        let names: Vec<(NameKind, &str)> =
            groups.iter().flat_map(|(kind, words)| words.iter().map(|word| (*kind, word.as_str()))).collect();
        let mut places = self.lookup_names(layout, &names).await?.into_iter();
        let mut meant: Option<BTreeSet<usize>> = None;
        for (_, words) in groups {
            let found = places.by_ref().take(words.len()).flatten();
            let segments: BTreeSet<usize> =
                found.filter_map(|place| layout.segment_of(place.position)).collect();
            meant = Some(match meant {
                Some(meant) => &meant & &segments,
                None => segments,
            });
        }
        Ok(meant)
    }
}

/// The positions of a segment in a range, in the range's direction.
fn positions(first: u64, last: u64, range: Range) -> Box<dyn Iterator<Item = u64>> {
    let positions = first.max(range.after + 1)..=last.min(range.until);
    match range.direction {
        Direction::Forward => Box::new(positions),
        Direction::Backward => Box::new(positions.rev()),
    }
}

fn select_in(
    order: &Order,
    query: Option<&Query>,
    range: Range,
    limit: usize,
    found: &mut Vec<u64>,
) -> Result<(), Malformed> {
    let meant =
        |query: &Query| query.items.iter().filter_map(|item| Meant::of(item, order).transpose()).collect();
    let items: Option<Vec<Meant>> = query.map(meant).transpose()?;
    let matches = |row: &OrderRow<'_>| match &items {
        Some(items) => items.iter().any(|item| item.matches(row)),
        None => true,
    };
    let all = positions(*order.positions().start(), *order.positions().end(), range);
    for position in all {
        if found.len() == limit {
            break;
        }
        if order.row(position)?.is_some_and(|row| matches(&row)) {
            found.push(position);
        }
    }
    Ok(())
}

impl Meant {
    /// `None` when the order has nothing that the item asks for.
    fn of(item: &QueryItem, order: &Order) -> Result<Option<Self>, Malformed> {
        let types = item.types.iter().filter_map(|word| order.type_number(word).transpose());
        let types = types.collect::<Result<Vec<u32>, Malformed>>()?;
        let tags = item.tags.iter().map(|word| order.tag_number(word));
        let Some(tags) = tags.collect::<Result<Option<Vec<u32>>, Malformed>>()? else { return Ok(None) };
        if types.is_empty() && !item.types.is_empty() {
            return Ok(None);
        }
        let of_streams = |words: &[String], of: fn(&str) -> &str| {
            let is_meant = |name: &str| words.iter().any(|word| word == of(name));
            (!words.is_empty()).then(|| order.stream_numbers(is_meant)).transpose()
        };
        Ok(Some(Self {
            types: (!item.types.is_empty()).then_some(types),
            tags,
            streams: of_streams(&item.streams, |name| name)?,
            categories: of_streams(&item.categories, category_of)?,
        }))
    }

    fn matches(&self, row: &OrderRow<'_>) -> bool {
        let is_of = |streams: &Option<Vec<bool>>| {
            streams.as_ref().is_none_or(|streams| streams[row.stream_number() as usize])
        };
        self.types.as_ref().is_none_or(|types| types.contains(&row.type_number()))
            && self.tags.iter().all(|tag| row.tag_numbers().contains(tag))
            && is_of(&self.streams)
            && is_of(&self.categories)
    }
}
