//! The views of one open store, for JavaScript.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::{
    engine::views::{PastView, ViewError, ViewStatus, Views},
    log::{EventStore, Pacer},
};

use super::{
    error::to_js,
    options,
    projections::{JsFolding, Projections, tell},
    report::explained,
    requests::{
        finding,
        projecting::{MomentRequest, RuleRequest},
    },
    storage::Chosen,
};

/// The views of one open store.
#[wasm_bindgen]
pub struct EngineViews {
    views: Views<Chosen, JsFolding>,
}

/// A view as it was at a moment.
#[wasm_bindgen]
pub struct EnginePast(PastView<JsFolding>);

impl EngineViews {
    pub(super) fn new(store: EventStore<Chosen>, host: Projections, pacer: Pacer) -> Self {
        let views = Views::new(store, JsFolding(host.clone()), pacer);
        views.listen(Rc::new(move |told| tell(&host, told)));
        Self { views }
    }
}

#[wasm_bindgen]
impl EngineViews {
    /// Registers a projection; its number is the answer.
    ///
    /// # Errors
    /// A report of what is wrong with it.
    pub fn register(&self, rule: JsValue) -> Result<usize, JsValue> {
        let rule: RuleRequest = options::read(rule).map_err(|error| to_js(&error))?;
        let registered = rule.into_rule().and_then(|rule| self.views.register(rule));
        registered.map_err(|error| to_js(&error))
    }

    /// Takes over what is saved, and brings all views up to the log; in the background again and again, when it cannot be read. `watch` is told the name of a view, how far it is and of how many events,
    /// and says whether to go on.
    ///
    /// # Errors
    /// A report of what the engine says.
    pub async fn open(&self, in_background: bool, watch: Function) -> Result<(), JsValue> {
        let watch = |name: &str, done: u64, total: u64| {
            let (done, total) = ((done as f64).into(), (total as f64).into());
            watch.call3(&JsValue::NULL, &name.into(), &done, &total).is_ok_and(|answer| answer.is_truthy())
        };
        let opened = if in_background {
            self.views.open_in_background(&watch).await
        } else {
            self.views.open(&watch).await
        };
        opened.map_err(|error| to_js(&error))
    }

    /// Takes over what is saved, and no more.
    pub async fn restore(&self) {
        self.views.restore().await;
    }

    /// Keeps the views up with what other connections store, from now on.
    pub fn follow(&self) {
        let views = self.views.clone();
        spawn_local(async move { views.follow().await });
    }

    /// The views whose save was there at open, but was not believed.
    #[must_use]
    pub fn dropped(&self) -> Vec<u32> {
        self.views.dropped().into_iter().map(|view| view as u32).collect()
    }

    /// Of a view: the last position that it has taken in, when the newest event of its own was stored, its status (0 catching up, 1 ready, 2
    /// stopped), how many rows it has, how many events were skipped.
    #[must_use]
    pub fn state(&self, view: usize) -> Vec<f64> {
        let Some(state) = self.views.state(view) else { return Vec::new() };
        let status = match state.status {
            ViewStatus::CatchingUp => 0.0,
            ViewStatus::Ready => 1.0,
            ViewStatus::Stopped => 2.0,
        };
        let (count, skipped) = (state.count as f64, state.skipped as f64);
        vec![state.position as f64, state.updated_at as f64, status, count, skipped]
    }

    /// Over which event a view has stopped, as JSON text.
    #[must_use]
    pub fn fault(&self, view: usize) -> Option<String> {
        serde_json::to_string(&self.views.fault(view)?).ok()
    }

    /// The events that a view has skipped, as JSON text.
    #[wasm_bindgen(js_name = deadLetters)]
    #[must_use]
    pub fn dead_letters(&self, view: usize) -> String {
        serde_json::to_string(&self.views.dead_letters(view)).unwrap_or_default()
    }

    /// The slots of the rows that are meant, in order.
    ///
    /// # Errors
    /// A report of what is wrong with the question.
    pub fn find(&self, view: usize, query: &str) -> Result<Vec<u32>, JsValue> {
        let find = finding::read(query).map_err(|error| to_js(&error))?;
        Ok(self.views.find(view, &find))
    }

    /// How many rows are meant.
    ///
    /// # Errors
    /// A report of what is wrong with the question.
    pub fn count(&self, view: usize, query: &str) -> Result<usize, JsValue> {
        let find = finding::read(query).map_err(|error| to_js(&error))?;
        Ok(self.views.count(view, &find))
    }

    /// How the rows that are meant are come by, as JSON text.
    ///
    /// # Errors
    /// A report of what is wrong with the question.
    pub fn explain(&self, view: usize, query: &str) -> Result<String, JsValue> {
        let find = finding::read(query).map_err(|error| to_js(&error))?;
        Ok(self.views.explain(view, &find).as_ref().map(explained).unwrap_or_default())
    }

    /// Keeps a question; its number is the answer.
    ///
    /// # Errors
    /// A report of what is wrong with it.
    #[wasm_bindgen(js_name = openLive)]
    pub fn open_live(&self, view: usize, query: &str) -> Result<u32, JsValue> {
        let find = finding::read(query).map_err(|error| to_js(&error))?;
        Ok(self.views.open_live(view, find).unwrap_or_default())
    }

    /// The answer of a kept question, as slots.
    #[wasm_bindgen(js_name = liveAnswer)]
    #[must_use]
    pub fn live_answer(&self, view: usize, live: u32) -> Vec<u32> {
        self.views.live_answer(view, live)
    }

    /// Keeps a question no more.
    #[wasm_bindgen(js_name = closeLive)]
    pub fn close_live(&self, view: usize, live: u32) {
        self.views.close_live(view, live);
    }

    /// Waits until a view has taken in the event at a position.
    ///
    /// # Errors
    /// A report of what the engine says.
    #[wasm_bindgen(js_name = whenAt)]
    pub async fn when_at(&self, view: usize, position: f64) -> Result<(), JsValue> {
        self.views.when_at(view, position as u64).await.map_err(|error| to_js(&error))
    }

    /// Folds a view anew. `watch` is told how far it is, in events and of how many, and says whether to go on.
    ///
    /// # Errors
    /// A report of what the engine says.
    pub async fn rebuild(&self, view: usize, watch: Function) -> Result<(), JsValue> {
        self.views.rebuild(view, &watcher(&watch)).await.map_err(|error| to_js(&error))
    }

    /// A view as it was at a moment; `watch` as of [`EngineViews::rebuild`].
    ///
    /// # Errors
    /// A report of what the engine says.
    #[wasm_bindgen(js_name = asOf)]
    pub async fn as_of(&self, view: usize, moment: JsValue, watch: Function) -> Result<EnginePast, JsValue> {
        let moment: MomentRequest = options::read(moment).map_err(|error| to_js(&error))?;
        let past = self.views.as_of(view, moment.into(), &watcher(&watch)).await;
        past.map(EnginePast).map_err(|error: ViewError| to_js(&error))
    }

    /// How many events a view has gone on since it was saved.
    #[must_use]
    pub fn unsaved(&self, view: usize) -> f64 {
        self.views.unsaved(view) as f64
    }

    /// Saves a view as it is now; says whether something was saved.
    ///
    /// # Errors
    /// A report of what the engine says.
    pub async fn save(&self, view: usize) -> Result<bool, JsValue> {
        self.views.save(view).await.map_err(|error| to_js(&error))
    }
}

#[wasm_bindgen]
impl EnginePast {
    /// The rows.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.0.generation()
    }

    /// The last position that it has taken in, when the newest event of its own was stored.
    #[must_use]
    pub fn state(&self) -> Vec<f64> {
        vec![self.0.position() as f64, self.0.updated_at() as f64]
    }

    /// The slots of the rows that are meant, in order.
    ///
    /// # Errors
    /// A report of what is wrong with the question.
    pub fn find(&self, query: &str) -> Result<Vec<u32>, JsValue> {
        let find = finding::read(query).map_err(|error| to_js(&error))?;
        Ok(self.0.find(&find).0)
    }

    /// How many rows are meant.
    ///
    /// # Errors
    /// A report of what is wrong with the question.
    pub fn count(&self, query: &str) -> Result<usize, JsValue> {
        let find = finding::read(query).map_err(|error| to_js(&error))?;
        Ok(self.0.count(&find))
    }

    /// How the rows that are meant are come by, as JSON text.
    ///
    /// # Errors
    /// A report of what is wrong with the question.
    pub fn explain(&self, query: &str) -> Result<String, JsValue> {
        let find = finding::read(query).map_err(|error| to_js(&error))?;
        Ok(explained(&self.0.find(&find).1))
    }
}

fn watcher(watch: &Function) -> impl Fn(u64, u64) -> bool {
    move |done, total| {
        let answer = watch.call2(&JsValue::NULL, &(done as f64).into(), &(total as f64).into());
        answer.is_ok_and(|answer| answer.is_truthy())
    }
}
