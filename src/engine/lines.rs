//! The aggregates that are kept in memory.

use std::{collections::HashMap, rc::Rc};

use crate::model::{StreamId, sort};

use super::line::Line;

/// The most that the states of aggregates may take in memory, in bytes, as their decider weighs them.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// After so many new ones it is looked at how much they take.
const NEW_BEFORE_LOOK: usize = 256;

/// What a line takes beside its state, in bytes, about.
const LINE_BYTES: usize = 512;

/// The aggregates that are kept in memory. Those that have not been used for longest go first; none goes while somebody uses it.
pub(super) struct Lines<T> {
    lines: HashMap<StreamId, Slot<T>>,
    clock: u64,
    /// Since it was last looked at how much they take.
    new: usize,
}

struct Slot<T> {
    line: Rc<Line<T>>,
    used: u64,
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self { lines: HashMap::new(), clock: 0, new: 0 }
    }
}

impl<T: Clone> Lines<T> {
    /// The line of a stream.
    pub(super) fn line(&mut self, stream_id: &StreamId, weight: impl Fn(&T) -> usize) -> Rc<Line<T>> {
        self.clock += 1;
        if let Some(slot) = self.lines.get_mut(stream_id) {
            slot.used = self.clock;
            return slot.line.clone();
        }
        self.new += 1;
        if self.new >= NEW_BEFORE_LOOK {
            self.new = 0;
            self.shrink(weight);
        }
        let line = Rc::<Line<T>>::default();
        self.lines.insert(stream_id.clone(), Slot { line: line.clone(), used: self.clock });
        line
    }

    /// The line of a stream, if it is in memory.
    pub(super) fn known(&self, stream_id: &StreamId) -> Option<Rc<Line<T>>> {
        self.lines.get(stream_id).map(|slot| slot.line.clone())
    }

    /// Forgets all states: they are made again.
    pub(super) fn forget(&self) {
        self.lines.values().for_each(|slot| slot.line.forget());
    }

    fn shrink(&mut self, weight: impl Fn(&T) -> usize) {
        let bytes = |slot: &Slot<T>| LINE_BYTES + slot.line.stored().map_or(0, |known| weight(&known.state));
        let mut total: usize = self.lines.values().map(bytes).sum();
        if total <= MAX_BYTES {
            return;
        }
        let mut by_use: Vec<(u64, StreamId)> =
            self.lines.iter().map(|(stream_id, slot)| (slot.used, stream_id.clone())).collect();
        sort::sort_by_key(&mut by_use, |(used, _)| *used);
        for (_, stream_id) in by_use {
            if total <= MAX_BYTES / 2 {
                break;
            }
            let is_free = |slot: &Slot<T>| Rc::strong_count(&slot.line) == 1 && slot.line.is_idle();
            if let Some(slot) = self.lines.get(&stream_id).filter(|slot| is_free(slot)) {
                total -= bytes(slot);
                self.lines.remove(&stream_id);
            }
        }
    }
}
