//! Where the corpus begins: what a store has written, as inputs of the targets.

use std::{collections::HashMap, fs, path::Path};

use twox_hash::XxHash64;
use uuid::Uuid;

use crate::{
    EventStore,
    backup::ExportOptions,
    log::codec::{Layout, StoreManifest},
    storage::{
        Bucket, Checkpoint, Contents, MemoryServer, SavedView, Snapshot, SnapshotKey, ViewKey,
        write_snapshot_file, write_view_file,
    },
};

use super::{
    frame::{AS_IT_IS, PLAIN},
    now,
    stored::{contents, options, sockets},
};

/// Magic, version, compression, flags and length of a frame.
const FRAME_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 8;
/// What a commit has before its revisions, and where the numbers of its header are.
const COMMIT_BYTES: usize = 44;

fn varint(bytes: &mut &[u8]) -> usize {
    let (mut value, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if *byte < 0x80 {
            break;
        }
    }
    value
}

fn skip(bytes: &mut &[u8], count: usize) {
    for _ in 0..count {
        varint(bytes);
    }
}

fn body(record: &[u8], begins: usize) -> Vec<u8> {
    let stored = &record[begins..record.len() - CHECKSUM_BYTES];
    let at = if &record[..4] == b"ANLc" { 40 } else { 8 };
    let length = u32::from_le_bytes(record[at..at + 4].try_into().expect("four"));
    match record[5] {
        0 => stored.to_vec(),
        _ => lz4_flex::block::decompress(stored, length as usize).expect("a block"),
    }
}

fn part(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_le_bytes()[..], bytes].concat()
}

/// Each record twice: the frame as it is, and what is in it.
fn of_record(record: &[u8]) -> [(&'static str, Vec<u8>); 2] {
    let as_it_is = [&[AS_IT_IS][..], &record[4..record.len() - CHECKSUM_BYTES]].concat();
    let (target, inside) = match &record[..4] {
        b"ANLc" => ("commit", of_commit(record)),
        b"ANLb" => ("block", of_pieces(record, true)),
        b"ANLo" => ("order", of_pieces(record, false)),
        b"ANLi" => ("ids", [&[PLAIN][..], &body(record, FRAME_BYTES)].concat()),
        b"ANLn" => ("names", [&[PLAIN][..], &body(record, FRAME_BYTES)].concat()),
        _ => ("layout", [&[PLAIN][..], &body(record, FRAME_BYTES)].concat()),
    };
    [(target, as_it_is), (target, inside)]
}

fn of_commit(record: &[u8]) -> Vec<u8> {
    let mut rest = &record[COMMIT_BYTES..];
    let streams = varint(&mut rest);
    skip(&mut rest, streams);
    let begins = record.len() - rest.len();
    let revisions = part(&record[COMMIT_BYTES..begins]);
    [&[PLAIN][..], &record[8..40], &revisions, &body(record, begins)].concat()
}

fn of_pieces(record: &[u8], is_block: bool) -> Vec<u8> {
    let body = body(record, FRAME_BYTES);
    let mut rest = &body[..];
    let first: Vec<usize> = (0..if is_block { 4 } else { 6 }).map(|_| varint(&mut rest)).collect();
    let count = if is_block {
        skip(&mut rest, 3 * first[3]);
        first[3]
    } else {
        skip(&mut rest, first[5]);
        (first[1] + 1).div_ceil(2048) + 1
    };
    let head = part(&body[..body.len() - rest.len()]);
    let lengths: Vec<(usize, usize)> = (0..count).map(|_| (varint(&mut rest), varint(&mut rest))).collect();
    let mut input = [&[PLAIN][..], &head].concat();
    let mut dictionary = Vec::new();
    for (n, (length, stored)) in lengths.into_iter().enumerate() {
        let (one, behind) = rest.split_at(stored);
        rest = behind;
        let piece = if length == stored {
            one.to_vec()
        } else {
            lz4_flex::block::decompress_with_dict(one, length, &dictionary).expect("a piece")
        };
        input.push((n % 2) as u8);
        input.extend_from_slice(&part(&piece));
        if is_block && n == 0 {
            dictionary = piece;
        }
    }
    input
}

/// What no record of a store is.
fn by_hand() -> Vec<(&'static str, Vec<u8>)> {
    let manifest = StoreManifest::new(Uuid::from_u128(7)).encode();
    let mut seeds = vec![
        ("manifest", [&[AS_IT_IS], &manifest[..]].concat()),
        ("manifest", [&[PLAIN], &manifest[8..manifest.len() - CHECKSUM_BYTES]].concat()),
    ];
    seeds.extend(events().map(|input| ("events", input)));
    seeds.extend(fields().map(|input| ("fields", input)));
    seeds.extend(files().map(|input| ("file", input)));
    seeds.extend(beside());
    seeds.extend(requests().map(|input| ("requests", input)));
    seeds.extend(changes().map(|input| ("store", input)));
    seeds
}

fn events() -> impl Iterator<Item = Vec<u8>> {
    let data = [
        "null",
        "1.5",
        "7",
        r#""текст\n""#,
        "-3",
        r#"[true,"x"]"#,
        r#"[{"type":"Nothing"},{"type":"Whole","data":2}]"#,
        r#"{"name":"Ada","count":-4}"#,
        r#"{"innerName":{"data":[false,"y"],"type":"Two"}}"#,
        r#"{"a":[1e3,{"b":null}],"":0}"#,
        r#"[1,"1",{"n":{}}]"#,
        "null",
    ];
    data.into_iter().zip(0..).map(|(data, n)| [&[n], data.as_bytes()].concat())
}

fn fields() -> impl Iterator<Item = Vec<u8>> {
    let asked = [
        ("name", r#""Ada""#, r#"{"name":"Ada","count":1}"#),
        ("count", "2.5", r#"{"name":"Ada","count":1}"#),
        ("a.b.c", "null", r#"{"a":{"b":{"c":[]}}}"#),
        ("a.b", "true", r#"{"a":{"b":false}}"#),
    ];
    asked.into_iter().map(|(path, other, row)| {
        [part(path.as_bytes()), part(other.as_bytes()), row.as_bytes().to_vec()].concat()
    })
}

/// Parts of a file as `file.rs` takes them.
fn files() -> impl Iterator<Item = Vec<u8>> {
    let head = [&5_u64.to_le_bytes()[..], b"of it"].concat();
    let created = [&[1, 1, 0][..], &part(&head), &part(b"")].concat();
    let record = |key: u64, bytes: &[u8]| [&key.to_le_bytes()[..], &part(bytes)].concat();
    let commit = [&[3, 0, 2][..], &record(1, b"one"), &record(2, &[0; 600])].concat();
    let numbers = [1_u64, 1].map(u64::to_le_bytes).concat();
    let range = [5_u64, 6].map(u64::to_le_bytes).concat();
    let swap = [&[4, 0][..], &numbers, &part(b"layout"), &[1], &range, &[1], &record(7, b"segment")].concat();
    let cut = vec![5, 9];
    let blank = vec![6, 255];
    [
        created.clone(),
        [&created[..], &commit].concat(),
        [&created[..], &commit, &swap].concat(),
        [&created[..], &swap, &commit, &cut].concat(),
        [&created[..], &commit, &swap, &cut, &blank].concat(),
    ]
    .into_iter()
}

fn beside() -> Vec<(&'static str, Vec<u8>)> {
    let id = *Uuid::from_u128(7).as_bytes();
    let numbers = [3_u64, 1_700_000_000_000, 1].map(u64::to_le_bytes).concat();
    let letters = br#"[{"position":2,"streamId":"a-1","type":"Opened","message":"no"}]"#;
    let place = [&9_u64.to_le_bytes()[..], &4_u32.to_le_bytes()].concat();
    let (keys, rows) = (br#"["a","b"]"#, br#"[{"n":1},{"n":2}]"#);
    let body = [&(keys.len() as u64).to_le_bytes()[..], keys, rows].concat();
    let bucket = [&[PLAIN][..], &4_u32.to_le_bytes(), &9_u64.to_le_bytes(), &body].concat();
    let [name, version] = ["balances", "1"].map(str::to_owned);
    let key = SnapshotKey { name: name.clone(), version: version.clone(), id: "ada".to_owned() };
    let snapshot = write_snapshot_file(&Snapshot { key, revision: 4, bytes: b"state".to_vec() });
    let checkpoint = Checkpoint { position: 9, layout: 0, bytes: b"checkpoint".to_vec() };
    let buckets = vec![Bucket { number: 0, through: 9, bytes: b"rows".to_vec() }];
    let view = write_view_file(&ViewKey { name, version }, &SavedView { checkpoint, buckets });
    vec![
        ("checkpoint", [&place[..], &id, &numbers, letters].concat()),
        ("bucket", bucket),
        ("snapshot", [&5_u64.to_le_bytes()[..], &id, br#"{"balance":3}"#].concat()),
        ("beside", [&[AS_IT_IS][..], &snapshot].concat()),
        ("beside", [&[PLAIN][..], &view[CHECKSUM_BYTES..]].concat()),
    ]
}

/// Requests as the wrapper writes them.
fn requests() -> impl Iterator<Item = Vec<u8>> {
    let asked = [
        (
            0,
            r#"[[1,0,false,[["cart-1",-1,[["Opened",1,"00000000-0000-7000-8000-000000000001",["red"],{"by":"a"},{"n":1}]]]],[{"items":[{"types":["A"]}]},0]]]"#,
        ),
        (
            0,
            r#"[[2,3,true,[["a",0,[["A",1,"00000000-0000-7000-8000-000000000001",null,null,null]]],["b",5,[]]],null]]"#,
        ),
        (1, r#"[["Opened",1,"00000000-0000-7000-8000-000000000001",null,null,"x"]]"#),
        (
            2,
            r#"{"filter":[["name","eq","Ada"],["a.b","in",[1,null,"x"]],["c","startsWith","y"],["d","gte",2.5]],"orderBy":"name","descending":true,"limit":3,"offset":1}"#,
        ),
        (
            3,
            r#"{"expectedRevision":-2,"condition":{"failIfEventsMatch":{"items":[{"tags":["red"]}]},"after":3},"commandId":"one","metadata":"{}","retries":2}"#,
        ),
        (4, r#"{"revision":3,"position":null,"time":7}"#),
        (
            5,
            r#"{"after":1,"until":20,"fromTime":5,"untilTime":1700000000001,"query":{"items":[{"types":["Opened"],"tags":["red"],"streams":["cart-1"],"categories":["cart"]}]},"backward":true,"limit":9,"head":12}"#,
        ),
        (5, r#"{"after":0}"#),
        (6, r#"{"streamId":"cart-1","from":2,"to":9,"backward":true,"limit":3,"head":20}"#),
        (7, r#"{"after":5,"query":{"items":[{"categories":["user"]}]}}"#),
        (8, r#"{"prefix":"c","after":"a","limit":2}"#),
        (
            9,
            r#"{"name":"shop","memory":true,"relaxed":false,"repair":true,"expect":{"storeId":"00000000-0000-4000-8000-000000000001","head":4}}"#,
        ),
        (10, r#"{"name":"balances","version":"1","types":["A"],"categories":[],"indexes":["a.b"]}"#),
        (10, r#"{"position":4,"time":null}"#),
        (
            11,
            r#"[[1,0,"ada","00000000-0000-7000-8000-000000000001"],[2,3,"b\u0061r","00000000-0000-7000-8000-000000000002"]]"#,
        ),
    ];
    asked.into_iter().map(|(kind, text)| [&[kind], text.as_bytes()].concat())
}

/// Changes as `store.rs` takes them.
fn changes() -> impl Iterator<Item = Vec<u8>> {
    let one = (0..40).map(|record| vec![record % 2, 2, record, 20 + record, record, 0x55]);
    one.chain([vec![1, 0, 2, 3], vec![0, 0, 2, 2], vec![0, 1, 0, 1]])
}

/// Exports, with their checks and without.
fn exports() -> Vec<Vec<u8>> {
    let server = MemoryServer::default();
    server.tamper(|place| *place = contents(3));
    let store = now(EventStore::open(server.connect(), sockets(), options())).expect("it opens");
    let mut exporter = now(store.export(ExportOptions::default())).expect("it begins");
    let mut file = Vec::new();
    while let Some(lines) = now(exporter.next_lines()).expect("lines") {
        file.extend(lines);
    }
    let text = String::from_utf8(file).expect("UTF-8");
    let (check, end) = (",\"check\":\"".len() + 16, "\"}".len());
    let without: Vec<String> =
        text.lines().map(|line| format!("{}}}\n", &line[..line.len() - check - end])).collect();
    let without = without.concat();
    // As it is, in long pieces and in short ones; and with checks that are made of whatever an input says.
    vec![
        [&[0, 63][..], text.as_bytes()].concat(),
        [&[0, 4][..], without.as_bytes()].concat(),
        [&[1, 20][..], without.as_bytes()].concat(),
        [&[1, 63][..], without.replace("\"data\":null", "\"data\":null,\"datatext\":\"\\nnull\"").as_bytes()]
            .concat(),
    ]
}

/// Run by hand, when a target is new or takes its inputs otherwise: `tests/fuzz/README.md` says how.
#[test]
#[ignore = "writes files: run by hand"]
fn write_the_seeds() {
    let mut seeds: HashMap<&str, Vec<Vec<u8>>> = HashMap::new();
    for appends in [3, 12, 40] {
        let Contents { meta, commits, segments, .. } = contents(appends);
        for record in commits.values().chain(segments.values()).chain(&meta.layout) {
            for (target, input) in of_record(record) {
                seeds.entry(target).or_default().push(input);
            }
        }
        let layout = meta.layout.map(|layout| Layout::decode(&layout).expect("a layout"));
        assert!(appends < 40 || layout.is_some_and(|layout| layout.segments.len() > 1), "several segments");
    }
    seeds.insert("backup", exports());
    for (target, input) in by_hand() {
        seeds.entry(target).or_default().push(input);
    }
    for (target, inputs) in seeds {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
        fs::create_dir_all(&folder).expect("a folder");
        for input in inputs {
            let name = format!("{:016x}", XxHash64::oneshot(0, &input));
            fs::write(folder.join(name), input).expect("it is written");
        }
    }
}
