//! One open store, for JavaScript.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use js_sys::{Array, Function};
use uuid::Uuid;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::{
    browser,
    engine::{DispatchOptions, Repository},
    log::{
        EventStore, LogError, MergePolicy, MergeStep, Merged, OpenOptions, Pacer, ReadError, Reader, Start,
        Ticket,
    },
    model::{InvalidArgument, Query, StreamId},
    storage::{IndexedDb, Memory, Signal, delete_indexeddb},
};

use super::{
    aggregates::Aggregates,
    answers::Answers,
    backup::{EngineExport, EngineImport},
    commanding,
    definition::{Definition, JsDecider},
    error::to_js,
    host::{Host, pacer, watch_panics},
    options,
    outcomes::Outcomes,
    page,
    projections::Projections,
    reader::EngineReader,
    report::{DiagnosticsReport, RepairReport, VerificationReport, plain},
    requests::{
        batch::{self, AppendRequest},
        dispatching::{self, CommandRequest},
        opening::OpenRequest,
        reading::{ExportRequest, ReadAllRequest, ReadStreamRequest, StreamsRequest, SubscribeRequest},
    },
    storage::Chosen,
    subscription::EngineSubscription,
    views::EngineViews,
};

/// Room for what reading begins with, in bytes: taken at once, the memory grows once.
const ROOM: usize = 1024 * 1024;

/// One open store.
#[wasm_bindgen]
pub struct Engine {
    store: EventStore<Chosen>,
    answers: Rc<Answers>,
    pacer: Pacer,
    engine: crate::Engine<Chosen>,
    outcomes: Rc<Outcomes>,
    aggregates: Rc<Aggregates>,
    host: Host,
    /// Appends that the caller may want back.
    cancellable: Rc<RefCell<HashMap<u64, Ticket>>>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens a store.
    ///
    /// # Errors
    /// A report of what the log says.
    pub async fn open(options: JsValue, host: Host) -> Result<Engine, JsValue> {
        watch_panics(&host);
        drop(std::hint::black_box(Vec::<u8>::with_capacity(ROOM)));
        let request: OpenRequest = options::read(options).map_err(|error| to_js(&error))?;
        let expect = request.expect.as_ref().map(|expect| expect.witness()).transpose();
        let opening = host.clone();
        let cancelled = Rc::new(Cell::new(false));
        let cancelling = cancelled.clone();
        let signalling = host.clone();
        let options = OpenOptions {
            durability: request.durability(),
            expect: expect.map_err(|error| to_js(&error))?,
            on_progress: Some(Rc::new(move |progress| {
                opening.opening(progress.done as f64, progress.total as f64);
                cancelling.set(opening.is_cancelled());
            })),
            cancelled,
            repair: request.repair,
            merging: MergePolicy::default(),
            listener: Some(Rc::new(move |signal| signalling.signal(signal_name(signal)))),
        };
        let storage = if request.memory {
            Chosen::Memory(Memory::default())
        } else {
            Chosen::IndexedDb(IndexedDb::new(request.name))
        };
        let store =
            EventStore::open(storage, browser::sockets(), options).await.map_err(|error| to_js(&error))?;
        let pacer = pacer(&host);
        let engine = crate::Engine::new(store.clone());
        Ok(Self {
            store,
            answers: Answers::new(host.clone()),
            pacer,
            engine,
            outcomes: Outcomes::new(host.clone()),
            aggregates: Aggregates::new(host.clone()),
            host,
            cancellable: Rc::default(),
        })
    }

    /// The store's own id.
    #[wasm_bindgen(getter, js_name = storeId)]
    #[must_use]
    pub fn store_id(&self) -> String {
        self.store.store_id().to_string()
    }

    /// Whether opening created the store.
    #[wasm_bindgen(getter, js_name = isNew)]
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.store.is_new()
    }

    /// Whether less is here than the caller expected.
    #[wasm_bindgen(getter, js_name = isLess)]
    #[must_use]
    pub fn is_less(&self) -> bool {
        self.store.lost().is_some()
    }

    /// The position of the newest event that is known as stored.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn head(&self) -> f64 {
        self.store.head() as f64
    }

    /// Takes in the appends of one turn, as `requests/batch.rs` describes them. Each is answered through the host.
    ///
    /// # Errors
    /// A sentence when the text is not a batch.
    pub fn submit(&self, batch: &[u8]) -> Result<(), JsValue> {
        let requests = batch::read(batch).map_err(|error| JsValue::from_str(&error.to_string()))?;
        for request in requests {
            let ticket = request.0;
            if let Err(error) = self.enqueue(request) {
                self.answers.push(ticket, Err(error));
            }
        }
        spawn_local(self.store.drive());
        Ok(())
    }

    fn enqueue(&self, request: AppendRequest<'_>) -> Result<(), crate::log::AppendError> {
        let (ticket, cancellable, single) = (request.0, request.2, request.is_single());
        let has_fresh_ids = request.has_fresh_ids();
        let append = request.into_parts().and_then(|(writes, condition)| self.store.check(writes, condition));
        let append = append.map_err(|invalid| if single { invalid.of_the_only_write() } else { invalid })?;
        let append = if has_fresh_ids { append.of_fresh_ids() } else { append };
        let (answers, forget) = (self.answers.clone(), cancellable.then(|| self.cancellable.clone()));
        let queued = self.store.enqueue(append, move |answer| {
            if let Some(cancellable) = forget {
                cancellable.borrow_mut().remove(&(ticket as u64));
            }
            answers.push(ticket, answer);
        })?;
        if cancellable {
            self.cancellable.borrow_mut().insert(ticket as u64, queued);
        }
        Ok(())
    }

    /// Takes an append back, if its commit has not begun.
    pub fn cancel(&self, ticket: f64) {
        let queued = self.cancellable.borrow_mut().remove(&(ticket as u64));
        if let Some(queued) = queued {
            self.store.cancel(queued);
        }
    }

    /// Takes in what other connections have stored.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn refresh(&self) -> Result<(), JsValue> {
        self.store.refresh().await.map_err(|error| to_js(&error))
    }

    /// Begins a reading of the whole log.
    ///
    /// # Errors
    /// A report of what the store says.
    #[wasm_bindgen(js_name = readAll)]
    pub async fn read_all(&self, options: JsValue) -> Result<EngineReader, JsValue> {
        let request: ReadAllRequest = options::read(options).map_err(|error| to_js(&error))?;
        let head = request.head;
        let reader = match head {
            Some(head) => self.store.read_all_at(request.into(), head).await,
            None => self.store.read_all(request.into()).await,
        };
        begin(reader).await
    }

    /// Begins a reading of one stream.
    ///
    /// # Errors
    /// A report of what the store says.
    #[wasm_bindgen(js_name = readStream)]
    pub async fn read_stream(&self, options: JsValue) -> Result<EngineReader, JsValue> {
        let request: ReadStreamRequest = options::read(options).map_err(|error| to_js(&error))?;
        let stream_id = StreamId::new(request.stream_id.as_str()).map_err(|error| to_js(&error))?;
        let reader = match request.head {
            Some(head) => self.store.read_stream_at(stream_id, &(&request).into(), head).await,
            None => self.store.read_stream(stream_id, (&request).into()).await,
        };
        begin(reader).await
    }

    /// The event with an id, as a page of one.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn event(&self, id: String) -> Result<Option<Array>, JsValue> {
        let id = Uuid::try_parse(&id)
            .map_err(|_| to_js(&InvalidArgument::new("id", "a UUID", format!("{id:?}"))))?;
        let page = self.store.event_page(id).await.map_err(|error| to_js(&error))?;
        Ok(page.as_ref().map(page::to_js))
    }

    /// How many events a stream has.
    ///
    /// # Errors
    /// A report of what the store says.
    #[wasm_bindgen(js_name = streamRevision)]
    pub async fn stream_revision(&self, stream_id: String) -> Result<f64, JsValue> {
        let stream_id = StreamId::new(stream_id).map_err(|error| to_js(&error))?;
        let revision = self.store.stream_revision(&stream_id).await;
        revision.map(|revision| revision as f64).map_err(|error| to_js(&error))
    }

    /// Names of streams in code-point order.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn streams(&self, options: JsValue) -> Result<Vec<String>, JsValue> {
        let request: StreamsRequest = options::read(options).map_err(|error| to_js(&error))?;
        let limit = request.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let names = self.store.streams(&request.prefix, request.after.as_deref(), limit).await;
        names.map_err(|error| to_js(&error))
    }

    /// Follows the log.
    ///
    /// # Errors
    /// A report of what the store says.
    pub fn subscribe(&self, options: JsValue) -> Result<EngineSubscription, JsValue> {
        let request: SubscribeRequest = options::read(options).map_err(|error| to_js(&error))?;
        let start = request.after.map_or(Start::Head, Start::After);
        let subscription = self.store.subscribe(start, request.query.map(Query::from));
        subscription.map(EngineSubscription::new).map_err(|error| to_js(&error))
    }

    /// What the store knows of its own size.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn diagnostics(&self) -> Result<JsValue, JsValue> {
        let diagnostics = self.store.diagnostics().await.map_err(|error| to_js(&error))?;
        Ok(plain(&DiagnosticsReport::from(diagnostics)))
    }

    /// Reads every stored byte again. `between` is called with how many of how many events were covered, and says whether to
    /// go on.
    ///
    /// # Errors
    /// A report of what the store says. Damage is in the answer.
    pub async fn verify(&self, between: Function) -> Result<JsValue, JsValue> {
        let go_on = |done: u64, total: u64| {
            let answer = between.call2(&JsValue::NULL, &(done as f64).into(), &(total as f64).into());
            answer.is_ok_and(|answer| answer.is_truthy())
        };
        let verification = self.store.verify(go_on).await.map_err(|error| to_js(&error))?;
        Ok(plain(&VerificationReport::from(verification)))
    }

    /// Begins an export.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn export(&self, options: JsValue) -> Result<EngineExport, JsValue> {
        let request: ExportRequest = options::read(options).map_err(|error| to_js(&error))?;
        let exporter = self.store.export(request.into()).await;
        exporter.map(EngineExport::new).map_err(|error| to_js(&error))
    }

    /// Begins an import.
    #[must_use]
    pub fn import(&self) -> EngineImport {
        EngineImport::new(self.store.import(pacer(&self.host)))
    }

    /// Whether there is something to merge.
    #[wasm_bindgen(getter, js_name = isMergeDue)]
    #[must_use]
    pub fn is_merge_due(&self) -> bool {
        self.store.is_merge_due()
    }

    /// Whether merging is long overdue.
    #[wasm_bindgen(getter, js_name = isMergeOverdue)]
    #[must_use]
    pub fn is_merge_overdue(&self) -> bool {
        self.store.is_merge_overdue()
    }

    /// How many events are not merged yet.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn unmerged(&self) -> f64 {
        self.store.unmerged() as f64
    }

    /// Takes one step of merging: what became of it (0 nothing to do, 1 done, 2 another connection was first), events and bytes
    /// that it read and wrote, and the longest time in ms that any step has kept the page busy so far.
    ///
    /// # Errors
    /// A report of what the store says.
    #[wasm_bindgen(js_name = mergeStep)]
    pub async fn merge_step(&self) -> Result<Vec<f64>, JsValue> {
        let step = self.store.merge_step(&self.pacer).await.map_err(|error| to_js(&error))?;
        let (outcome, merged) = match step {
            MergeStep::Nothing => (0.0, Merged::default()),
            MergeStep::Done(merged) => (1.0, merged),
            MergeStep::Refused => (2.0, Merged::default()),
        };
        let figures = [merged.events, merged.bytes_read, merged.bytes_written].map(|figure| figure as f64);
        Ok([&[outcome][..], &figures, &[self.pacer.longest_ms()]].concat())
    }

    /// Sets damaged records aside.
    ///
    /// # Errors
    /// A report of what the store says.
    pub async fn repair(&self) -> Result<JsValue, JsValue> {
        let repaired = self.store.repair().await.map_err(|error| to_js(&error))?;
        Ok(plain(&RepairReport::from(&repaired)))
    }

    /// What opening has set aside, if it was asked to.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn repaired(&self) -> JsValue {
        self.store.repaired().map_or(JsValue::UNDEFINED, |repaired| plain(&RepairReport::from(repaired)))
    }

    /// The views of the store; none so far.
    pub fn views(&self, host: Projections) -> EngineViews {
        EngineViews::new(self.store.clone(), host, pacer(&self.host))
    }

    /// Registers an aggregate; its number is what [`Engine::command`] and [`Engine::load`] ask for.
    ///
    /// # Errors
    /// A report of what is wrong with its name.
    pub fn register(&self, definition: Definition) -> Result<usize, JsValue> {
        let registered = self.engine.register(JsDecider::new(definition)).map_err(|error| to_js(&error))?;
        Ok(self.aggregates.add(registered))
    }

    /// Takes in the commands of one turn: a text as `requests/dispatching.rs` describes it, and of each command, in order, what is asked and what
    /// goes with it. Each is answered through the host.
    ///
    /// # Errors
    /// A sentence when the text is not a batch.
    pub fn command(&self, batch: &[u8], asked: &Array, options: &Array) -> Result<(), JsValue> {
        let requests = dispatching::read(batch).map_err(|error| JsValue::from_str(&error.to_string()))?;
        for (n, request) in (0..).zip(requests) {
            let ticket = request.0;
            match self.begin_command(&request, asked.get(n), options.get(n)) {
                Ok(dispatch) => spawn_local(dispatch),
                Err(report) => self.outcomes.refuse(ticket, report),
            }
        }
        Ok(())
    }

    fn begin_command(
        &self,
        request: &CommandRequest<'_>,
        asked: JsValue,
        options: JsValue,
    ) -> Result<impl Future<Output = ()> + 'static, JsValue> {
        let options = DispatchOptions { cause: request.cause(), ..commanding::read_options(options)? };
        let aggregate = self.aggregate(request.1)?;
        let (ticket, id) = (request.0, request.2.clone().into_owned());
        let (outcomes, aggregates) = (self.outcomes.clone(), self.aggregates.clone());
        Ok(async move {
            let outcome = aggregate.dispatch(&id, &asked, &options).await;
            aggregates.keep_due(&aggregate);
            outcomes.push(ticket, outcome);
        })
    }

    /// The state of an aggregate at a moment. The answer is laid out in `commanding.rs`.
    ///
    /// # Errors
    /// A report of what the engine says. What the aggregate's own code throws is in the answer.
    pub async fn load(&self, aggregate: usize, id: String, as_of: JsValue) -> Result<Array, JsValue> {
        let as_of = commanding::read_as_of(as_of)?;
        let aggregate = self.aggregate(aggregate)?;
        let outcome = aggregate.load(&id, as_of).await;
        self.aggregates.keep_due(&aggregate);
        commanding::loaded(outcome)
    }

    fn aggregate(&self, number: usize) -> Result<Rc<Repository<Chosen, JsDecider>>, JsValue> {
        let found = self.aggregates.get(number);
        let unknown = || InvalidArgument::new("aggregate", "one that is registered", number.to_string());
        found.ok_or_else(|| to_js(&unknown()))
    }

    /// Finishes what was called before, and lets the storage go.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// Deletes the database of a name; stores that are open on it are told.
///
/// # Errors
/// A report of what the storage says.
#[wasm_bindgen(js_name = deleteStore)]
pub async fn delete_store(name: String) -> Result<(), JsValue> {
    delete_indexeddb(&name).await.map_err(|error| to_js(&LogError::from(error)))
}

fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Changed => "changed",
        Signal::Deleted => "deleted",
        Signal::NeedsReload => "needsReload",
        Signal::Blocked => "blocked",
    }
}

async fn begin(reader: Result<Reader<Chosen>, ReadError>) -> Result<EngineReader, JsValue> {
    let begun = async { EngineReader::begin(reader?).await };
    begun.await.map_err(|error: ReadError| to_js(&error))
}
