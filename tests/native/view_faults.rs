//! Views over storage that fails, is left, or is damaged: they come back as the fold of the log, and nothing else is believed.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use annals::{
    EventStore, OpenOptions,
    model::{ExpectedRevision::Any, NewEvent},
    storage::{Contents, MemoryServer, SavedView, Storage},
};
use futures_util::FutureExt;
use pollster::block_on;

use crate::{
    contract::Place,
    memory::InMemory,
    stock::{Shop, hand, labelled, moved, stocks},
    support::{
        all,
        faulty::{FAULTS, Fault, Faulty, Plan},
        stream,
        yielding::Unhurried,
    },
};

async fn append<S: Storage>(shop: &Shop<S>, name: &str, events: Vec<NewEvent>) {
    shop.engine.store().append(stream(name), events, Any).await.expect("stored");
}

/// Some events, saved views of the first of them, and events after these.
async fn shop_with_saves() -> MemoryServer {
    let server = MemoryServer::default();
    let shop = Shop::open(server.connect(), &hand()).await;
    for n in 0..6 {
        append(&shop, ["a-1", "b-1"][n % 2], vec![moved(&[n, n + 1], 3), labelled(n, "new")]).await;
    }
    save_all(&shop).await;
    append(&shop, "a-1", vec![moved(&[0, 3], 2), moved(&[1, 2], -3)]).await;
    append(&shop, "b-1", vec![labelled(4, "old"), moved(&[7], 1)]).await;
    server
}

async fn save_all<S: Storage>(shop: &Shop<S>) {
    for view in &shop.views {
        view.save().await.expect("answered");
    }
}

/// Whether whoever opens now, saves, and opens again, has views that are the fold of the log.
async fn is_sound(server: &MemoryServer, when: &str) {
    for turn in ["opened", "opened again", "and again"] {
        let shop = Shop::open(server.connect(), &hand()).await;
        let events = all(shop.engine.store()).await;
        shop.check(&events).unwrap_or_else(|why| panic!("{when}, {turn}: {why}"));
        append(&shop, "b-2", vec![moved(&[5, 6], 1)]).await;
        save_all(&shop).await;
    }
}

/// A life of a connection in which all is done that asks the storage for something; what fails is done again at the end.
async fn live_through<S: Storage>(storage: S) -> Option<Shop<S>> {
    let store = EventStore::open(storage, hand().sockets(), OpenOptions::default()).await.ok()?;
    let shop = Shop::of(store);
    let watch = |_: &str, _, _| true;
    let _ = shop.engine.open_views(&watch).await;
    for view in &shop.views {
        let _ = view.save().await;
    }
    let _ = shop.engine.store().append(stream("a-3"), vec![moved(&[0, 6], 5)], Any).await;
    let _ = shop.engine.refresh_views().await;
    let _ = shop.views[0].save().await;
    let _ = shop.views[1].rebuild(&|_, _| true).await;
    let _ = shop.views[1].save().await;
    let _ = shop.engine.store().append(stream("b-3"), vec![moved(&[1], 5)], Any).await;
    Some(shop)
}

/// Whether what is left of such a life goes on.
async fn goes_on<S: Storage>(shop: &Shop<S>, when: &str) {
    shop.engine.open_views(&|_, _, _| true).await.unwrap_or_else(|error| panic!("{when}: {error}"));
    shop.engine.refresh_views().await.unwrap_or_else(|error| panic!("{when}: {error}"));
    append(shop, "a-4", vec![moved(&[2], 1)]).await;
    let events = all(shop.engine.store()).await;
    shop.check(&events).unwrap_or_else(|why| panic!("{when}: {why}"));
    for view in &shop.views {
        assert_eq!(view.save().await, Ok(true), "{when}: it can be saved again");
    }
}

#[test]
fn a_storage_call_that_fails_makes_no_view_project_twice_or_skip() {
    block_on(async {
        for fault in FAULTS {
            for call in 0.. {
                let when = format!("{fault:?} at {call}");
                let (server, plan) = (shop_with_saves().await, Plan::default());
                plan.fail(call, fault);
                let shop = live_through(Faulty { inner: server.connect(), plan: plan.clone() }).await;
                let was_reached = plan.calls() > call;
                plan.heal();
                if let Some(shop) = shop {
                    goes_on(&shop, &when).await;
                }
                is_sound(&server, &when).await;
                if !was_reached {
                    assert!(call > 20, "{call} calls");
                    break;
                }
            }
        }
    });
}

#[test]
fn a_storage_that_goes_for_good_leaves_views_that_the_next_one_takes_up() {
    block_on(async {
        for fault in [Fault::UnseenDone, Fault::UnseenNotDone] {
            for call in 0.. {
                let (server, plan) = (shop_with_saves().await, Plan::default());
                plan.fail_for_good(call, fault);
                let gone = live_through(Faulty { inner: server.connect(), plan: plan.clone() }).await;
                drop(gone);
                is_sound(&server, &format!("{fault:?} at {call}")).await;
                if plan.calls() <= call {
                    break;
                }
            }
        }
    });
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    future.poll_unpin(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn who_leaves_at_any_moment_leaves_views_that_go_on() {
    block_on(async {
        let mut lives = 0;
        for turns in 0..10_000 {
            let server = shop_with_saves().await;
            let place = Unhurried::new(InMemory(server.clone()), 5);
            {
                let mut life = pin!(live_through(place.connect().await));
                let mut done = Poll::Pending;
                for _ in 0..turns {
                    done = poll(&mut life);
                    if done.is_ready() {
                        break;
                    }
                }
                if done.is_ready() {
                    lives += 1;
                }
            }
            is_sound(&server, &format!("left after {turns} turns")).await;
            if lives > 0 {
                return assert!(turns > 20);
            }
        }
        unreachable!("a life ends after some turns");
    });
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Task {
    Open,
    Save,
    Rebuild,
    Refresh,
}

#[test]
fn a_call_that_is_dropped_at_any_moment_can_be_made_again() {
    block_on(async {
        for task in [Task::Open, Task::Save, Task::Rebuild, Task::Refresh] {
            for turns in 0.. {
                let when = format!("{task:?} dropped after {turns} turns");
                let server = shop_with_saves().await;
                let place = Unhurried::new(InMemory(server.clone()), 9);
                let shop = Shop::closed(place.connect().await, &hand(), Default::default()).await;
                if task != Task::Open {
                    shop.open_views().await;
                }
                let other = Shop::open(server.connect(), &hand()).await;
                append(&other, "a-1", vec![moved(&[4, 5], 2)]).await;
                let watch = |_: &str, _, _| true;
                let mut call = Box::pin(async {
                    match task {
                        Task::Open => shop.engine.open_views(&watch).await.map(drop),
                        Task::Save => shop.views[0].save().await.map(drop),
                        Task::Rebuild => shop.views[0].rebuild(&|_, _| true).await,
                        Task::Refresh => shop.engine.refresh_views().await,
                    }
                });
                let mut is_done = false;
                for _ in 0..turns {
                    is_done = poll(&mut call).is_ready();
                    if is_done {
                        break;
                    }
                }
                drop(call);
                goes_on(&shop, &when).await;
                is_sound(&server, &when).await;
                if is_done {
                    break;
                }
            }
        }
    });
}

fn saved(contents: &Contents, name: &str) -> SavedView {
    let (_, saved) = contents.views.iter().find(|(key, _)| key.name == name).expect("it is saved");
    saved.clone()
}

/// Opens with one save put in the place of a sound one: it is not believed, and that is said.
async fn is_dropped(server: &MemoryServer, number: usize, damaged: SavedView, what: &str) {
    let sound = server.contents();
    server.tamper(|contents| {
        for (key, saved) in &mut contents.views {
            if key.name == stocks()[number].name {
                saved.clone_from(&damaged);
            }
        }
    });
    let shop = Shop::open(server.connect(), &hand()).await;
    let events = all(shop.engine.store()).await;
    shop.check(&events).unwrap_or_else(|why| panic!("{what}: {why}"));
    assert_eq!(shop.engine.views().dropped(), [number], "{what}");
    server.tamper(|contents| *contents = sound);
}

#[test]
fn no_byte_of_a_saved_view_may_be_another() {
    block_on(async {
        let server = shop_with_saves().await;
        let sound = saved(&server.contents(), "stock");
        for byte in 0..sound.checkpoint.bytes.len() {
            let mut damaged = sound.clone();
            damaged.checkpoint.bytes[byte] ^= 1 << (byte % 8);
            is_dropped(&server, 0, damaged, &format!("byte {byte} of the checkpoint")).await;
            let mut damaged = sound.clone();
            damaged.checkpoint.bytes.truncate(byte);
            is_dropped(&server, 0, damaged, &format!("{byte} bytes of the checkpoint")).await;
        }
        for bucket in 0..sound.buckets.len() {
            for byte in 0..sound.buckets[bucket].bytes.len() {
                let mut damaged = sound.clone();
                damaged.buckets[bucket].bytes[byte] ^= 1 << (byte % 8);
                is_dropped(&server, 0, damaged, &format!("byte {byte} of bucket {bucket}")).await;
                let mut damaged = sound.clone();
                damaged.buckets[bucket].bytes.truncate(byte);
                is_dropped(&server, 0, damaged, &format!("{byte} bytes of bucket {bucket}")).await;
            }
        }
    });
}

#[test]
fn no_part_of_a_saved_view_may_stand_elsewhere() {
    block_on(async {
        let server = shop_with_saves().await;
        let (sound, others) = (saved(&server.contents(), "stock"), saved(&server.contents(), "some"));
        let twin = saved(&server.contents(), "skipping");
        let position = sound.checkpoint.position;
        let with = |change: &dyn Fn(&mut SavedView)| {
            let mut damaged = sound.clone();
            change(&mut damaged);
            damaged
        };
        let damaged: [(&str, SavedView); 12] = [
            ("no bucket", with(&|view| view.buckets.clear())),
            ("a bucket twice", with(&|view| view.buckets.push(view.buckets[0].clone()))),
            ("a number that is not its own", with(&|view| view.buckets[0].number = 1)),
            ("a bucket of before", with(&|view| view.buckets[0].through -= 1)),
            ("a bucket of later", with(&|view| view.buckets[0].through += 1)),
            ("a position before", with(&|view| view.checkpoint.position = position - 1)),
            ("a position after", with(&|view| view.checkpoint.position = position + 1)),
            ("position 0", with(&|view| view.checkpoint.position = 0)),
            ("a position beyond all", with(&|view| view.checkpoint.position = u64::MAX)),
            ("another layout", with(&|view| view.checkpoint.layout = 4)),
            ("the rows of another view", with(&|view| view.buckets.clone_from(&others.buckets))),
            ("another view", others.clone()),
        ];
        for (what, damaged) in damaged {
            is_dropped(&server, 0, damaged, what).await;
        }
        is_dropped(&server, 0, twin.clone(), "another view of the same rows").await;
        is_dropped(
            &server,
            0,
            with(&|view| view.buckets.clone_from(&twin.buckets)),
            "the same rows of another",
        )
        .await;
    });
}
