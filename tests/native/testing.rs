//! The kit for rules: what is said when one does not hold.

use std::{
    cell::Cell,
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
};

use annals::{Aggregate, testing::given};
use serde::{Deserialize, Serialize};

use crate::user::{User, UserCommand, UserError, UserEvent, Users};

fn create(email: &str) -> UserCommand {
    UserCommand::Create { id: "ada".to_owned(), name: "Ada".to_owned(), email: email.to_owned() }
}

fn created() -> UserEvent {
    let (id, name, email) = ("ada".to_owned(), "Ada".to_owned(), "ada@b.c".to_owned());
    UserEvent::UserCreated { id, name, email }
}

fn a_user() -> Option<User> {
    let (id, name, email) = ("ada".to_owned(), "Ada".to_owned(), "ada@b.c".to_owned());
    Some(User { id, name, email, active: true, version: 1 })
}

fn renamed(name: &str) -> UserEvent {
    UserEvent::UserRenamed { name: name.to_owned() }
}

/// What a sentence that does not hold says.
fn said<T>(sentence: impl FnOnce() -> T) -> String {
    let caught = panic::catch_unwind(AssertUnwindSafe(|| drop(sentence())));
    let said = caught.expect_err("it does not hold");
    *said.downcast::<String>().expect("it is said in words")
}

/// Says what it is told, of events that JSON may bend.
struct Parrot {
    tag: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Said {
    Number(f64),
    Cases(HashMap<String, u8>),
    Whispered {
        words: String,
        #[serde(skip)]
        ear: String,
    },
    #[serde(skip_deserializing)]
    Sworn,
}

impl Aggregate for Parrot {
    type State = Vec<Said>;
    type Command = Vec<Said>;
    type Event = Said;
    type Error = ();

    fn name(&self) -> &str {
        "parrot"
    }

    fn initial_state(&self) -> Vec<Said> {
        Vec::new()
    }

    fn decide(&self, _: &Vec<Said>, command: &Vec<Said>) -> Result<Vec<Said>, ()> {
        Ok(command.clone())
    }

    fn evolve(&self, mut said: Vec<Said>, event: &Said) -> Vec<Said> {
        said.push(event.clone());
        said
    }

    fn tags(&self, _: &Said) -> Vec<String> {
        vec![self.tag.to_owned()]
    }
}

const PARROT: Parrot = Parrot { tag: "bird" };

#[test]
fn other_events_are_shown_line_by_line() {
    let outcome = given(&Users, [created()]).when(UserCommand::Rename { name: "Ada King".to_owned() });
    let expected = [
        "the events: - expected, + found",
        "",
        "  …",
        "    {",
        "      \"type\": \"UserRenamed\",",
        "      \"data\": {",
        "-       \"name\": \"Ada\"",
        "+       \"name\": \"Ada King\"",
        "      }",
        "    }",
        "  ]",
    ];
    assert_eq!(said(|| outcome.then([renamed("Ada")])), expected.join("\n"));
}

#[test]
fn another_state_is_shown_line_by_line() {
    let expected = [
        "the state: - expected, + found",
        "",
        "- None",
        "+ Some(",
        "+     User {",
        "+         id: \"ada\",",
        "+         name: \"Ada\",",
        "+         email: \"ada@b.c\",",
        "+         active: true,",
        "+         version: 1,",
        "+     },",
        "+ )",
    ];
    let expected = expected.join("\n");
    assert_eq!(said(|| given(&Users, [created()]).then_state(None)), expected);
    assert_eq!(said(|| given(&Users, []).when(create("ada@b.c")).then_state(None)), expected);
}

#[test]
fn what_is_long_and_the_same_is_left_out() {
    let numbers = |other: f64| (0..100).map(move |n| if n == 50 { other } else { f64::from(n) });
    let said = said(|| {
        given(&PARROT, numbers(50.0).map(Said::Number)).then_state(numbers(0.5).map(Said::Number).collect())
    });
    let expected = [
        "the state: - expected, + found",
        "",
        "  …",
        "          49.0,",
        "      ),",
        "      Number(",
        "-         0.5,",
        "+         50.0,",
        "      ),",
        "      Number(",
        "          51.0,",
        "  …",
    ];
    assert_eq!(said, expected.join("\n"));
}

#[test]
fn what_is_too_long_to_be_compared_is_shown_whole() {
    let numbers = |count: u32| (0..count).map(|n| Said::Number(f64::from(n)));
    let said = said(|| given(&PARROT, numbers(700)).then_state(numbers(1).collect()));
    assert_eq!(said.lines().count(), 2 + 5 + 2102);
}

#[test]
fn what_came_of_a_command_instead_is_named() {
    let (nobody, ada) = (given(&Users, []), given(&Users, [created()]));
    let refused = || nobody.when(UserCommand::Deactivate);
    let accepted = || ada.when(UserCommand::Deactivate);
    let is_exists = |refusal: &UserError| *refusal == UserError::Exists;
    let events = "[\n  {\n    \"type\": \"UserDeactivated\"\n  }\n]";
    let added = "[\n+   {\n+     \"type\": \"UserDeactivated\"\n+   }\n+ ]";
    let said = [
        said(|| refused().then([created()])),
        said(|| refused().then_nothing()),
        said(|| refused().then_rejected(UserError::Exists)),
        said(|| refused().then_rejected_where(is_exists)),
        said(|| accepted().then_rejected(UserError::Exists)),
        said(|| accepted().then_rejected_where(is_exists)),
        said(|| accepted().then_nothing()),
    ];
    let expected = [
        "expected events, found the refusal NotFound",
        "expected no events, found the refusal NotFound",
        "expected the refusal Exists, found NotFound",
        "expected a refusal of which this holds, found NotFound",
        &format!("expected the refusal Exists, found the events {events}"),
        &format!("expected a refusal of which this holds, found the events {events}"),
        &format!("the events: - expected, + found\n\n- []\n+ {added}"),
    ];
    assert_eq!(said, expected);
}

#[test]
fn an_event_that_comes_back_from_json_as_another_is_found_wherever_it_is() {
    let whisper = || Said::Whispered { words: "hush".to_owned(), ear: "left".to_owned() };
    let difference = [
        "events[1]: - as it was, + as it comes back from JSON",
        "",
        "  Whispered {",
        "      words: \"hush\",",
        "-     ear: \"left\",",
        "+     ear: \"\",",
        "  }",
    ];
    let difference = difference.join("\n");
    let both = || vec![Said::Number(1.5), whisper()];
    let silence = given(&PARROT, []);
    assert_eq!(said(|| given(&PARROT, both())), format!("the given {difference}"));
    assert_eq!(said(|| silence.when(both())), format!("the decided {difference}"));
    assert_eq!(said(|| silence.when(Vec::new()).then(both())), format!("the expected {difference}"));
}

#[test]
fn an_event_that_a_store_would_not_take_or_read_again_is_found() {
    let found = said(|| given(&PARROT, []).when(vec![Said::Sworn]));
    let start =
        "the decided events[0]: expected an event that can be read again, found unknown variant `Sworn`";
    assert!(found.starts_with(start) && found.ends_with("of \"Sworn\" with null"), "{found}");
    let found = said(|| given(&PARROT, [Said::Number(f64::NAN)]));
    assert!(found.ends_with("of \"Number\" with null"), "{found}");
    let found = said(|| given(&Parrot { tag: "" }, [Said::Number(1.0)]));
    assert!(found.starts_with("the given events[0].tags[0]: expected 1 to "), "{found}");
}

#[test]
fn events_are_equal_whatever_the_order_of_their_maps() {
    let cases = |keys: std::ops::Range<u8>| Said::Cases(keys.map(|key| (key.to_string(), key)).collect());
    given(&PARROT, []).when(vec![cases(0..100)]).then([cases(0..100)]);
}

#[test]
fn a_history_is_there_for_several_commands() {
    let ada = given(&Users, [created()]);
    ada.when(UserCommand::Deactivate).then([UserEvent::UserDeactivated]);
    ada.when(create("ada@b.c")).then_rejected(UserError::Exists);
}

#[test]
fn what_does_not_hold_points_to_its_line() {
    thread_local! {
        static LINE: Cell<u32> = const { Cell::new(0) };
    }
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        LINE.set(info.location().filter(|place| place.file() == file!()).map_or(0, |place| place.line()));
        hook(info);
    }));
    let users = given(&Users, []);
    let outcome = || users.when(UserCommand::Deactivate);
    let bent = || Said::Whispered { words: String::new(), ear: "left".to_owned() };
    let first = line!() + 3;
    #[rustfmt::skip]
    let sentences: [&dyn Fn() -> String; 7] = [
        &|| said(|| outcome().then([created()])),
        &|| said(|| outcome().then_nothing()),
        &|| said(|| outcome().then_rejected(UserError::Exists)),
        &|| said(|| outcome().then_rejected_where(|_| false)),
        &|| said(|| outcome().then_state(a_user())),
        &|| said(|| given(&PARROT, [bent()])),
        &|| said(|| given(&PARROT, []).when(vec![bent()])),
    ];
    for (line, sentence) in (first..).zip(sentences) {
        let said = sentence();
        assert_eq!(LINE.get(), line, "{said}");
    }
}
