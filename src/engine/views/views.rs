//! The views of a store: what is folded, and kept up with the log.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};

use crate::{
    log::{EventStore, HeadWatch, LogError, Pacer, Page},
    model::{InvalidArgument, Query, QueryItem, Subject},
    storage::{Storage, ViewKey},
};

use super::{Folding, LiveId, Rule, Turn, ViewStatus, generation::Generation, live::Changes, pages::Pages};

/// What has happened to a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which view, in the order of registration.
    pub view: usize,
    /// The kept questions whose answer is another now.
    pub lives: Vec<LiveId>,
}

/// Who is told. No borrow is held while it is called.
pub type Audience = Rc<dyn Fn(&[Told])>;

/// The views of a store. Clones are handles of the same.
pub struct Views<S, F: Folding>(pub(super) Rc<Inner<S, F>>);

impl<S, F: Folding> Clone for Views<S, F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

type Driver = Shared<LocalBoxFuture<'static, Result<(), LogError>>>;

pub(super) struct Inner<S, F: Folding> {
    pub(super) store: EventStore<S>,
    pub(super) folding: Rc<F>,
    pub(super) pacer: Pacer,
    pub(super) views: RefCell<Vec<Rc<Shown<F>>>>,
    /// Those that are kept up with the log, commit by commit.
    live: RefCell<Vec<Rc<Generation<F>>>>,
    driver: RefCell<Option<Driver>>,
    audience: RefCell<Option<Audience>>,
    /// Stirs when a view has moved.
    pub(super) watch: HeadWatch,
}

/// A view, and the generation that it shows.
pub(super) struct Shown<F: Folding> {
    pub(super) number: usize,
    pub(super) rule: Rc<Rule>,
    pub(super) current: RefCell<Rc<Generation<F>>>,
    pub(super) is_ready: Cell<bool>,
    /// Whether it was looked for a save, and none was there: then it is not looked again.
    pub(super) has_no_save: Cell<bool>,
    /// Whether its save was there, but not believed.
    pub(super) has_dropped: Cell<bool>,
    /// Whether saves of other versions were looked after.
    pub(super) is_tidy: Cell<bool>,
}

impl<F: Folding> Shown<F> {
    /// Where it is saved.
    pub(super) fn key(&self) -> ViewKey {
        ViewKey { name: self.rule.name.clone(), version: self.rule.version.clone() }
    }

    pub(super) fn current(&self) -> Rc<Generation<F>> {
        self.current.borrow().clone()
    }

    /// Shows another generation; the one before is the answer.
    pub(super) fn show(&self, folding: &F, next: Rc<Generation<F>>) -> Rc<Generation<F>> {
        folding.show(self.number, next.id);
        self.current.replace(next)
    }

    /// Whether it is past what a save could spare it.
    pub(super) fn has_begun(&self) -> bool {
        self.is_ready.get() || self.current.borrow().position.get() > 0
    }

    pub(super) fn status(&self) -> ViewStatus {
        match (self.current.borrow().is_stopped(), self.is_ready.get()) {
            (true, _) => ViewStatus::Stopped,
            (false, true) => ViewStatus::Ready,
            (false, false) => ViewStatus::CatchingUp,
        }
    }
}

impl<S: Storage, F: Folding> Views<S, F> {
    /// No views yet. The pacer makes room for the page in long work.
    pub fn new(store: EventStore<S>, folding: F, pacer: Pacer) -> Self {
        let inner = Rc::new(Inner {
            store,
            folding: Rc::new(folding),
            pacer,
            views: RefCell::default(),
            live: RefCell::default(),
            driver: RefCell::default(),
            audience: RefCell::default(),
            watch: HeadWatch::default(),
        });
        let weak = Rc::downgrade(&inner);
        inner.store.attend(Rc::new(move || match weak.upgrade() {
            // What cannot be read now is read when something is heard again: what is stored is stored.
            Some(inner) => inner.keep_up().map(drop).boxed_local(),
            None => Box::pin(async {}),
        }));
        Self(inner)
    }

    /// Registers a projection; the number of its view is the next.
    ///
    /// # Errors
    /// [`InvalidArgument`] when its name is empty or taken, or it handles no type.
    pub fn register(&self, rule: Rule) -> Result<usize, InvalidArgument> {
        self.check(&rule)?;
        let mut views = self.0.views.borrow_mut();
        let (number, rule) = (views.len(), Rc::new(rule));
        let current = Generation::begin(&self.0.folding, number, &rule);
        self.0.folding.show(number, current.id);
        let current = RefCell::new(current);
        views.push(Rc::new(Shown {
            number,
            rule,
            current,
            is_ready: Cell::default(),
            has_no_save: Cell::default(),
            has_dropped: Cell::default(),
            is_tidy: Cell::default(),
        }));
        Ok(number)
    }

    /// Whether a projection can be registered.
    ///
    /// # Errors
    /// As [`Views::register`].
    pub(super) fn check(&self, rule: &Rule) -> Result<(), InvalidArgument> {
        let views = self.0.views.borrow();
        let refuse = |argument: &str, expected: &str, found: String| {
            Err(InvalidArgument::new(argument, expected, found))
        };
        if rule.name.is_empty() {
            return refuse("name", "the name of a projection: not empty", "an empty text".to_owned());
        }
        if views.iter().any(|view| view.rule.name == rule.name) {
            return refuse("name", "a name that no other projection has", format!("{:?}", rule.name));
        }
        if rule.types.is_empty() {
            return refuse("types", "at least one type of events", "none".to_owned());
        }
        Ok(())
    }

    /// Who is told when views have changed; one of them.
    pub fn listen(&self, audience: Audience) {
        self.0.audience.replace(Some(audience));
    }

    /// The projections, as the code that folds has them.
    #[must_use]
    pub fn folding(&self) -> &F {
        &self.0.folding
    }

    /// Brings the views that are ready up to the newest event that the store knows as stored.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn keep_up(&self) -> Result<(), LogError> {
        self.0.keep_up().await
    }

    /// Keeps the views up with what other connections store, for as long as the store is open. Who drops the future only ends the keeping.
    pub async fn follow(&self) {
        let store = self.0.store.clone();
        let mut set_aside = store.set_aside();
        loop {
            if store.set_aside() != set_aside {
                set_aside = store.set_aside();
                self.rebuild_all().await;
            }
            // Somebody else may look while the views take in what is known.
            let known = store.head();
            let kept = match self.0.keep_up().await {
                Ok(()) => store.more_than(known, set_aside).await,
                failed => failed,
            };
            let Err(error) = kept else { continue };
            if error.is_end() {
                self.0.watch.notify();
                return;
            }
            // It could not be looked: when something is heard, it is tried again.
            store.stir().await;
        }
    }

    pub(super) fn shown(&self, view: usize) -> Option<Rc<Shown<F>>> {
        self.0.views.borrow().get(view).cloned()
    }

    /// The number of a view by its name.
    #[must_use]
    pub fn number_of(&self, name: &str) -> Option<usize> {
        self.0.views.borrow().iter().position(|view| view.rule.name == name)
    }
}

impl<S: Storage, F: Folding> Inner<S, F> {
    /// Brings the live generations up to the head: one at it for all who wait.
    pub(super) fn keep_up(self: &Rc<Self>) -> impl Future<Output = Result<(), LogError>> + use<S, F> {
        let inner = self.clone();
        async move { if inner.has_to_keep_up() { inner.driver().await } else { Ok(()) } }
    }

    fn has_to_keep_up(&self) -> bool {
        let head = self.store.head();
        self.live.borrow().iter().any(|one| one.position.get() < head && !one.is_stopped())
    }

    fn driver(self: &Rc<Self>) -> Driver {
        let start = || {
            let inner = self.clone();
            async move { inner.drive().await }.boxed_local().shared()
        };
        self.driver.borrow_mut().get_or_insert_with(start).clone()
    }

    async fn drive(&self) -> Result<(), LogError> {
        let kept = self.take_all_in().await;
        // This driver holds the views, and they hold it: let go.
        self.driver.borrow_mut().take();
        kept
    }

    /// Those who listen are told once, at the end: a page may end within what was stored together.
    async fn take_all_in(&self) -> Result<(), LogError> {
        let mut told = BTreeMap::new();
        let mut kept = Ok(());
        let mut pages = Pages::of(&self.store);
        while self.has_to_keep_up() && kept.is_ok() {
            let live = self.live.borrow().clone();
            let behind: Vec<_> = live.into_iter().filter(|one| !one.is_stopped()).collect();
            let advanced = self.advance(&behind, &mut pages, self.store.head()).await;
            kept = advanced.map(|more| add_told(&mut told, more));
        }
        let told = told.into_iter().map(|(view, lives)| Told { view, lives: lives.into_iter().collect() });
        self.tell(&told.collect::<Vec<_>>());
        kept
    }

    /// Folds one page, of what some generations have not taken in up to a position. Those that are further on than others wait for them. The answer
    /// is for whoever listens.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub(super) async fn advance(
        &self,
        members: &[Rc<Generation<F>>],
        pages: &mut Pages<S>,
        until: u64,
    ) -> Result<Vec<Told>, LogError> {
        let least = members.iter().map(|one| one.position.get()).min().unwrap_or(until);
        let query = query_of(members.iter().map(|one| &*one.rule));
        let (page, covered) = pages.next(query, least, until).await?;
        let turn = |one: &Rc<Generation<F>>| Turn { generation: one.id, after: one.position.get() };
        // Others may have moved a member meanwhile: each takes what it has not.
        let members: Vec<_> =
            members.iter().filter(|one| one.position.get() < covered && !one.is_stopped()).collect();
        let turns: Vec<Turn> = members.iter().map(|one| turn(one)).collect();
        let folded = if page.is_empty() {
            turns.iter().map(|_| Default::default()).collect()
        } else {
            self.folding.fold(&page, &turns)
        };
        let mut told = Vec::new();
        for (member, folded) in members.into_iter().zip(folded) {
            let has_stopped = folded.fault.is_some();
            let until = folded.fault.as_ref().map_or(covered, |fault| fault.position - 1);
            let stored_at = newest_of(&page, &member.rule, member.position.get(), until);
            let changes = member.take_in(folded, covered, stored_at);
            if has_stopped || !changes.is_empty() {
                told.extend(self.told(member, &changes));
            }
        }
        self.watch.notify();
        Ok(told)
    }

    /// What is to be told of a generation, if it is shown.
    fn told(&self, generation: &Rc<Generation<F>>, changes: &Changes) -> Option<Told> {
        let view = self.shown_of(generation)?;
        let lives = if changes.is_empty() { Vec::new() } else { generation.changed_lives(changes) };
        Some(Told { view: view.number, lives })
    }

    fn shown_of(&self, generation: &Rc<Generation<F>>) -> Option<Rc<Shown<F>>> {
        let views = self.views.borrow();
        views.iter().find(|view| Rc::ptr_eq(&view.current.borrow(), generation)).cloned()
    }

    pub(super) fn tell(&self, told: &[Told]) {
        let audience = self.audience.borrow().clone();
        if let Some(audience) = audience.filter(|_| !told.is_empty()) {
            audience(told);
        }
    }

    /// Takes a generation among those that are kept up with the log.
    pub(super) fn join(&self, generation: &Rc<Generation<F>>) {
        self.live.borrow_mut().push(generation.clone());
    }

    /// Keeps a generation up with the log no more.
    pub(super) fn leave(&self, generation: &Rc<Generation<F>>) {
        self.live.borrow_mut().retain(|one| !Rc::ptr_eq(one, generation));
    }

    /// How far those are that are kept up with the log: whoever is as far may join them.
    pub(super) fn live_position(&self) -> u64 {
        let live = self.live.borrow();
        let positions = live.iter().filter(|one| !one.is_stopped()).map(|one| one.position.get());
        positions.min().unwrap_or_else(|| self.store.head())
    }
}

fn add_told(told: &mut BTreeMap<usize, BTreeSet<LiveId>>, more: Vec<Told>) {
    more.into_iter().for_each(|Told { view, lives }| told.entry(view).or_default().extend(lives));
}

/// What any of some projections takes.
fn query_of<'a>(rules: impl Iterator<Item = &'a Rule>) -> Query {
    let mut items: Vec<QueryItem> = Vec::new();
    for rule in rules {
        match items.iter_mut().find(|item| item.categories == rule.categories) {
            Some(item) => {
                let new: Vec<_> =
                    rule.types.iter().filter(|one| !item.types.contains(one)).cloned().collect();
                item.types.extend(new);
            }
            None => items.push(QueryItem {
                types: rule.types.clone(),
                categories: rule.categories.clone(),
                ..QueryItem::default()
            }),
        }
    }
    Query { items }
}

/// When the newest event of a page was stored that a projection takes after a position and up to another.
fn newest_of(page: &Page, rule: &Rule, after: u64, until: u64) -> u64 {
    let query = query_of([rule].into_iter());
    let is_meant = |subject: Subject<'_, &str>| query.matches(&subject);
    let mut between = page
        .events()
        .rev()
        .skip_while(|event| event.position() > until)
        .take_while(|event| event.position() > after);
    let newest = between
        .find(|event| is_meant(Subject { r#type: event.r#type(), stream_id: event.stream_id(), tags: &[] }));
    newest.map_or(0, |event| event.recorded_at())
}
