//! Rows in the order of one field.

use std::{collections::BTreeSet, iter, mem, rc::Rc};

use crate::model::sort;

use super::{Field, Test};

/// Rows in the order of one field, and of their keys where it is equal.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    places: BTreeSet<Place>,
    /// The field of each row, by its slot.
    column: Vec<Field>,
}

/// A row's place in the order. What comes before and after all rows of a value bounds them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    field: Field,
    of: Of,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Before,
    Row(Rc<str>, u32),
    After,
}

impl Place {
    fn before(field: &Field) -> Self {
        Self { field: field.clone(), of: Of::Before }
    }

    fn after(field: &Field) -> Self {
        Self { field: field.clone(), of: Of::After }
    }

    fn slot(&self) -> Option<u32> {
        if let Of::Row(_, slot) = self.of { Some(slot) } else { None }
    }
}

/// Values that lie together.
#[derive(Debug, Clone)]
pub(super) struct Span {
    from: Place,
    to: Place,
}

impl Span {
    pub(super) fn all() -> Self {
        Self { from: Place::before(&Field::Missing), to: Place::after(&Field::Other) }
    }

    /// What is in both; none where they have nothing in common.
    pub(super) fn and(self, other: &Self) -> Option<Self> {
        let (from, to) = (self.from.max(other.from.clone()), self.to.min(other.to.clone()));
        (from <= to).then_some(Self { from, to })
    }

    /// Where the values are for which a test holds, each span apart from the others and in order. For each value in them it is asked again.
    pub(super) fn of(test: &Test) -> Vec<Self> {
        let least = |field: &Field| match field {
            Field::Bool(_) => Place::before(&Field::Bool(false)),
            Field::Number(_) => Place::before(&Field::Number(f64::NEG_INFINITY)),
            Field::Text(_) => Place::before(&Field::from("")),
            other => Place::before(other),
        };
        let greatest = |field: &Field| match field {
            Field::Bool(_) => Place::after(&Field::Bool(true)),
            Field::Number(_) => Place::after(&Field::Number(f64::INFINITY)),
            Field::Text(_) => Place::before(&Field::Other),
            other => Place::after(other),
        };
        let span = |from, to| vec![Self { from, to }];
        match test {
            Test::Eq(field) => span(Place::before(field), Place::after(field)),
            Test::Gt(field) => span(Place::after(field), greatest(field)),
            Test::Gte(field) => span(Place::before(field), greatest(field)),
            Test::Lt(field) => span(least(field), Place::before(field)),
            Test::Lte(field) => span(least(field), Place::after(field)),
            Test::In(fields) => {
                let fields: BTreeSet<&Field> = fields.iter().collect();
                fields
                    .iter()
                    .map(|field| Self { from: Place::before(field), to: Place::after(field) })
                    .collect()
            }
            Test::StartsWith(prefix) => {
                let from = Place::before(&Field::Text(prefix.clone()));
                span(
                    from,
                    after_prefix(prefix)
                        .map_or_else(|| Place::before(&Field::Other), |next| Place::before(&next)),
                )
            }
        }
    }
}

/// The least text after all that begin so; none where that would be no text.
fn after_prefix(prefix: &str) -> Option<Field> {
    let kept = prefix.trim_end_matches(char::MAX);
    let last = kept.chars().next_back()?;
    // Between these two there are no characters.
    let next = if last == '\u{d7ff}' { '\u{e000}' } else { char::from_u32(last as u32 + 1)? };
    let begin = &kept[..kept.len() - last.len_utf8()];
    Some(Field::Text(format!("{begin}{next}").into()))
}

impl Ordered {
    /// Of rows, each with its field; `count` slots in all.
    pub(super) fn of(rows: impl Iterator<Item = (u32, Rc<str>, Field)>, count: usize) -> Self {
        let mut column = vec![Field::Missing; count];
        let mut places: Vec<Place> = rows
            .map(|(slot, key, field)| {
                column[slot as usize] = field.clone();
                Place { field, of: Of::Row(key, slot) }
            })
            .collect();
        // From what is in order a set is made at once.
        sort::sort(&mut places);
        Self { places: places.into_iter().collect(), column }
    }

    pub(super) fn put(&mut self, slot: u32, key: &Rc<str>, field: Field) {
        let at = slot as usize;
        if self.column.len() <= at {
            self.column.resize(at + 1, Field::Missing);
        }
        let of = Of::Row(key.clone(), slot);
        if self.column[at] != field {
            self.places.remove(&Place { field: self.column[at].clone(), of: of.clone() });
        }
        self.column[at] = field.clone();
        self.places.insert(Place { field, of });
    }

    pub(super) fn remove(&mut self, slot: u32, key: &Rc<str>) {
        if let Some(field) = self.column.get_mut(slot as usize) {
            let field = mem::replace(field, Field::Missing);
            self.places.remove(&Place { field, of: Of::Row(key.clone(), slot) });
        }
    }

    /// The field of a row.
    pub(super) fn field(&self, slot: u32) -> &Field {
        self.column.get(slot as usize).unwrap_or(&Field::Missing)
    }

    /// The rows in some spans, which are in order, in the direction that is asked for; those of equal fields always by key.
    pub(super) fn walk<'a>(
        &'a self,
        spans: &'a [Span],
        is_descending: bool,
    ) -> Box<dyn Iterator<Item = u32> + 'a> {
        if is_descending {
            Box::new(spans.iter().rev().flat_map(|span| self.backwards(span)))
        } else {
            Box::new(spans.iter().flat_map(|span| self.range(span)))
        }
    }

    /// All rows, by key, the last first: of an order that has one value only.
    pub(super) fn walk_keys_backwards(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        Box::new(self.places.iter().rev().filter_map(Place::slot))
    }

    fn range(&self, span: &Span) -> impl Iterator<Item = u32> {
        // What ends before it begins is no range, and a set says so by a panic.
        let range = (span.from <= span.to).then(|| self.places.range(&span.from..&span.to));
        range.into_iter().flatten().filter_map(Place::slot)
    }

    /// The greatest value first, and the rows of one value by key.
    fn backwards<'a>(&'a self, span: &'a Span) -> impl Iterator<Item = u32> + 'a {
        let mut to = span.to.clone();
        let values = iter::from_fn(move || {
            let last = (span.from <= to).then(|| self.places.range(&span.from..&to).next_back())??;
            let value = Span { from: Place::before(&last.field), to: Place::after(&last.field) };
            to = value.from.clone();
            Some(value)
        });
        values.flat_map(|value| self.range(&value).collect::<Vec<_>>())
    }
}
