//! The names of the tail's streams, in order.

use std::cell::RefCell;

use crate::model::{StreamId, sort};

/// The names of the tail's streams, sorted when somebody asks: appending to new streams costs no sorting.
#[derive(Debug, Default)]
pub(super) struct Names(RefCell<Sorted>);

#[derive(Debug, Default)]
struct Sorted {
    sorted: Vec<StreamId>,
    fresh: Vec<StreamId>,
}

impl FromIterator<StreamId> for Names {
    fn from_iter<I: IntoIterator<Item = StreamId>>(names: I) -> Self {
        Self(RefCell::new(Sorted { sorted: Vec::new(), fresh: names.into_iter().collect() }))
    }
}

impl Names {
    /// Takes in a name that is not there yet.
    pub(super) fn add(&mut self, name: StreamId) {
        self.0.get_mut().fresh.push(name);
    }

    /// Names in code-point order, which is the order of their bytes in UTF-8.
    pub(super) fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let mut names = self.0.borrow_mut();
        let Sorted { sorted, fresh } = &mut *names;
        if !fresh.is_empty() {
            sorted.append(fresh);
            sort::sort(sorted);
        }
        let names = match after {
            Some(after) if after >= prefix => {
                &sorted[sorted.partition_point(|name| name.as_str() <= after)..]
            }
            _ => &sorted[sorted.partition_point(|name| name.as_str() < prefix)..],
        };
        names
            .iter()
            .map(StreamId::as_str)
            .take_while(|name| name.starts_with(prefix))
            .take(limit)
            .map(str::to_owned)
            .collect()
    }
}
