//! The names of all streams, in order.

use std::{cell::RefCell, ops::Bound};

/// The names of all streams, sorted when somebody asks: appending to new streams costs no sorting.
#[derive(Debug, Default)]
pub(super) struct Names(RefCell<Sorted>);

#[derive(Debug, Default)]
struct Sorted {
    sorted: Vec<Box<str>>,
    fresh: Vec<Box<str>>,
}

impl Names {
    /// Takes in a name that is not there yet.
    pub(super) fn add(&mut self, name: &str) {
        self.0.get_mut().fresh.push(name.into());
    }

    /// Names in code-point order, which is the order of their bytes in UTF-8.
    pub(super) fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let mut names = self.0.borrow_mut();
        let Sorted { sorted, fresh } = &mut *names;
        if !fresh.is_empty() {
            sorted.append(fresh);
            sorted.sort_unstable();
        }
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let first = sorted.partition_point(|name| match start {
            Bound::Excluded(after) => **name <= *after,
            Bound::Included(prefix) => **name < *prefix,
            Bound::Unbounded => false,
        });
        sorted[first..]
            .iter()
            .take_while(|name| name.starts_with(prefix))
            .take(limit)
            .map(|name| name.to_string())
            .collect()
    }
}
