//! Views that cannot go on, calls that are cancelled or wrong, and calls that cross.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    task::{Context, Poll, Waker},
};

use annals::{
    Engine,
    engine::views::{Moment, ViewError, ViewStatus},
    log::{LogError, MergePolicy},
    model::{ExpectedRevision::Any, NewEvent, OnError, Projection, Stored},
    storage::{Memory, MemoryServer, Storage},
};
use futures_util::{FutureExt, future::join_all};
use pollster::block_on;

use crate::{
    contract::Place,
    memory::InMemory,
    stock::{Shelf, Shop, Stock, hand, labelled, moved, odd_one, plain, read_odd_events, stocks},
    support::{
        all,
        faulty::{FAULTS, Fault, Faulty, Plan},
        open, stream,
        world::merge_all,
        yielding::Unhurried,
    },
};

async fn append<S: Storage>(shop: &Shop<S>, name: &str, events: Vec<NewEvent>) {
    shop.engine.store().append(stream(name), events, Any).await.expect("stored");
}

async fn check<S: Storage>(shop: &Shop<S>) {
    let events = all(shop.engine.store()).await;
    shop.check(&events).unwrap_or_else(|why| panic!("{why}"));
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    future.poll_unpin(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn an_event_that_cannot_be_read_stops_its_view_before_it_and_no_other() {
    block_on(async {
        read_odd_events(false);
        let server = MemoryServer::default();
        let shop = Shop::open(server.connect(), &hand()).await;
        let mut waiting = pin!(shop.views[0].when_at(4));
        append(&shop, "a-1", vec![moved(&[1], 1), labelled(1, "x")]).await;
        assert!(poll(&mut waiting).is_pending());
        append(&shop, "a-1", vec![odd_one(1), moved(&[1], 1)]).await;
        let [stopped, skipping, some] = &shop.views[..] else { panic!("three views") };
        assert_eq!((stopped.status(), stopped.position()), (ViewStatus::Stopped, 2));
        assert_eq!((skipping.status(), skipping.position()), (ViewStatus::Ready, 4));
        assert_eq!((some.status(), some.position()), (ViewStatus::Ready, 4), "it is none of its own");
        check(&shop).await;
        let fault = stopped.fault().expect("it has stopped");
        assert_eq!((fault.position, &*fault.stream_id, &*fault.r#type), (3, "a-1", "Odd"));
        assert!(fault.message.contains("it is odd"), "{}", fault.message);
        assert_eq!(skipping.dead_letters(), std::slice::from_ref(&fault));
        assert_eq!(waiting.await, Err(ViewError::Stopped(fault.clone())));
        assert_eq!(stopped.when_at(3).await, Err(ViewError::Stopped(fault.clone())));
        assert_eq!(stopped.when_at(2).await, Ok(()), "it was there");
        assert_eq!(skipping.when_at(4).await, Ok(()));
        assert_eq!(stopped.rebuild(&|_, _| true).await, Err(ViewError::Stopped(fault.clone())));
        let past = stopped.as_of(Moment::Position(3), &|_, _| true).await;
        assert!(matches!(past.err(), Some(ViewError::Stopped(of)) if of == fault));
        assert!(stopped.as_of(Moment::Position(2), &|_, _| true).await.is_ok());
        append(&shop, "b-1", vec![moved(&[2], 1), odd_one(2)]).await;
        assert_eq!((some.status(), some.position()), (ViewStatus::Stopped, 5));
        check(&shop).await;
        for view in &shop.views {
            view.save().await.expect("answered");
        }
        let cold = Shop::open(server.connect(), &hand()).await;
        check(&cold).await;
        assert_eq!(cold.views[1].dead_letters().len(), 2, "kept over a restart");
        read_odd_events(true);
        for view in &cold.views {
            view.rebuild(&|_, _| true).await.expect("rebuilt");
            assert_eq!((view.status(), view.dead_letters().len()), (ViewStatus::Ready, 0));
        }
        check(&cold).await;
        append(&cold, "a-1", vec![moved(&[1], 1)]).await;
        check(&cold).await;
    });
}

#[test]
fn an_opening_that_is_cancelled_goes_on_from_where_it_was() {
    block_on(async {
        let server = MemoryServer::default();
        let first = Shop::open(server.connect(), &hand()).await;
        append(&first, "a-1", vec![moved(&[1], 1); 100]).await;
        first.views[0].save().await.expect("saved");
        for _ in 0..3 {
            append(&first, "b-1", vec![moved(&[1, 2], 1); 4_500]).await;
        }
        let cold = Shop::closed(server.connect(), &hand(), Default::default()).await;
        let (last, calls) = (RefCell::new(std::collections::HashMap::new()), Cell::new(0));
        let mut cancelled = 0;
        loop {
            calls.set(0);
            let watch = |name: &str, done: u64, total: u64| {
                let before = last.borrow_mut().insert(name.to_owned(), done).unwrap_or_default();
                assert!(
                    before < done && done <= total && total == 13_600,
                    "{name}: {before}, {done} of {total}"
                );
                calls.set(calls.get() + 1);
                calls.get() < 2
            };
            match cold.engine.open_views(&watch).await {
                Ok(()) => break,
                Err(ViewError::Aborted) => cancelled += 1,
                Err(other) => panic!("{other:?}"),
            }
            assert!(cold.views.iter().all(|view| view.position() <= 13_600));
        }
        assert!(cancelled > 2, "{cancelled}");
        check(&cold).await;
        let mut steps = 0;
        let rebuilt = cold.views[0].rebuild(&|done, _| done < 5_000).await;
        assert_eq!(rebuilt, Err(ViewError::Aborted));
        check(&cold).await;
        let (before, count) = (Cell::new(0), Cell::new(0));
        let watch = |done, total| {
            assert!(before.replace(done) < done && done <= total);
            count.set(count.get() + 1);
            true
        };
        cold.views[0].rebuild(&watch).await.expect("rebuilt");
        steps += count.get();
        assert!(steps >= 3, "page by page");
        check(&cold).await;
        let past = cold.views[0].as_of(Moment::Position(9_000), &|done, _| done < 5_000).await;
        assert_eq!(past.err(), Some(ViewError::Aborted));
    });
}

#[test]
fn views_that_are_opened_and_rebuilt_at_once_take_each_event_once() {
    block_on(async {
        for seed in 0..60 {
            let server = MemoryServer::default();
            let first = Shop::open(server.connect(), &hand()).await;
            append(&first, "a-1", vec![moved(&[1, 2], 1); 3]).await;
            if seed % 2 == 0 {
                first.views[0].save().await.expect("saved");
            }
            append(&first, "b-1", vec![moved(&[2, 3], 1); 3]).await;
            let place = Unhurried::new(InMemory(server.clone()), seed);
            let cold = Shop::closed(place.connect().await, &hand(), Default::default()).await;
            let watch = |_: &str, _, _| true;
            let opened = join_all((0..3).map(|_| cold.engine.open_views(&watch)));
            let rebuilt =
                join_all(cold.views.iter().take(seed as usize % 4).map(|view| view.rebuild(&|_, _| true)));
            let appended = append(&cold, "b-2", vec![moved(&[4], 1)]);
            let (opened, rebuilt, ()) = futures_util::join!(opened, rebuilt, appended);
            assert!(opened.iter().chain(&rebuilt).all(Result::is_ok), "{opened:?} {rebuilt:?}");
            append(&cold, "b-1", vec![moved(&[2], 2)]).await;
            let events = all(cold.engine.store()).await;
            cold.check(&events).unwrap_or_else(|why| panic!("{seed}: {why}"));
        }
    });
}

#[test]
fn who_waits_for_a_view_hears_that_the_store_is_closed() {
    block_on(async {
        let shop = Shop::open(MemoryServer::default().connect(), &hand()).await;
        let mut waiting = pin!(shop.views[0].when_at(1));
        assert!(poll(&mut waiting).is_pending());
        shop.engine.store().close().await;
        let Poll::Ready(Err(ViewError::Log(error))) = poll(&mut waiting) else { panic!("it hears") };
        assert_eq!(error, LogError::Closed);
    });
}

#[test]
fn who_waits_for_a_view_has_it_at_once_when_the_event_is_taken_in() {
    block_on(async {
        let server = MemoryServer::default();
        let (here, there) =
            (Shop::open(server.connect(), &hand()).await, Shop::open(server.connect(), &hand()).await);
        let mut waiting = pin!(here.views[0].when_at(2));
        append(&there, "a-1", vec![moved(&[1], 1); 2]).await;
        assert!(poll(&mut waiting).is_pending(), "here nobody has looked");
        here.engine.refresh_views().await.expect("refreshed");
        assert_eq!(poll(&mut waiting), Poll::Ready(Ok(())));
        let mut following = pin!(here.engine.follow());
        assert!(poll(&mut following).is_pending());
        append(&there, "a-1", vec![moved(&[1], 1)]).await;
        assert!(poll(&mut following).is_pending());
        check(&here).await;
        here.engine.store().close().await;
        assert!(poll(&mut following).is_ready());
    });
}

#[test]
fn followed_views_take_in_what_others_of_the_same_store_have_looked_for() {
    block_on(async {
        for seed in 0..40 {
            let server = MemoryServer::default();
            let there = Shop::open(server.connect(), &hand()).await;
            let place = Unhurried::new(InMemory(server), seed);
            let here = Shop::closed(place.connect().await, &hand(), Default::default()).await;
            here.open_views().await;
            let mut following = pin!(here.engine.follow());
            for n in 0..12 {
                append(&there, "a-1", vec![moved(&[n % 3], 1)]).await;
                let mut looking = pin!(here.engine.store().refresh());
                for _ in 0..seed % 7 {
                    assert!(poll(&mut following).is_pending());
                    if poll(&mut looking).is_ready() {
                        break;
                    }
                }
            }
            for _ in 0..2_000 {
                assert!(poll(&mut following).is_pending());
            }
            check(&here).await;
        }
    });
}

#[test]
fn a_log_that_cannot_be_read_is_said_and_read_when_it_can_be() {
    block_on(async {
        for fault in FAULTS {
            let (server, plan) = (MemoryServer::default(), Plan::default());
            let here = Shop::open(Faulty { inner: server.connect(), plan: plan.clone() }, &hand()).await;
            let there = Shop::open(server.connect(), &hand()).await;
            for call in 0..4 {
                append(&there, "a-1", vec![moved(&[1], 1)]).await;
                plan.fail_for_good(call, fault);
                let refreshed = here.engine.refresh_views().await;
                if refreshed.is_ok() {
                    let events = all(there.engine.store()).await;
                    here.check(&events).unwrap_or_else(|why| panic!("{fault:?} at {call}: {why}"));
                }
                assert!(matches!(refreshed, Ok(()) | Err(ViewError::Log(_))), "{refreshed:?}");
                plan.heal();
                here.engine.refresh_views().await.expect("refreshed");
                check(&here).await;
            }
        }
    });
}

#[test]
fn views_that_are_opened_in_the_background_are_tried_again_when_something_is_heard_of_the_log() {
    block_on(async {
        let (server, plan) = (MemoryServer::default(), Plan::default());
        let there = Shop::open(server.connect(), &hand()).await;
        for n in 0..20 {
            append(&there, "a-1", vec![moved(&[n % 3], 1)]).await;
        }
        merge_all(there.engine.store()).await;
        let connection = Faulty { inner: server.connect(), plan: plan.clone() };
        let here = Shop::closed(connection, &hand(), MergePolicy::default()).await;
        plan.fail_for_good(0, Fault::Refused);
        let views = here.engine.views().clone();
        let mut opening = pin!(views.open_in_background(&|_, _, _| true).boxed_local());
        assert!(poll(&mut opening).is_pending(), "it waits");
        assert!(plan.calls() > 0, "it was tried");
        plan.heal();
        assert!(poll(&mut opening).is_pending(), "nothing was heard");
        append(&there, "a-1", vec![moved(&[1], 1)]).await;
        opening.await.expect("opened");
        here.engine.refresh_views().await.expect("refreshed");
        check(&here).await;
        let closed = Shop::closed(server.connect(), &hand(), MergePolicy::default()).await;
        closed.engine.store().close().await;
        let refused = closed.engine.views().open_in_background(&|_, _, _| true).await;
        assert_eq!(refused, Err(ViewError::Log(LogError::Closed)));
    });
}

/// A projection that says of itself what it is told to.
struct Named(&'static str, Vec<&'static str>, Vec<&'static str>);

impl Projection for Named {
    type Event = serde_json::Value;
    type Row = u8;

    fn name(&self) -> &str {
        self.0
    }

    fn types(&self) -> Vec<&str> {
        self.1.clone()
    }

    fn indexes(&self) -> Vec<&str> {
        self.2.clone()
    }

    fn project(&self, _: Option<u8>, _: &Stored<'_, serde_json::Value>) -> Option<u8> {
        None
    }
}

#[test]
fn a_projection_that_is_registered_has_a_name_of_its_own_types_and_sound_paths() {
    block_on(async {
        let engine = Engine::new(open(MemoryServer::default().connect(), &hand()).await);
        let refused = |named: Named| engine.register_projector(named).err().map(|error| error.argument);
        assert_eq!(refused(Named("a", vec!["A"], vec!["b", "b.c.d"])), None);
        assert_eq!(refused(Named("", vec!["A"], vec![])).as_deref(), Some("name"));
        assert_eq!(refused(Named("a", vec!["B"], vec![])).as_deref(), Some("name"));
        assert_eq!(refused(Named("b", vec![], vec![])).as_deref(), Some("types"));
        for path in ["", "a..b", ".", "a.b.c.d"] {
            assert_eq!(refused(Named("b", vec!["A"], vec![path])).as_deref(), Some("field"), "{path:?}");
        }
        assert_eq!(refused(Named("b", vec!["A"], vec![])), None, "what was refused took no name");
        assert!(engine.get_view::<u8>("b").is_some());
        assert!(engine.get_view::<Shelf>("b").is_none(), "of another type");
        assert!(engine.get_view::<u8>("c").is_none());
    });
}

#[test]
fn a_view_that_is_registered_later_joins_those_that_are_open() {
    block_on(async {
        let engine: Engine<Memory> = Engine::new(open(MemoryServer::default().connect(), &hand()).await);
        let [stock, other, _] = stocks();
        let early = engine.register_projector(stock.clone()).expect("registered");
        engine.open_views(&|_, _, _| true).await.expect("opened");
        let append = async || {
            engine.store().append(stream("a-1"), vec![moved(&[1], 1)], Any).await.expect("stored");
        };
        append().await;
        let late = engine.register_projector(Stock { on_error: OnError::Skip, ..other }).expect("registered");
        append().await;
        assert_eq!((early.position(), late.position(), late.status()), (2, 0, ViewStatus::CatchingUp));
        engine.open_views(&|_, _, _| true).await.expect("opened");
        append().await;
        for view in [early, late] {
            plain(&all(engine.store()).await, &stock, 3).check(&view).expect("as the log says");
        }
    });
}
