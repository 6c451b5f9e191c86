//! The program of the example: users outlive each run, in memory that is shared and in a file.

use annals::storage::{File, MemoryServer, Storage};
use pollster::block_on;

use crate::{
    cli::{USAGE, run},
    folder::Folder,
};

/// What is asked for, run after run, and what is said to it.
const DAY: &[(&[&str], &str)] = &[
    (&["show", "ada"], "nobody"),
    (&["create", "ada", "Ada", "ada@example.org"], "Ada <ada@example.org>, active, version 1"),
    (&["create", "ada", "Ada", "ada@example.org"], "this user was created before"),
    (&["create", "bob", "Bob", "bob"], "expected an e-mail address, found \"bob\""),
    (&["create", "bob", "Bob", "ADA@example.org"], "ADA@example.org belongs to another user"),
    (&["rename", "bob", "Robert"], "there is no such user"),
    (&["rename", "ada", "Ada King"], "Ada King <ada@example.org>, active, version 2"),
    (&["deactivate", "ada"], "Ada King <ada@example.org>, deactivated, version 3"),
    (&["create", "bob", "Bob", "ada@example.org"], "ada@example.org belongs to another user"),
    (&["show", "ada"], "Ada King <ada@example.org>, deactivated, version 3"),
    (&["show", "ada", "2"], "Ada King <ada@example.org>, active, version 2"),
    (&["show", "ada", "1"], "Ada <ada@example.org>, active, version 1"),
    (&["show", "ada", "0"], "nobody"),
    (&["show", "bob"], "nobody"),
    (&["show"], USAGE),
];

fn is_told_all_day<S: Storage>(connect: impl Fn() -> S) {
    for (what, expected) in DAY {
        let said = block_on(run(connect(), what)).unwrap_or_else(|error| error.to_string());
        assert_eq!(said, *expected, "{what:?}");
    }
}

#[test]
fn users_outlive_each_run_of_the_example_in_memory() {
    let server = MemoryServer::default();
    is_told_all_day(|| server.connect());
}

#[test]
fn users_outlive_each_run_of_the_example_in_a_file() {
    let folder = Folder::new();
    is_told_all_day(|| File::new(folder.path("users.annals")));
}
