//! Aggregates whose code is JavaScript.

use std::{collections::HashSet, fmt::Write as _, iter};

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;

use crate::{
    engine::{Decider, Happening, SnapshotPolicy, Undecided},
    model::{InvalidArgument, NewEvent},
};

use super::{
    page::{Words, put_list},
    requests::{batch, text_version::text_version},
};

#[wasm_bindgen]
extern "C" {
    /// An aggregate as the wrapper hands it over.
    pub type Definition;

    #[wasm_bindgen(method, getter)]
    fn name(this: &Definition) -> String;

    /// The types of events that states are made of.
    #[wasm_bindgen(method, getter)]
    fn types(this: &Definition) -> Vec<String>;

    #[wasm_bindgen(method, catch, js_name = initialState)]
    fn initial_state(this: &Definition) -> Result<JsValue, JsValue>;

    /// What a command makes happen: events as `requests/batch.rs` reads them, as one JSON text; empty for nothing.
    #[wasm_bindgen(method, catch)]
    fn decide(this: &Definition, state: &JsValue, asked: &JsValue) -> Result<String, JsValue>;

    /// The state after what was decided last on a command, on a state of such a revision; `undefined` where the wrapper does not know all of
    /// the events.
    #[wasm_bindgen(method, catch, js_name = evolveDecided)]
    fn evolve_decided(
        this: &Definition,
        state: &JsValue,
        asked: &JsValue,
        revision: f64,
    ) -> Result<JsValue, JsValue>;

    /// The state after some events: see [`JsDecider::evolve`].
    #[wasm_bindgen(method, catch)]
    fn evolve(
        this: &Definition,
        state: JsValue,
        text: String,
        metadata: String,
        numbers: Float64Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn snapshots(this: &Definition) -> Option<Policy>;

    /// A state as JSON text.
    #[wasm_bindgen(method, catch)]
    fn freeze(this: &Definition, state: &JsValue) -> Result<String, JsValue>;

    /// The state that a text was made of.
    #[wasm_bindgen(method, catch)]
    fn thaw(this: &Definition, text: &str) -> Result<JsValue, JsValue>;

    /// When states are kept.
    type Policy;

    #[wasm_bindgen(method, getter)]
    fn every(this: &Policy) -> f64;

    /// As its author counts.
    #[wasm_bindgen(method, getter)]
    fn version(this: &Policy) -> f64;

    /// The text of the functions that states are made by: another text is another version, too.
    #[wasm_bindgen(method, getter)]
    fn text(this: &Policy) -> String;
}

/// Numbers per event: the index of its type, its version, its revision.
const NUMBERS: usize = 3;

/// After so many bytes of data and metadata a batch of events is full.
const BATCH_BYTES: usize = 64 * 1024;

/// What a state weighs that nobody looks into, in bytes. It is a guess on the safe side: a thousand stay in memory.
const STATE_BYTES: usize = 16 * 1024;

/// An aggregate whose code is JavaScript. Its states are values that nobody changes, so a copy is another handle.
pub(super) struct JsDecider {
    definition: Definition,
    name: String,
    types: HashSet<String>,
}

impl JsDecider {
    pub(super) fn new(definition: Definition) -> Self {
        let (name, types) = (definition.name(), definition.types().into_iter().collect());
        Self { definition, name, types }
    }

    /// A batch of events crosses at once: `{"types":[…],"data":[…]}`, the metadata apart as a list (they are parsed only when they are looked
    /// at), and three numbers per event.
    fn evolve(&self, state: JsValue, events: &[Happening<'_>]) -> Result<JsValue, JsValue> {
        let mut types = Words::default();
        let mut numbers = Vec::with_capacity(NUMBERS * events.len());
        for event in events {
            numbers.extend([types.index(event.r#type), f64::from(event.version), event.revision as f64]);
        }
        let bytes: usize = events.iter().map(|event| event.data.len() + 1).sum();
        let mut text = String::with_capacity(bytes + types.text().len() + 32);
        // Writing to a text cannot fail.
        let _ = write!(text, "{{\"types\":[{}],\"data\":", types.text());
        put_list(&mut text, events.iter(), |text, event| text.push_str(event.data));
        text.push('}');
        let mut metadata = String::new();
        put_list(&mut metadata, events.iter(), |text, event| text.push_str(event.metadata));
        self.definition.evolve(state, text, metadata, Float64Array::from(numbers.as_slice()))
    }
}

impl Decider for JsDecider {
    type State = JsValue;
    type Command = JsValue;
    type Rejection = JsValue;
    type Broken = JsValue;

    fn name(&self) -> &str {
        &self.name
    }

    fn initial_state(&self) -> Result<JsValue, JsValue> {
        self.definition.initial_state()
    }

    fn decide(&self, state: &JsValue, command: &JsValue) -> Result<Vec<NewEvent>, Undecided<JsValue>> {
        let text = self.definition.decide(state, command).map_err(Undecided::Rejected)?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        batch::read_events(&text).map_err(|error| {
            let refused =
                InvalidArgument::new("events", "events as the wrapper writes them", error.to_string());
            Undecided::Invalid(refused)
        })
    }

    /// Events that the aggregate handles cross many at once, though not more than are garbage soon: what is parsed of them is dropped before
    /// the browser has to look after it.
    fn fold<'a>(
        &self,
        mut state: JsValue,
        events: &mut dyn Iterator<Item = Happening<'a>>,
    ) -> Result<JsValue, JsValue> {
        let mut handled = events.filter(|event| self.types.contains(event.r#type)).peekable();
        let mut batch = Vec::new();
        while handled.peek().is_some() {
            let mut bytes = 0;
            batch.clear();
            batch.extend(iter::from_fn(|| {
                let event = handled.next_if(|_| bytes < BATCH_BYTES)?;
                bytes += event.data.len() + event.metadata.len();
                Some(event)
            }));
            state = self.evolve(state, &batch)?;
        }
        Ok(state)
    }

    /// The wrapper has the events that it has written just now: they need not cross once more.
    fn fold_decided(
        &self,
        state: JsValue,
        revision: u64,
        asked: &JsValue,
        events: &[NewEvent],
    ) -> Result<JsValue, JsValue> {
        let next = self.definition.evolve_decided(&state, asked, revision as f64)?;
        if !next.is_undefined() {
            return Ok(next);
        }
        self.fold(state, &mut Happening::all_ahead(events, revision))
    }

    fn snapshots(&self) -> Option<SnapshotPolicy> {
        let policy = self.definition.snapshots()?;
        Some(SnapshotPolicy {
            every: policy.every() as u64,
            version: text_version(policy.version() as u64, &policy.text()),
        })
    }

    fn freeze(&self, state: &JsValue) -> Result<String, String> {
        let message = |thrown: JsValue| match thrown.dyn_ref::<js_sys::Error>() {
            Some(error) => String::from(error.message()),
            None => format!("{thrown:?}"),
        };
        self.definition.freeze(state).map_err(message)
    }

    fn thaw(&self, text: &str) -> Option<JsValue> {
        self.definition.thaw(text).ok()
    }

    fn weight(&self, _state: &JsValue) -> usize {
        STATE_BYTES
    }
}
