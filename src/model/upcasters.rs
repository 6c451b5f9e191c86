//! Upcasters: events that older code has stored are read in the words of the code of today. Stored bytes never change.

use std::collections::{BTreeSet, HashMap};

use thiserror::Error;
use twox_hash::XxHash64;

use super::{
    Json, Query, QueryItem, RecordedEvent,
    upcaster::{Chain, End, Piece},
};

/// So many steps one stored event may take, its pieces included: chains that lead back to where they began have no end.
const MAX_STEPS: usize = 100_000;

/// What becomes of an event of a version that is newer than its type's chain knows: newer code has stored it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUnknown {
    /// Whatever reads it fails.
    #[default]
    Fail,
    /// It is read as if it were not there.
    Skip,
}

/// An event that was stored in an older form could not be read in the one that the code knows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{type} of version {version} cannot be read: {why}")]
pub struct UpcastError {
    /// As it is stored.
    pub r#type: String,
    /// As it is stored.
    pub version: u32,
    /// What is wrong.
    pub why: UpcastFault,
}

/// What is wrong with an upcaster, or with the event that it was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpcastFault {
    /// A step cannot read the data of the version before, or gives none.
    #[error("the upcaster of {type} of version {version}: {why}")]
    Failed {
        /// What the event was by then.
        r#type: String,
        /// As `type`.
        version: u32,
        /// In the words of serde, or of the step.
        why: String,
    },
    /// A split gives an event of a type that it does not name, by which no query would find it.
    #[error("expected events of the types that the split of {of} names, found {found:?}")]
    Unnamed {
        /// The type that is split.
        of: String,
        /// The type that came of it.
        found: String,
    },
    /// The chains lead back to where they began.
    #[error("its upcasters do not come to an end within {MAX_STEPS} steps")]
    Endless,
    /// The chains make an event of a version that the chain of its type does not know.
    #[error(
        "its upcasters make a {type} of version {made} of it, but the chain of that type ends at version {newest}"
    )]
    TooNew {
        /// What the event was by then.
        r#type: String,
        /// As `type`.
        made: u32,
        /// Where the chain of that type ends.
        newest: u32,
    },
    /// Newer code has stored it.
    #[error("expected a version of at most {newest}, found {found} of {type}: newer code has stored it")]
    Newer {
        /// What the event was by then.
        r#type: String,
        /// As `type`.
        found: u32,
        /// The newest version that the code knows.
        newest: u32,
    },
}

/// The chains of an application, by type.
#[derive(Debug, Default)]
pub struct Upcasters {
    chains: HashMap<String, Chain>,
    on_unknown: OnUnknown,
}

impl Upcasters {
    /// Some chains; of two for one type the later one counts.
    pub fn new(chains: impl IntoIterator<Item = Chain>) -> Self {
        let chains = chains.into_iter().map(|chain| (chain.r#type.clone(), chain)).collect();
        Self { chains, on_unknown: OnUnknown::Fail }
    }

    /// The same, with another answer to events of unknown versions.
    #[must_use]
    pub fn on_unknown(mut self, on_unknown: OnUnknown) -> Self {
        self.on_unknown = on_unknown;
        self
    }

    /// The version that a new event of a type has.
    #[must_use]
    pub fn newest(&self, r#type: &str) -> u32 {
        self.chains.get(r#type).map_or(1, Chain::newest)
    }

    /// The types under which events are stored that are read as one of these.
    pub fn stored_as<'a>(&'a self, types: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut names: BTreeSet<&str> = types.into_iter().collect();
        let mut new: Vec<&str> = names.iter().copied().collect();
        while let Some(name) = new.pop() {
            let leading = self.chains.values().filter(|chain| chain.leads_to().iter().any(|one| one == name));
            new.extend(leading.map(|chain| chain.r#type.as_str()).filter(|&one| names.insert(one)));
        }
        names
    }

    /// A query that means what is stored, of one that means what is read.
    #[must_use]
    pub fn stored_query(&self, query: &Query) -> Query {
        let stored = |item: &QueryItem| {
            let types = self.stored_as(item.types.iter().map(String::as_str));
            QueryItem { types: types.into_iter().map(str::to_owned).collect(), ..item.clone() }
        };
        Query { items: query.items.iter().map(stored).collect() }
    }

    /// A version of code that these chains are a part of: when what can be seen of them is another, so are the states and rows of the same history.
    #[must_use]
    pub(crate) fn with_version(&self, version: String) -> String {
        if self.chains.is_empty() {
            return version;
        }
        let mut shapes: Vec<String> = self.chains.values().map(Chain::shape).collect();
        super::sort::sort(&mut shapes);
        let shape = format!("{}{:?}", shapes.concat(), self.on_unknown);
        format!("{version}-{:016x}", XxHash64::oneshot(0, shape.as_bytes()))
    }

    /// What an event is read as: one event, several, or none.
    ///
    /// # Errors
    /// [`UpcastError`], which names the event by type and version.
    pub fn read(&self, event: &RecordedEvent) -> Result<Vec<RecordedEvent>, UpcastError> {
        let Some(pieces) = self.pieces(&event.r#type, event.version, event.data.as_str())? else {
            return Ok(vec![event.clone()]);
        };
        let recorded =
            |Piece { r#type, version, data }| RecordedEvent { r#type, version, data, ..event.clone() };
        Ok(pieces.into_iter().map(recorded).collect())
    }

    /// What an event is read as; `None` when that is as it is stored.
    pub(crate) fn pieces(
        &self,
        r#type: &str,
        version: u32,
        data: &str,
    ) -> Result<Option<Vec<Piece>>, UpcastError> {
        let is_current = |chain: &Chain| matches!(chain.end, End::None) && version == chain.newest();
        if self.chains.get(r#type).is_none_or(is_current) {
            return Ok(None);
        }
        let stored = Piece { r#type: r#type.to_owned(), version, data: Json::trusted(data) };
        let followed = self.follow(stored);
        followed.map(Some).map_err(|why| UpcastError { r#type: r#type.to_owned(), version, why })
    }

    fn follow(&self, stored: Piece) -> Result<Vec<Piece>, UpcastFault> {
        let is_stored = |event: &Piece| event.r#type == stored.r#type && event.version == stored.version;
        let (mut done, mut waiting) = (Vec::new(), vec![stored.clone()]);
        for _ in 0..MAX_STEPS {
            let Some(event) = waiting.pop() else { return Ok(done) };
            let is_stored = is_stored(&event);
            match self.next(event, is_stored)? {
                Next::Done(event) => done.push(event),
                // The first comes first.
                Next::Pieces(pieces) => waiting.extend(pieces.into_iter().rev()),
            }
        }
        if waiting.is_empty() { Ok(done) } else { Err(UpcastFault::Endless) }
    }

    /// What comes of an event, which may be the one that is stored.
    fn next(&self, event: Piece, is_stored: bool) -> Result<Next, UpcastFault> {
        let Some(chain) = self.chains.get(&event.r#type) else { return Ok(Next::Done(event)) };
        let Piece { r#type, version, data } = event;
        if version > chain.newest() {
            let newest = chain.newest();
            if !is_stored {
                return Err(UpcastFault::TooNew { r#type, made: version, newest });
            }
            return match self.on_unknown {
                OnUnknown::Skip => Ok(Next::Pieces(Vec::new())),
                OnUnknown::Fail => Err(UpcastFault::Newer { r#type, found: version, newest }),
            };
        }
        let failed = |why| UpcastFault::Failed { r#type: r#type.clone(), version, why };
        let Some(index) = (version as usize).checked_sub(1) else {
            return Err(failed("expected a version of at least 1".to_owned()));
        };
        if let Some(step) = chain.steps.get(index) {
            let data = step(&data).map_err(failed)?;
            return Ok(Next::Pieces(vec![Piece { r#type, version: version + 1, data }]));
        }
        match &chain.end {
            End::None => Ok(Next::Done(Piece { r#type, version, data })),
            End::Drop => Ok(Next::Pieces(Vec::new())),
            End::Rename(name, version) => {
                Ok(Next::Pieces(vec![Piece { r#type: name.clone(), version: *version, data }]))
            }
            End::Split(types, step) => {
                let pieces = step(&data).map_err(failed)?;
                match pieces.iter().find(|piece| !types.contains(&piece.r#type)) {
                    Some(stray) => Err(UpcastFault::Unnamed { of: r#type, found: stray.r#type.clone() }),
                    None => Ok(Next::Pieces(pieces)),
                }
            }
        }
    }
}

/// What comes of an event by one step.
enum Next {
    Done(Piece),
    Pieces(Vec<Piece>),
}
