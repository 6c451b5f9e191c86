//! Which positions a query means, without looking at an event.

use std::collections::BTreeSet;

use crate::model::{Query, QueryItem};

use super::Index;

/// Which way a selection goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Oldest first.
    #[default]
    Forward,
    /// Newest first.
    Backward,
}

/// A range of positions, and the way through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Exclusive.
    pub after: u64,
    /// Inclusive.
    pub until: u64,
    /// Which end comes first.
    pub direction: Direction,
}

/// Sorted lists of positions, of which a match is in at least one.
type AnyOf<'a> = Vec<&'a [u64]>;

impl Index {
    /// The first `limit` positions in the range that match the query, or all without one, in the range's direction.
    #[must_use]
    pub fn select(&self, query: Option<&Query>, range: Range, limit: usize) -> Vec<u64> {
        let range = Range { after: range.after.max(self.base), until: range.until.min(self.head), ..range };
        let Some(query) = query else {
            return range.all(limit);
        };
        let mut found: Vec<u64> =
            query.items.iter().flat_map(|item| self.select_item(item, range, limit)).collect();
        if query.items.len() > 1 {
            found.sort_unstable();
            found.dedup();
            if range.direction == Direction::Backward {
                found.reverse();
            }
            found.truncate(limit);
        }
        found
    }

    fn select_item(&self, item: &QueryItem, range: Range, limit: usize) -> Vec<u64> {
        let mut all_of = self.lists(item, range);
        let Some(driver) =
            (0..all_of.len()).min_by_key(|&n| all_of[n].iter().map(|list| list.len()).sum::<usize>())
        else {
            return range.all(limit);
        };
        // The rarest word drives; every other only confirms.
        let driver = all_of.swap_remove(driver);
        let confirmed = |position: &u64| {
            all_of.iter().all(|any_of| any_of.iter().any(|list| list.binary_search(position).is_ok()))
        };
        merged(driver, range.direction).filter(confirmed).take(limit).collect()
    }

    /// One entry for each condition of an item, cut to the range.
    fn lists<'a>(&'a self, item: &QueryItem, range: Range) -> Vec<AnyOf<'a>> {
        let any_of = |words: &[String], find: &dyn Fn(&str) -> &'a [u64]| -> Option<AnyOf<'a>> {
            (!words.is_empty()).then(|| distinct(words).map(|word| range.cut(find(word))).collect())
        };
        let one_of = [
            any_of(&item.types, &|word| self.types.get(word)),
            any_of(&item.streams, &|word| self.stream(word)),
            any_of(&item.categories, &|word| self.categories.get(word)),
        ];
        let tags = item.tags.iter().map(|tag| vec![range.cut(self.tags.get(tag))]);
        one_of.into_iter().flatten().chain(tags).collect()
    }
}

/// Each word once, whatever the order: lists are merged anyway.
fn distinct(words: &[String]) -> impl Iterator<Item = &str> {
    words.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter()
}

impl Range {
    fn all(self, limit: usize) -> Vec<u64> {
        match self.direction {
            Direction::Forward => (self.after + 1..=self.until).take(limit).collect(),
            Direction::Backward => (self.after + 1..=self.until).rev().take(limit).collect(),
        }
    }

    fn cut(self, list: &[u64]) -> &[u64] {
        let start = super::positions_up_to(list, self.after);
        let end = super::positions_up_to(list, self.until).max(start);
        &list[start..end]
    }
}

/// Sorted lists as one, each position once. Lists of one kind have no position in common, so none is skipped.
fn merged(mut lists: AnyOf<'_>, direction: Direction) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let filled = lists.iter_mut().filter(|list| !list.is_empty());
        match direction {
            Direction::Forward => filled.min_by_key(|list| list[0])?.split_off_first().copied(),
            Direction::Backward => filled.max_by_key(|list| list[list.len() - 1])?.split_off_last().copied(),
        }
    })
}
