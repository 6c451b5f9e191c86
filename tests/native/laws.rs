//! The laws of the store as properties, over memory: random appends and merges by several connections, judged a second time by the
//! plainest code.

use annals::model::{Append, Sockets};
use pollster::block_on;
use proptest::prelude::*;

use crate::{
    contract::laws,
    memory::InMemory,
    support::{
        Hand,
        random::{self, Step},
        world::{CONNECTIONS, World, merge_all},
    },
};

fn holds(law: Result<(), String>) -> Result<(), TestCaseError> {
    law.map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_laws_hold_whoever_appends_and_whoever_merges(scene in random::scene(CONNECTIONS), asked in random::asked()) {
        holds(block_on(laws::all_laws(InMemory::default(), &scene, &asked)))?;
    }

    #[test]
    fn what_follows_the_log_is_told_each_event_once_and_what_reads_it_sees_what_was_there(
        scene in random::scene(CONNECTIONS), begin in 0_usize..25, after in 0_u64..20, query in proptest::option::of(random::query()),
    ) {
        holds(block_on(laws::followers(InMemory::default(), &scene, begin, after, query.as_ref())))?;
    }

    #[test]
    fn merging_all_of_it_changes_no_answer(scene in random::scene(CONNECTIONS), asked in random::asked()) {
        holds(block_on(async {
            let world = World::after(InMemory::default(), &scene).await?;
            merge_all(&world.stores[2]).await;
            laws::everything_reads_back(&world).await?;
            laws::every_query_gives_what_a_scan_gives(&world, &asked).await?;
            laws::every_range_of_a_stream_gives_what_a_scan_gives(&world, &asked).await
        }))?;
    }

    #[test]
    fn a_request_is_checked_by_itself_the_same_whatever_is_stored(steps in random::steps(1)) {
        let sockets: Sockets = Hand::new(3).sockets();
        for step in steps {
            let Step::Append(_, drafts) = step else { continue };
            for draft in drafts {
                let mut last = 0;
                let (writes, condition) = draft.write(|_| 0, 0, || { last += 1; last }, &[]);
                let events: usize = writes.iter().map(|write| write.events.len()).sum();
                let append = Append::new(writes, condition, &sockets).expect("drafts are valid");
                prop_assert_eq!(append.count(), events);
            }
        }
    }
}
