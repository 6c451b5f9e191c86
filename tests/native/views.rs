//! Views: whatever is folded when, in whichever pieces, and whoever saves it, a view is what its events make of it.

use annals::{
    engine::views::{Find, Moment, ViewError, ViewStatus},
    log::MergePolicy,
    model::{ExpectedRevision::Any, NewEvent, RecordedEvent},
    storage::{Memory, MemoryServer},
};
use pollster::block_on;
use proptest::{prelude::*, sample::select};

use crate::{
    stock::{Shop, hand, plain, read_odd_events, stock_event, stocks, stream_name},
    support::{Hand, all, random, stream, world::merge_all},
};

type Opened = Shop<Memory>;

async fn append(shop: &Opened, name: &str, events: Vec<NewEvent>) {
    shop.engine.store().append(stream(name), events, Any).await.expect("stored");
}

#[derive(Debug, Clone)]
enum Step {
    Append { connection: usize, stream: &'static str, events: Vec<NewEvent> },
    Refresh { connection: usize },
    Save { connection: usize, view: usize },
    Reopen { connection: usize, is_closed: bool },
    Merge { connection: usize },
    Rebuild { connection: usize, view: usize },
    AsOf { connection: usize, view: usize, part: f64, by_time: bool },
    Clock(i64),
}

const CONNECTIONS: usize = 3;
const VIEWS: usize = 3;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (connection, view) = (0..CONNECTIONS, 0..VIEWS);
    let on_one = (connection.clone(), view.clone());
    let step = prop_oneof![
        8 => (connection.clone(), stream_name(), prop::collection::vec(stock_event(), 1..6))
            .prop_map(|(connection, stream, events)| Step::Append { connection, stream, events }),
        2 => connection.clone().prop_map(|connection| Step::Refresh { connection }),
        6 => on_one.clone().prop_map(|(connection, view)| Step::Save { connection, view }),
        4 => (connection.clone(), any::<bool>())
            .prop_map(|(connection, is_closed)| Step::Reopen { connection, is_closed }),
        2 => connection.clone().prop_map(|connection| Step::Merge { connection }),
        1 => on_one.prop_map(|(connection, view)| Step::Rebuild { connection, view }),
        2 => (connection, view, 0.0..1.2, any::<bool>()).prop_map(|(connection, view, part, by_time)| Step::AsOf {
            connection,
            view,
            part,
            by_time,
        }),
        1 => select(vec![-5_i64, 1, 10]).prop_map(Step::Clock),
    ];
    prop::collection::vec(step, 1..50)
}

/// Connections that share a place, and what is stored there.
struct World {
    server: MemoryServer,
    hand: Hand,
    policy: MergePolicy,
    shops: Vec<Opened>,
    events: Vec<RecordedEvent>,
}

impl World {
    async fn new(policy: MergePolicy) -> Self {
        let (server, hand) = (MemoryServer::default(), hand());
        let mut world = Self { server, hand, policy, shops: Vec::new(), events: Vec::new() };
        for _ in 0..CONNECTIONS {
            let shop = world.open().await;
            world.shops.push(shop);
        }
        world
    }

    async fn open(&self) -> Opened {
        let shop = Shop::closed(self.server.connect(), &self.hand, self.policy).await;
        shop.open_views().await;
        shop
    }

    async fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Append { connection, stream, events } => {
                append(&self.shops[*connection], stream, events.clone()).await;
                self.events = all(self.shops[*connection].engine.store()).await;
                self.is_at_head(*connection)?;
            }
            Step::Refresh { connection } => {
                self.shops[*connection].engine.refresh_views().await.expect("refreshed");
                self.is_at_head(*connection)?;
            }
            Step::Save { connection, view } => {
                self.shops[*connection].views[*view].save().await.expect("saved");
            }
            Step::Reopen { connection, is_closed } => {
                if *is_closed {
                    self.shops[*connection].engine.store().close().await;
                }
                self.shops[*connection] = self.open().await;
                self.is_at_head(*connection)?;
            }
            Step::Merge { connection } => {
                merge_all(self.shops[*connection].engine.store()).await;
            }
            Step::Rebuild { connection, view } => self.rebuild(*connection, *view).await?,
            Step::AsOf { connection, view, part, by_time } => {
                let position = (self.events.len() as f64 * part) as u64;
                self.as_of(*connection, *view, position, *by_time).await?;
            }
            Step::Clock(by) => self.hand.set_clock(self.hand.clock().saturating_add_signed(*by)),
        }
        self.is_each_a_prefix()?;
        prop_assert!(self.shops.iter().all(|shop| shop.engine.views().dropped().is_empty()));
        Ok(())
    }

    fn is_at_head(&self, connection: usize) -> Result<(), TestCaseError> {
        self.shops[connection].check(&self.events).map_err(TestCaseError::fail)
    }

    /// Whoever has not looked is behind, but wrong nowhere.
    fn is_each_a_prefix(&self) -> Result<(), TestCaseError> {
        for shop in &self.shops {
            for (view, stock) in shop.views.iter().zip(stocks()) {
                let stopped_at = view.fault().map(|fault| fault.position);
                let up_to = stopped_at.unwrap_or(view.position());
                plain(&self.events, &stock, up_to).check(view).map_err(TestCaseError::fail)?;
            }
        }
        Ok(())
    }

    async fn rebuild(&self, connection: usize, view: usize) -> Result<(), TestCaseError> {
        let shown = &self.shops[connection].views[view];
        let expected = plain(&self.events, &stocks()[view], shown.position() + 1);
        match shown.rebuild(&|_, _| true).await {
            Ok(()) => prop_assert_eq!(shown.status(), ViewStatus::Ready),
            Err(ViewError::Stopped(fault)) => prop_assert_eq!(Some(fault.position), expected.stopped_at),
            Err(other) => panic!("{other:?}"),
        }
        Ok(())
    }

    async fn as_of(
        &self,
        connection: usize,
        view: usize,
        position: u64,
        by_time: bool,
    ) -> Result<(), TestCaseError> {
        let time = self.events.get(position as usize).map_or(u64::MAX, |event| event.recorded_at);
        let moment = if by_time { Moment::Time(time) } else { Moment::Position(position) };
        let up_to = if by_time {
            self.events.iter().filter(|event| event.recorded_at <= time).count() as u64
        } else {
            position.min(self.events.len() as u64)
        };
        let expected = plain(&self.events, &stocks()[view], up_to);
        match self.shops[connection].views[view].as_of(moment, &|_, _| true).await {
            Ok(past) => {
                prop_assert_eq!((past.position(), expected.stopped_at), (up_to, None));
                let rows: Vec<_> = past.find(&Find::all()).iter().map(|row| (**row).clone()).collect();
                prop_assert_eq!(past.count(&Find::all()), rows.len());
                prop_assert_eq!(rows, expected.rows.values().cloned().collect::<Vec<_>>());
                for (key, row) in &expected.rows {
                    prop_assert!(past.get(key).is_some_and(|found| *found == *row));
                }
            }
            Err(ViewError::Stopped(fault)) => prop_assert_eq!(Some(fault.position), expected.stopped_at),
            Err(other) => panic!("{other:?}"),
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn views_of_several_connections_are_what_plain_code_makes_of_the_events(
        policy in random::policy(),
        reads_odd in prop::bool::weighted(0.7),
        steps in steps(),
    ) {
        read_odd_events(reads_odd);
        block_on(async {
            let mut world = World::new(policy).await;
            for step in &steps {
                world.take(step).await?;
            }
            Ok::<_, TestCaseError>(())
        })?;
        read_odd_events(true);
    }
}
