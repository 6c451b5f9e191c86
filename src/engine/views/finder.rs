//! Finding rows: by an index where there is one, by looking at all where there is none.

use std::{collections::BTreeMap, rc::Rc};

use crate::model::sort;

use super::{
    Field, FieldPath, Find,
    keys::Keys,
    ordered::{Ordered, Span},
};

/// How many rows are looked at together where a field has no index; of a search that may end early, the first time fewer.
const MOST_AT_ONCE: usize = 4096;
const FIRST_AT_ONCE: usize = 64;

/// Where the rows are that a finder finds.
pub trait Rows {
    /// One field of some rows, in their order.
    fn fields(&self, slots: &[u32], path: &FieldPath) -> Vec<Field>;
}

/// How an answer was come by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The index that was gone along; without one, all rows in the order of their keys.
    pub index: Option<FieldPath>,
    /// The fields that were looked up in each row, for want of an index.
    pub scanned: Vec<FieldPath>,
    /// Whether rows were put in order after they were found.
    pub is_sorted: bool,
    /// How many rows were looked at.
    pub examined: usize,
    /// How many are the answer.
    pub found: usize,
}

/// Finds rows of a view. An index is made when it is first asked for, and follows the rows from then on.
#[derive(Debug, Default)]
pub(super) struct Finder {
    pub(super) keys: Keys,
    /// All rows under one value: so they are in the order of their keys.
    by_key: Option<Ordered>,
    /// Of the fields that have one; made or not yet.
    indexes: BTreeMap<FieldPath, Option<Ordered>>,
}

/// What is done for a question.
struct Plan<'a> {
    index: Option<&'a FieldPath>,
    spans: Vec<Span>,
    /// Whether the rows come in the order that is asked for.
    is_in_order: bool,
}

impl Plan<'_> {
    /// All rows as they lie.
    fn all() -> Self {
        Self { index: None, spans: Vec::new(), is_in_order: false }
    }
}

impl Finder {
    pub(super) fn with_indexes(paths: impl IntoIterator<Item = FieldPath>) -> Self {
        let indexes = paths.into_iter().map(|path| (path, None)).collect();
        Self { indexes, ..Self::default() }
    }

    /// Takes in a row that is new.
    pub(super) fn add(&mut self, slot: u32, key: Rc<str>) {
        if let Some(by_key) = &mut self.by_key {
            by_key.put(slot, &key, Field::Null);
        }
        self.keys.put(slot, key);
    }

    /// Takes in that some rows are other than they were, or new.
    pub(super) fn change(&mut self, slots: &[u32], rows: &dyn Rows) {
        for (path, index) in &mut self.indexes {
            let Some(index) = index else { continue };
            for (&slot, field) in slots.iter().zip(rows.fields(slots, path)) {
                if let Some(key) = self.keys.get(slot) {
                    index.put(slot, key, field);
                }
            }
        }
    }

    /// Takes in that a row is gone.
    pub(super) fn remove(&mut self, slot: u32) {
        let Some(key) = self.keys.remove(slot) else { return };
        let made = self.by_key.iter_mut().chain(self.indexes.values_mut().flatten());
        made.for_each(|index| index.remove(slot, &key));
    }

    /// The rows that are meant, in order.
    pub(super) fn find(&mut self, find: &Find, rows: &dyn Rows) -> Vec<u32> {
        self.explain(find, rows).0
    }

    /// How many rows are meant, whatever is said of order and limits.
    pub(super) fn count(&mut self, find: &Find, rows: &dyn Rows) -> usize {
        if find.filter.is_empty() {
            return self.keys.count();
        }
        self.make_indexes(find.filter.iter().map(|(path, _)| path), rows);
        let spans = self.spans(find);
        // One alone is compared with none.
        let most = if spans.len() > 1 { self.keys.count() } else { 0 };
        let fewest = spans.into_iter().min_by_key(|(path, spans)| self.count_in(path, spans, most));
        let plan = fewest.map_or_else(Plan::all, |(path, spans)| Plan {
            index: Some(path),
            spans,
            is_in_order: false,
        });
        self.walk(&plan, find, usize::MAX, rows).0.len()
    }

    /// As [`Finder::find`], and how that went.
    pub(super) fn explain(&mut self, find: &Find, rows: &dyn Rows) -> (Vec<u32>, Explanation) {
        self.make_indexes(find.filter.iter().map(|(path, _)| path).chain(&find.order_by), rows);
        if find.order_by.is_none() {
            self.make_key_order();
        }
        let plan = self.plan(find);
        let wanted = find.limit.map_or(usize::MAX, |limit| limit.saturating_add(find.offset));
        let enough = if plan.is_in_order { wanted } else { usize::MAX };
        let (mut found, examined) = self.walk(&plan, find, enough, rows);
        if !plan.is_in_order {
            self.sort(&mut found, find, wanted, rows);
        }
        let mut scanned: Vec<FieldPath> = Vec::new();
        let sorted = find.order_by.as_ref().filter(|_| !plan.is_in_order);
        for path in find.filter.iter().map(|(path, _)| path).chain(sorted) {
            if self.index(path).is_none() && !scanned.contains(path) {
                scanned.push(path.clone());
            }
        }
        let (index, is_sorted) = (plan.index.cloned(), !plan.is_in_order);
        found.truncate(wanted);
        found.drain(..find.offset.min(found.len()));
        let found_count = found.len();
        (found, Explanation { index, scanned, is_sorted, examined, found: found_count })
    }

    /// Whether a row is meant, wherever it comes in the order.
    pub(super) fn means(&self, find: &Find, slot: u32, rows: &dyn Rows) -> bool {
        find.filter.iter().all(|(path, test)| match self.index(path) {
            Some(index) => test.holds(index.field(slot)),
            None => rows.fields(&[slot], path).first().is_some_and(|field| test.holds(field)),
        })
    }

    fn index(&self, path: &FieldPath) -> Option<&Ordered> {
        self.indexes.get(path)?.as_ref()
    }

    fn make_indexes<'a>(&mut self, paths: impl Iterator<Item = &'a FieldPath>, rows: &dyn Rows) {
        let Self { keys, indexes, .. } = self;
        for path in paths {
            let Some(index @ None) = indexes.get_mut(path) else { continue };
            let slots: Vec<u32> = keys.iter().map(|(slot, _)| slot).collect();
            let fields = rows.fields(&slots, path);
            let rows = keys.iter().zip(fields).map(|((slot, key), field)| (slot, key.clone(), field));
            *index = Some(Ordered::of(rows, keys.slots()));
        }
    }

    fn make_key_order(&mut self) {
        let keys = &self.keys;
        self.by_key.get_or_insert_with(|| {
            let rows = keys.iter().map(|(slot, key)| (slot, key.clone(), Field::Null));
            Ordered::of(rows, keys.slots())
        });
    }

    /// Along the order that is asked for, or along the index that leaves the fewest rows: by what each would look at, about.
    fn plan<'a>(&self, find: &'a Find) -> Plan<'a> {
        let order = find.order_by.as_ref();
        let mut spans = self.spans(find);
        let only = (spans.len() == 1).then(|| spans.keys().next().copied()).flatten();
        let in_order = order.is_none_or(|path| self.index(path).is_some()).then(|| Plan {
            index: order,
            spans: order.and_then(|path| spans.get(path).cloned()).unwrap_or_else(|| vec![Span::all()]),
            is_in_order: true,
        });
        if order.is_some()
            && order == only
            && let Some(plan) = in_order
        {
            return plan;
        }
        let total = self.keys.count();
        let wanted = find.limit.map_or(total, |limit| limit.saturating_add(find.offset));
        // Where more than so many are meant, going along the order looks at fewer.
        let enough = wanted.saturating_mul(total).isqrt().saturating_add(1);
        let most = if in_order.is_some() { enough.min(total / 2 + 1) } else { total / 2 + 1 };
        let counted = spans.iter().map(|(&path, spans)| (self.count_in(path, spans, most), path));
        let Some((count, path)) = counted.min() else { return in_order.unwrap_or_else(Plan::all) };
        let by_filter =
            Plan { index: Some(path), spans: spans.remove(path).unwrap_or_default(), is_in_order: false };
        let Some(in_order) = in_order else { return by_filter };
        // If the rows that are meant lie evenly, so many are looked at along the order before there are enough.
        let along = wanted.saturating_mul(total) / count.max(1);
        if along < count { in_order } else { by_filter }
    }

    /// Where in each index the rows are that are meant.
    fn spans<'a>(&self, find: &'a Find) -> BTreeMap<&'a FieldPath, Vec<Span>> {
        let mut all: BTreeMap<&FieldPath, Vec<Span>> = BTreeMap::new();
        for (path, test) in find.filter.iter().filter(|(path, _)| self.index(path).is_some()) {
            let spans = Span::of(test);
            let both = match all.remove(path) {
                None => spans,
                Some(others) => {
                    let pairs = others.iter().flat_map(|one| spans.iter().map(move |other| (one, other)));
                    pairs.filter_map(|(one, other)| one.clone().and(other)).collect()
                }
            };
            all.insert(path, both);
        }
        all
    }

    fn count_in(&self, path: &FieldPath, spans: &[Span], most: usize) -> usize {
        self.index(path).map_or(most, |index| index.walk(spans, false).take(most).count())
    }

    /// The rows that a plan finds, up to so many, and how many it looked at.
    fn walk(&self, plan: &Plan<'_>, find: &Find, enough: usize, rows: &dyn Rows) -> (Vec<u32>, usize) {
        let is_backwards = find.is_descending && plan.is_in_order;
        let index = plan.index.and_then(|path| self.index(path));
        let by_key = self.by_key.as_ref().filter(|_| plan.is_in_order);
        let mut walk: Box<dyn Iterator<Item = u32>> = match (index, by_key) {
            (Some(index), _) => index.walk(&plan.spans, is_backwards),
            (None, Some(by_key)) if is_backwards => by_key.walk_keys_backwards(),
            (None, Some(by_key)) => by_key.walk(&plan.spans, false),
            (None, None) => Box::new(self.keys.iter().map(|(slot, _)| slot)),
        };
        let (indexed, others): (Vec<_>, Vec<_>) =
            find.filter.iter().partition(|(path, _)| self.index(path).is_some());
        let holds = |slot: u32| {
            indexed
                .iter()
                .all(|(path, test)| self.index(path).is_some_and(|index| test.holds(index.field(slot))))
        };
        let (mut found, mut examined) = (Vec::new(), 0);
        let mut at_once = if enough == usize::MAX { MOST_AT_ONCE } else { FIRST_AT_ONCE };
        while found.len() < enough {
            let batch_size = if others.is_empty() { enough - found.len() } else { at_once };
            let mut batch: Vec<u32> = walk
                .by_ref()
                .inspect(|_| examined += 1)
                .filter(|&slot| holds(slot))
                .take(batch_size)
                .collect();
            if batch.is_empty() {
                break;
            }
            for (path, test) in &others {
                let mut fields = rows.fields(&batch, path).into_iter();
                batch.retain(|_| fields.next().is_some_and(|field| test.holds(&field)));
            }
            found.append(&mut batch);
            at_once = (at_once * 2).min(MOST_AT_ONCE);
        }
        (found, examined)
    }

    /// Puts the first `wanted` of the rows in order.
    fn sort(&self, found: &mut Vec<u32>, find: &Find, wanted: usize, rows: &dyn Rows) {
        let key = |slot: u32| self.keys.get(slot);
        let Some(path) = &find.order_by else {
            let by_key = |one: &u32, other: &u32| {
                let order = key(*one).cmp(&key(*other));
                if find.is_descending { order.reverse() } else { order }
            };
            return sort::keep_first_by(found, wanted, by_key);
        };
        let fields: Vec<Field> = match self.index(path) {
            Some(index) => found.iter().map(|&slot| index.field(slot).clone()).collect(),
            None => rows.fields(found, path),
        };
        let mut pairs: Vec<(Field, u32)> = fields.into_iter().zip(found.drain(..)).collect();
        sort::keep_first_by(&mut pairs, wanted, |(field, slot), (other, of)| {
            let order = field.cmp(other);
            let order = if find.is_descending { order.reverse() } else { order };
            order.then_with(|| key(*slot).cmp(&key(*of)))
        });
        found.extend(pairs.into_iter().map(|(_, slot)| slot));
    }
}
