//! The byte format: what goes in comes out, and what is damaged never comes out as an event.

use annals::{
    log::codec::{Header, StoreManifest, decode_commit, encode_body, seal},
    model::{NewEvent, StreamId},
};
use proptest::prelude::*;

use crate::support::{id, random, stream};

const STREAMS: [&str; 3] = ["user-1", "ключ-1", "__proto__"];

fn events() -> impl Strategy<Value = Vec<(StreamId, NewEvent)>> {
    let one = (0..STREAMS.len(), random::event(), any::<u128>()).prop_map(|(name, mut event, n)| {
        event.id = Some(id(n));
        (stream(STREAMS[name]), event)
    });
    prop::collection::vec(one, 1..60)
}

fn sealed(events: &[(StreamId, NewEvent)], first: u64, recorded_at: u64, before: u64) -> Vec<u8> {
    let refs: Vec<(&StreamId, &NewEvent)> = events.iter().map(|(name, event)| (name, event)).collect();
    let body = encode_body(refs.iter().copied());
    let revisions = vec![before; body.streams.len()];
    seal(&Header { first, recorded_at, device_time: recorded_at, parts_left: 0, revisions }, &body)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_reads_back_as_it_was_written(events in events(), first in 1_u64..1 << 52, time in 0_u64..1 << 52, before in 0_u64..1 << 40) {
        let record = decode_commit(&sealed(&events, first, time, before)).expect("it is whole");
        prop_assert_eq!(record.table().count(), events.len());
        let mut revisions = std::collections::HashMap::new();
        for (n, (found, (name, event))) in record.table().events().zip(&events).enumerate() {
            let revision = revisions.entry(name).or_insert(before);
            *revision += 1;
            let found = found.to_event();
            prop_assert_eq!((found.position, found.revision, found.recorded_at), (first + n as u64, *revision, time));
            prop_assert_eq!((&found.stream_id, &found.r#type, found.version), (name, &event.r#type, event.version));
            prop_assert_eq!((&found.data, &found.metadata, &found.tags), (&event.data, &event.metadata, &event.tags));
            prop_assert_eq!(Some(found.id), event.id);
        }
    }

    #[test]
    fn random_bytes_are_never_a_record_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(decode_commit(&bytes).is_err());
        prop_assert!(StoreManifest::decode(&bytes).is_err());
    }

    /// With a checksum that fits, so that every check behind it is reached.
    #[test]
    fn bytes_with_a_right_checksum_and_wrong_contents_never_panic(
        events in events(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = sealed(&events, 5, 7, 0);
        let end = bytes.len() - 8;
        for (index, value) in changes {
            let at = index.index(end);
            bytes[at] = value;
        }
        let checksum = twox_hash::XxHash64::oneshot(0, &bytes[..end]);
        bytes[end..].copy_from_slice(&checksum.to_le_bytes());
        if let Ok(record) = decode_commit(&bytes) {
            record.table().events().for_each(|event| drop(event.to_event()));
        }
    }

    #[test]
    fn a_record_cut_short_or_grown_is_refused(events in events(), cut in any::<prop::sample::Index>()) {
        let mut bytes = sealed(&events, 1, 1, 0);
        prop_assert!(decode_commit(&bytes[..cut.index(bytes.len())]).is_err());
        bytes.push(0);
        prop_assert!(decode_commit(&bytes).is_err());
    }
}

#[test]
fn every_single_flipped_bit_is_refused() {
    let events: Vec<_> = (0..40)
        .map(|n| (stream("user-1"), crate::support::numbered("Created", n).with_id(id(n as u128))))
        .collect();
    let bytes = sealed(&events, 1, 1_700_000_000_000, 0);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_commit(&damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn a_length_that_no_body_can_have_is_refused_before_room_is_made() {
    let events = vec![(stream("user-1"), crate::support::numbered("Created", 1).with_id(id(1)))];
    let mut bytes = sealed(&events, 1, 1, 0);
    let end = bytes.len() - 8;
    bytes[5] = 1; // LZ4
    bytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    let checksum = twox_hash::XxHash64::oneshot(0, &bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    let refused = decode_commit(&bytes).expect_err("four gigabytes from a hundred bytes");
    assert_eq!(refused.what, "the body's length");
}

#[test]
fn a_manifest_reads_back_and_no_flipped_bit_is_believed() {
    let manifest = StoreManifest::new(id(77));
    let bytes = manifest.encode();
    assert_eq!(StoreManifest::decode(&bytes), Ok(manifest));
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let found = StoreManifest::decode(&damaged);
        assert!(found.as_ref().map_or(true, |found| found.format > manifest.format), "bit {bit}: {found:?}");
    }
}
