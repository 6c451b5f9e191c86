//! What tabs tell one another: "I have committed, the newest is such". It gets lost, comes doubled, late, in another order and wrong.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use annals::storage::Key;

use crate::{chance::Chance, scheduler::TabId, trace::Trace};

type Hear = Rc<dyn Fn(Key)>;

pub struct Hints {
    ears: RefCell<BTreeMap<TabId, Hear>>,
    on_their_way: RefCell<Vec<(TabId, Key)>>,
    are_bad: bool,
    chance: Chance,
    trace: Rc<Trace>,
}

impl Hints {
    pub fn new(are_bad: bool, chance: &Chance, trace: &Rc<Trace>) -> Self {
        Self {
            ears: RefCell::default(),
            on_their_way: RefCell::default(),
            are_bad,
            chance: chance.clone(),
            trace: trace.clone(),
        }
    }

    pub fn listen(&self, tab: TabId, hear: Hear) {
        self.ears.borrow_mut().insert(tab, hear);
    }

    pub fn forget(&self, tab: TabId) {
        self.ears.borrow_mut().remove(&tab);
        self.on_their_way.borrow_mut().retain(|(to, _)| *to != tab);
    }

    /// Tells all tabs but the one that tells, of the newest key.
    pub fn post(&self, from: TabId, newest: Key) {
        let others: Vec<TabId> = self.ears.borrow().keys().copied().filter(|tab| *tab != from).collect();
        for tab in others {
            let times = if self.are_bad { *self.chance.pick(&[0, 0, 1, 1, 1, 2]) } else { 1 };
            match times {
                0 => self.trace.count("hint lost"),
                1 => {}
                _ => self.trace.count("hint doubled"),
            }
            for _ in 0..times {
                let is_wrong = self.are_bad && self.chance.one_in(5);
                let said = if is_wrong { self.chance.below(2 * newest + 2) } else { newest };
                self.on_their_way.borrow_mut().push((tab, said));
            }
        }
    }

    pub fn on_their_way(&self) -> usize {
        self.on_their_way.borrow().len()
    }

    pub fn deliver(&self, index: usize) {
        let (tab, newest) = self.on_their_way.borrow_mut().swap_remove(index);
        let hear = self.ears.borrow().get(&tab).cloned();
        if let Some(hear) = hear {
            hear(newest);
        }
    }
}
