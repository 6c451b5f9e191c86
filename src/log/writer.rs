//! The writer: takes waiting appends in groups, and commits each group in one transaction.
//!
//! A group is judged on what is known, and its records are added under the key after the known head. That add succeeds only
//! at the true head of the log, so success proves that every judgement in the group was made on the truth. When another
//! connection was first, the group is judged again inside a transaction that nobody can come between.

use std::{mem, rc::Rc};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};

use crate::{
    model::{NewEvent, StreamId, Verdict},
    storage::{Cause, Commit, CommitError, Committed, Decision, Storage, StorageError, Tail},
};

use super::{
    AppendError, Corrupt, LogError,
    codec::EventRef,
    connection::Generation,
    core::Core,
    group::{Bodies, Judged, judge_group},
    merged_facts::MergedFacts,
    page::MAX_PAGE_EVENTS,
    queue::Waiting,
};

/// How often a group is tried whose commit failed, or whose outcome was not seen and which then was not found.
const MAX_ATTEMPTS: usize = 3;

/// How often a group is tried for which there is no room. Browsers say so, too, when there is, and a new connection helps.
const MAX_ATTEMPTS_WITHOUT_ROOM: usize = 2;

/// How often a group is judged again because more was stored elsewhere than one reading brings, or was merged meanwhile.
const MAX_OVERTAKEN: usize = 10_000;

/// A group that was not acknowledged.
struct Failure {
    cause: LogError,
    /// The judgement that may have been stored all the same.
    unknown: Option<Vec<Verdict>>,
}

impl Failure {
    /// Nothing was stored.
    fn of(cause: LogError) -> Self {
        Self { cause, unknown: None }
    }
}

/// How often a group has failed.
#[derive(Default)]
struct Patience {
    failures: usize,
}

impl Patience {
    /// Takes in that it has failed; says whether that was the last time.
    fn is_over(&mut self, cause: &StorageError) -> bool {
        self.failures += 1;
        self.failures
            >= match cause {
                StorageError::Disconnected(_) | StorageError::Failed(_) => MAX_ATTEMPTS,
                StorageError::QuotaExceeded(_) => MAX_ATTEMPTS_WITHOUT_ROOM,
                _ => 1,
            }
    }
}

/// What a writer saw inside the transaction.
enum Truth {
    /// More was stored elsewhere than one reading brings, or it was merged.
    Behind,
    Judged(Box<Judged>),
    Failed(Corrupt),
}

impl<S: Storage> Core<S> {
    /// The writer at work. Whoever waits for an answer drives it; one who stops waiting leaves it to the others.
    pub(super) fn writer(self: &Rc<Self>) -> Shared<LocalBoxFuture<'static, ()>> {
        let start = || {
            let core = self.clone();
            async move { core.write_all().await }.boxed_local().shared()
        };
        self.writer.borrow_mut().get_or_insert_with(start).clone()
    }

    async fn write_all(&self) {
        loop {
            let group = self.queue.borrow_mut().next_group();
            if group.is_empty() {
                break;
            }
            self.write_group(group).await;
        }
        // The writer holds this core and this core the writer: let go.
        self.writer.borrow_mut().take();
    }

    async fn write_group(&self, group: Vec<Waiting>) {
        match self.commit_group(&group, Patience::default()).await {
            Ok(verdicts) => self.answer(group, verdicts).await,
            Err(Failure { unknown: None, cause }) if group.len() > 1 && is_of_one(&cause) => {
                // One append may be what the storage refuses (one too large, say): the others must not fail with it.
                for waiting in group {
                    self.write_alone(vec![waiting]).await;
                }
            }
            Err(failure) => fail(group, &failure),
        }
    }

    /// An append that has failed together with others once.
    async fn write_alone(&self, group: Vec<Waiting>) {
        match self.commit_group(&group, Patience { failures: 1 }).await {
            Ok(verdicts) => self.answer(group, verdicts).await,
            Err(failure) => fail(group, &failure),
        }
    }

    /// Answers a group, once what follows from it is done.
    async fn answer(&self, group: Vec<Waiting>, verdicts: Vec<Verdict>) {
        self.attend().await;
        for (waiting, verdict) in group.into_iter().zip(verdicts) {
            (waiting.answer)(match verdict {
                Verdict::Accept(result) | Verdict::Duplicate(result) => Ok(result),
                Verdict::Refuse(refusal) => Err(refusal.into()),
            });
        }
    }

    async fn commit_group(&self, group: &[Waiting], mut patience: Patience) -> Result<Vec<Verdict>, Failure> {
        let facts = self.facts_for(group).await.map_err(Failure::of)?;
        let Some(judged) = self.judge(group, &facts, Bodies::default()) else {
            return self.commit_on_truth(group, Bodies::default(), patience).await;
        };
        if judged.rests_on_nothing_new() {
            return Ok(judged.verdicts);
        }
        if judged.records.is_empty() || self.is_contended.get() {
            return self.commit_on_truth(group, judged.into_bodies(), patience).await;
        }
        let commit = Commit { guard: judged.first - 1, adds: &judged.records, durability: self.durability };
        let met = self.connection.generation();
        let stored = match self.storage.commit(commit).await {
            Ok(committed) => committed == Committed::Stored,
            Err(error) => self.find_out(error, group, Some(&judged), met, &mut patience).await?,
        };
        if stored {
            return Ok(self.acknowledge(judged));
        }
        self.commit_on_truth(group, judged.into_bodies(), patience).await
    }

    /// Judges and commits in one transaction that sees the newest events, so that nobody can be first again.
    async fn commit_on_truth(
        &self,
        group: &[Waiting],
        mut bodies: Bodies,
        mut patience: Patience,
    ) -> Result<Vec<Verdict>, Failure> {
        for _ in 0..MAX_OVERTAKEN {
            let facts = self.facts_for(group).await.map_err(Failure::of)?;
            let mut truth = None;
            let decide = |tail: Tail| {
                let (seen, decision) = self.decide(group, &facts, &tail, mem::take(&mut bodies));
                truth = Some(seen);
                decision
            };
            let met = self.connection.generation();
            let result = self
                .storage
                .commit_after(self.read_up_to(), self.tail_limit(), self.durability, decide)
                .await;
            let judged = match truth {
                Some(Truth::Behind) => {
                    self.catch_up().await.map_err(Failure::of)?;
                    continue;
                }
                Some(Truth::Failed(cause)) => return Err(Failure::of(self.unless_newer(cause).await)),
                Some(Truth::Judged(judged)) => Some(*judged),
                None => None,
            };
            let stored = match result {
                Ok(()) => true,
                Err(error) => self.find_out(error, group, judged.as_ref(), met, &mut patience).await?,
            };
            match judged {
                Some(judged) if stored => return Ok(self.acknowledge(judged)),
                Some(judged) => bodies = judged.into_bodies(),
                None => {}
            }
        }
        let cause = Cause::new("", format!("others were first {MAX_OVERTAKEN} times"));
        Err(Failure::of(StorageError::Failed(cause).into()))
    }

    /// Runs inside the transaction: nothing here waits.
    fn decide(
        &self,
        group: &[Waiting],
        facts: &MergedFacts,
        tail: &Tail,
        bodies: Bodies,
    ) -> (Truth, Decision) {
        if tail.mark.fence > self.read_up_to() {
            return (Truth::Behind, Decision::Leave); // What lies between is merged: the layout tells it.
        }
        self.is_contended.set(!tail.records.is_empty());
        match self.take_in(tail) {
            Err(corrupt) => return (Truth::Failed(corrupt), Decision::Leave),
            Ok(is_taken_in) if !is_taken_in || tail.more => return (Truth::Behind, Decision::Leave),
            Ok(_) => {}
        }
        let Some(mut judged) = self.judge(group, facts, bodies) else {
            return (Truth::Behind, Decision::Leave);
        };
        let records = mem::take(&mut judged.records);
        let decision = if records.is_empty() { Decision::Leave } else { Decision::Store(records) };
        (Truth::Judged(Box::new(judged)), decision)
    }

    /// `None` when the tail has lost events to a layout since the facts were asked for.
    fn judge(&self, group: &[Waiting], facts: &MergedFacts, bodies: Bodies) -> Option<Judged> {
        let known = self.known.borrow();
        facts.reach(&known.index).then(|| judge_group(group, &known, facts, self.sockets.now(), bodies))
    }

    /// After a failed commit: whether it is stored all the same. `false` means that trying again is safe and has a chance.
    async fn find_out(
        &self,
        error: CommitError,
        group: &[Waiting],
        judged: Option<&Judged>,
        met: Generation,
        patience: &mut Patience,
    ) -> Result<bool, Failure> {
        let may_be_stored = matches!(error, CommitError::Unknown(_));
        let cause = error.into_cause();
        let is_over = patience.is_over(&cause);
        if is_over && !may_be_stored {
            return Err(Failure::of(cause.into()));
        }
        let unknown = || judged.filter(|_| may_be_stored).map(|judged| judged.verdicts.clone());
        let fail = |cause| Failure { cause, unknown: unknown() };
        self.reconnect(met).await.map_err(fail)?;
        // A commit of the dead connection ends before this reading begins: their transactions overlap.
        self.catch_up().await.map_err(fail)?;
        match judged {
            Some(judged) if may_be_stored && self.is_stored(group, judged).await.map_err(fail)? => Ok(true),
            _ if is_over => Err(Failure::of(cause.into())),
            _ => Ok(false),
        }
    }

    /// Whether every accepted event is stored, just where and when it was to be. One would not do: a caller who repeats what was unknown may
    /// add to it. Nor would place and id alone: another connection may have been asked for the same, or have decided otherwise on the same
    /// command, and have been first.
    async fn is_stored(&self, group: &[Waiting], judged: &Judged) -> Result<bool, LogError> {
        let recorded_at = |position: u64| {
            let meta = judged.metas.partition_point(|meta| meta.last < position);
            judged.metas.get(meta).map(|meta| meta.recorded_at)
        };
        let verdicts = group.iter().zip(&judged.verdicts);
        let accepted = verdicts.filter(|(_, verdict)| matches!(verdict, Verdict::Accept(_)));
        let events = accepted.flat_map(|(waiting, _)| waiting.append.events());
        let expected: Vec<(u64, &StreamId, &NewEvent)> = (judged.first..)
            .zip(events)
            .map(|(position, (stream_id, event))| (position, stream_id, event))
            .collect();
        if expected.last().is_none_or(|(position, ..)| *position > self.head()) {
            return Ok(false);
        }
        let mut rest = expected.as_slice();
        while !rest.is_empty() {
            let positions: Vec<u64> =
                rest.iter().map(|(position, ..)| *position).take(MAX_PAGE_EVENTS).collect();
            let (page, covered) = self.read_page(&positions).await?;
            let is_it =
                |(found, (position, stream_id, event)): (EventRef<'_>, &(u64, &StreamId, &NewEvent))| {
                    found.position() == *position
                        && Some(found.recorded_at()) == recorded_at(*position)
                        && found.stream_id() == stream_id.as_str()
                        && is_same(found, event)
                };
            let is_whole = page.events().count() == covered && page.events().zip(rest).all(is_it);
            if covered == 0 || !is_whole {
                return Ok(false);
            }
            rest = &rest[covered..];
        }
        Ok(true)
    }

    /// Takes in what was just stored, and gives the verdicts out.
    fn acknowledge(&self, judged: Judged) -> Vec<Verdict> {
        let mut known = self.known.borrow_mut();
        if known.head() + 1 == judged.first {
            known.index.absorb(judged.index);
            judged.metas.into_iter().for_each(|meta| known.directory.push(meta));
            judged.records.into_iter().for_each(|record| self.cache.put_encoded(record.key, record.bytes));
        }
        // Otherwise a reading came between and has taken it in already.
        drop(known);
        self.watch.notify();
        judged.verdicts
    }
}

/// Whether an event is stored as it was given.
fn is_same(found: EventRef<'_>, given: &NewEvent) -> bool {
    Some(found.id()) == given.id
        && found.r#type() == given.r#type
        && found.version() == given.version
        && found.data() == given.data.as_str()
        && found.metadata() == given.metadata.as_str()
        && found.tags().eq(given.tags.iter().map(String::as_str))
}

/// Whether one append of a group may be the cause, so that the others have a chance without it.
fn is_of_one(cause: &LogError) -> bool {
    matches!(cause, LogError::Storage(StorageError::QuotaExceeded(_) | StorageError::Failed(_)))
}

fn fail(group: Vec<Waiting>, failure: &Failure) {
    for (n, waiting) in group.into_iter().enumerate() {
        let verdict = failure.unknown.as_ref().and_then(|verdicts| verdicts.get(n));
        let cause = failure.cause.clone();
        (waiting.answer)(Err(match verdict {
            Some(Verdict::Accept(_)) => {
                AppendError::Unknown { event_ids: waiting.append.event_ids().collect(), cause }
            }
            _ => cause.into(),
        }));
    }
}
