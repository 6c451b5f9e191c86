//! The program of the example: users outlive each run, in memory that is shared and in a file, and so does the list of them.

use std::{cell::Cell, fs, path::Path};

use annals::{
    Engine,
    storage::{File, MemoryServer, Storage},
};
use pollster::block_on;

use crate::{
    cli::{USAGE, run},
    directory::Directory,
    folder::Folder,
    support::{Hand, open},
};

/// What is asked for, run after run, and what is said to it.
const DAY: &[(&[&str], &str)] = &[
    (&["show", "ada"], "nobody"),
    (&["list"], "nobody"),
    (&["count"], "0 active"),
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
    (&["list"], "ada: Ada King <ada@example.org>, deactivated, renamed 1x"),
    (&["create", "bob", "Bob", "bob@example.org"], "Bob <bob@example.org>, active, version 1"),
    (&["create", "zoe", "Abigail", "zoe@example.org"], "Abigail <zoe@example.org>, active, version 1"),
    (
        &["list"],
        "zoe: Abigail <zoe@example.org>, active, renamed 0x\n\
         ada: Ada King <ada@example.org>, deactivated, renamed 1x\n\
         bob: Bob <bob@example.org>, active, renamed 0x",
    ),
    (&["count"], "2 active"),
    (&["find", "Ada"], "ada: Ada King <ada@example.org>, deactivated, renamed 1x"),
    (&["find", "ada"], "nobody"),
    (&["rename", "zoe", "Zoe"], "Zoe <zoe@example.org>, active, version 2"),
    (&["find", "A"], "ada: Ada King <ada@example.org>, deactivated, renamed 1x"),
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

/// Opens the list as the program does. Whether anything had to be folded for it, and who is on it, are the answer.
fn list_of(file: &Path) -> (bool, Vec<String>) {
    block_on(async {
        let store = open(File::new(file), &Hand::new(1)).await;
        let engine = Engine::new(store.clone());
        let directory = Directory::new(&engine).expect("the names are free");
        let is_folded = Cell::new(false);
        let watch = |_: &str, _, _| {
            is_folded.set(true);
            true
        };
        engine.open_views(&watch).await.expect("they open");
        let names = directory.find("").expect("there is such a field");
        store.close().await;
        (is_folded.get(), names.iter().map(|user| user.name.clone()).collect())
    })
}

#[test]
fn a_run_of_the_example_goes_on_from_the_list_that_the_last_one_has_saved() {
    let folder = Folder::new();
    let file = folder.path("users.annals");
    for what in [["create", "ada", "Ada", "ada@example.org"], ["create", "bob", "Bob", "bob@example.org"]] {
        block_on(run(File::new(&file), &what)).expect("created");
    }
    let names = vec!["Ada".to_owned(), "Bob".to_owned()];
    assert_eq!(list_of(&file), (false, names.clone()));
    fs::remove_dir_all(folder.path("users.annals.views")).expect("the list was saved");
    assert_eq!(list_of(&file), (true, names));
}
