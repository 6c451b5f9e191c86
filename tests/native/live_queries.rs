//! Questions that are kept: they say that their answer is another exactly when it is.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use annals::{
    engine::views::{Find, LiveQuery, Test},
    model::{ExpectedRevision::Any, NewEvent},
    storage::{Memory, MemoryServer},
};
use pollster::block_on;
use proptest::{prelude::*, sample::select};

use crate::{
    stock::{SHELVES, Shelf, Shop, hand, labelled, moved, shelf, stock_event},
    support::stream,
};

type Opened = Shop<Memory>;
type Rows = Vec<Rc<Shelf>>;

async fn append(shop: &Opened, events: Vec<NewEvent>) {
    shop.engine.store().append(stream("a-1"), events, Any).await.expect("stored");
}

fn is_same(one: &Rows, other: &Rows) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Rc::ptr_eq(one, other))
}

fn find() -> impl Strategy<Value = Find> {
    let filter = prop_oneof![
        2 => Just(None),
        2 => (-1_i32..4).prop_map(|n| Some(("count", Test::Gte(n.into())))),
        1 => (0_i32..3).prop_map(|n| Some(("count", Test::Eq(n.into())))),
        2 => select(vec!["", "a", "b"]).prop_map(|label| Some(("label", Test::Eq(label.into())))),
        1 => Just(Some(("nowhere", Test::Eq(1.into())))),
    ];
    let order = select(vec![None, Some("count"), Some("label"), Some("nowhere")]);
    let (limit, offset) = (prop::option::of(0_usize..4), prop_oneof![2 => Just(0), 1 => 1_usize..4]);
    (filter, order, any::<bool>(), limit, offset).prop_map(|(filter, order, is_descending, limit, offset)| {
        let mut find = Find::all().offset(offset);
        if let Some((field, test)) = filter {
            find = find.filter(field, test).expect("a path");
        }
        if let Some(order) = order {
            find = find.order_by(order).expect("a path");
        }
        if let Some(limit) = limit {
            find = find.limit(limit);
        }
        if is_descending { find.descending() } else { find }
    })
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<NewEvent>),
    Rebuild,
    Live(Find),
    Close(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => prop::collection::vec(stock_event(), 1..4).prop_map(Step::Append),
        1 => Just(Step::Rebuild),
        6 => find().prop_map(Step::Live),
        1 => (0_usize..8).prop_map(Step::Close),
    ];
    prop::collection::vec(step, 5..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_kept_question_says_that_its_answer_is_another_exactly_when_it_is(
        steps in steps(),
        rarely in any::<bool>(),
    ) {
        block_on(async {
            let shop = Shop::open(MemoryServer::default().connect(), &hand()).await;
            let view = &shop.views[1];
            let mut lives: Vec<(Find, LiveQuery<Memory, Shelf>, Rows)> = Vec::new();
            for (n, step) in steps.iter().enumerate() {
                match step {
                    Step::Append(events) => append(&shop, events.clone()).await,
                    Step::Rebuild => view.rebuild(&|_, _| true).await.expect("rebuilt"),
                    Step::Live(find) => {
                        let live = view.live(find.clone());
                        prop_assert!(live.has_changed(), "the first answer is one");
                        let rows = live.get();
                        lives.push((find.clone(), live, rows));
                    }
                    Step::Close(n) if *n < lives.len() => drop(lives.remove(*n)),
                    Step::Close(_) => {}
                }
                for (find, live, last) in &mut lives {
                    prop_assert!(is_same(&live.get(), &view.find(find)), "{:?}", find);
                    // Now and then it is asked after several changes only.
                    if rarely && n % 3 > 0 {
                        continue;
                    }
                    let now = live.get();
                    prop_assert_eq!(live.has_changed(), !is_same(last, &now), "{:?}", find);
                    prop_assert!(!live.has_changed(), "said once");
                    *last = now;
                }
            }
            Ok::<_, TestCaseError>(())
        })?;
    }

    #[test]
    fn a_row_is_the_same_one_until_it_changes(turns in prop::collection::vec(
        prop::collection::vec(stock_event(), 1..4), 1..30,
    )) {
        block_on(async {
            let shop = Shop::open(MemoryServer::default().connect(), &hand()).await;
            let mut before: BTreeMap<String, Rc<Shelf>> = BTreeMap::new();
            for events in turns {
                append(&shop, events).await;
                for key in (0..SHELVES).map(shelf) {
                    let now = shop.views[0].get(&key);
                    if let (Some(before), Some(now)) = (before.get(&key), &now) {
                        prop_assert_eq!(Rc::ptr_eq(before, now), before == now);
                    }
                    match now {
                        Some(now) => drop(before.insert(key, now)),
                        None => drop(before.remove(&key)),
                    }
                }
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}

#[test]
fn a_question_that_is_kept_before_the_views_are_open_is_answered_when_they_are() {
    block_on(async {
        let server = MemoryServer::default();
        let first = Shop::open(server.connect(), &hand()).await;
        append(&first, vec![moved(&[1, 2], 3)]).await;
        first.views[0].save().await.expect("saved");
        append(&first, vec![moved(&[2, 3], 3)]).await;
        // One view is taken over from its save, the other is folded.
        let cold = Shop::closed(server.connect(), &hand(), Default::default()).await;
        let lives = [cold.views[0].live(Find::all()), cold.views[1].live(Find::all())];
        assert!(lives.iter().all(|live| live.has_changed() && live.get().is_empty()));
        cold.open_views().await;
        let later = [cold.views[0].live(Find::all().limit(1)), cold.views[1].live(Find::all().limit(1))];
        for (live, later) in lives.iter().zip(&later) {
            assert!(live.has_changed());
            assert_eq!((live.get().len(), later.get().len()), (3, 1));
        }
        drop(lives);
        append(&cold, vec![moved(&[1], 1)]).await;
        assert!(later.iter().all(|live| live.get()[0].count == 4));
    });
}

#[test]
fn who_listens_is_told_of_views_that_changed_and_of_the_questions_whose_answer_did() {
    block_on(async {
        let shop = Shop::open(MemoryServer::default().connect(), &hand()).await;
        let told = Rc::new(RefCell::new(Vec::new()));
        let heard = told.clone();
        shop.engine.views().listen(Rc::new(move |all| heard.borrow_mut().extend(all.to_vec())));
        let of_count = Find::all().filter("count", Test::Gt(1.into())).expect("a path");
        let live = shop.views[0].live(of_count);
        let views = || told.take().iter().map(|one| (one.view, one.lives.len())).collect::<Vec<_>>();
        append(&shop, vec![moved(&[1], 1)]).await;
        assert_eq!(views(), [(0, 0), (1, 0)]);
        append(&shop, vec![moved(&[1], 1), moved(&[2], 1)]).await;
        assert_eq!(views(), [(0, 1), (1, 0)]);
        append(&shop, vec![labelled(1, "")]).await;
        append(&shop, vec![moved(&[3], 1), moved(&[3], -1)]).await;
        assert_eq!(views(), [], "no row is another");
        drop(live);
        append(&shop, vec![moved(&[1], 1)]).await;
        assert_eq!(views(), [(0, 0), (1, 0)]);
    });
}
