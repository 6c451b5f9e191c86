//! One run: what a seed makes of tabs, a disk and the weather, from the first step to the judgement.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use annals::{
    Engine,
    log::LogError,
    storage::{Durability, StorageError},
};

use crate::{
    chance::Chance,
    clock::Clock,
    connection::Connection,
    diary::Diary,
    disk::Disk,
    hints::Hints,
    log::Log,
    oracle,
    saboteur::Sabotage,
    scheduler::{Scheduler, TabId, at_once},
    tab::{self, Tab},
    trace::Trace,
    weather::Weather,
};

/// A run that takes more steps does not end by itself.
const MOST_STEPS: u64 = 400_000;

/// How long a tab sleeps at most, in steps: others do several merges meanwhile.
const LONGEST_SLEEP: u64 = 1500;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub seed: u64,
    pub finding: Option<String>,
    /// A number for all that has happened, in its order.
    pub digest: u64,
    pub tally: BTreeMap<&'static str, u64>,
}

pub struct World {
    pub weather: Weather,
    pub chance: Chance,
    pub clock: Clock,
    pub scheduler: Scheduler,
    pub diary: Diary,
    pub trace: Rc<Trace>,
    disk: Rc<Disk>,
    hints: Rc<Hints>,
    sabotage: Option<Sabotage>,
    residents: RefCell<Vec<Resident>>,
    /// Engines of tabs that are gone: whatever of them waits is ended in the end.
    met: RefCell<Vec<Engine<Connection>>>,
    last_tab: Cell<TabId>,
    lives_left: Cell<u64>,
    steps: Cell<u64>,
    had_power_loss: Cell<bool>,
    is_over: Cell<bool>,
}

/// A tab, as the world knows it.
struct Resident {
    id: TabId,
    connection: RefCell<Option<Connection>>,
    asleep_until: Cell<u64>,
    leaving: Cell<Leaving>,
    /// Once its store is open.
    tab: RefCell<Option<Tab>>,
}

/// Whether a tab is about to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    No,
    /// It closes its store.
    Going,
    Gone,
}

/// Runs a world to its end.
pub fn run(seed: u64, sabotage: Option<Sabotage>, is_told: bool) -> Report {
    let trace = Rc::new(Trace::new(is_told));
    let world = World::new(seed, sabotage, &trace);
    let ran = catch_unwind(AssertUnwindSafe(|| world.run()));
    let finding = match ran {
        Ok(Ok(())) => None,
        Ok(Err(finding)) => Some(finding),
        Err(panic) => Some(format!("a panic: {}", words_of(&*panic))),
    };
    let buried = catch_unwind(AssertUnwindSafe(|| world.end()));
    let finding =
        finding.or_else(|| buried.err().map(|panic| format!("a panic at the end: {}", words_of(&*panic))));
    Report { seed, finding, digest: trace.digest(), tally: trace.tally() }
}

fn words_of(panic: &dyn std::any::Any) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

impl World {
    fn new(seed: u64, sabotage: Option<Sabotage>, trace: &Rc<Trace>) -> Rc<Self> {
        let chance = Chance::of(seed);
        let weather = Weather::of(seed, &chance);
        trace.tell(format_args!("{weather:?}"));
        let disk = Rc::new(Disk::new(&weather, &chance, trace));
        let hints = Rc::new(Hints::new(weather.hints_are_bad, &chance, trace));
        Rc::new(Self {
            lives_left: Cell::new(weather.lives),
            weather,
            chance,
            clock: Clock::default(),
            scheduler: Scheduler::default(),
            diary: Diary::default(),
            trace: trace.clone(),
            disk,
            hints,
            sabotage,
            residents: RefCell::default(),
            met: RefCell::default(),
            last_tab: Cell::default(),
            steps: Cell::default(),
            had_power_loss: Cell::default(),
            is_over: Cell::default(),
        })
    }

    /// A new connection for a tab, which lets the one before go.
    pub fn connect(&self, id: TabId) -> Connection {
        let connection = Connection::new(id, &self.disk, &self.hints, self.sabotage);
        self.with(id, |resident| resident.connection.replace(Some(connection.clone())));
        connection
    }

    /// A tab has opened its store.
    pub fn meet(&self, tab: &Tab) {
        self.met.borrow_mut().push(tab.engine.clone());
        self.with(tab.id, |resident| resident.tab.replace(Some(tab.clone())));
    }

    /// A tab closes its store, and goes once that is done.
    pub fn leave(&self, id: TabId, leaving: Leaving) {
        self.with(id, |resident| resident.leaving.set(leaving));
    }

    pub fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// A call has failed: that has to have a reason.
    pub fn excuse(&self, id: TabId, what: &str, error: &LogError) {
        use StorageError::{Closed, Disconnected, Failed, QuotaExceeded};
        let is_leaving = || self.with(id, |resident| resident.leaving.get() != Leaving::No) == Some(true);
        let is_excused = match error {
            LogError::Storage(Disconnected(_) | Failed(_) | QuotaExceeded(_)) => {
                self.weather.has_failures() && !self.is_over()
            }
            LogError::Closed | LogError::Storage(Closed) => is_leaving(),
            _ => false,
        };
        if is_excused {
            self.trace.tell(format_args!("tab {id}: {what}: {error}"));
            self.trace.count("call failed");
        } else {
            self.diary.find(format!("{what} of tab {id} failed for no reason: {error}"));
        }
    }

    fn with<T>(&self, id: TabId, of: impl FnOnce(&Resident) -> T) -> Option<T> {
        self.residents.borrow().iter().find(|resident| resident.id == id).map(of)
    }

    fn run(self: &Rc<Self>) -> Result<(), String> {
        for _ in 0..self.weather.tabs {
            self.give_birth();
        }
        self.go_on(|| self.scheduler.is_awaited())?;
        self.disk.is_rough.set(false);
        self.go_on(|| true)?;
        // From here on nothing is excused.
        self.is_over.set(true);
        for resident in self.residents.borrow().iter() {
            if let Some(tab) = resident.tab.borrow().clone() {
                self.scheduler.spawn(resident.id, async move { tab.look_around().await });
            }
        }
        self.go_on(|| true)?;
        self.trace.mix(self.judge()?.head());
        Ok(())
    }

    /// Takes steps for as long as there are any, and it is asked for.
    fn go_on(self: &Rc<Self>, is_wanted: impl Fn() -> bool) -> Result<(), String> {
        let mut runnable = Vec::new();
        while is_wanted() {
            if !self.take_step(&mut runnable) {
                break;
            }
            if let Some(finding) = self.diary.finding() {
                return Err(finding);
            }
            if self.steps.get() > MOST_STEPS {
                return Err(format!("no end after {MOST_STEPS} steps"));
            }
        }
        match self.scheduler.is_awaited() {
            true => Err("some wait for what never comes".to_owned()),
            false => Ok(()),
        }
    }

    /// Says whether there was anything to do.
    fn take_step(self: &Rc<Self>, runnable: &mut Vec<u64>) -> bool {
        self.steps.update(|steps| steps + 1);
        if self.disk.is_rough.get() {
            self.let_things_happen();
        }
        self.scheduler.runnable(|id| self.is_awake(id), runnable);
        let lanes = self.disk.ready_lanes();
        let (events, hints) = (self.disk.events(), self.hints.on_their_way());
        let weights = [6 * runnable.len().min(1), 4 * lanes.len().min(1), 4 * events.min(1), hints.min(1)];
        let mut drawn = self.chance.index(weights.iter().sum());
        let Some(kind) = weights.iter().position(|weight| {
            let is_it = drawn < *weight;
            drawn = drawn.wrapping_sub(*weight);
            is_it
        }) else {
            return self.wake_somebody();
        };
        let index = self.chance.index([runnable.len(), lanes.len(), events, hints][kind]);
        self.trace.mix((kind << 32 | index) as u64);
        match kind {
            0 => {
                self.clock.tick();
                self.scheduler.poll(runnable[index]);
            }
            1 => self.disk.carry_out(lanes[index]),
            2 => self.disk.deliver(index),
            _ => self.hints.deliver(index),
        }
        self.see_off();
        true
    }

    fn is_awake(&self, id: TabId) -> bool {
        self.with(id, |resident| resident.asleep_until.get() <= self.steps.get()).unwrap_or(true)
    }

    /// Nobody else has anything to do: those who sleep wake up.
    fn wake_somebody(&self) -> bool {
        let now = self.steps.get();
        let residents = self.residents.borrow();
        let sleeper = residents.iter().find(|resident| resident.asleep_until.get() > now);
        let connection = sleeper.map(|sleeper| {
            sleeper.asleep_until.set(0);
            sleeper.connection.borrow().clone()
        });
        let is_awake = connection.is_some();
        // Pages are told when they are shown again.
        connection.flatten().inspect(Connection::wake);
        is_awake
    }

    fn let_things_happen(self: &Rc<Self>) {
        let (chance, weather) = (&self.chance, &self.weather);
        if chance.one_in(weather.clock_jump) {
            self.trace.count("clock jump");
            self.clock.jump(chance);
        }
        if chance.one_in(weather.false_hint) {
            self.hints.post(0, chance.below(100));
        }
        if chance.one_in(weather.power_loss) && !self.had_power_loss.replace(true) {
            return self.lose_power();
        }
        let crowd = self.residents.borrow().len();
        if crowd == 0 {
            return;
        }
        let index = chance.index(crowd);
        let id = self.residents.borrow()[index].id;
        if chance.one_in(weather.sleep) {
            self.trace.count("tab asleep");
            let until = self.steps.get() + chance.between(20, LONGEST_SLEEP);
            self.with(id, |resident| resident.asleep_until.set(until));
        }
        if chance.one_in(weather.lost_connection) {
            let connection = self.with(id, |resident| resident.connection.borrow().clone()).flatten();
            if connection.is_some_and(|connection| connection.lose()) {
                self.trace.count("connection lost");
            }
        }
        if chance.one_in(weather.crash) {
            self.trace.count("crash");
            self.trace.tell(format_args!("of tab {id}"));
            self.end_tab(id);
            self.be_born_again();
        }
    }

    fn give_birth(self: &Rc<Self>) {
        self.last_tab.update(|id| id + 1);
        let id = self.last_tab.get();
        self.residents.borrow_mut().push(Resident {
            id,
            connection: RefCell::default(),
            asleep_until: Cell::default(),
            leaving: Cell::new(Leaving::No),
            tab: RefCell::default(),
        });
        self.scheduler.spawn(id, tab::live(self.clone(), id));
    }

    fn be_born_again(self: &Rc<Self>) {
        if self.lives_left.get() > 0 {
            self.lives_left.update(|lives| lives - 1);
            self.give_birth();
        }
    }

    /// Tabs that have closed their stores go.
    fn see_off(self: &Rc<Self>) {
        let has_left = |resident: &Resident| (resident.leaving.get() == Leaving::Gone).then_some(resident.id);
        let gone = self.residents.borrow().iter().find_map(has_left);
        if let Some(id) = gone {
            self.end_tab(id);
            self.be_born_again();
        }
    }

    /// A tab is gone, wherever it was.
    fn end_tab(&self, id: TabId) {
        self.scheduler.end(id);
        let mut residents = self.residents.borrow_mut();
        let Some(index) = residents.iter().position(|resident| resident.id == id) else { return };
        let resident = residents.remove(index);
        drop(residents);
        if let Some(connection) = resident.connection.take() {
            connection.die();
        }
        self.diary.bury(id);
    }

    fn lose_power(self: &Rc<Self>) {
        self.trace.count("power loss");
        let ids: Vec<TabId> = self.residents.borrow().iter().map(|resident| resident.id).collect();
        ids.iter().for_each(|id| self.end_tab(*id));
        match self.fall_back() {
            Ok(()) => ids.iter().for_each(|_| self.give_birth()),
            Err(finding) => self.diary.find(format!("at a loss of power: {finding}")),
        }
    }

    fn fall_back(&self) -> Result<(), String> {
        // With the power goes what was seen, and what is not flushed.
        let before = self.judge()?;
        self.disk.lose_power();
        let after = Log::walk(&self.disk.contents(), self.weather.policy, true)?;
        if !before.events.starts_with(&after.events) {
            return Err(format!("what is left is no beginning of what was there: {:?}", after.events));
        }
        if after.head() < before.head() {
            self.trace.count("events lost with power");
            if self.weather.durability == Durability::Strict {
                return Err(format!("{} of {} events are left", after.head(), before.head()));
            }
        }
        self.diary.lose_after(after.head());
        Ok(())
    }

    fn judge(&self) -> Result<Log, String> {
        let log = Log::walk(&self.disk.contents(), self.weather.policy, self.had_power_loss.get())?;
        oracle::judge(&self.diary, &log)?;
        Ok(log)
    }

    /// Lets everything go: what waits in engines of tabs that are gone would keep itself for ever.
    fn end(&self) {
        let ids: Vec<TabId> = self.residents.borrow().iter().map(|resident| resident.id).collect();
        ids.iter().for_each(|id| self.end_tab(*id));
        for engine in self.met.take() {
            at_once(engine.store().close()).expect("what a dead tab waited for has ended");
            at_once(engine.views().keep_up()).expect("what a dead tab waited for has ended").ok();
        }
    }
}
