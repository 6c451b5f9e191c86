//! Projections whose code is JavaScript, and their rows.

use js_sys::{Array, Float64Array, Uint32Array};
use wasm_bindgen::prelude::*;

use crate::{
    engine::views::{
        Changes, DeadLetter, Field, FieldPath, Folded, Folding, GenerationId, RowWriter, Told, Turn,
    },
    log::Page,
};

use super::page;

#[wasm_bindgen]
extern "C" {
    /// The caller's side of the views of one engine. Its functions throw nothing.
    #[derive(Clone)]
    pub type Projections;

    #[wasm_bindgen(method)]
    fn begin(this: &Projections, projection: u32) -> GenerationId;

    #[wasm_bindgen(method)]
    fn end(this: &Projections, generation: GenerationId);

    /// A view shows these rows from now on.
    #[wasm_bindgen(method)]
    fn show(this: &Projections, projection: u32, generation: GenerationId);

    /// Folds a part of a page into generations. `turns` has two numbers for each: its number, and the position after which its events are.
    #[wasm_bindgen(method)]
    fn fold(this: &Projections, part: Array, turns: &Float64Array);

    /// What the parts of a page have done, as [`JsFolding::fold`] reads it.
    #[wasm_bindgen(method)]
    fn folded(this: &Projections, turns: &Float64Array) -> Array;

    /// One field of some rows, as a JSON list: `{}` where there is none, `[]` for what is no plain value.
    #[wasm_bindgen(method)]
    fn fields(this: &Projections, generation: GenerationId, slots: Uint32Array, path: &str) -> String;

    /// Takes rows as they are now.
    #[wasm_bindgen(method)]
    fn take(this: &Projections, generation: GenerationId, slots: Uint32Array) -> Array;

    /// Some of the rows that were taken, as a JSON list.
    #[wasm_bindgen(method, catch)]
    fn write(this: &Projections, rows: &Array, from: u32, to: u32) -> Result<String, JsValue>;

    /// Adds rows under keys, both JSON lists. Says whether they could be read.
    #[wasm_bindgen(method)]
    fn read(this: &Projections, generation: GenerationId, keys: String, rows: &str) -> bool;

    /// What has happened to views: of each its number, and how many questions have another answer, and which.
    #[wasm_bindgen(method)]
    fn told(this: &Projections, numbers: Uint32Array);
}

/// Projections whose code is JavaScript: events go over in pages, what became of rows comes back in numbers.
pub(super) struct JsFolding(pub(super) Projections);

/// Events cross in parts of about so many bytes: what is parsed of them is dropped before the browser has to look after it.
const PART_BYTES: usize = 64 * 1024;

/// Numbers that are read one after another.
struct Numbers(std::vec::IntoIter<f64>);

impl Numbers {
    fn next(&mut self) -> usize {
        self.0.next().unwrap_or_default() as usize
    }

    fn slots(&mut self) -> Vec<u32> {
        let count = self.next();
        self.0.by_ref().take(count).map(|slot| slot as u32).collect()
    }
}

impl Folding for JsFolding {
    fn begin(&self, projection: usize) -> GenerationId {
        self.0.begin(projection as u32)
    }

    fn end(&self, generation: GenerationId) {
        self.0.end(generation);
    }

    fn show(&self, projection: usize, generation: GenerationId) {
        self.0.show(projection as u32, generation);
    }

    /// The answer: numbers, for each turn how many rows have changed and their slots, how many are new and their slots, how many are gone and
    /// their slots, how many events were skipped, and whether it has stopped; the keys of all new rows as a JSON list; the skipped
    /// events, with the one that it has stopped at as the last of a turn, as a JSON list, or nothing.
    fn fold(&self, page: &Page, turns: &[Turn]) -> Vec<Folded> {
        let asked: Vec<f64> =
            turns.iter().flat_map(|turn| [f64::from(turn.generation), turn.after as f64]).collect();
        let asked = Float64Array::from(asked.as_slice());
        page::parts_to_js(page, PART_BYTES).for_each(|part| self.0.fold(part, &asked));
        let answer = self.0.folded(&asked);
        let text = |n: u32| answer.get(n).as_string().unwrap_or_default();
        let mut numbers = Numbers(Float64Array::from(answer.get(0)).to_vec().into_iter());
        let keys: Vec<String> = serde_json::from_str(&text(1)).unwrap_or_default();
        let letters: Vec<DeadLetter> = serde_json::from_str(&text(2)).unwrap_or_default();
        let (mut keys, mut letters) = (keys.into_iter(), letters.into_iter());
        let folded = |_: &Turn| {
            let (changed, new, gone) = (numbers.slots(), numbers.slots(), numbers.slots());
            let added = new.into_iter().zip(keys.by_ref()).collect();
            let skipped = numbers.next();
            Folded {
                changes: Changes { changed, added, gone },
                letters: letters.by_ref().take(skipped).collect(),
                fault: if numbers.next() > 0 { letters.next() } else { None },
            }
        };
        turns.iter().map(folded).collect()
    }

    fn fields(&self, generation: GenerationId, slots: &[u32], path: &FieldPath) -> Vec<Field> {
        let text = self.0.fields(generation, Uint32Array::from(slots), path.as_str());
        serde_json::from_str(&text).unwrap_or_else(|_| vec![Field::Missing; slots.len()])
    }

    fn writer(&self, generation: GenerationId, slots: &[u32]) -> RowWriter {
        let (host, rows) = (self.0.clone(), self.0.take(generation, Uint32Array::from(slots)));
        let mut from = 0;
        Box::new(move |count| {
            let to = from + count as u32;
            let text = host.write(&rows, from, to);
            from = to;
            text.map_err(|thrown| match thrown.dyn_ref::<js_sys::Error>() {
                Some(error) => error.message().into(),
                None => format!("{thrown:?}"),
            })
        })
    }

    fn read(&self, generation: GenerationId, keys: &[String], rows: &str) -> bool {
        serde_json::to_string(keys).is_ok_and(|keys| self.0.read(generation, keys, rows))
    }
}

/// Tells the caller what has happened to views.
pub(super) fn tell(host: &Projections, told: &[Told]) {
    let numbers: Vec<u32> = told
        .iter()
        .flat_map(|told| {
            let lives = told.lives.iter().copied();
            [told.view as u32, told.lives.len() as u32].into_iter().chain(lives)
        })
        .collect();
    host.told(Uint32Array::from(numbers.as_slice()));
}
