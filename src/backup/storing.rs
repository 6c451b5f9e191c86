//! Storing what a file tells: where it stood, while the store holds nothing but the beginning of the file, or else behind what is there.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use rustc_hash::FxBuildHasher;
use uuid::Uuid;

use crate::{
    log::{Answer, AppendError, EventStore, LogError, MergeStep, Pacer},
    model::{Append, ExpectedRevision, InvalidArgument, NewEvent, Refusal, Restored, Write},
    storage::Storage,
};

use super::{
    error::{Flaw, ImportError, Reason},
    header::Header,
    line::EventLine,
    origin::{Origin, origin_of, with_origin},
};

/// An event of the file and the number of its line.
pub(super) type Numbered = (EventLine, u64);

/// What became of the events of a file so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) lines: u64,
    pub(super) stored: u64,
    pub(super) duplicates: u64,
    /// The position, in the file, of the last event that is stored.
    pub(super) position: u64,
}

/// How events are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Where they stood.
    Restoring,
    /// Behind what is there.
    Adding,
}

/// What stops an import, without how much was stored before.
pub(super) enum Stop {
    Flaw(Flaw),
    Error(ImportError),
}

impl<E: Into<ImportError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// An event that is stored already.
struct Found {
    position: u64,
    stream_id: Box<str>,
    origin: Option<Origin>,
    /// Whether it is in every field what the line of its id tells.
    is_as_told: bool,
}

/// The store that a file is imported into, and how far that is.
pub(super) struct Destination<S> {
    store: EventStore<S>,
    pacer: Pacer,
    /// The store that the file is of.
    origin: Uuid,
    mode: Mode,
    /// The event of the file that stands last among those that are where they stood.
    last: Option<Uuid>,
    /// Its position: up to there, store and file are the same.
    restored: u64,
    pub(super) counts: Counts,
}

impl<S: Storage> Destination<S> {
    pub(super) fn new(store: EventStore<S>, header: &Header, pacer: Pacer) -> Self {
        let mode = if header.is_whole() { Mode::Restoring } else { Mode::Adding };
        let counts = Counts { position: header.after, ..Counts::default() };
        Self { store, pacer, origin: header.store_id, mode, last: None, restored: 0, counts }
    }

    /// Whether every event so far stands where it stood.
    pub(super) fn is_restored(&self) -> bool {
        self.mode == Mode::Restoring
    }

    /// Stores events in their order.
    ///
    /// # Errors
    /// The first one that cannot be stored. All before it are stored, and none behind it, unless the storage failed.
    pub(super) async fn store(&mut self, batch: &[Numbered]) -> Result<(), Stop> {
        let done = match self.mode {
            Mode::Restoring => self.restore(batch).await?,
            Mode::Adding => 0,
        };
        if done < batch.len() {
            self.mode = Mode::Adding;
            self.add(&batch[done..]).await?;
        }
        self.merge().await;
        Ok(())
    }

    /// A long import would fill the memory with an index of what is not merged.
    async fn merge(&self) {
        while self.store.is_merge_overdue() {
            // Merging is nobody's duty here: what hinders it hinders the next commit too, which will say so.
            if !matches!(self.store.merge_step(&self.pacer).await, Ok(MergeStep::Done(_))) {
                break;
            }
        }
    }

    /// Puts events back where they stood, as long as the store holds nothing but what is before them in the file. Says how many that were.
    async fn restore(&mut self, batch: &[Numbered]) -> Result<usize, Stop> {
        // Behind a gap nothing is where it stood.
        let gapless =
            (self.restored + 1..).zip(batch).take_while(|(position, (line, _))| line.position == *position);
        let batch = &batch[..gapless.count()];
        let passed = self.pass_over(batch).await?;
        match batch.get(passed) {
            Some((line, _)) if line.position > self.store.head() => {
                Ok(passed + self.put_back(&batch[passed..]).await?)
            }
            _ => Ok(passed),
        }
    }

    /// Passes over events that are where they stood. Says how many those are.
    async fn pass_over(&mut self, batch: &[Numbered]) -> Result<usize, Stop> {
        let head = self.store.head();
        let there = &batch[..batch.partition_point(|(line, _)| line.position <= head)];
        if there.is_empty() {
            return Ok(0);
        }
        let found = self.look_up(there).await?;
        for (n, (line, _)) in there.iter().enumerate() {
            match found.get(&line.id) {
                Some(found)
                    if found.position == line.position
                        && *found.stream_id == *line.stream_id.as_str()
                        && found.is_as_told => {}
                _ => return Ok(n),
            }
            self.counts.duplicates += 1;
            self.stands(line);
        }
        Ok(there.len())
    }

    /// Takes in that an event of the file is where it stood.
    fn stands(&mut self, line: &EventLine) {
        self.counts.lines += 1;
        self.counts.position = line.position;
        (self.last, self.restored) = (Some(line.id), line.position);
    }

    /// Puts events back behind the newest one. Says how many, until something else was in the way.
    async fn put_back(&mut self, batch: &[Numbered]) -> Result<usize, Stop> {
        let mut appends = Vec::with_capacity(batch.len());
        let mut last = self.last;
        for (line, number) in batch {
            let after = last.replace(line.id);
            let restored = Restored { position: line.position, recorded_at: line.recorded_at, after };
            let append = self.append(line, line.event.clone(), ExpectedRevision::Exact(line.revision - 1));
            appends.push(append.map_err(|why| too_large(*number, &why))?.restoring(restored));
        }
        let answers = self.submit(appends).await?;
        for (n, ((line, number), answer)) in batch.iter().zip(answers).enumerate() {
            match answer {
                Ok(result) if !result.duplicate => self.counts.stored += 1,
                Ok(result) if result.position == line.position => self.counts.duplicates += 1,
                // Up to here file and store are the same, so this line has the id of an earlier one.
                Ok(result) if result.position < line.position => return Err(twice(line, *number)),
                Err(AppendError::Refused(Refusal::DuplicateEvent { position, .. }))
                    if position < line.position =>
                {
                    return Err(twice(line, *number));
                }
                Err(AppendError::Refused(Refusal::RevisionConflict(conflicts))) => {
                    let expected = conflicts.first().map_or(0, |conflict| conflict.actual + 1);
                    let why = format!("revision: expected {expected}, found {}", line.revision);
                    return Err(Stop::Flaw(Flaw { line: *number, reason: Reason::OutOfOrder, why }));
                }
                // Something else is there, or was stored meanwhile.
                Ok(_) | Err(AppendError::Refused(_)) => return Ok(n),
                Err(error) => return Err(error.into()),
            }
            self.stands(line);
        }
        Ok(batch.len())
    }

    /// Stores events behind what is there, each by itself.
    async fn add(&mut self, batch: &[Numbered]) -> Result<(), Stop> {
        let found = self.look_up(batch).await?;
        let mut of_batch = HashMap::with_capacity_and_hasher(batch.len(), FxBuildHasher);
        let mut appends = Vec::with_capacity(batch.len());
        let mut stop = None;
        let mut count = 0;
        for (line, number) in batch {
            let is_first = of_batch.insert(line.id, ()).is_none();
            match found.get(&line.id) {
                Some(found) if is_first => {
                    if let Some(flaw) = self.contradiction(line, *number, found) {
                        stop = Some(flaw);
                        break;
                    }
                    appends.push(None);
                }
                None if is_first => match self.append_behind(line) {
                    Ok(append) => appends.push(Some(append)),
                    Err(why) => {
                        stop = Some(too_large(*number, &why));
                        break;
                    }
                },
                _ => {
                    stop = Some(twice(line, *number));
                    break;
                }
            }
            count += 1;
        }
        self.store_new(&batch[..count], appends).await?;
        stop.map_or(Ok(()), Err)
    }

    /// Stores those of a batch that are not there yet.
    async fn store_new(&mut self, batch: &[Numbered], appends: Vec<Option<Append>>) -> Result<(), Stop> {
        let is_there: Vec<bool> = appends.iter().map(Option::is_none).collect();
        let mut answers = self.submit(appends.into_iter().flatten().collect()).await?.into_iter();
        for ((line, number), is_there) in batch.iter().zip(is_there) {
            match if is_there { None } else { answers.next() } {
                None => self.counts.duplicates += 1,
                Some(Ok(result)) if result.duplicate => self.counts.duplicates += 1,
                Some(Ok(_)) => self.counts.stored += 1,
                // Another connection has stored it meanwhile, in another stream.
                Some(Err(AppendError::Refused(Refusal::DuplicateEvent { position, .. }))) => {
                    return Err(taken(line, *number, position));
                }
                Some(Err(error)) => return Err(error.into()),
            }
            self.counts.lines += 1;
            self.counts.position = line.position;
        }
        Ok(())
    }

    async fn look_up(&self, batch: &[Numbered]) -> Result<HashMap<Uuid, Found, FxBuildHasher>, Stop> {
        let ids: Vec<Uuid> = batch.iter().map(|(line, _)| line.id).collect();
        let lines: HashMap<Uuid, &EventLine, FxBuildHasher> =
            batch.iter().map(|(line, _)| (line.id, line)).collect();
        let mut found = HashMap::default();
        self.store
            .look_up(&ids, |event| {
                let (position, stream_id) = (event.position(), event.stream_id().into());
                let origin = if event.has_metadata() { origin_of(event.metadata()) } else { None };
                let is_as_told = lines.get(&event.id()).is_some_and(|line| line.tells(event));
                found.insert(event.id(), Found { position, stream_id, origin, is_as_told });
            })
            .await?;
        Ok(found)
    }

    /// What speaks against a line being the event that is stored under its id.
    fn contradiction(&self, line: &EventLine, number: u64, found: &Found) -> Option<Stop> {
        let came_from = match found.origin {
            Some(origin) => (origin.store_id == self.origin).then_some(origin.position),
            // Up to there the store has what the file has, or the file is of this very store.
            None if found.position <= self.restored || self.origin == self.store.store_id() => {
                Some(found.position)
            }
            None => None,
        };
        if came_from.is_some_and(|position| position != line.position) {
            return Some(twice(line, number));
        }
        (*found.stream_id != *line.stream_id.as_str()).then(|| taken(line, number, found.position))
    }

    fn append_behind(&self, line: &EventLine) -> Result<Append, InvalidArgument> {
        let event = NewEvent { metadata: with_origin(line, self.origin), ..line.event.clone() };
        self.append(line, event, ExpectedRevision::Any)
    }

    fn append(
        &self,
        line: &EventLine,
        event: NewEvent,
        expected: ExpectedRevision,
    ) -> Result<Append, InvalidArgument> {
        self.store
            .check(vec![Write { stream_id: line.stream_id.clone(), expected, events: vec![event] }], None)
    }

    /// Has appends stored, all at once: they share commits.
    async fn submit(&self, appends: Vec<Append>) -> Result<Vec<Answer>, LogError> {
        let answers: Rc<RefCell<Vec<Option<Answer>>>> = Rc::default();
        answers.borrow_mut().resize_with(appends.len(), || None);
        for (n, append) in appends.into_iter().enumerate() {
            let answers = answers.clone();
            self.store.enqueue(append, move |answer| answers.borrow_mut()[n] = Some(answer))?;
        }
        while answers.borrow().iter().any(Option::is_none) {
            self.store.drive().await;
        }
        let answers = answers.take();
        Ok(answers.into_iter().flatten().collect())
    }
}

fn twice(line: &EventLine, number: u64) -> Stop {
    let why = format!("event {} has the id of another event of the file", line.id);
    Stop::Flaw(Flaw { line: number, reason: Reason::Duplicate, why })
}

fn taken(line: &EventLine, number: u64, position: u64) -> Stop {
    let why = format!("event {} is stored already, in another stream, at position {position}", line.id);
    Stop::Flaw(Flaw { line: number, reason: Reason::Duplicate, why })
}

fn too_large(number: u64, why: &InvalidArgument) -> Stop {
    Stop::Flaw(Flaw { line: number, reason: Reason::TooLarge, why: why.to_string() })
}
