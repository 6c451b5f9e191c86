//! The example in the FORMAT page of exports: it is imported, and its lines are what the engine writes.

use annals::{backup::put_event_line, model::Uuid, storage::MemoryServer};
use pollster::block_on;

use crate::support::{
    Hand, all,
    backups::{imported, lines_of},
    id, open,
};

const PAGE: &str = include_str!("../../src/backup/FORMAT.md");

fn example() -> &'static str {
    let (_, rest) = PAGE.split_once("```jsonl\n").expect("the page has an example");
    rest.split_once("```").expect("it ends").0
}

#[test]
fn the_example_of_the_page_is_imported_and_is_what_is_written() {
    block_on(async {
        let store = open(MemoryServer::default().connect(), &Hand::new(1)).await;
        let report = imported(&store, example().as_bytes()).await.expect("it is imported");
        assert!(report.restored);
        let events = all(&store).await;
        let first = 0x018b_cfe5_6800_7000_8000_0000_0000_0001;
        assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [id(first), id(first + 1)]);
        assert_eq!(events[1].metadata.as_str(), r#"{"user":"u1"}"#);
        let store_id = Uuid::parse_str("6f9619ff-8b86-4d01-b42d-00cf4fc964ff").expect("an id");
        let mut reader = store.read_all(annals::ReadAll::default()).await.expect("it begins");
        let page = reader.next_page().await.expect("it is read").expect("a page");
        let mut lines = Vec::new();
        page.events().for_each(|event| put_event_line(&mut lines, store_id, event));
        assert_eq!(lines, lines_of(example().as_bytes())[1..3].concat());
    });
}
