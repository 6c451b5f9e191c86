//! Random appends and queries over a small world, so that they meet each other often.

use annals::{
    log::MergePolicy,
    model::{Condition, ExpectedRevision, Json, NewEvent, Query, QueryItem, Write},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{id, stream};

const STREAMS: [&str; 6] = ["user-1", "user-2", "order-1", "order", "__proto__", "ключ-1"];
const TYPES: [&str; 4] = ["Created", "Renamed", "constructor", "Ж"];
const TAGS: [&str; 4] = ["red", "blue", "__proto__", "🦀"];
const CATEGORIES: [&str; 4] = ["user", "order", "ключ", "none"];
const DATA: [&str; 7] = [
    "null",
    "0",
    r#"{"name":"Ада","n":[1,2.5e-7,{"__proto__":{"constructor":1}}]}"#,
    r#""text \" with \\ and \u0000""#,
    "[]",
    r#"{"":""}"#,
    "9007199254740991",
];

const ELSEWHERE: &str = "elsewhere-1";

/// An append, before its events have ids.
#[derive(Debug, Clone)]
pub struct Draft {
    pub writes: Vec<(usize, Expect, Vec<NewEvent>)>,
    pub condition: Option<(Query, f64)>,
    /// Says again what an earlier append said, or some of it.
    pub again: Option<(prop::sample::Index, Again)>,
    /// Its events are put back, at the next position or near it.
    pub put_back: Option<PutBack>,
}

/// Where events are put back: just where they can be, or a little beside that.
#[derive(Debug, Clone, Copy)]
pub struct PutBack {
    pub position: i64,
    /// In ms, from the newest event's.
    pub time: i64,
    pub is_after_the_newest: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Again {
    Same,
    Reversed,
    Fewer,
    ElsewhereToo,
}

#[derive(Debug, Clone, Copy)]
pub enum Expect {
    Any,
    NoStream,
    Exists,
    /// The revision as it is, and this many more or less.
    Near(i64),
}

#[derive(Debug, Clone)]
pub enum Step {
    /// Appends by one of the connections, called without waiting in between.
    Append(usize, Vec<Draft>),
    Clock(i64),
    Reopen(usize),
    /// So many steps of merging by one of the connections.
    Merge(usize, usize),
}

/// A history, and how it is merged.
#[derive(Debug, Clone)]
pub struct Scene {
    pub policy: MergePolicy,
    pub steps: Vec<Step>,
}

/// What is asked of a history.
#[derive(Debug, Clone)]
pub struct Asked {
    pub query: Query,
    /// Positions.
    pub after: u64,
    pub until: u64,
    /// Revisions.
    pub from: u64,
    pub to: u64,
    pub limit: u64,
    /// Which of all times, as shares.
    pub times: (f64, f64),
    pub nudge: i64,
}

/// Histories whose segments, blocks and shards are so small that there are many of each.
pub fn scene(connections: usize) -> impl Strategy<Value = Scene> {
    (policy(), steps(connections)).prop_map(|(policy, steps)| Scene { policy, steps })
}

pub fn policy() -> impl Strategy<Value = MergePolicy> {
    (1_usize..6, 150_u64..4000, (40_usize..1200, 1_usize..400), 12_u64..200, 0_u64..400).prop_map(
        |(tail_records, step_bytes, (block_bytes, piece_bytes), shard_bytes, joining_bytes)| {
            let tail_bytes = 100_000;
            MergePolicy {
                tail_records,
                tail_bytes,
                step_bytes,
                step_memory: 8 * step_bytes,
                block_bytes,
                piece_bytes,
                shard_bytes,
                joining_bytes,
            }
        },
    )
}

pub fn asked() -> impl Strategy<Value = Asked> {
    let bounds = (0_u64..40, 0_u64..80, 0_u64..12, 0_u64..12, 0_u64..30);
    (query(), bounds, (0.0..1.0, 0.0..1.0), -1_i64..2).prop_map(
        |(query, (after, until, from, to, limit), times, nudge)| Asked {
            query,
            after,
            until,
            from,
            to,
            limit,
            times,
            nudge,
        },
    )
}

pub fn steps(connections: usize) -> impl Strategy<Value = Vec<Step>> {
    let append = (0..connections, vec(draft(), 1..5)).prop_map(|(by, drafts)| Step::Append(by, drafts));
    let clock = (-100_000_i64..100_000).prop_map(Step::Clock);
    let reopen = (0..connections).prop_map(Step::Reopen);
    let merge = (0..connections, 1_usize..4).prop_map(|(by, steps)| Step::Merge(by, steps));
    vec(prop_oneof![8 => append, 1 => clock, 1 => reopen, 5 => merge], 1..40)
}

pub fn draft() -> impl Strategy<Value = Draft> {
    let expect = prop_oneof![
        4 => Just(Expect::Any),
        1 => Just(Expect::NoStream),
        1 => Just(Expect::Exists),
        4 => prop_oneof![5 => Just(0_i64), 1 => -1_i64..2].prop_map(Expect::Near),
    ];
    let write = (0..STREAMS.len(), expect, vec(event(), 0..4));
    let again = select(vec![Again::Same, Again::Same, Again::Reversed, Again::Fewer, Again::ElsewhereToo]);
    let again = option::weighted(0.2, (any::<prop::sample::Index>(), again));
    let near = || prop_oneof![6 => Just(0_i64), 1 => -1_i64..2];
    let put_back = (near(), prop_oneof![6 => 0_i64..3, 1 => Just(-1)], prop::bool::weighted(0.9));
    let put_back = put_back.prop_map(|(position, time, is_after_the_newest)| PutBack {
        position,
        time,
        is_after_the_newest,
    });
    (vec(write, 1..4), option::weighted(0.3, (query(), 0.0..1.2)), again, option::weighted(0.3, put_back))
        .prop_map(|(writes, condition, again, put_back)| Draft { writes, condition, again, put_back })
}

pub fn event() -> impl Strategy<Value = NewEvent> {
    let metadata = select(vec!["{}", r#"{"userId":"u1"}"#]);
    (select(TYPES.to_vec()), vec(select(TAGS.to_vec()), 0..3), select(DATA.to_vec()), metadata, 1_u32..4)
        .prop_map(|(r#type, tags, data, metadata, version)| NewEvent {
            r#type: r#type.to_owned(),
            data: Json::from_text(data).expect("JSON"),
            version,
            id: None,
            tags: tags.into_iter().map(str::to_owned).collect(),
            metadata: Json::from_text(metadata).expect("JSON"),
        })
}

pub fn query() -> impl Strategy<Value = Query> {
    let words = |words: &[&'static str], most| vec(select(words.to_vec()).prop_map(str::to_owned), 0..most);
    let item = (words(&TYPES, 3), words(&TAGS, 3), words(&STREAMS, 3), words(&CATEGORIES, 2))
        .prop_map(|(types, tags, streams, categories)| QueryItem { types, tags, streams, categories });
    vec(item, 1..4).prop_map(|items| Query { items })
}

impl Draft {
    /// The append in full: `revision` says how long a stream is, `next_id` makes ids, `earlier` are the appends before.
    pub fn write(
        &self,
        revision: impl Fn(&str) -> u64,
        head: u64,
        mut next_id: impl FnMut() -> u128,
        earlier: &[Vec<Write>],
    ) -> (Vec<Write>, Option<Condition>) {
        let condition = self.condition.as_ref().map(|(query, part)| Condition {
            fail_if_events_match: query.clone(),
            after: (head as f64 * part) as u64,
        });
        if let (Some((index, again)), false) = (&self.again, earlier.is_empty()) {
            return (vary(index.get::<Vec<Write>>(earlier), *again, &mut next_id), condition);
        }
        let mut writes: Vec<Write> = Vec::new();
        for (name, expect, events) in &self.writes {
            let name = STREAMS[*name];
            if writes.iter().any(|write| write.stream_id.as_str() == name) {
                continue;
            }
            let expected = match expect {
                Expect::Any => ExpectedRevision::Any,
                Expect::NoStream => ExpectedRevision::NoStream,
                Expect::Exists => ExpectedRevision::Exists,
                Expect::Near(by) => ExpectedRevision::Exact(revision(name).saturating_add_signed(*by)),
            };
            let mut events = events.clone();
            events.iter_mut().for_each(|event| event.id = Some(id(next_id())));
            writes.push(Write { stream_id: stream(name), expected, events });
        }
        if writes.iter().all(|write| write.events.is_empty()) {
            let mut event = super::event("Created");
            event.id = Some(id(next_id()));
            writes[0].events.push(event);
        }
        (writes, condition)
    }
}

fn vary(writes: &[Write], again: Again, next_id: &mut impl FnMut() -> u128) -> Vec<Write> {
    let mut writes = writes.to_vec();
    match again {
        Again::Same => {}
        Again::Reversed => writes.iter_mut().for_each(|write| write.events.reverse()),
        Again::Fewer => {
            let longest = writes.iter_mut().max_by_key(|write| write.events.len());
            longest.into_iter().filter(|write| write.events.len() > 1).for_each(|write| {
                write.events.pop();
            });
        }
        Again::ElsewhereToo if writes.iter().any(|write| write.stream_id.as_str() == ELSEWHERE) => {}
        Again::ElsewhereToo => {
            let mut event = super::event("Renamed");
            event.id = Some(id(next_id()));
            let fresh =
                Write { stream_id: stream(ELSEWHERE), expected: ExpectedRevision::Any, events: vec![event] };
            writes.push(fresh);
        }
    }
    writes
}
