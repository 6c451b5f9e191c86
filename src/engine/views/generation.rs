//! The rows that one projection has folded from a beginning of their own.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use super::{
    Changes, DeadLetter, Explanation, Field, FieldPath, Find, Folded, Folding, GenerationId, LiveId, Rule,
    buckets::Buckets,
    finder::{Finder, Rows},
    live::Lives,
};

/// The most dead letters that are kept of a view: the oldest. Who has so many has one cause.
pub const MAX_DEAD_LETTERS: usize = 1000;

/// How many positions are kept at which a generation has stood.
const MAX_STOOD_AT: usize = 256;

/// Rows folded from the log, what is known of them, and how far they are.
pub(super) struct Generation<F: Folding> {
    pub(super) id: GenerationId,
    pub(super) folding: Rc<F>,
    pub(super) rule: Rc<Rule>,
    pub(super) finder: RefCell<Finder>,
    pub(super) lives: RefCell<Lives>,
    pub(super) buckets: RefCell<Buckets>,
    /// The last event of the log that it has taken in, or has left out as none of its own.
    pub(super) position: Cell<u64>,
    /// Where it has stood last, before it took in a page.
    stood_at: RefCell<VecDeque<u64>>,
    /// When the newest event of its own was stored, in ms since the epoch; 0 without one.
    pub(super) updated_at: Cell<u64>,
    pub(super) letters: RefCell<Vec<DeadLetter>>,
    pub(super) skipped: Cell<u64>,
    /// Where it has stopped.
    pub(super) fault: RefCell<Option<DeadLetter>>,
    /// Up to where it is saved, as far as this connection knows.
    pub(super) saved: Cell<u64>,
    pub(super) is_saving: Cell<bool>,
    /// Whether what was saved before it began is of other rows.
    pub(super) is_anew: Cell<bool>,
}

/// The rows of a generation, as its finder sees them.
struct RowsOf<'a, F>(&'a F, GenerationId);

impl<F: Folding> Rows for RowsOf<'_, F> {
    fn fields(&self, slots: &[u32], path: &FieldPath) -> Vec<Field> {
        self.0.fields(self.1, slots, path)
    }
}

impl<F: Folding> Generation<F> {
    pub(super) fn begin(folding: &Rc<F>, projection: usize, rule: &Rc<Rule>) -> Rc<Self> {
        Rc::new(Self {
            id: folding.begin(projection),
            folding: folding.clone(),
            rule: rule.clone(),
            finder: RefCell::new(Finder::with_indexes(rule.indexes.iter().cloned())),
            lives: RefCell::default(),
            buckets: RefCell::default(),
            position: Cell::default(),
            stood_at: RefCell::default(),
            updated_at: Cell::default(),
            letters: RefCell::default(),
            skipped: Cell::default(),
            fault: RefCell::default(),
            saved: Cell::default(),
            is_saving: Cell::default(),
            is_anew: Cell::default(),
        })
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.fault.borrow().is_some()
    }

    pub(super) fn count_rows(&self) -> usize {
        self.finder.borrow().keys.count()
    }

    /// Whether it has seen its rows as they were at a position. Of a page it only knows what became of them in the end: what has come and gone
    /// within one is no change to it, but one to somebody who stood between.
    pub(super) fn has_stood_at(&self, position: u64) -> bool {
        [self.position.get(), self.saved.get()].contains(&position)
            || self.stood_at.borrow().contains(&position)
    }

    /// Takes in what folding a page up to a position has done, and gives back what became of its rows.
    pub(super) fn take_in(&self, folded: Folded, up_to: u64, stored_at: u64) -> Changes {
        let Folded { changes, letters, fault } = folded;
        let mut stood_at = self.stood_at.borrow_mut();
        stood_at.push_back(self.position.get());
        if stood_at.len() > MAX_STOOD_AT {
            stood_at.pop_front();
        }
        drop(stood_at);
        self.position.set(fault.as_ref().map_or(up_to, |fault| fault.position - 1));
        self.updated_at.set(self.updated_at.get().max(stored_at));
        self.skipped.update(|count| count + letters.len() as u64);
        let mut kept = self.letters.borrow_mut();
        let room = MAX_DEAD_LETTERS.saturating_sub(kept.len());
        kept.extend(letters.into_iter().take(room));
        drop(kept);
        self.fault.replace(fault);
        self.apply(&changes);
        changes
    }

    fn apply(&self, changes: &Changes) {
        let rows = RowsOf(&*self.folding, self.id);
        let mut finder = self.finder.borrow_mut();
        let mut buckets = self.buckets.borrow_mut();
        let position = self.position.get();
        for &slot in changes.changed.iter().chain(&changes.gone) {
            if let Some(key) = finder.keys.get(slot) {
                buckets.touch(key, position);
            }
        }
        for &slot in &changes.gone {
            finder.remove(slot);
        }
        for (slot, key) in &changes.added {
            buckets.touch(key, position);
            finder.add(*slot, key.as_str().into());
        }
        let present: Vec<u32> = changes.present().collect();
        finder.change(&present, &rows);
    }

    /// The kept questions whose answer is another after some changes.
    pub(super) fn changed_lives(&self, changes: &Changes) -> Vec<LiveId> {
        let rows = RowsOf(&*self.folding, self.id);
        self.lives.borrow_mut().changed(changes, &mut self.finder.borrow_mut(), &rows)
    }

    pub(super) fn explain(&self, find: &Find) -> (Vec<u32>, Explanation) {
        self.finder.borrow_mut().explain(find, &RowsOf(&*self.folding, self.id))
    }

    pub(super) fn count(&self, find: &Find) -> usize {
        self.finder.borrow_mut().count(find, &RowsOf(&*self.folding, self.id))
    }

    pub(super) fn open_live(&self, find: Find) -> LiveId {
        let rows = RowsOf(&*self.folding, self.id);
        self.lives.borrow_mut().open(find, &mut self.finder.borrow_mut(), &rows)
    }

    /// Takes over the questions of the generation that was shown before, whose answers are now of these rows.
    pub(super) fn take_over(&self, before: &Self) -> Vec<LiveId> {
        let rows = RowsOf(&*self.folding, self.id);
        let mut lives = before.lives.take();
        let all = lives.all_changed(&mut self.finder.borrow_mut(), &rows);
        self.lives.replace(lives);
        all
    }
}

impl<F: Folding> Drop for Generation<F> {
    fn drop(&mut self) {
        self.folding.end(self.id);
    }
}
