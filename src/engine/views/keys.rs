//! The keys of a view's rows, and their slots.

use std::rc::Rc;

/// The keys of a view's rows. Each row has a slot, a number by which it is meant; that of a row that is gone is given again.
#[derive(Debug, Default)]
pub(super) struct Keys {
    slots: Vec<Option<Rc<str>>>,
    count: usize,
}

impl Keys {
    /// How many rows there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many slots were given.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Rc<str>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn put(&mut self, slot: u32, key: Rc<str>) {
        let at = slot as usize;
        if self.slots.len() <= at {
            self.slots.resize(at + 1, None);
        }
        self.count += usize::from(self.slots[at].replace(key).is_none());
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<Rc<str>> {
        let key = self.slots.get_mut(slot as usize)?.take();
        self.count -= usize::from(key.is_some());
        key
    }

    /// The rows, each with its slot.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Rc<str>)> {
        (0..).zip(&self.slots).filter_map(|(slot, key)| Some((slot, key.as_ref()?)))
    }
}
