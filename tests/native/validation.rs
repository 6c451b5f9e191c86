//! Bad input gets a sentence that says what was expected and what was found, and nothing is stored.

use annals::{
    log::AppendError,
    model::{
        ExpectedRevision::Any, InvalidArgument, Json, MAX_APPEND_BYTES, NewEvent, Query, QueryItem, StreamId,
        Write,
    },
    storage::Memory,
};
use pollster::block_on;

use crate::support::{Hand, all, event, id, open, stream};

fn refused(writes: Vec<Write>) -> InvalidArgument {
    block_on(async {
        let store = open(Memory::default(), &Hand::new(1)).await;
        let answer = store.append_many(writes, None).await;
        assert_eq!(all(&store).await, []);
        match answer {
            Err(AppendError::InvalidArgument(invalid)) => invalid,
            other => panic!("expected a refusal, found {other:?}"),
        }
    })
}

fn write(name: &str, events: Vec<NewEvent>) -> Write {
    Write { stream_id: stream(name), expected: Any, events }
}

#[test]
fn a_stream_id_is_1_to_512_bytes() {
    assert_eq!(StreamId::new("").expect_err("it is empty").argument, "streamId");
    assert_eq!(StreamId::new("я".repeat(257)).expect_err("it is too long").found, "514 bytes");
    assert_eq!(StreamId::new("я".repeat(256)).expect("it fits").as_str().len(), 512);
    assert_eq!(stream("user-1-a").category(), "user");
    assert_eq!(stream("user").category(), "user");
    assert_eq!(stream("-1").category(), "");
}

#[test]
fn an_event_needs_a_type_a_version_and_tags_that_are_not_empty() {
    assert_eq!(refused(vec![write("a", vec![event("A"), event("")])]).argument, "writes[0].events[1].type");
    assert_eq!(
        refused(vec![write("a", vec![NewEvent { version: 0, ..event("A") }])]).argument,
        "writes[0].events[0].version"
    );
    assert_eq!(
        refused(vec![write("a", vec![event("A").with_tag("x").with_tag("")])]).argument,
        "writes[0].events[0].tags[1]"
    );
    let newest = NewEvent { version: u32::MAX, ..event("A") };
    assert_eq!(refused(vec![write("a", vec![newest])]).argument, "writes[0].events[0].version");
    let listed = event("A").with_metadata(Json::from_text("[1]").expect("JSON"));
    assert_eq!(refused(vec![write("a", vec![listed])]).argument, "writes[0].events[0].metadata");
    let tags = (0..65).fold(event("A"), |event, n| event.with_tag(n.to_string()));
    assert_eq!(
        refused(vec![write("b", vec![event("A")]), write("a", vec![tags])]).argument,
        "writes[1].events[0].tags"
    );
}

#[test]
fn an_append_needs_an_event_and_each_stream_and_id_once() {
    assert_eq!(refused(vec![]).argument, "events");
    assert_eq!(refused(vec![write("a", vec![]), write("b", vec![])]).argument, "events");
    assert_eq!(
        refused(vec![write("a", vec![event("A")]), write("a", vec![])]).argument,
        "writes[1].streamId"
    );
    let twice = vec![event("A").with_id(id(1)), event("B").with_id(id(1))];
    assert_eq!(refused(vec![write("a", twice)]).found, format!("{} twice", id(1)));
}

#[test]
fn an_append_has_at_most_16_mib() {
    let large = |bytes: usize| NewEvent::new("A", &"x".repeat(bytes)).expect("JSON");
    let most = MAX_APPEND_BYTES - "A".len() - "{}".len() - 2;
    assert!(
        refused(vec![write("a", vec![large(most + 1)])]).expected.contains(&MAX_APPEND_BYTES.to_string())
    );
    block_on(async {
        let store = open(Memory::default(), &Hand::new(1)).await;
        store.append(stream("a"), vec![large(most)], Any).await.expect("it fits");
        assert_eq!(all(&store).await[0].data.as_str().len(), most + 2);
    });
}

#[test]
fn a_query_needs_an_item() {
    let none = Query { items: vec![] };
    assert!(none.check().is_err());
    assert!(Query::of(QueryItem::default()).check().is_ok());
}

#[test]
fn text_that_is_not_json_is_no_json() {
    for text in ["", "{", "undefined", "NaN", "{\"a\":}", "1 2"] {
        assert!(Json::from_text(text).is_err(), "{text}");
    }
}
