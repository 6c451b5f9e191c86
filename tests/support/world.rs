//! Several connections to one place, random steps by them, and the oracle that judges each step a second time.

use annals::{
    log::{AppendError, EventStore, MergePolicy, MergeStep, OpenOptions, Pacer},
    model::{AppendResult, Condition, Refusal, Restored, Write},
    storage::Storage,
};
use futures_util::future::join_all;

use crate::contract::Place;

use super::{
    Hand, id,
    oracle::{Oracle, Said},
    random::{Draft, PutBack, Scene, Step},
};

pub const CONNECTIONS: usize = 3;

pub struct World<P: Place> {
    pub place: P,
    pub hand: Hand,
    pub stores: Vec<EventStore<P::Storage>>,
    pub oracle: Oracle,
    /// Steps of merging that were put in force.
    pub merged: usize,
    policy: MergePolicy,
    asked: Vec<Vec<Write>>,
    last_id: u128,
}

impl<P: Place> World<P> {
    pub async fn new(place: P, policy: MergePolicy) -> Self {
        let hand = Hand::new(1);
        let mut stores = Vec::new();
        for _ in 0..CONNECTIONS {
            stores.push(open_with(place.connect().await, &hand, policy).await);
        }
        let (oracle, asked) = (Oracle::default(), Vec::new());
        Self { place, hand, stores, oracle, merged: 0, policy, asked, last_id: 0 }
    }

    /// A world after the steps of a scene, each of which was answered as the oracle says.
    pub async fn after(place: P, scene: &Scene) -> Result<Self, String> {
        let mut world = Self::new(place, scene.policy).await;
        for step in &scene.steps {
            world.take(step).await?;
        }
        Ok(world)
    }

    /// One more connection, opened now.
    pub async fn open(&self) -> EventStore<P::Storage> {
        open_with(self.place.connect().await, &self.hand, self.policy).await
    }

    pub async fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Clock(by) => self.hand.set_clock(self.hand.clock().saturating_add_signed(*by)),
            Step::Reopen(connection) => {
                self.stores[*connection].close().await;
                self.stores[*connection] = self.open().await;
            }
            Step::Merge(connection, steps) => self.merge(*connection, *steps).await,
            Step::Append(connection, drafts) => self.append(*connection, drafts).await?,
        }
        Ok(())
    }

    async fn merge(&mut self, connection: usize, steps: usize) {
        for _ in 0..steps {
            match self.stores[connection].merge_step(&Pacer::hasty()).await.expect("a step of merging") {
                MergeStep::Done(_) => self.merged += 1,
                MergeStep::Nothing => break,
                MergeStep::Refused => {}
            }
        }
    }

    async fn append(&mut self, connection: usize, drafts: &[Draft]) -> Result<(), String> {
        let store = self.stores[connection].clone();
        let mut calls = Vec::new();
        let mut expected = Vec::new();
        for draft in drafts {
            let (writes, condition) = self.plan(draft);
            let restored = draft.put_back.map(|near| self.place_near(near));
            expected.push(self.oracle.append(&writes, condition.as_ref(), restored, self.hand.clock()));
            let append = store.check(writes, condition).expect("the append breaks no rule");
            let append = match restored {
                Some(restored) => append.restoring(restored),
                None => append,
            };
            calls.push(store.submit(append).expect("the store is open"));
        }
        for (answer, expected) in join_all(calls).await.into_iter().zip(expected) {
            let said = said(answer);
            if said != expected {
                return Err(format!("expected {expected:?}, the store said {said:?}"));
            }
        }
        Ok(())
    }

    fn place_near(&self, near: PutBack) -> Restored {
        let events = &self.oracle.events;
        let newest = events.last().map(|event| event.id);
        // One that is stored, but not the newest; or none.
        let other = events.iter().rev().nth(1).map_or(id(self.last_id + 1), |event| event.id);
        Restored {
            position: (events.len() as u64 + 1).saturating_add_signed(near.position),
            recorded_at: self.oracle.last_time().saturating_add_signed(near.time),
            after: if near.is_after_the_newest { newest } else { Some(other) },
        }
    }

    fn plan(&mut self, draft: &Draft) -> (Vec<Write>, Option<Condition>) {
        let (oracle, last_id) = (&self.oracle, &mut self.last_id);
        let next_id = || {
            *last_id += 1;
            *last_id
        };
        let head = oracle.events.len() as u64;
        let (writes, condition) = draft.write(|name| oracle.revision(name), head, next_id, &self.asked);
        self.asked.push(writes.clone());
        (writes, condition)
    }
}

pub async fn open_with<S: Storage>(storage: S, hand: &Hand, merging: MergePolicy) -> EventStore<S> {
    let options = OpenOptions { merging, ..OpenOptions::default() };
    EventStore::open(storage, hand.sockets(), options).await.expect("the store opens")
}

/// Merges until nothing is left to merge.
pub async fn merge_all<S: Storage>(store: &EventStore<S>) -> usize {
    let mut steps = 0;
    while store.merge_step(&Pacer::hasty()).await.expect("a step of merging") != MergeStep::Nothing {
        steps += 1;
        assert!(steps < 100_000, "merging comes to an end");
    }
    steps
}

fn said(answer: Result<AppendResult, AppendError>) -> Said {
    match answer {
        Ok(AppendResult { position, revisions, duplicate: false, .. }) => {
            Said::Stored { position, revisions }
        }
        Ok(AppendResult { position, revisions, duplicate: true, .. }) => {
            Said::Duplicate { position, revisions }
        }
        Err(AppendError::Refused(Refusal::RevisionConflict(_))) => Said::Conflict,
        Err(AppendError::Refused(Refusal::ConditionFailed(_))) => Said::Condition,
        Err(AppendError::Refused(Refusal::DuplicateEvent { .. })) => Said::Duplicated,
        Err(AppendError::Refused(Refusal::Misplaced { .. })) => Said::Misplaced,
        Err(other) => panic!("expected an answer, found {other:?}"),
    }
}
