//! A whole store of records whose checksums are right and whose contents are not: whatever can be asked of it is answered or refused.

use std::collections::BTreeMap;

use crate::{
    EventStore, OpenOptions, ReadAll, ReadStream,
    log::{Direction, MergeStep, Pacer},
    model::{ExpectedRevision, Json, NewEvent, Query, QueryItem, StreamId},
    storage::{Contents, Key, Memory, MemoryServer},
};

use super::{
    frame::{around, under_checksum},
    input::Input,
    now,
    stored::{contents, options, sockets},
};

const APPENDS: usize = 12;
/// Magic, version, compression, flags and length of a frame.
const FRAME_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 8;
/// No input makes a store that takes longer than so many steps.
const STEPS: usize = 20;

thread_local! {
    static BASE: Contents = plain(contents(APPENDS));
}

/// The same, with nothing compressed but the pieces of blocks and orders: what is changed there means something else, not nothing.
fn plain(mut contents: Contents) -> Contents {
    let records = contents.segments.values_mut().chain(&mut contents.meta.layout);
    for record in records {
        let magic = [record[0], record[1], record[2], record[3]];
        let length = u32::from_le_bytes([record[8], record[9], record[10], record[11]]) as usize;
        if record[5] == 1 {
            let stored = &record[FRAME_BYTES..record.len() - CHECKSUM_BYTES];
            let body = lz4_flex::block::decompress(stored, length).expect("it was compressed");
            *record = around(&magic, 0, body.len(), &body);
        }
    }
    contents
}

/// An input is changes: a record by its number, a place in it, what to do there, and with what.
fn change(contents: &mut Contents, input: &mut Input<'_>) {
    let records = contents.meta.layout.iter_mut().chain(contents.segments.values_mut());
    let mut records: Vec<&mut Vec<u8>> = records.chain(contents.commits.values_mut()).collect();
    let which = usize::from(input.byte()) % records.len();
    let (at, how, value) = (usize::from(input.byte()), input.byte(), input.byte());
    let record = &mut records[which];
    let mut body = record[..record.len() - CHECKSUM_BYTES].to_vec();
    if body.len() <= FRAME_BYTES {
        return;
    }
    // Of long records the end is reached from behind.
    let at = if how & 0x80 == 0 { at } else { body.len().saturating_sub(at + 1) };
    let at = at.min(body.len() - 1).max(FRAME_BYTES);
    match how % 5 {
        0 => body[at] = value,
        1 => body[at] ^= 1 << (value % 8),
        2 => body.insert(at, value),
        3 => drop(body.remove(at)),
        _ => body.truncate(at + usize::from(value)),
    }
    if &body[..4] != b"ANLc" {
        let length = (body.len() - FRAME_BYTES) as u32;
        body[8..FRAME_BYTES].copy_from_slice(&length.to_le_bytes());
    }
    **record = under_checksum(body);
}

/// Puts one record in the place of another.
fn replace(records: &mut BTreeMap<Key, Vec<u8>>, input: &mut Input<'_>) {
    let keys: Vec<Key> = records.keys().copied().collect();
    let [one, other] = [(); 2].map(|()| keys[usize::from(input.byte()) % keys.len()]);
    if one == other {
        records.remove(&one);
    } else {
        records.insert(one, records[&other].clone());
    }
}

pub(super) fn read(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let mut contents = BASE.with(Clone::clone);
    let repair = input.byte() % 2 == 1;
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        match input.byte() % 8 {
            0 if contents.segments.len() > 1 => replace(&mut contents.segments, &mut input),
            1 if contents.commits.len() > 1 => replace(&mut contents.commits, &mut input),
            _ => change(&mut contents, &mut input),
        }
    }
    let server = MemoryServer::default();
    server.tamper(|place| *place = contents);
    let options = OpenOptions { repair, ..options() };
    let Ok(store) = now(EventStore::open(server.connect(), sockets(), options)) else { return false };
    ask(&store);
    let repaired = now(store.repair()).is_ok();
    if repaired {
        ask(&store);
    }
    now(store.close());
    true
}

/// Asks whatever can be asked. What is damaged is said to be; nothing panics, and nothing is served that has no place in the log.
fn ask(store: &EventStore<Memory>) {
    let head = store.head();
    for direction in [Direction::Forward, Direction::Backward] {
        for query in [None, Some(query())] {
            let read = ReadAll { direction, query, ..ReadAll::default() };
            let Ok(mut reader) = now(store.read_all(read)) else { continue };
            for _ in 0..STEPS {
                let Ok(Some(page)) = now(reader.next_page()) else { break };
                assert!(page.events().all(|event| event.position() <= head));
            }
        }
    }
    for name in ["cart-1", "user-7", "nobody"] {
        let stream_id = StreamId::new(name).expect("a name");
        let _ = now(store.stream_revision(&stream_id));
        if let Ok(mut reader) = now(store.read_stream(stream_id, ReadStream::default())) {
            while let Ok(Some(page)) = now(reader.next_page()) {
                assert!(page.events().all(|event| event.stream_id() == name));
            }
        }
    }
    let _ = now(store.streams("", None, 10));
    let _ = now(store.diagnostics());
    let _ = now(store.verify(|_, _| true));
    let event = NewEvent::of_json("Changed", Json::null());
    let cart = StreamId::new("cart-1").expect("a name");
    let _ = now(store.append(cart, vec![event], ExpectedRevision::Any));
    for _ in 0..STEPS {
        if !matches!(now(store.merge_step(&Pacer::hasty())), Ok(MergeStep::Done(_))) {
            break;
        }
    }
}

fn query() -> Query {
    let item =
        QueryItem { types: vec!["Opened".to_owned()], tags: vec!["red".to_owned()], ..QueryItem::default() };
    Query { items: vec![item] }
}
