//! Merging: killed at every call, under stale connections, and what reading and appending cost after it.

use annals::{
    log::{
        AppendError, Direction, EventStore, LogError, MergePolicy, MergeStep, OpenOptions, Pacer, ReadAll,
        ReadStream, codec::Layout,
    },
    model::{
        Condition,
        ExpectedRevision::{Any, Exact, NoStream},
        Refusal, Write,
    },
    storage::{Memory, MemoryServer, StorageError},
};
use pollster::block_on;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{TestCaseError, TestRunner},
};

use crate::{
    contract::{Place, laws},
    memory::InMemory,
    support::{
        Hand, all, append, event,
        faulty::{FAULTS, Fault, Faulty, Plan},
        id, numbered, of_type,
        random::{self, Scene},
        stream, stream_events,
        world::{CONNECTIONS, World, merge_all, open_with},
    },
};

/// Everything small, so that little makes many segments, blocks and shards.
const SMALL: MergePolicy = MergePolicy {
    tail_records: 3,
    tail_bytes: 100_000,
    step_bytes: 900,
    step_memory: 1_000_000,
    block_bytes: 200,
    piece_bytes: 80,
    shard_bytes: 60,
    joining_bytes: 100,
};

fn layout(server: &MemoryServer) -> Layout {
    server
        .contents()
        .meta
        .layout
        .map_or_else(Layout::default, |bytes| Layout::decode(&bytes).expect("a layout"))
}

async fn filled(server: &MemoryServer, events: usize) -> EventStore<Memory> {
    let store = open_with(server.connect(), &Hand::new(1), SMALL).await;
    for n in 0..events {
        let name = format!("s-{}", n % 7);
        append(&store, &name, vec![numbered("A", n).with_id(id(1000 + n as u128))], Any)
            .await
            .expect("stored");
    }
    store
}

#[test]
fn what_was_merged_is_forgotten_by_the_caches() {
    block_on(async {
        let store = filled(&MemoryServer::default(), 300).await;
        let steps = merge_all(&store).await;
        assert!(steps > 3, "{steps} steps, which read the segments of those before");
        let cached = store.diagnostics().await.expect("what it is made of").bytes_cached;
        assert_eq!(cached, 0, "nobody has asked for anything that is there now");
    });
}

/// What the random scenes of the laws are made to meet, they meet.
#[test]
fn the_random_histories_have_many_segments_blocks_and_shards_and_merges_of_several_steps() {
    let mut runner = TestRunner::deterministic();
    let (mut merged, mut segments, mut blocks, mut runs, mut shards, mut pending) = (0, 0, 0, 0, 0, 0);
    for _ in 0..150 {
        let scene = random::scene(CONNECTIONS).new_tree(&mut runner).expect("a scene").current();
        block_on(async {
            let mut world = World::new(InMemory::default(), scene.policy).await;
            for step in &scene.steps {
                world.take(step).await.expect("the oracle agrees");
                let layout = layout(&world.place.0);
                segments = segments.max(layout.segments.len());
                blocks = layout.segments.iter().map(|one| one.bounds.len()).max().unwrap_or(0).max(blocks);
                runs = runs.max(layout.ids.runs.len());
                shards = shards.max(layout.names.all_keys().len());
                let is_under_way =
                    |pending: &annals::log::codec::Pending| pending.done < pending.output.shards();
                pending += usize::from(layout.ids.pending.as_ref().is_some_and(is_under_way));
                pending += usize::from(layout.names.pending.as_ref().is_some_and(is_under_way));
            }
            merged += world.merged;
        });
    }
    assert!(merged > 500, "{merged} steps");
    assert!(segments >= 5 && blocks >= 5, "{segments} segments, {blocks} blocks of one");
    assert!(
        runs >= 3 && shards >= 16 && pending >= 20,
        "{runs} runs, {shards} shards, {pending} times under way"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every call of the storage that merging makes fails once, in every way: a tab that dies there leaves just that behind.
    #[test]
    fn a_merge_that_is_killed_at_any_storage_call_loses_nothing(scene in random::scene(CONNECTIONS), asked in random::asked()) {
        for call in 0..200 {
            let mut reached = false;
            for fault in FAULTS {
                reached |= block_on(killed(&scene, &asked, call, fault))?;
            }
            if !reached {
                return Ok(());
            }
        }
        prop_assert!(false, "merging comes to an end");
    }
}

async fn killed(
    scene: &Scene,
    asked: &random::Asked,
    call: usize,
    fault: Fault,
) -> Result<bool, TestCaseError> {
    let world = World::after(InMemory::default(), scene).await.map_err(TestCaseError::fail)?;
    let plan = Plan::default();
    let storage = Faulty { inner: world.place.connect().await, plan: plan.clone() };
    let merging = open_with(storage, &world.hand, scene.policy).await;
    plan.fail(call, fault);
    for _ in 0..30 {
        match merging.merge_step(&Pacer::hasty()).await {
            Ok(MergeStep::Nothing) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let reached = plan.calls() > call;
    plan.heal();
    let law = async || {
        laws::everything_reads_back(&world).await?;
        laws::every_query_gives_what_a_scan_gives(&world, asked).await
    };
    law().await.map_err(|broken| TestCaseError::fail(format!("call {call}, {fault:?}: {broken}")))?;
    prop_assert_eq!(&all(&merging).await, &world.oracle.events, "the connection that merged goes on");
    merge_all(&merging).await;
    law()
        .await
        .map_err(|broken| TestCaseError::fail(format!("merged again after {call}, {fault:?}: {broken}")))?;
    Ok(reached)
}

/// A connection that knew the log up to here, and another that has merged it twice since then.
async fn slept(server: &MemoryServer) -> (EventStore<Memory>, EventStore<Memory>) {
    let awake = filled(server, 4).await;
    let asleep = open_with(server.connect(), &Hand::new(2), SMALL).await;
    assert_eq!(asleep.head(), 4);
    for n in 4..20 {
        append(&awake, &format!("s-{}", n % 7), vec![numbered("A", n).with_id(id(1000 + n as u128))], Any)
            .await
            .expect("stored");
        if n % 6 == 0 {
            merge_all(&awake).await;
        }
    }
    merge_all(&awake).await;
    assert!(layout(server).generation >= 2 && layout(server).head() > 15);
    (asleep, awake)
}

#[test]
fn a_tab_that_slept_through_merges_is_never_wrong_when_it_writes() {
    block_on(async {
        let expect: [(&str, _, Result<u64, ()>); 5] = [
            // The key under which it would add, after position 4, is free: its commit was merged and removed.
            ("s-0", Any, Ok(21)),
            ("s-1", Exact(1), Err(())),
            ("s-1", Exact(3), Ok(21)),
            ("s-6", NoStream, Err(())),
            ("new", NoStream, Ok(21)),
        ];
        for (name, expected, answer) in expect {
            let server = MemoryServer::default();
            let (asleep, awake) = slept(&server).await;
            let said = append(&asleep, name, vec![event("B")], expected).await;
            assert_eq!(
                said.as_ref().map(|result| result.position).map_err(drop),
                answer,
                "{name} {expected:?}: {said:?}"
            );
            assert_eq!(all(&asleep).await, all(&awake).await);
            assert_eq!(awake.verify(|_, _| true).await.expect("it is verified").findings, []);
        }
    });
}

#[test]
fn a_reading_of_a_stream_covers_what_was_there_at_its_head_though_more_was_merged_since() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server, 40).await;
        let then = stream_events(&store, "s-3", ReadStream::default()).await;
        for n in 40..90 {
            append(&store, &format!("s-{}", n % 7), vec![numbered("A", n)], Any).await.expect("stored");
        }
        merge_all(&store).await;
        append(&store, "s-3", vec![event("B")], Any).await.expect("stored");
        let mut reader =
            store.read_stream_at(stream("s-3"), &ReadStream::default(), 40).await.expect("it begins");
        assert_eq!(reader.to_vec().await.expect("it ends"), then);
    });
}

#[test]
fn events_whose_tags_are_many_and_long_are_merged_and_verified() {
    block_on(async {
        let server = MemoryServer::default();
        let store = open_with(server.connect(), &Hand::new(1), MergePolicy::default()).await;
        for batch in 0..12 {
            let of_one = |n: usize| {
                (0..64).fold(event("A"), |event, tag| {
                    event.with_tag(format!("{:x<496}{batch:04}{n:04}{tag:08}", ""))
                })
            };
            append(&store, "s", (0..100).map(of_one).collect(), Any).await.expect("stored");
        }
        assert!(merge_all(&store).await > 2, "a step takes in no more than fits");
        assert_eq!(store.verify(|_, _| true).await.expect("it is verified").findings, []);
        assert_eq!(all(&store).await.len(), 1200);
    });
}

#[test]
fn an_append_that_counts_on_an_event_finds_it_though_it_was_merged_meanwhile() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server, 30).await;
        merge_all(&store).await;
        assert!(layout(&server).head() > 25, "all events of the stream are merged");
        let append = |newest| {
            let write = Write { stream_id: stream("s-3"), expected: Exact(4), events: vec![event("B")] };
            store.submit(store.check(vec![write], None).expect("valid").following(id(newest))).expect("open")
        };
        for other in [1017, 1023, 9999] {
            let refused = append(other).await.expect_err("another is the newest");
            assert!(matches!(refused, AppendError::Refused(Refusal::RevisionConflict(_))), "{refused:?}");
        }
        assert_eq!(append(1024).await.expect("that one is").revisions, [5]);
    });
}

#[test]
fn a_tab_that_slept_through_merges_knows_what_is_stored_already() {
    block_on(async {
        let server = MemoryServer::default();
        let (asleep, awake) = slept(&server).await;
        let before = all(&awake).await;
        for n in [5, 11, 17] {
            let again = vec![numbered("A", n).with_id(id(1000 + n as u128))];
            let said =
                append(&asleep, &format!("s-{}", n % 7), again, NoStream).await.expect("stored already");
            assert_eq!((said.duplicate, said.position), (true, n as u64 + 1));
        }
        let elsewhere = vec![event("A").with_id(id(1008))];
        append(&asleep, "other", elsewhere, Any).await.expect_err("it is in another stream");
        let writes = vec![Write { stream_id: stream("x"), expected: Any, events: vec![event("B")] }];
        let condition = Condition { fail_if_events_match: of_type("A"), after: 19 };
        asleep.append_many(writes, Some(condition)).await.expect_err("the last event matches");
        assert_eq!(all(&awake).await, before);
    });
}

#[test]
fn a_tab_that_slept_through_merges_is_never_wrong_when_it_reads() {
    block_on(async {
        let server = MemoryServer::default();
        let (asleep, awake) = slept(&server).await;
        let everything = all(&awake).await;
        let mut reader = asleep.read_all_at(ReadAll::default(), 4).await.expect("it begins at what it knows");
        assert_eq!(reader.to_vec().await.expect("it ends"), everything[..4]);
        assert_eq!(asleep.event(everything[9].id).await, Ok(Some(everything[9].clone())));
        let of_one: Vec<_> =
            everything.iter().filter(|event| event.stream_id.as_str() == "s-3").cloned().collect();
        assert_eq!(stream_events(&asleep, "s-3", ReadStream::default()).await, of_one);
        assert_eq!(asleep.stream_revision(&stream("s-3")).await, Ok(of_one.len() as u64));
        assert_eq!(all(&asleep).await, everything);
    });
}

#[test]
fn a_reading_goes_on_right_when_the_log_is_merged_between_its_pages() {
    block_on(async {
        let server = MemoryServer::default();
        let store = open_with(server.connect(), &Hand::new(1), SMALL).await;
        let large = |n: usize| annals::NewEvent::new("Large", &(n, "x".repeat(200_000))).expect("JSON");
        for n in 0..12 {
            append(&store, "s", vec![large(n)], Any).await.expect("stored");
        }
        for direction in [Direction::Forward, Direction::Backward] {
            let mut reader =
                store.read_all(ReadAll { direction, ..ReadAll::default() }).await.expect("it begins");
            let mut of_stream = store
                .read_stream(stream("s"), ReadStream { direction, ..ReadStream::default() })
                .await
                .expect("it begins");
            let (mut found, mut found_of_stream) = (Vec::new(), Vec::new());
            while let Some(page) = reader.next_page().await.expect("a page") {
                found.extend(page.to_events());
                found_of_stream
                    .extend(of_stream.next_page().await.expect("a page").expect("as many").to_events());
                store.merge_step(&Pacer::hasty()).await.expect("a step");
            }
            assert!(layout(&server).generation > 0);
            let mut expected = all(&store).await;
            if direction == Direction::Backward {
                expected.reverse();
            }
            assert_eq!(found.len(), 12);
            assert_eq!(found, expected);
            assert_eq!(found_of_stream, expected);
        }
    });
}

/// A store whose storage counts its calls.
async fn counted(server: &MemoryServer) -> (EventStore<Faulty<Memory>>, Plan) {
    let plan = Plan::default();
    let storage = Faulty { inner: server.connect(), plan: plan.clone() };
    (open_with(storage, &Hand::new(9), SMALL).await, plan)
}

async fn calls<T>(plan: &Plan, work: impl Future<Output = T>) -> (usize, T) {
    plan.heal();
    let done = work.await;
    (plan.calls(), done)
}

#[test]
fn opening_takes_two_calls_however_long_the_log_is() {
    block_on(async {
        for events in [0, 30, 300] {
            let server = MemoryServer::default();
            let store = filled(&server, events).await;
            merge_all(&store).await;
            let plan = Plan::default();
            let storage = Faulty { inner: server.connect(), plan: plan.clone() };
            let (calls, opened) = calls(&plan, open_with(storage, &Hand::new(9), SMALL)).await;
            // Open, the tail with the layout; and where there is no layout, whether there should be one.
            let expected = if events == 0 { 4 } else { 2 };
            assert_eq!((calls, opened.head()), (expected, events as u64));
        }
    });
}

#[test]
fn an_append_whose_ids_were_made_for_it_is_one_call_once_its_stream_is_known() {
    block_on(async {
        let server = MemoryServer::default();
        merge_all(&filled(&server, 300).await).await;
        let (store, plan) = counted(&server).await;
        let (first, _) = calls(&plan, append(&store, "s-1", vec![event("B")], Exact(43))).await;
        assert_eq!(first, 2, "the index is asked for the stream, then the commit");
        for revision in 44..50 {
            let (next, said) = calls(&plan, append(&store, "s-1", vec![event("B")], Exact(revision))).await;
            assert_eq!((next, said.expect("stored").revisions), (1, vec![revision + 1]));
        }
        merge_all(&store).await;
        let (after, _) = calls(&plan, append(&store, "s-1", vec![event("B")], Exact(50))).await;
        assert_eq!(after, 1, "what a merge takes from the tail stays known");
    });
}

#[test]
fn an_id_that_the_caller_gives_costs_a_call_per_shard_at_most_and_none_when_those_are_in_memory() {
    block_on(async {
        let server = MemoryServer::default();
        merge_all(&filled(&server, 400).await).await;
        assert!(layout(&server).segments.len() > 10, "many segments");
        let shards = layout(&server).ids.all_keys().len();
        let (store, plan) = counted(&server).await;
        let mut total = 0;
        for n in 0..200_u128 {
            // In one stream, and refused, so that only the look-ups differ.
            let (calls, said) =
                calls(&plan, append(&store, "s-1", vec![event("B").with_id(id(50_000 + n))], Any)).await;
            said.expect("stored");
            assert!(calls <= 3, "the stream, the shards in one call, the commit: {calls}");
            total += calls - 1;
        }
        assert!(total <= shards + 1, "{total} calls beside the commits, {shards} shards");
    });
}

#[test]
fn reading_one_stream_brings_its_own_blocks_and_not_the_log() {
    block_on(async {
        let server = MemoryServer::default();
        merge_all(&filled(&server, 400).await).await;
        let (store, plan) = counted(&server).await;
        let (calls, events) =
            calls(&plan, stream_events(&store, "s-2", ReadStream { from: 50, ..ReadStream::default() }))
                .await;
        assert_eq!(events.len(), 8);
        assert!(calls <= 4, "what is new, the index, the blocks, and the end: {calls}");
    });
}

#[test]
fn a_swap_that_finds_no_room_says_so_and_the_log_goes_on() {
    block_on(async {
        let server = MemoryServer::default();
        let before = all(&filled(&server, 20).await).await;
        let (store, plan) = counted(&server).await;
        plan.fail(2, Fault::NoRoom);
        let said = loop {
            match store.merge_step(&Pacer::hasty()).await {
                Ok(MergeStep::Done(_)) => {}
                other => break other,
            }
        };
        assert!(matches!(said, Err(LogError::Storage(StorageError::QuotaExceeded(_)))), "{said:?}");
        assert_eq!(all(&store).await, before);
        append(&store, "s-1", vec![event("B")], Any).await.expect("it goes on");
        merge_all(&store).await;
        assert_eq!(all(&store).await.len(), 21);
    });
}

#[test]
fn merging_asks_for_more_room_than_it_frees_only_for_one_step() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server, 400).await;
        merge_all(&store).await;
        let contents = server.contents();
        let stored: usize = contents.segments.values().chain(contents.commits.values()).map(Vec::len).sum();
        let told = store.diagnostics().await.expect("they are told");
        assert_eq!(told.bytes_stored, stored as u64, "what is told is what is there");
        assert_eq!(told.records, (contents.segments.len() + contents.commits.len()) as u64);
        assert_eq!(told.segments, layout(&server).segments.len() as u64);
        assert!(told.bytes_merged > 0);
    });
}

#[test]
fn a_store_of_an_older_format_says_the_newer_one_once_it_is_merged() {
    block_on(async {
        let server = MemoryServer::default();
        let store = filled(&server, 2).await;
        drop(store);
        server.tamper(|contents| {
            let manifest =
                annals::log::codec::StoreManifest::decode(&contents.meta.format).expect("a manifest");
            contents.meta.format = annals::log::codec::StoreManifest { format: 1, ..manifest }.encode();
        });
        let store = EventStore::open(
            server.connect(),
            Hand::new(1).sockets(),
            OpenOptions { merging: SMALL, ..OpenOptions::default() },
        )
        .await
        .expect("format 1 is read");
        append(&store, "s", vec![event("A")], Any).await.expect("and written");
        let format = || {
            annals::log::codec::StoreManifest::decode(&server.contents().meta.format)
                .expect("a manifest")
                .format
        };
        assert_eq!(format(), 1, "older code may still read it");
        merge_all(&store).await;
        assert_eq!(format(), 2);
        assert_eq!(all(&store).await.len(), 3);
    });
}
