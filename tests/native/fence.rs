//! The fence: keys at or below it are never written and never believed.

use annals::{
    log::{AppendError, LogError, ReadAll},
    model::ExpectedRevision::{Any, Exact},
    storage::{Commit, Committed, Durability, MemoryServer, Record, Storage, decode_fence, encode_fence},
};
use pollster::block_on;

use crate::support::{Hand, append, event, open};

#[test]
fn a_stale_writer_is_refused_at_a_key_that_a_merge_removed() {
    block_on(async {
        let server = MemoryServer::default();
        let storage = server.connect();
        storage.open(Some(b"format")).await.expect("it opens");
        let record = |key| [Record { key, bytes: vec![1] }];
        for key in 1..=3 {
            let adds = record(key);
            storage
                .commit(Commit { guard: key - 1, adds: &adds, durability: Durability::Strict })
                .await
                .expect("stored");
        }
        server.remove_up_to(3);
        // A tab that believes in head 1 adds under key 2, which is free again.
        let adds = record(2);
        let stale = Commit { guard: 1, adds: &adds, durability: Durability::Strict };
        assert_eq!(storage.commit(stale).await, Ok(Committed::Refused));
        let adds = record(4);
        let right = Commit { guard: 3, adds: &adds, durability: Durability::Strict };
        assert_eq!(storage.commit(right).await, Ok(Committed::Stored));
    });
}

#[test]
fn a_store_never_gives_a_position_twice_when_events_it_had_not_seen_were_removed() {
    block_on(async {
        let server = MemoryServer::default();
        let (stale, other) =
            (open(server.connect(), &Hand::new(1)).await, open(server.connect(), &Hand::new(2)).await);
        append(&stale, "s", vec![event("A")], Any).await.expect("stored");
        append(&other, "s", vec![event("B"), event("B")], Any).await.expect("stored");
        server.remove_up_to(3);
        let refused = append(&stale, "s", vec![event("C")], Exact(1)).await;
        assert!(matches!(refused, Err(AppendError::Log(LogError::Corrupt(_)))), "{refused:?}");
        assert!(stale.read_all(ReadAll::default()).await.is_err(), "what is missing is not passed over");
    });
}

#[test]
fn a_fence_reads_back_and_no_flipped_bit_is_believed() {
    for position in [0, 1, 77, (1 << 53) - 1] {
        let bytes = encode_fence(position);
        assert_eq!(decode_fence(&bytes), Ok(position));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_fence(&damaged).is_err(), "bit {bit}");
        }
    }
    assert!(decode_fence(&[]).is_err());
}
