//! Questions whose answer is kept, so that it can be told when it is another.

use std::{
    collections::{BTreeMap, HashSet},
    mem,
};

use super::{
    Find,
    finder::{Finder, Rows},
};

/// Names a question that is kept.
pub type LiveId = u32;

/// The questions of a view whose answers are kept.
#[derive(Debug, Default)]
pub(super) struct Lives {
    all: BTreeMap<LiveId, Live>,
    last: LiveId,
}

#[derive(Debug)]
struct Live {
    find: Find,
    /// The rows, as they were when the answer was found last.
    answer: Vec<u32>,
    /// How often that has changed.
    version: u64,
}

impl Lives {
    pub(super) fn open(&mut self, find: Find, finder: &mut Finder, rows: &dyn Rows) -> LiveId {
        let answer = finder.find(&find, rows);
        self.last += 1;
        self.all.insert(self.last, Live { find, answer, version: 0 });
        self.last
    }

    pub(super) fn close(&mut self, id: LiveId) {
        self.all.remove(&id);
    }

    pub(super) fn answer(&self, id: LiveId) -> &[u32] {
        self.all.get(&id).map_or(&[], |live| &live.answer)
    }

    pub(super) fn version(&self, id: LiveId) -> u64 {
        self.all.get(&id).map_or(0, |live| live.version)
    }

    /// Those whose answer is another, now that some rows are: other rows, another order, or a row in it that is not what it was.
    pub(super) fn changed(&mut self, changes: &Changes, finder: &mut Finder, rows: &dyn Rows) -> Vec<LiveId> {
        let touched: HashSet<u32> = changes.present().chain(changes.gone.iter().copied()).collect();
        let mut changed = Vec::new();
        for (&id, live) in &mut self.all {
            let has_touched = has_touched_row(&live.answer, &touched);
            // What leaves from before the answer moves it. Else it has to come into the answer, or to be in it.
            let may_be = has_touched
                || live.find.offset > 0
                || changes.present().any(|slot| finder.means(&live.find, slot, rows));
            if !may_be {
                continue;
            }
            let answer = finder.find(&live.find, rows);
            if has_touched_row(&answer, &touched) || answer != live.answer {
                live.answer = answer;
                live.version += 1;
                changed.push(id);
            }
        }
        changed
    }

    /// Those whose answer is another, now that every row is: all but those that had none and have none.
    pub(super) fn all_changed(&mut self, finder: &mut Finder, rows: &dyn Rows) -> Vec<LiveId> {
        let mut changed = Vec::new();
        for (&id, live) in &mut self.all {
            let before = mem::replace(&mut live.answer, finder.find(&live.find, rows));
            if !(before.is_empty() && live.answer.is_empty()) {
                live.version += 1;
                changed.push(id);
            }
        }
        changed
    }
}

fn has_touched_row(answer: &[u32], touched: &HashSet<u32>) -> bool {
    answer.iter().any(|slot| touched.contains(slot))
}

/// What became of the rows of a view.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Rows that are other than they were.
    pub changed: Vec<u32>,
    /// Rows that are new, with their keys.
    pub added: Vec<(u32, String)>,
    /// Rows that are gone.
    pub gone: Vec<u32>,
}

impl Changes {
    /// Whether nothing became of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.gone.is_empty()
    }

    /// The slots of rows that are new or other than they were.
    pub(super) fn present(&self) -> impl Iterator<Item = u32> {
        self.changed.iter().copied().chain(self.added.iter().map(|(slot, _)| *slot))
    }
}
