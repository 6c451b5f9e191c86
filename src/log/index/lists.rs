//! From a word to the positions of the events that have it.

use crate::log::hashing::FastMap;

/// From a word to the positions of the events that have it, in order.
#[derive(Debug, Default)]
pub(super) struct Lists(FastMap<Box<str>, Vec<u64>>);

impl Lists {
    pub(super) fn push(&mut self, word: &str, position: u64) {
        match self.0.get_mut(word) {
            // A tag that an event has twice is listed once.
            Some(list) if list.last() == Some(&position) => {}
            Some(list) => list.push(position),
            None => {
                self.0.insert(word.into(), vec![position]);
            }
        }
    }

    /// Takes in lists whose positions all come after these.
    pub(super) fn absorb(&mut self, next: Self) {
        for (word, positions) in next.0 {
            self.0.entry(word).or_default().extend(positions);
        }
    }

    pub(super) fn forget_up_to(&mut self, position: u64) {
        self.0.retain(|_, list| {
            list.drain(..positions_up_to(list, position));
            !list.is_empty()
        });
    }

    pub(super) fn get(&self, word: &str) -> &[u64] {
        self.0.get(word).map_or(&[], Vec::as_slice)
    }
}

/// How many of a sorted list are at or below a position.
pub(super) fn positions_up_to(list: &[u64], position: u64) -> usize {
    list.partition_point(|&one| one <= position)
}
