//! The rules of the store, said a second time, as plainly as they can be: one list of events, looked through each time.

use annals::model::{
    Condition, ExpectedRevision, NewEvent, Query, RecordedEvent, Restored, Subject, Uuid, Write,
};

#[derive(Default, Clone)]
pub struct Oracle {
    pub events: Vec<RecordedEvent>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Stored { position: u64, revisions: Vec<u64> },
    Duplicate { position: u64, revisions: Vec<u64> },
    Conflict,
    Condition,
    Duplicated,
    Misplaced,
}

impl Oracle {
    pub fn revision(&self, stream: &str) -> u64 {
        self.events.iter().filter(|event| event.stream_id.as_str() == stream).count() as u64
    }

    pub fn find(&self, id: Uuid) -> Option<&RecordedEvent> {
        self.events.iter().find(|event| event.id == id)
    }

    pub fn matching(&self, query: &Query) -> Vec<&RecordedEvent> {
        let subject = |event: &RecordedEvent| {
            let tags: Vec<&str> = event.tags.iter().map(String::as_str).collect();
            query.matches(&Subject {
                r#type: &event.r#type,
                stream_id: event.stream_id.as_str(),
                tags: &tags,
            })
        };
        self.events.iter().filter(|event| subject(event)).collect()
    }

    pub fn append(
        &mut self,
        writes: &[Write],
        condition: Option<&Condition>,
        restored: Option<Restored>,
        clock: u64,
    ) -> Said {
        if let Some(said) = self.look_for_ids(writes) {
            return said;
        }
        if restored.is_some_and(|restored| !self.can_be_put_back(&restored)) {
            return Said::Misplaced;
        }
        let holds = |write: &Write| {
            let actual = self.revision(write.stream_id.as_str());
            match write.expected {
                ExpectedRevision::Any => true,
                ExpectedRevision::NoStream => actual == 0,
                ExpectedRevision::Exists => actual > 0,
                ExpectedRevision::Exact(expected) => actual == expected,
            }
        };
        if !writes.iter().all(holds) {
            return Said::Conflict;
        }
        if let Some(condition) = condition {
            let found = self.matching(&condition.fail_if_events_match);
            if found.iter().any(|event| event.position > condition.after) {
                return Said::Condition;
            }
        }
        let now = clock.max(self.last_time());
        let recorded_at = restored.map_or(now, |restored| restored.recorded_at);
        for write in writes {
            for event in &write.events {
                self.store(write, event, recorded_at);
            }
        }
        Said::Stored { position: self.events.len() as u64, revisions: self.revisions(writes) }
    }

    pub fn last_time(&self) -> u64 {
        self.events.last().map_or(0, |event| event.recorded_at)
    }

    fn can_be_put_back(&self, restored: &Restored) -> bool {
        restored.position == self.events.len() as u64 + 1
            && restored.after == self.events.last().map(|event| event.id)
            && restored.recorded_at >= self.last_time()
    }

    fn revisions(&self, writes: &[Write]) -> Vec<u64> {
        writes.iter().map(|write| self.revision(write.stream_id.as_str())).collect()
    }

    fn store(&mut self, write: &Write, event: &NewEvent, recorded_at: u64) {
        self.events.push(RecordedEvent {
            r#type: event.r#type.clone(),
            data: event.data.clone(),
            version: event.version,
            id: event.id.expect("the test gives ids"),
            stream_id: write.stream_id.clone(),
            revision: self.revision(write.stream_id.as_str()) + 1,
            position: self.events.len() as u64 + 1,
            tags: event.tags.clone(),
            metadata: event.metadata.clone(),
            recorded_at,
        });
    }

    fn look_for_ids(&self, writes: &[Write]) -> Option<Said> {
        let ids: Vec<Uuid> =
            writes.iter().flat_map(|write| &write.events).filter_map(|event| event.id).collect();
        if ids.iter().all(|id| self.find(*id).is_none()) {
            return None;
        }
        let mut last = 0;
        for write in writes {
            let found: Option<Vec<&RecordedEvent>> =
                write.events.iter().map(|event| self.find(event.id.expect("the test gives ids"))).collect();
            let Some(found) = found else {
                return Some(Said::Duplicated);
            };
            let in_stream = found.iter().all(|event| event.stream_id == write.stream_id);
            let contiguous = found.windows(2).all(|pair| pair[0].revision + 1 == pair[1].revision);
            if !in_stream || !contiguous {
                return Some(Said::Duplicated);
            }
            last = last.max(found.last().map_or(0, |event| event.position));
        }
        let then = Self { events: self.events[..last as usize].to_vec() };
        Some(Said::Duplicate { position: last, revisions: then.revisions(writes) })
    }
}
