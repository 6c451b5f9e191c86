//! A view as it was.

use std::rc::Rc;

use super::{Explanation, Find, Folding, GenerationId, generation::Generation};

/// A view as it was at a moment. Its rows are let go with it.
pub struct PastView<F: Folding>(pub(super) Rc<Generation<F>>);

impl<F: Folding> PastView<F> {
    /// The rows.
    #[must_use]
    pub fn generation(&self) -> GenerationId {
        self.0.id
    }

    /// The last event that it has taken in.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.0.position.get()
    }

    /// When the newest event of its own was stored, in ms since the epoch; 0 without one.
    #[must_use]
    pub fn updated_at(&self) -> u64 {
        self.0.updated_at.get()
    }

    /// The slots of the rows that are meant, in order, and how they were come by.
    #[must_use]
    pub fn find(&self, find: &Find) -> (Vec<u32>, Explanation) {
        self.0.explain(find)
    }

    /// How many rows are meant, whatever is said of order and limits.
    #[must_use]
    pub fn count(&self, find: &Find) -> usize {
        self.0.count(find)
    }
}
