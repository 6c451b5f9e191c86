//! Which saves of a view are believed, and what is saved anew.

use annals::{
    Engine,
    engine::views::{Find, ViewStatus},
    model::{ExpectedRevision::Any, NewEvent, RecordedEvent},
    storage::{Contents, Memory, MemoryServer, Storage},
};
use futures_util::future::join;
use pollster::block_on;

use crate::{
    contract::Place,
    memory::InMemory,
    stock::{Shelf, Shop, Stock, hand, labelled, moved, odd_one, plain, read_odd_events, stocks},
    support::{
        all, event,
        faulty::{FAULTS, Faulty, Plan},
        open, stream,
        yielding::Unhurried,
    },
};

async fn append<S: Storage>(shop: &Shop<S>, name: &str, events: Vec<NewEvent>) {
    shop.engine.store().append(stream(name), events, Any).await.expect("stored");
}

async fn save_all<S: Storage>(shop: &Shop<S>) {
    for view in &shop.views {
        view.save().await.expect("answered");
    }
}

async fn events_of<S: Storage>(shop: &Shop<S>) -> Vec<RecordedEvent> {
    all(shop.engine.store()).await
}

async fn shop(server: &MemoryServer) -> Shop<Memory> {
    Shop::open(server.connect(), &hand()).await
}

/// Opens once more: what is read of the log while opening, and whether all is as the log says.
async fn reopened(server: &MemoryServer) -> Shop<Memory> {
    let shop = shop(server).await;
    shop.check(&events_of(&shop).await).unwrap_or_else(|why| panic!("{why}"));
    shop
}

/// How many events opening folds.
async fn folded_at_open(server: &MemoryServer) -> u64 {
    let shop = Shop::closed(server.connect(), &hand(), Default::default()).await;
    let first = std::cell::Cell::new(None);
    let watch = |name: &str, done: u64, total: u64| {
        if name == "stock" {
            first.set(first.get().or(Some((done, total))));
        }
        true
    };
    shop.engine.open_views(&watch).await.expect("opened");
    u64::from(first.get().is_some())
}

#[test]
fn what_is_saved_is_not_folded_again() {
    block_on(async {
        let server = MemoryServer::default();
        let first = shop(&server).await;
        append(&first, "a-1", vec![moved(&[1, 2], 1), labelled(1, "x")]).await;
        assert_eq!(folded_at_open(&server).await, 1);
        assert_eq!(first.engine.views().unsaved(0), 2);
        assert_eq!(first.views[0].save().await, Ok(true));
        assert_eq!(first.engine.views().unsaved(0), 0);
        assert_eq!(first.views[0].save().await, Ok(false), "it is saved");
        assert_eq!(folded_at_open(&server).await, 0);
        reopened(&server).await;
    });
}

#[test]
fn what_has_come_and_gone_in_one_page_is_gone_from_what_another_has_saved_between() {
    block_on(async {
        let server = MemoryServer::default();
        let (first, second) = (shop(&server).await, shop(&server).await);
        append(&first, "b-1", vec![moved(&[1], 1)]).await;
        second.engine.refresh_views().await.expect("it looks");
        append(&first, "b-1", vec![moved(&[2], 1)]).await;
        save_all(&first).await;
        append(&first, "b-1", vec![moved(&[2], -1)]).await;
        // For this one there was never anything on the shelf.
        second.engine.refresh_views().await.expect("it looks");
        save_all(&second).await;
        assert_eq!(reopened(&server).await.engine.views().dropped(), [0; 0]);
    });
}

#[test]
fn a_save_of_a_history_that_was_lost_is_not_believed() {
    block_on(async {
        let server = MemoryServer::default();
        let first = shop(&server).await;
        append(&first, "a-1", vec![moved(&[1, 2], 1); 3]).await;
        let backup = server.contents();
        append(&first, "a-1", vec![moved(&[1, 3], 5); 4]).await;
        save_all(&first).await;
        // A backup put back, or a loss of power, takes the newest events, and what stands beside them stays.
        let lose = || {
            server.tamper(|contents| *contents = Contents { views: contents.views.clone(), ..backup.clone() })
        };
        lose();
        let other = Shop::closed(server.connect(), &hand(), Default::default()).await;
        append(&other, "a-1", vec![moved(&[4, 5], 2); 6]).await;
        let next = reopened(&server).await;
        assert_eq!(next.engine.views().dropped(), [0, 1, 2]);
        save_all(&next).await;
        assert_eq!(reopened(&server).await.engine.views().dropped(), [0; 0]);
    });
}

#[test]
fn what_is_saved_goes_on_from_no_save_of_a_history_that_was_lost() {
    block_on(async {
        for (fault, call) in FAULTS.into_iter().flat_map(|fault| (0..12).map(move |call| (fault, call))) {
            let server = MemoryServer::default();
            let first = shop(&server).await;
            append(&first, "b-1", vec![moved(&[1, 2], 1); 3]).await;
            let backup = server.contents();
            append(&first, "b-1", vec![moved(&[1, 2], 5); 4]).await;
            save_all(&first).await;
            server.tamper(|contents| *contents = Contents { views: contents.views.clone(), ..backup });
            let plan = Plan::default();
            let storage = Faulty { inner: server.connect(), plan: plan.clone() };
            let shaky = Shop::closed(storage, &hand(), Default::default()).await;
            plan.fail(call, fault);
            let _ = shaky.engine.open_views(&|_, _, _| true).await;
            plan.heal();
            shaky.open_views().await;
            // Further than the lost ones were, and no row is another.
            append(&shaky, "b-1", vec![event("Noise"); 6]).await;
            for _ in 0..2 {
                save_all(&shaky).await;
                reopened(&server).await;
                append(&shaky, "b-1", vec![moved(&[4], 1)]).await;
            }
        }
    });
}

fn labelled_shelf(n: usize, by: i64) -> NewEvent {
    NewEvent::new("Moved", &serde_json::json!({ "to": [format!("row {n}")], "by": by })).expect("JSON")
}

#[test]
fn a_save_that_is_further_than_the_store_has_looked_is_of_this_log() {
    block_on(async {
        let server = MemoryServer::default();
        let first = shop(&server).await;
        append(&first, "a-1", vec![moved(&[1, 2], 1)]).await;
        let late = Shop::closed(server.connect(), &hand(), Default::default()).await;
        append(&first, "b-1", vec![moved(&[1, 3], 2)]).await;
        save_all(&first).await;
        late.open_views().await;
        assert_eq!(late.engine.views().dropped(), [0; 0]);
        late.check(&events_of(&first).await).expect("as the log says");
        assert_eq!(server.contents().views.len(), 3, "nothing is forgotten");
    });
}

#[test]
fn a_save_that_cannot_be_asked_for_is_not_called_damaged() {
    block_on(async {
        let server = MemoryServer::default();
        let first = shop(&server).await;
        append(&first, "a-1", vec![moved(&[1, 2], 1)]).await;
        append(&first, "b-1", vec![moved(&[1, 2], 1)]).await;
        save_all(&first).await;
        for fault in FAULTS {
            for call in 0..8 {
                let plan = Plan::default();
                let storage = Faulty { inner: server.connect(), plan: plan.clone() };
                let shaky = Shop::closed(storage, &hand(), Default::default()).await;
                plan.fail(call, fault);
                let _ = shaky.engine.open_views(&|_, _, _| true).await;
                plan.heal();
                shaky.open_views().await;
                shaky.check(&events_of(&first).await).expect("as the log says");
                assert_eq!(shaky.engine.views().dropped(), [0; 0], "{fault:?} at {call}");
                assert_eq!(server.contents().views.len(), 3, "{fault:?} at {call}: nothing is forgotten");
            }
        }
    });
}

#[test]
fn after_a_rebuild_nothing_is_left_of_what_was_saved_before() {
    block_on(async {
        let server = MemoryServer::default();
        read_odd_events(false);
        let first = shop(&server).await;
        append(&first, "b-1", (0..700).map(|n| labelled_shelf(n, 1)).collect()).await;
        append(&first, "b-1", vec![odd_one(1), moved(&[2], 4)]).await;
        append(&first, "b-1", (0..700).map(|n| labelled_shelf(n, 1)).collect()).await;
        save_all(&first).await;
        append(&first, "b-1", vec![moved(&[3], 4)]).await;
        save_all(&first).await;
        let letters = reopened(&server).await.views[1].dead_letters();
        assert_eq!(letters.iter().map(|letter| letter.position).collect::<Vec<_>>(), [701]);
        read_odd_events(true);
        for (view, status) in
            first.views.iter().zip([ViewStatus::Stopped, ViewStatus::Ready, ViewStatus::Stopped])
        {
            assert_eq!(view.status(), status);
            view.rebuild(&|_, _| true).await.expect("rebuilt");
        }
        first.check(&events_of(&first).await).expect("healed");
        reopened(&server).await;
        save_all(&first).await;
        assert_eq!(reopened(&server).await.engine.views().dropped(), [0; 0]);
    });
}

#[test]
fn a_rebuild_holds_though_what_was_saved_could_not_be_forgotten() {
    block_on(async {
        for fault in FAULTS {
            let (server, plan) = (MemoryServer::default(), Plan::default());
            read_odd_events(false);
            let first = Shop::open(Faulty { inner: server.connect(), plan: plan.clone() }, &hand()).await;
            append(&first, "b-1", vec![moved(&[1], 1), odd_one(1), moved(&[2], 4)]).await;
            save_all(&first).await;
            read_odd_events(true);
            for call in 0..3 {
                plan.fail(call, fault);
                let _ = first.views[1].rebuild(&|_, _| true).await;
                plan.heal();
            }
            first.views[1].rebuild(&|_, _| true).await.expect("rebuilt");
            assert_eq!(first.views[1].save().await, Ok(true), "{fault:?}");
            let cold = shop(&server).await;
            plain(&events_of(&first).await, &stocks()[1], 3).check(&cold.views[1]).expect("healed");
        }
    });
}

#[test]
fn a_save_that_is_under_way_does_not_outlive_a_rebuild() {
    block_on(async {
        for seed in 0..100 {
            read_odd_events(false);
            let place = Unhurried::new(InMemory(MemoryServer::default()), seed);
            let first = Shop::open(place.connect().await, &hand()).await;
            append(&first, "b-1", vec![moved(&[1], 1), odd_one(1), moved(&[2], 4)]).await;
            read_odd_events(true);
            let view = &first.views[1];
            let (saved, rebuilt) = join(view.save(), view.rebuild(&|_, _| true)).await;
            assert!(saved.is_ok() && rebuilt.is_ok());
            append(&first, "b-1", vec![event("Noise")]).await;
            view.save().await.expect("saved");
            let cold = shop(&place.place.0).await;
            let expected = plain(&events_of(&first).await, &stocks()[1], 4);
            expected.check(&cold.views[1]).unwrap_or_else(|why| panic!("{seed}: {why}"));
        }
    });
}

#[test]
fn after_a_repair_that_lost_events_no_save_is_believed() {
    block_on(async {
        let server = MemoryServer::default();
        let (first, other) = (shop(&server).await, shop(&server).await);
        for n in 0..12 {
            append(&first, "b-1", vec![moved(&[n % 8], 1)]).await;
        }
        other.engine.refresh_views().await.expect("refreshed");
        save_all(&first).await;
        server.tamper(|contents| {
            let bytes = contents.commits.values_mut().next().expect("a record");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        });
        let repaired = first.engine.store().repair().await.expect("repaired");
        assert!(!repaired.lost.is_empty());
        assert!(server.contents().views.is_empty());
        append(&other, "b-1", vec![moved(&[1], 1)]).await;
        save_all(&first).await;
        save_all(&other).await;
        let cold = shop(&server).await;
        let events = events_of(&cold).await;
        for (view, stock) in cold.views.iter().zip(stocks()) {
            plain(&events, &stock, cold.engine.store().head()).check(view).expect("as the log says");
        }
    });
}

#[test]
fn a_view_of_many_rows_is_saved_in_parts_and_only_those_that_changed() {
    block_on(async {
        let server = MemoryServer::default();
        let (first, other) = (shop(&server).await, shop(&server).await);
        append(&first, "b-1", (0..700).map(|n| labelled_shelf(n, 1)).collect()).await;
        save_all(&first).await;
        append(&first, "b-1", vec![labelled_shelf(3, 1)]).await;
        assert_eq!(first.views[0].save().await, Ok(true));
        let saved = server.contents().views.into_values().next_back().expect("saved");
        assert_eq!(saved.buckets.len(), 16);
        assert_eq!(saved.buckets.iter().filter(|bucket| bucket.through == 701).count(), 1);
        // Another connection that has it otherwise divided goes on as it is stored.
        append(&other, "b-1", vec![labelled_shelf(4, 1)]).await;
        assert_eq!(other.views[0].save().await, Ok(true));
        reopened_many(&server).await;
        for number in [0, 7] {
            server.tamper(|contents| {
                for saved in contents.views.values_mut() {
                    let theirs = saved.buckets[number + 1].bytes.clone();
                    saved.buckets[number].bytes = theirs;
                }
            });
            let cold = reopened_many(&server).await;
            assert_eq!(cold.engine.views().dropped(), [0, 1, 2]);
            save_all(&cold).await;
        }
    });
}

async fn reopened_many(server: &MemoryServer) -> Shop<Memory> {
    let cold = shop(server).await;
    let events = events_of(&cold).await;
    for (view, stock) in cold.views.iter().zip(stocks()) {
        let expected: Vec<Shelf> = plain(&events, &stock, u64::MAX).rows.into_values().collect();
        let found: Vec<Shelf> = view.find(&Find::all()).iter().map(|row| (**row).clone()).collect();
        assert_eq!(found, expected);
    }
    cold
}

#[test]
fn saves_of_other_versions_are_not_read_and_one_of_them_stays() {
    block_on(async {
        let server = MemoryServer::default();
        for version in 1..=4 {
            let engine = Engine::new(open(server.connect(), &hand()).await);
            let [stock, ..] = stocks();
            let view = engine.register_projector(Stock { version, ..stock.clone() }).expect("registered");
            engine.open_views(&|_, _, _| true).await.expect("opened");
            let append = engine.store().append(stream("a-1"), vec![moved(&[1], 1)], Any);
            append.await.expect("stored");
            plain(&all(engine.store()).await, &stock, version.into()).check(&view).expect("as the log says");
            assert_eq!(view.save().await, Ok(true));
            assert_eq!(engine.views().dropped(), [0; 0]);
        }
        let versions: Vec<String> = server.contents().views.into_keys().map(|key| key.version).collect();
        assert_eq!(versions, ["3", "4"]);
    });
}
