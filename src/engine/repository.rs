//! One kind of aggregate: loading and commanding them.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    log::{AppendError, EventStore, ReadStream},
    model::{
        CommandId, Conflict, ExpectedRevision, InvalidArgument, NewEvent, RecordedEvent, Refusal, StreamId,
        Write,
    },
    storage::Storage,
};

use super::{
    AsOf, Decider, DispatchError, DispatchOptions, Dispatched, LoadError, Loaded, Undecided,
    dispatched::as_stored,
    line::{Known, Line, Place, Tip},
    lines::Lines,
    snapshots::Keeping,
    under_way::UnderWay,
};

/// One kind of aggregate over a store.
pub struct Repository<S, D: Decider> {
    pub(super) store: EventStore<S>,
    pub(super) decider: D,
    lines: RefCell<Lines<D::State>>,
    /// How many records were set aside when the states in memory were begun.
    set_aside: Cell<usize>,
    under_way: UnderWay,
    pub(super) keeping: Keeping,
}

type Refused<D> = DispatchError<<D as Decider>::Rejection, <D as Decider>::Broken>;

/// What a command came to.
enum Fate<T> {
    Done(Dispatched<T>),
    /// It rested on what turned out not to be so.
    Undone,
}

/// One command on its way.
struct Dispatch<'a, D: Decider> {
    stream_id: StreamId,
    line: Rc<Line<D::State>>,
    place: Place<D::State>,
    command: &'a D::Command,
    options: &'a DispatchOptions,
    attempts: u32,
    /// How often another connection was first.
    lost: u32,
}

impl<S: Storage, D: Decider> Repository<S, D> {
    pub(super) fn new(store: EventStore<S>, decider: D) -> Self {
        let keeping = Keeping::by(decider.snapshots());
        let set_aside = Cell::new(store.set_aside());
        Self { store, decider, lines: RefCell::default(), set_aside, under_way: UnderWay::default(), keeping }
    }

    /// The state of an aggregate at a moment; one to which nothing has happened has the initial state.
    ///
    /// # Errors
    /// [`LoadError`] when the id is none, the log cannot be read, or its events give no state.
    pub async fn load(&self, id: &str, as_of: AsOf) -> Result<Loaded<D::State>, LoadError<D::Broken>> {
        let stream_id = self.stream_of(id)?;
        let line = self.line(&stream_id);
        let loaded = self.replay(&stream_id, &line, line.stored(), as_of).await;
        match &loaded {
            Ok(Loaded { state, revision, .. }) if as_of == AsOf::Now => {
                line.learn(Known { state: state.clone(), revision: *revision });
                self.note(&stream_id, &line);
            }
            Err(LoadError::Broken(_)) => line.forget(),
            _ => {}
        }
        loaded
    }

    /// Has an aggregate decide on a command, and stores what that makes happen.
    ///
    /// Commands for one aggregate are decided in the order of the calls, each on the state that the former ones leave. The answer comes once
    /// all that it rests on is stored. Who drops the future does not take the command back: it may still be stored, after commands that were
    /// called later.
    ///
    /// # Errors
    /// [`DispatchError`]: what the aggregate refuses with, or why nothing could be decided or stored.
    pub async fn dispatch(
        &self,
        id: &str,
        command: &D::Command,
        options: &DispatchOptions,
    ) -> Result<Dispatched<D::State>, Refused<D>> {
        let stream_id = self.stream_of(id)?;
        let line = self.line(&stream_id);
        let place = line.enter();
        let mut dispatch = Dispatch { stream_id, line, place, command, options, attempts: 0, lost: 0 };
        let _claim = match &options.command_id {
            Some(command_id) => Some(self.under_way.claim(command_id).await),
            None => None,
        };
        loop {
            dispatch.place.turn().await;
            match self.decide(&mut dispatch).await {
                Ok(Fate::Done(dispatched)) => return Ok(dispatched),
                Ok(Fate::Undone) => dispatch.place.again(),
                Err(error) => {
                    if matches!(error, DispatchError::Broken(_)) {
                        dispatch.line.forget();
                    }
                    return Err(error);
                }
            }
        }
    }

    async fn decide(&self, dispatch: &mut Dispatch<'_, D>) -> Result<Fate<D::State>, Refused<D>> {
        if let Some(found) = self.find_command(dispatch).await? {
            return Ok(Fate::Done(found));
        }
        if !dispatch.place.has_turn() {
            return Ok(Fate::Undone);
        }
        let mut tip = dispatch.place.tip();
        if tip.as_ref().is_some_and(|tip| tip.is_open) {
            dispatch.place.answered().await;
            if !dispatch.place.has_turn() {
                return Ok(Fate::Undone);
            }
            tip = dispatch.place.tip();
        }
        let tip = match tip {
            Some(tip) => tip,
            None => {
                // One that is on its way may be stored: then the state has it.
                dispatch.place.answered().await;
                if !dispatch.place.has_turn() {
                    // One before it is to be decided again. It may be by the time that the state is there, which then has nothing of it.
                    return Ok(Fate::Undone);
                }
                let stored = dispatch.line.stored();
                let loaded = self.replay(&dispatch.stream_id, &dispatch.line, stored, AsOf::Now).await?;
                if !dispatch.place.has_turn() {
                    return Ok(Fate::Undone);
                }
                dispatch.place.begin(Known { state: loaded.state, revision: loaded.revision })
            }
        };
        let revision = tip.known.revision;
        if let Some(expected) = dispatch.options.expected
            && !expected.holds(revision)
        {
            let conflict = Conflict { stream_id: dispatch.stream_id.clone(), expected, actual: revision };
            return self.given_that(dispatch, revision, Err(refused::<D>(conflict))).await;
        }
        dispatch.attempts += 1;
        match self.decider.decide(&tip.known.state, dispatch.command) {
            Ok(events) if events.is_empty() => {
                let nothing = Dispatched {
                    state: tip.known.state,
                    events: Vec::new(),
                    revision,
                    position: self.store.head(),
                    duplicate: false,
                    attempts: dispatch.attempts,
                };
                self.given_that(dispatch, revision, Ok(nothing)).await
            }
            Ok(events) => self.store_decided(dispatch, tip, events).await,
            Err(Undecided::Rejected(rejection)) => {
                self.given_that(dispatch, revision, Err(DispatchError::Rejected(rejection))).await
            }
            Err(Undecided::Invalid(invalid)) => {
                self.given_that(dispatch, revision, Err(invalid.into())).await
            }
        }
    }

    /// Gives an answer that writes nothing, once everything that it rests on is stored, and if nobody else has written meanwhile.
    async fn given_that(
        &self,
        dispatch: &mut Dispatch<'_, D>,
        revision: u64,
        answer: Result<Dispatched<D::State>, Refused<D>>,
    ) -> Result<Fate<D::State>, Refused<D>> {
        let epoch = dispatch.place.decided(None);
        let is_settled = dispatch.place.settled(epoch).await;
        let is_proven = |dispatch: &Dispatch<'_, D>| dispatch.line.is_proven(epoch, revision);
        let mut now = revision;
        if !is_proven(dispatch) {
            if is_settled {
                now = self.store.stream_revision(&dispatch.stream_id).await?;
            }
            if now > revision || !dispatch.place.is_in(epoch) {
                dispatch.place.later_written(epoch, revision).await;
            }
        }
        if is_proven(dispatch) || (dispatch.place.is_in(epoch) && now <= revision) {
            let position = self.store.head();
            // Since it was looked for, another connection may have carried it out: then it was decided on what that has left.
            let found = self.find_command(dispatch).await?;
            dispatch.place.leave();
            let given = found.map_or_else(|| answer.map(|nothing| Dispatched { position, ..nothing }), Ok);
            return given.map(Fate::Done);
        }
        if !dispatch.place.is_in(epoch) {
            return Ok(Fate::Undone);
        }
        dispatch.place.failed(epoch);
        let expected = ExpectedRevision::Exact(revision);
        let conflict = Conflict { stream_id: dispatch.stream_id.clone(), expected, actual: now };
        dispatch.lose(refused::<D>(conflict))
    }

    async fn store_decided(
        &self,
        dispatch: &mut Dispatch<'_, D>,
        tip: Tip<D::State>,
        mut events: Vec<NewEvent>,
    ) -> Result<Fate<D::State>, Refused<D>> {
        let options = dispatch.options;
        options.complete(&mut events, self.store.sockets())?;
        let before = tip.known.revision;
        let write = Write {
            stream_id: dispatch.stream_id.clone(),
            expected: ExpectedRevision::Exact(before),
            events: events.clone(),
        };
        let checked = self.store.check(vec![write], options.condition.clone());
        let mut append = checked.map_err(InvalidArgument::of_the_only_write)?;
        if options.command_id.is_none() {
            append = append.of_fresh_ids();
        }
        if let Some(newest) = tip.newest {
            append = append.following(newest);
        }
        let state = match self.decider.fold_decided(tip.known.state, before, dispatch.command, &events) {
            Ok(state) => state,
            Err(broken) => {
                return self.given_that(dispatch, before, Err(DispatchError::Broken(broken))).await;
            }
        };
        let known = Known { state, revision: before + events.len() as u64 };
        let newest = events.last().and_then(|event| event.id);
        let answer = self.store.submit(append).map_err(AppendError::from)?;
        let epoch = dispatch.place.decided(Some(Tip {
            known: known.clone(),
            newest,
            is_open: options.command_id.is_some(),
        }));
        match answer.await {
            Ok(result) if !result.duplicate => {
                dispatch.place.is_stored(epoch, before, known.clone());
                self.note(&dispatch.stream_id, &dispatch.line);
                let Known { state, revision } = known;
                let recorded_at = result.recorded_at.unwrap_or_default();
                let events = as_stored(events, &dispatch.stream_id, revision, result.position, recorded_at);
                let (position, attempts) = (result.position, dispatch.attempts);
                Ok(Fate::Done(Dispatched { state, events, revision, position, duplicate: false, attempts }))
            }
            Ok(_) => {
                // Another connection has carried this very command out: it is found now.
                dispatch.place.failed(epoch);
                Ok(Fate::Undone)
            }
            Err(AppendError::Refused(Refusal::DuplicateEvent { .. })) if options.command_id.is_some() => {
                // As above, though what another connection decided was something else.
                dispatch.place.failed(epoch);
                Ok(Fate::Undone)
            }
            Err(AppendError::Refused(Refusal::RevisionConflict(conflicts))) => {
                let is_first = dispatch.place.failed(epoch);
                let error = AppendError::Refused(Refusal::RevisionConflict(conflicts)).into();
                match (is_first, options.expected) {
                    (false, _) => Ok(Fate::Undone),
                    (true, Some(_)) => Err(error),
                    (true, None) => dispatch.lose(error),
                }
            }
            Err(error) => {
                dispatch.place.failed(epoch);
                Err(error.into())
            }
        }
    }

    /// What the command came to that was carried out before, if it has an id by which that can be told.
    async fn find_command(
        &self,
        dispatch: &Dispatch<'_, D>,
    ) -> Result<Option<Dispatched<D::State>>, Refused<D>> {
        let Some(command_id) = &dispatch.options.command_id else { return Ok(None) };
        let stream_id = &dispatch.stream_id;
        let id = command_id.event_id(0);
        let Some(first) = self.store.event(id).await? else { return Ok(None) };
        if first.stream_id != *stream_id {
            let why = "its command was carried out on another aggregate";
            let refusal = Refusal::DuplicateEvent { id, position: first.position, why };
            return Err(AppendError::from(refusal).into());
        }
        let events = self.events_of(command_id, stream_id, first.revision).await?;
        let (revision, position) = events.last().map_or((0, 0), |last| (last.revision, last.position));
        let loaded = self.replay(stream_id, &dispatch.line, None, AsOf::Revision(revision)).await?;
        Ok(Some(Dispatched { state: loaded.state, events, revision, position, duplicate: true, attempts: 0 }))
    }

    async fn events_of(
        &self,
        command_id: &CommandId,
        stream_id: &StreamId,
        from: u64,
    ) -> Result<Vec<RecordedEvent>, Refused<D>> {
        let mut reader =
            self.store.read_stream(stream_id.clone(), ReadStream { from, ..ReadStream::default() }).await?;
        let mut events: Vec<RecordedEvent> = Vec::new();
        while let Some(page) = reader.next_page().await? {
            for event in page.events() {
                if event.id() != command_id.event_id(events.len()) {
                    return Ok(events);
                }
                events.push(event.to_event());
            }
        }
        Ok(events)
    }

    fn line(&self, stream_id: &StreamId) -> Rc<Line<D::State>> {
        // States that were made of what is lost would decide otherwise than those that are made now.
        let set_aside = self.store.set_aside();
        if self.set_aside.replace(set_aside) != set_aside {
            self.lines.borrow().forget();
        }
        self.lines.borrow_mut().line(stream_id, |state| self.decider.weight(state))
    }

    pub(super) fn known_line(&self, stream_id: &StreamId) -> Option<Rc<Line<D::State>>> {
        self.lines.borrow().known(stream_id)
    }

    fn stream_of(&self, id: &str) -> Result<StreamId, InvalidArgument> {
        if id.is_empty() {
            return Err(InvalidArgument::new("id", "the id of an aggregate", "an empty text"));
        }
        StreamId::new(format!("{}-{id}", self.decider.name()))
            .map_err(|invalid| InvalidArgument { argument: "id".to_owned(), ..invalid })
    }
}

impl<D: Decider> Dispatch<'_, D> {
    /// Another connection was first: it is decided again, if not too often.
    fn lose(&mut self, error: Refused<D>) -> Result<Fate<D::State>, Refused<D>> {
        if self.lost == self.options.retries {
            return Err(error);
        }
        self.lost += 1;
        Ok(Fate::Undone)
    }
}

fn refused<D: Decider>(conflict: Conflict) -> Refused<D> {
    AppendError::from(Refusal::RevisionConflict(vec![conflict])).into()
}
