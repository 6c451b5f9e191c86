//! Projections of Rust: events and rows go through serde.

use std::{
    any::Any,
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use rustc_hash::FxBuildHasher;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    engine::{Happening, read},
    log::{Page, codec::EventRef},
    model::{InvalidArgument, OnError, Projection, RowKeys, Stored, category_of},
    storage::Storage,
};

use super::{
    Changes, DeadLetter, Field, FieldPath, Folded, Folding, GenerationId, RowWriter, Rule, Turn, Views,
    row_field::field_of,
};

/// For keys of rows: whoever picks them could only slow down a page of their own.
type FastMap<K, V> = HashMap<K, V, FxBuildHasher>;

/// Projections of Rust, and the rows that they have folded.
#[derive(Default)]
pub struct TypedProjections {
    projections: RefCell<Vec<Rc<dyn TypedProjection>>>,
    generations: RefCell<HashMap<GenerationId, Rc<dyn TypedGeneration>>>,
    last: Cell<GenerationId>,
}

/// A projection, whatever its types.
trait TypedProjection {
    fn begin(&self) -> Rc<dyn TypedGeneration>;
}

/// Rows, whatever their type.
trait TypedGeneration {
    fn fold(&self, page: &Page, after: u64) -> Folded;
    fn fields(&self, slots: &[u32], path: &FieldPath) -> Vec<Field>;
    fn writer(&self, slots: &[u32]) -> RowWriter;
    fn read(&self, keys: &[String], rows: &str) -> bool;
    /// The table of rows, for whoever knows their type.
    fn table(&self) -> Rc<dyn Any>;
}

/// Rows under keys, each in a slot.
pub(super) struct Table<R> {
    rows: RefCell<Vec<Option<Rc<R>>>>,
    slots: RefCell<FastMap<Rc<str>, u32>>,
    free: RefCell<Vec<u32>>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { rows: RefCell::default(), slots: RefCell::default(), free: RefCell::default() }
    }
}

impl<R> Table<R> {
    pub(super) fn get(&self, key: &str) -> Option<Rc<R>> {
        let slot = *self.slots.borrow().get(key)?;
        self.row(slot)
    }

    pub(super) fn row(&self, slot: u32) -> Option<Rc<R>> {
        self.rows.borrow().get(slot as usize)?.clone()
    }

    fn take(&self, key: &str) -> Option<(u32, Rc<R>)> {
        let slot = *self.slots.borrow().get(key)?;
        Some((slot, self.rows.borrow_mut().get_mut(slot as usize)?.take()?))
    }

    /// Puts a row under a key, whose slot it gives back.
    fn put(&self, key: &str, row: Rc<R>) -> u32 {
        let mut rows = self.rows.borrow_mut();
        if let Some(&slot) = self.slots.borrow().get(key) {
            rows[slot as usize] = Some(row);
            return slot;
        }
        let slot = self.free.borrow_mut().pop().unwrap_or(rows.len() as u32);
        self.slots.borrow_mut().insert(key.into(), slot);
        if slot as usize == rows.len() {
            rows.push(Some(row));
        } else {
            rows[slot as usize] = Some(row);
        }
        slot
    }

    fn remove(&self, key: &str) {
        if let Some(slot) = self.slots.borrow_mut().remove(key) {
            self.rows.borrow_mut()[slot as usize] = None;
            self.free.borrow_mut().push(slot);
        }
    }
}

struct Registered<P> {
    projection: Rc<P>,
}

struct Rows<P: Projection> {
    projection: Rc<P>,
    types: Vec<String>,
    categories: Vec<String>,
    table: Rc<Table<P::Row>>,
}

/// The types under which events are stored that a projection handles.
fn stored_types(projection: &impl Projection) -> Vec<String> {
    let types = projection.types();
    match projection.upcasters() {
        Some(upcasters) => upcasters.stored_as(types).into_iter().map(str::to_owned).collect(),
        None => types.into_iter().map(str::to_owned).collect(),
    }
}

/// What a row was before a page.
struct Before<R> {
    slot: Option<u32>,
    row: Option<Rc<R>>,
}

impl<P> TypedProjection for Registered<P>
where
    P: Projection + 'static,
    P::Event: DeserializeOwned,
    P::Row: Clone + PartialEq + Serialize + DeserializeOwned + 'static,
{
    fn begin(&self) -> Rc<dyn TypedGeneration> {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        Rc::new(Rows {
            projection: self.projection.clone(),
            types: stored_types(&*self.projection),
            categories: owned(self.projection.categories()),
            table: Rc::default(),
        })
    }
}

impl TypedProjections {
    /// Registers a projection; the number of its view is the answer.
    ///
    /// # Errors
    /// [`InvalidArgument`] when the path of an index is none, or the rule is refused.
    pub(crate) fn register<S: Storage, P>(
        &self,
        views: &Views<S, Self>,
        projection: P,
    ) -> Result<usize, InvalidArgument>
    where
        P: Projection + 'static,
        P::Event: DeserializeOwned,
        P::Row: Clone + PartialEq + Serialize + DeserializeOwned + 'static,
    {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        let indexes = projection.indexes().into_iter().map(str::parse).collect::<Result<_, _>>()?;
        let version = projection.version().to_string();
        let rule = Rule {
            name: projection.name().to_owned(),
            version: match projection.upcasters() {
                Some(upcasters) => upcasters.with_version(version),
                None => version,
            },
            types: stored_types(&projection),
            categories: owned(projection.categories()),
            indexes,
        };
        views.check(&rule)?;
        self.projections.borrow_mut().push(Rc::new(Registered { projection: Rc::new(projection) }));
        views.register(rule)
    }

    /// The rows of a generation, for whoever knows their type.
    pub(super) fn table<R: 'static>(&self, generation: GenerationId) -> Option<Rc<Table<R>>> {
        self.generation(generation)?.table().downcast().ok()
    }

    fn generation(&self, id: GenerationId) -> Option<Rc<dyn TypedGeneration>> {
        self.generations.borrow().get(&id).cloned()
    }
}

impl Folding for TypedProjections {
    fn begin(&self, projection: usize) -> GenerationId {
        let id = self.last.get() + 1;
        self.last.set(id);
        let projection = self.projections.borrow().get(projection).cloned();
        if let Some(projection) = projection {
            self.generations.borrow_mut().insert(id, projection.begin());
        }
        id
    }

    fn end(&self, generation: GenerationId) {
        self.generations.borrow_mut().remove(&generation);
    }

    fn fold(&self, page: &Page, turns: &[Turn]) -> Vec<Folded> {
        let fold = |turn: &Turn| Some(self.generation(turn.generation)?.fold(page, turn.after));
        turns.iter().map(|turn| fold(turn).unwrap_or_default()).collect()
    }

    fn fields(&self, generation: GenerationId, slots: &[u32], path: &FieldPath) -> Vec<Field> {
        self.generation(generation).map(|rows| rows.fields(slots, path)).unwrap_or_default()
    }

    fn writer(&self, generation: GenerationId, slots: &[u32]) -> RowWriter {
        match self.generation(generation) {
            Some(rows) => rows.writer(slots),
            None => Box::new(|_| Err("the rows are gone".to_owned())),
        }
    }

    fn read(&self, generation: GenerationId, keys: &[String], rows: &str) -> bool {
        self.generation(generation).is_some_and(|generation| generation.read(keys, rows))
    }
}

impl<P> Rows<P>
where
    P: Projection,
    P::Event: DeserializeOwned,
    P::Row: Clone + PartialEq,
{
    fn is_meant(&self, event: EventRef<'_>) -> bool {
        let is_one = |wanted: &[String], found: &str| wanted.iter().any(|one| one == found);
        is_one(&self.types, event.r#type())
            && (self.categories.is_empty() || is_one(&self.categories, category_of(event.stream_id())))
    }

    fn project(
        &self,
        event: EventRef<'_>,
        before: &mut FastMap<String, Before<P::Row>>,
    ) -> Result<(), String> {
        let happening = Happening::from(event);
        let pieces = match self.projection.upcasters() {
            Some(upcasters) => {
                let pieces = upcasters.pieces(event.r#type(), event.version(), event.data());
                pieces.map_err(|error| error.why.to_string())?
            }
            None => None,
        };
        let Some(pieces) = pieces else {
            let read = read::<P::Event>(&happening).map_err(|why| why.to_string())?;
            self.project_read(read, event.version(), event, before);
            return Ok(());
        };
        // All of them, or none: what fails over one piece has changed no row.
        let handled = self.projection.types();
        let meant = pieces.iter().filter(|piece| handled.contains(&&*piece.r#type));
        let read = meant.map(|piece| Ok((read::<P::Event>(&happening.read_as(piece))?, piece.version)));
        let read: Vec<_> = read.collect::<Result<_, serde_json::Error>>().map_err(|why| why.to_string())?;
        read.into_iter().for_each(|(read, version)| self.project_read(read, version, event, before));
        Ok(())
    }

    fn project_read(
        &self,
        read: P::Event,
        version: u32,
        event: EventRef<'_>,
        before: &mut FastMap<String, Before<P::Row>>,
    ) {
        let stored = Stored {
            event: read,
            stream_id: event.stream_id(),
            revision: event.revision(),
            position: event.position(),
            recorded_at: event.recorded_at(),
            id: event.id(),
            version,
            metadata: event.metadata(),
        };
        match self.projection.rows(&stored) {
            RowKeys::None => {}
            RowKeys::One(key) => self.project_row(key, &stored, before),
            RowKeys::Many(keys) => {
                keys.into_iter().for_each(|key| self.project_row(Cow::Owned(key), &stored, before));
            }
        }
    }

    fn project_row(
        &self,
        key: Cow<'_, str>,
        event: &Stored<'_, P::Event>,
        before: &mut FastMap<String, Before<P::Row>>,
    ) {
        let found = self.table.take(&key);
        if !before.contains_key(&*key) {
            let (slot, row) = found.as_ref().map(|(slot, row)| (*slot, row.clone())).unzip();
            before.insert(key.clone().into_owned(), Before { slot, row });
        }
        // What a page has touched once is nobody else's, and is not copied again.
        let row = found.map(|(_, row)| Rc::unwrap_or_clone(row));
        match self.projection.project(row, event) {
            Some(row) => drop(self.table.put(&key, Rc::new(row))),
            None => self.table.remove(&key),
        }
    }

    /// What became of the rows that a page has touched.
    fn changes(&self, before: FastMap<String, Before<P::Row>>) -> Changes {
        let mut changes = Changes::default();
        for (key, Before { slot, row }) in before {
            let now = self.table.slots.borrow().get(&*key).copied();
            match (slot, now) {
                (None, Some(now)) => changes.added.push((now, key)),
                (Some(slot), None) => changes.gone.push(slot),
                (Some(slot), Some(now)) if slot == now => {
                    let is_same = self.table.row(now) == row;
                    if is_same {
                        // Whoever has the row from before has the one that is there.
                        self.table.rows.borrow_mut()[now as usize] = row;
                    } else {
                        changes.changed.push(slot);
                    }
                }
                (Some(slot), Some(now)) => {
                    changes.gone.push(slot);
                    changes.added.push((now, key));
                }
                (None, None) => {}
            }
        }
        changes
    }
}

impl<P> TypedGeneration for Rows<P>
where
    P: Projection,
    P::Event: DeserializeOwned,
    P::Row: Clone + PartialEq + Serialize + DeserializeOwned + 'static,
{
    fn fold(&self, page: &Page, after: u64) -> Folded {
        let (mut before, mut letters, mut fault) = (HashMap::default(), Vec::new(), None);
        for event in page.events().filter(|event| event.position() > after && self.is_meant(*event)) {
            let Err(why) = self.project(event, &mut before) else { continue };
            let letter = DeadLetter {
                position: event.position(),
                stream_id: event.stream_id().to_owned(),
                r#type: event.r#type().to_owned(),
                message: format!("the event cannot be read: {why}"),
            };
            if self.projection.on_error() == OnError::Stop {
                fault = Some(letter);
                break;
            }
            letters.push(letter);
        }
        Folded { changes: self.changes(before), letters, fault }
    }

    fn fields(&self, slots: &[u32], path: &FieldPath) -> Vec<Field> {
        let rows = self.table.rows.borrow();
        let row = |slot: &u32| rows.get(*slot as usize)?.as_ref();
        slots.iter().map(|slot| row(slot).map_or(Field::Missing, |row| field_of(&**row, path))).collect()
    }

    fn writer(&self, slots: &[u32]) -> RowWriter {
        let rows: Vec<Rc<P::Row>> = slots.iter().filter_map(|slot| self.table.row(*slot)).collect();
        let mut rows = rows.into_iter();
        Box::new(move |count| {
            let next: Vec<Rc<P::Row>> = rows.by_ref().take(count).collect();
            let next: Vec<&P::Row> = next.iter().map(|row| &**row).collect();
            serde_json::to_string(&next).map_err(|error| error.to_string())
        })
    }

    fn read(&self, keys: &[String], rows: &str) -> bool {
        let Ok(rows) = serde_json::from_str::<Vec<P::Row>>(rows) else { return false };
        if rows.len() != keys.len() {
            return false;
        }
        for (key, row) in keys.iter().zip(rows) {
            let next = self.table.rows.borrow().len() as u32;
            if self.table.put(key, Rc::new(row)) != next {
                return false;
            }
        }
        true
    }

    fn table(&self) -> Rc<dyn Any> {
        self.table.clone()
    }
}
