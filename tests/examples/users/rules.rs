//! The rules for users, as sentences.

use annals::testing::given;

use super::{User, UserCommand, UserError, UserEvent, Users, email_tag};

fn create(email: &str) -> UserCommand {
    UserCommand::Create { id: "ada".to_owned(), name: "Ada".to_owned(), email: email.to_owned() }
}

fn rename(name: &str) -> UserCommand {
    UserCommand::Rename { name: name.to_owned() }
}

fn created() -> UserEvent {
    let (id, name, email) = ("ada".to_owned(), "Ada".to_owned(), "ada@example.org".to_owned());
    UserEvent::UserCreated { id, name, email }
}

fn renamed(name: &str) -> UserEvent {
    UserEvent::UserRenamed { name: name.to_owned() }
}

fn ada() -> User {
    let (id, name, email) = ("ada".to_owned(), "Ada".to_owned(), "ada@example.org".to_owned());
    User { id, name, email, active: true, version: 1 }
}

#[test]
fn a_user_is_created() {
    given(&Users, [])
        .then_state(None)
        .when(create("ada@example.org"))
        .then([created()])
        .then_state(Some(ada()));
}

#[test]
fn a_user_is_created_once() {
    given(&Users, [created()])
        .when(create("ada@example.org"))
        .then_rejected(UserError::Exists)
        .then_state(Some(ada()));
}

#[test]
fn a_user_has_an_email_address() {
    given(&Users, []).when(create("nobody")).then_rejected(UserError::InvalidEmail("nobody".to_owned()));
    given(&Users, [])
        .when(create(""))
        .then_rejected_where(|refusal| matches!(refusal, UserError::InvalidEmail(_)));
}

#[test]
fn who_was_never_created_is_not_found() {
    let nobody = given(&Users, []);
    nobody.when(rename("Ada King")).then_rejected(UserError::NotFound).then_state(None);
    nobody.when(UserCommand::Deactivate).then_rejected(UserError::NotFound);
}

#[test]
fn a_user_is_renamed() {
    given(&Users, [created()]).when(rename("Ada King")).then([renamed("Ada King")]).then_state(Some(User {
        name: "Ada King".to_owned(),
        version: 2,
        ..ada()
    }));
}

#[test]
fn the_name_that_a_user_has_is_no_change() {
    given(&Users, [created()]).when(rename("Ada")).then_nothing().then_state(Some(ada()));
    given(&Users, [created(), renamed("Ada King")]).when(rename("Ada King")).then_nothing();
}

#[test]
fn a_user_is_deactivated_once() {
    given(&Users, [created()])
        .when(UserCommand::Deactivate)
        .then([UserEvent::UserDeactivated])
        .then_state(Some(User { active: false, version: 2, ..ada() }));
    given(&Users, [created(), UserEvent::UserDeactivated]).when(UserCommand::Deactivate).then_nothing();
}

#[test]
fn an_email_address_is_one_whatever_the_case_of_its_letters() {
    assert_eq!(email_tag("Ada@Example.org"), email_tag("ada@example.org"));
}
