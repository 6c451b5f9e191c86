//! The mark: commits at or below its fence are never written and never believed.

use annals::{
    log::{AppendError, LogError, ReadAll},
    model::ExpectedRevision::{Any, Exact},
    storage::{Durability, Mark, MemoryServer, Storage, Swap},
};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{Hand, append, event, open};

#[test]
fn a_store_never_gives_a_position_twice_when_events_it_had_not_seen_were_removed() {
    block_on(async {
        let server = MemoryServer::default();
        let (stale, other) =
            (open(server.connect(), &Hand::new(1)).await, open(server.connect(), &Hand::new(2)).await);
        append(&stale, "s", vec![event("A")], Any).await.expect("stored");
        append(&other, "s", vec![event("B"), event("B")], Any).await.expect("stored");
        let removed = Swap {
            generation: None,
            mark: Mark { fence: 3, generation: 0 },
            layout: &[],
            format: None,
            puts: &[],
            removes: &[],
            durability: Durability::Strict,
        };
        server.connect().swap(removed).await.expect("swapped");
        let refused = append(&stale, "s", vec![event("C")], Exact(1)).await;
        assert!(matches!(refused, Err(AppendError::Log(LogError::Corrupt(_)))), "{refused:?}");
        assert!(stale.read_all(ReadAll::default()).await.is_err(), "what is missing is not passed over");
    });
}

#[test]
fn no_flipped_bit_of_a_mark_is_believed() {
    for mark in [Mark::default(), Mark { fence: 77, generation: 3 }, Mark { fence: 3, generation: 77 }] {
        let bytes = mark.encode();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Mark::decode(&damaged).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn a_mark_of_another_length_is_none() {
    let bytes = Mark { fence: 5, generation: 6 }.encode();
    for length in 0..bytes.len() {
        assert!(Mark::decode(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(Mark::decode(&[bytes.as_slice(), &[0]].concat()).is_err(), "one byte more");
}

proptest! {
    #[test]
    fn a_mark_reads_back(fence: u64, generation: u64) {
        let mark = Mark { fence, generation };
        prop_assert_eq!(Mark::decode(&mark.encode()), Ok(mark));
    }
}
