//! What the tabs have asked and what they were answered, for the oracle to judge.

use std::cell::{Cell, RefCell};

use annals::{
    Condition, RecordedEvent,
    log::AppendError,
    model::{AppendResult, Refusal, Restored, Uuid, Write},
};

use crate::{log::Log, scheduler::TabId};

/// Something that somebody has seen of the log, and that has to be so in the end.
type Claim = Box<dyn Fn(&Log) -> Result<(), String>>;

#[derive(Default)]
pub struct Diary {
    pub appends: RefCell<Vec<Asked>>,
    pub commands: RefCell<Vec<Command>>,
    claims: RefCell<Vec<Claim>>,
    moment: Cell<u64>,
    /// The newest position that was acknowledged.
    acknowledged: Cell<u64>,
    finding: RefCell<Option<String>>,
}

/// An append, which may be asked for more than once.
#[derive(Debug)]
pub struct Asked {
    pub writes: Vec<Write>,
    pub condition: Option<Condition>,
    /// Where it is put back.
    pub restored: Option<Restored>,
    pub attempts: Vec<Attempt>,
}

/// A command, asked for once.
#[derive(Debug)]
pub struct Command {
    pub stream: String,
    pub id: Option<String>,
    pub attempt: Attempt,
    /// What it is said to have made happen.
    pub events: Vec<RecordedEvent>,
}

#[derive(Debug, Clone)]
pub struct Attempt {
    pub tab: TabId,
    pub asked: u64,
    pub ended: u64,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    UnderWay,
    /// The caller has gone; the engine may still carry it out.
    LeftAlone,
    Stored(AppendResult),
    Refused(Refusal),
    /// Nothing was stored, and not because of what is in the log.
    Failed,
    /// Nobody knows: the tab died, or the engine said so.
    Unknown,
    /// It was stored, and power was lost before it was flushed.
    Lost,
}

impl Outcome {
    pub fn of(answer: &Result<AppendResult, AppendError>) -> Self {
        match answer {
            Ok(result) => Self::Stored(result.clone()),
            Err(AppendError::Refused(refusal)) => Self::Refused(refusal.clone()),
            Err(AppendError::Unknown { .. }) => Self::Unknown,
            Err(AppendError::Log(_) | AppendError::InvalidArgument(_)) => Self::Failed,
        }
    }

    /// Whether it is known that this attempt has stored nothing.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Failed)
    }
}

impl Asked {
    pub fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.writes.iter().flat_map(|write| &write.events).map(|event| event.id.expect("the diary gives ids"))
    }
}

impl Diary {
    pub fn next_moment(&self) -> u64 {
        self.moment.update(|moment| moment + 1);
        self.moment.get()
    }

    /// The first one counts.
    pub fn find(&self, finding: String) {
        self.finding.borrow_mut().get_or_insert(finding);
    }

    pub fn finding(&self) -> Option<String> {
        self.finding.borrow().clone()
    }

    /// Puts down what has to be so in the log.
    pub fn claim(&self, claim: impl Fn(&Log) -> Result<(), String> + 'static) {
        self.claims.borrow_mut().push(Box::new(claim));
    }

    pub fn check_claims(&self, log: &Log) -> Result<(), String> {
        self.claims.borrow().iter().try_for_each(|claim| claim(log))
    }

    /// What whoever looks from now on has to see at least.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.get()
    }

    fn attempt(&self, tab: TabId) -> Attempt {
        Attempt { tab, asked: self.next_moment(), ended: 0, outcome: Outcome::UnderWay }
    }

    /// Somebody is going to ask for an append; says under which number it is.
    pub fn note(&self, asked: Asked) -> usize {
        let mut appends = self.appends.borrow_mut();
        appends.push(asked);
        appends.len() - 1
    }

    /// Somebody asks for an append; says under which number its attempt is.
    pub fn ask(&self, tab: TabId, number: usize) -> usize {
        let attempt = self.attempt(tab);
        let attempts = &mut self.appends.borrow_mut()[number].attempts;
        attempts.push(attempt);
        attempts.len() - 1
    }

    pub fn answer(&self, (number, attempt): (usize, usize), outcome: Outcome) {
        self.acknowledge(&outcome);
        let ended = self.next_moment();
        let attempt = &mut self.appends.borrow_mut()[number].attempts[attempt];
        (attempt.ended, attempt.outcome) = (ended, outcome);
    }

    pub fn ask_command(&self, tab: TabId, stream: String, id: Option<String>) -> usize {
        let attempt = self.attempt(tab);
        let mut commands = self.commands.borrow_mut();
        commands.push(Command { stream, id, attempt, events: Vec::new() });
        commands.len() - 1
    }

    pub fn answer_command(&self, number: usize, outcome: Outcome, events: Vec<RecordedEvent>) {
        self.acknowledge(&outcome);
        let ended = self.next_moment();
        let command = &mut self.commands.borrow_mut()[number];
        (command.attempt.ended, command.attempt.outcome, command.events) = (ended, outcome, events);
    }

    fn acknowledge(&self, outcome: &Outcome) {
        if let Outcome::Stored(result) = outcome {
            self.acknowledged.set(self.acknowledged.get().max(result.position));
        }
    }

    /// A tab is gone, and with it whatever it would have been answered.
    pub fn bury(&self, tab: TabId) {
        let ended = self.next_moment();
        self.each_attempt(|attempt| {
            if attempt.tab == tab && matches!(attempt.outcome, Outcome::UnderWay | Outcome::LeftAlone) {
                (attempt.ended, attempt.outcome) = (ended, Outcome::Unknown);
            }
        });
    }

    /// Power was lost: the log ends at a position, and what was seen of it has been looked after.
    pub fn lose_after(&self, head: u64) {
        self.claims.borrow_mut().clear();
        self.acknowledged.set(self.acknowledged.get().min(head));
        self.each_attempt(|attempt| {
            if matches!(&attempt.outcome, Outcome::Stored(result) if result.position > head) {
                attempt.outcome = Outcome::Lost;
            }
        });
    }

    fn each_attempt(&self, mut change: impl FnMut(&mut Attempt)) {
        self.appends.borrow_mut().iter_mut().flat_map(|asked| &mut asked.attempts).for_each(&mut change);
        self.commands.borrow_mut().iter_mut().map(|command| &mut command.attempt).for_each(change);
    }
}
