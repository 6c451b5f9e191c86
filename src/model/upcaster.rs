//! How events of one type are read that were stored in older forms.

use std::{fmt, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::Json;

/// An event on its way from the form that is stored to the one that the code knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What happened.
    pub r#type: String,
    /// The version of its schema.
    pub version: u32,
    /// What is told of it.
    pub data: Json,
}

impl Piece {
    /// An event of a type with data, of version 1: from there its type's own chain goes on.
    ///
    /// # Errors
    /// Why JSON cannot hold the data.
    pub fn new<T: Serialize + ?Sized>(r#type: impl Into<String>, data: &T) -> Result<Self, String> {
        let data = Json::of(data).map_err(|error| error.to_string())?;
        Ok(Self { r#type: r#type.into(), version: 1, data })
    }
}

type Step = Box<dyn Fn(&Json) -> Result<Json, String>>;
type Split = Box<dyn Fn(&Json) -> Result<Vec<Piece>, String>>;

/// What comes after the newest version.
pub(super) enum End {
    /// Nothing: the events are read as they are.
    None,
    Rename(String, u32),
    Split(Vec<String>, Split),
    Drop,
}

/// A chain as it is followed, whatever its types.
pub struct Chain {
    pub(super) r#type: String,
    /// From version n to the next, n - 1 being the index.
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
    pub(super) revised: u32,
}

impl Chain {
    /// The newest version of its type that it knows.
    #[must_use]
    pub fn newest(&self) -> u32 {
        self.steps.len() as u32 + 1
    }

    /// The same, revised so many times: to be raised when the code of a step has changed, which nobody sees, so that snapshots and saved views are made
    /// anew. That a step was added is seen.
    #[must_use]
    pub fn revised(mut self, times: u32) -> Self {
        self.revised = times;
        self
    }

    /// The types that its events are read as at its end, if that is another.
    pub(super) fn leads_to(&self) -> &[String] {
        match &self.end {
            End::Rename(r#type, _) => std::slice::from_ref(r#type),
            End::Split(types, _) => types,
            End::None | End::Drop => &[],
        }
    }

    /// What of the chain can be seen without calling it.
    pub(super) fn shape(&self) -> String {
        let end = match &self.end {
            End::None => String::new(),
            End::Rename(r#type, version) => format!("={type:?}/{version}"),
            End::Split(types, _) => format!("<{types:?}"),
            End::Drop => "-".to_owned(),
        };
        format!("{:?}{}{end}~{}", self.r#type, self.newest(), self.revised)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shape())
    }
}

/// A chain that can go on: `D` is what the data is at its end.
///
/// ```
/// use annals::model::{Piece, Upcaster, Upcasters};
///
/// #[derive(serde::Deserialize)]
/// struct V1 { name: String }
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct V2 { first: String, last: String }
///
/// let registered = Upcaster::<V1>::of("UserRegistered").to(|V1 { name }| {
///     let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
///     V2 { first: first.into(), last: last.into() }
/// });
/// let joined = Upcaster::<V1>::of("UserJoined").rename("UserRegistered", 1);
/// let upcasters = Upcasters::new([registered.into(), joined]);
/// assert_eq!(upcasters.newest("UserRegistered"), 2);
/// ```
#[derive(Debug)]
pub struct Upcaster<D> {
    chain: Chain,
    data: PhantomData<fn() -> D>,
}

impl<D: DeserializeOwned + 'static> Upcaster<D> {
    /// A chain without steps: version 1 is the newest.
    #[must_use]
    pub fn of(r#type: impl Into<String>) -> Self {
        let chain = Chain { r#type: r#type.into(), steps: Vec::new(), end: End::None, revised: 0 };
        Self { chain, data: PhantomData }
    }

    /// The next version of the same type. The step is pure.
    #[must_use]
    pub fn to<N: Serialize>(self, step: impl Fn(D) -> N + 'static) -> Upcaster<N> {
        self.try_to(move |data| Ok(step(data)))
    }

    /// The next version of the same type, where a step may say why there is none.
    #[must_use]
    pub fn try_to<N: Serialize>(mut self, step: impl Fn(D) -> Result<N, String> + 'static) -> Upcaster<N> {
        let written = move |data: &Json| Json::of(&step(read(data)?)?).map_err(|error| error.to_string());
        self.chain.steps.push(Box::new(written));
        Upcaster { chain: self.chain, data: PhantomData }
    }

    /// Events are read as another type from here on, and go on in that type's chain, at a version.
    #[must_use]
    pub fn rename(self, r#type: impl Into<String>, version: u32) -> Chain {
        self.ended(End::Rename(r#type.into(), version))
    }

    /// One event is read as several, or as none, each of one of these types. They share the id, the revision and the position of the one that is stored.
    #[must_use]
    pub fn split(self, types: &[&str], step: impl Fn(D) -> Result<Vec<Piece>, String> + 'static) -> Chain {
        let types = types.iter().map(|&r#type| r#type.to_owned()).collect();
        self.ended(End::Split(types, Box::new(move |data| step(read(data)?))))
    }

    /// Events are read no more.
    #[must_use]
    pub fn drop(self) -> Chain {
        self.ended(End::Drop)
    }

    fn ended(self, end: End) -> Chain {
        Chain { end, ..self.chain }
    }
}

impl<D> From<Upcaster<D>> for Chain {
    fn from(upcaster: Upcaster<D>) -> Self {
        upcaster.chain
    }
}

fn read<D: DeserializeOwned>(data: &Json) -> Result<D, String> {
    data.parse().map_err(|error| error.to_string())
}
