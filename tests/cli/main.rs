//! The command line: the program that users get, run over files.

use std::{
    env, fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{self, Command, Output, Stdio},
};

use annals::{
    EventStore, ExpectedRevision, NewEvent, OpenOptions, ReadAll, RecordedEvent, StreamId, native,
    storage::File,
};
use pollster::block_on;
use serde_json::{Value, json};

/// A folder of one test, removed after it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = env::temp_dir().join(format!("annals-cli-{test}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| !name.ends_with(".lock"));
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn annals(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_annals"));
    command.args(arguments).current_dir(&folder.0).stdin(Stdio::null());
    command
}

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    annals(folder, arguments).output().expect("the program runs")
}

fn well(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A command that fails with one plain sentence and nothing else.
fn badly(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    let said = text(&output.stderr);
    assert!(said.starts_with("annals: ") && said.lines().count() == 1, "{said}");
    said
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

async fn open(path: &Path) -> EventStore<File> {
    EventStore::open(File::new(path), native::sockets(), OpenOptions::default()).await.expect("it opens")
}

fn fill(path: &Path, count: usize) {
    block_on(async {
        let store = open(path).await;
        for n in 0..count {
            let event =
                NewEvent::new(if n % 2 == 0 { "Even" } else { "Odd" }, &json!({ "n": n })).expect("JSON");
            let stream = StreamId::new(format!("s-{}", n % 3)).expect("a name");
            store
                .append(stream, vec![event.with_tag(format!("t{}", n % 5))], ExpectedRevision::Any)
                .await
                .expect("stored");
        }
        store.close().await;
    });
}

fn events(path: &Path) -> Vec<RecordedEvent> {
    block_on(async {
        let store = open(path).await;
        let found =
            store.read_all(ReadAll::default()).await.expect("it begins").to_vec().await.expect("it is read");
        store.close().await;
        found
    })
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_store_goes_out_and_comes_back_equal() {
    let folder = Folder::new("round");
    fill(&folder.file("shop.annals"), 50);
    assert_eq!(well(&folder, &["export", "shop.annals", "shop.jsonl"]), "");
    well(&folder, &["import", "copy.annals", "shop.jsonl"]);
    assert_eq!(events(&folder.file("copy.annals")), events(&folder.file("shop.annals")));
    assert_eq!(folder.names(), ["copy.annals", "shop.annals", "shop.jsonl"]);
    let again = run(&folder, &["import", "copy.annals", "shop.jsonl"]);
    assert!(text(&again.stderr).starts_with("0 events stored where they stood, 50 were there already"));
}

#[test]
fn a_store_goes_through_pipes() {
    let folder = Folder::new("pipes");
    fill(&folder.file("shop.annals"), 20);
    for (from, to) in [
        (&["export", "shop.annals"][..], &["import", "one.annals"][..]),
        (&["export", "shop.annals", "-"], &["import", "two.annals", "-"]),
    ] {
        let file = run(&folder, from).stdout;
        let mut child =
            annals(&folder, to).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
        child.stdin.take().expect("a pipe").write_all(&file).expect("it is written");
        assert!(child.wait().expect("it ends").success());
        assert_eq!(events(&folder.file(to[1])), events(&folder.file("shop.annals")));
    }
}

#[test]
fn cat_shows_what_is_asked_for() {
    let folder = Folder::new("cat");
    fill(&folder.file("shop.annals"), 30);
    let positions = |arguments: &[&str]| -> Vec<u64> {
        let said = well(&folder, &[&["cat", "shop.annals"], arguments].concat());
        lines(&said).iter().map(|line| line["position"].as_u64().expect("a position")).collect()
    };
    assert_eq!(positions(&[]).len(), 30);
    assert_eq!(positions(&["--stream", "s-1", "--limit", "3"]), [2, 5, 8]);
    assert_eq!(positions(&["--type", "Odd", "--after", "26"]), [28, 30]);
    assert_eq!(positions(&["--type", "Odd", "--type", "Even", "--limit", "2"]), [1, 2]);
    assert_eq!(positions(&["--tag", "t4", "--category", "s", "--reverse", "--limit", "2"]), [30, 25]);
    let exported = lines(&well(&folder, &["export", "shop.annals", "--stream", "s-1", "--after", "10"]));
    assert_eq!(exported[0]["data"]["query"], json!({ "items": [{ "streams": ["s-1"] }] }));
    assert_eq!(exported[1]["position"], 11);
    let shown = lines(&well(&folder, &["cat", "shop.annals", "--stream", "s-1", "--after", "10"]));
    assert_eq!(shown[..], exported[1..exported.len() - 1]);
}

#[test]
fn sizes_and_soundness_are_told_in_words() {
    let folder = Folder::new("sizes");
    fill(&folder.file("shop.annals"), 10);
    let said = well(&folder, &["stats", "shop.annals"]);
    assert!(said.contains("events             10\n") && said.contains("streams            3\n"), "{said}");
    assert_eq!(well(&folder, &["verify", "shop.annals"]), "10 events in 10 records: all is well\n");
}

#[test]
fn damage_is_named_and_fails() {
    let folder = Folder::new("damage");
    fill(&folder.file("shop.annals"), 10);
    well(&folder, &["export", "shop.annals", "shop.jsonl"]);
    let file = fs::read_to_string(folder.file("shop.jsonl")).expect("a text");
    fs::write(folder.file("bad.jsonl"), file.replace("{\"n\":4}", "{\"n\":5}")).expect("written");
    let said = badly(&folder, &["import", "copy.annals", "bad.jsonl"]);
    assert_eq!(said, "annals: line 6: its check is not that of its bytes; 4 events before it were stored\n");
    assert_eq!(events(&folder.file("copy.annals")), events(&folder.file("shop.annals"))[..4]);
    well(&folder, &["import", "copy.annals", "shop.jsonl"]);
    assert_eq!(events(&folder.file("copy.annals")), events(&folder.file("shop.annals")));
}

#[test]
fn nothing_is_made_of_a_name_that_was_misspelt() {
    let folder = Folder::new("typo");
    for command in ["export", "verify", "stats", "cat"] {
        assert_eq!(badly(&folder, &[command, "shpo.annals"]), "annals: shpo.annals: there is no such file\n");
    }
    assert!(badly(&folder, &["import", "new.annals", "shpo.jsonl"]).starts_with("annals: shpo.jsonl: "));
    fs::write(folder.file("text"), "a text\n").expect("written");
    assert!(badly(&folder, &["cat", "text"]).contains("expected a store of annals under this name"));
    assert_eq!(folder.names(), ["text"]);
    assert_eq!(fs::read_to_string(folder.file("text")).expect("a text"), "a text\n");
}

#[test]
fn what_is_called_wrongly_says_how_it_is_called() {
    let folder = Folder::new("usage");
    for arguments in
        [&[][..], &["exprot", "shop.annals"], &["cat"], &["cat", "shop.annals", "--limit", "few"]]
    {
        let output = run(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains("Usage: annals") || said.contains("'--help'"), "{arguments:?}: {said}");
    }
    let help = well(&folder, &["--help"]);
    for word in ["export", "import", "verify", "stats", "cat", "Examples:"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn an_export_that_fails_leaves_what_was_there() {
    let folder = Folder::new("draft");
    fill(&folder.file("shop.annals"), 10);
    fs::write(folder.file("shop.jsonl"), "the last one").expect("written");
    badly(&folder, &["export", "nothing.annals", "shop.jsonl", "--force"]);
    badly(&folder, &["export", "shop.annals", "no-folder/shop.jsonl"]);
    assert_eq!(fs::read_to_string(folder.file("shop.jsonl")).expect("a text"), "the last one");
    // A segment is damaged, which shows when it is read: what was written until then bears no name.
    fill(&folder.file("merged.annals"), 3000);
    well(&folder, &["export", "merged.annals", "all.jsonl"]);
    well(&folder, &["import", "merged.annals", "all.jsonl"]);
    fs::remove_file(folder.file("all.jsonl")).expect("removed");
    let path = folder.file("merged.annals");
    let bytes = fs::read(&path).expect("bytes");
    // Much of the file is what was merged away, and some is read when the store is opened.
    let is_found = (1..40).rev().any(|part| {
        let mut damaged = bytes.clone();
        damaged[bytes.len() * part / 40] ^= 1;
        fs::write(&path, damaged).expect("written");
        fs::write(folder.file("shop.jsonl"), "the last one").expect("written");
        let opens = run(&folder, &["stats", "merged.annals"]).status.success();
        opens && !run(&folder, &["export", "merged.annals", "shop.jsonl", "--force"]).status.success()
    });
    assert!(is_found, "a byte of a segment");
    assert_eq!(fs::read_to_string(folder.file("shop.jsonl")).expect("a text"), "the last one");
    assert_eq!(folder.names(), ["merged.annals", "shop.annals", "shop.jsonl"]);
}

#[test]
fn an_export_replaces_no_file_unasked_and_no_store_ever() {
    let folder = Folder::new("replace");
    fill(&folder.file("shop.annals"), 10);
    fill(&folder.file("other.annals"), 20);
    let before = fs::read(folder.file("other.annals")).expect("bytes");
    for arguments in [
        &["export", "shop.annals", "other.annals"][..],
        &["export", "shop.annals", "other.annals", "--force"],
        &["export", "other.annals", "other.annals", "--force", "--type", "None"],
    ] {
        let said = badly(&folder, arguments);
        assert!(said.contains("is a store"), "{said}");
    }
    assert_eq!(fs::read(folder.file("other.annals")).expect("bytes"), before);
    fs::write(folder.file("shop.jsonl"), "the last one").expect("written");
    fs::write(folder.file("shop.jsonl.part"), "somebody's").expect("written");
    let said = badly(&folder, &["export", "shop.annals", "shop.jsonl"]);
    assert!(said.contains("--force"), "{said}");
    assert_eq!(fs::read_to_string(folder.file("shop.jsonl")).expect("a text"), "the last one");
    well(&folder, &["export", "shop.annals", "shop.jsonl", "--force"]);
    assert_eq!(fs::read_to_string(folder.file("shop.jsonl")).expect("a text").lines().count(), 12);
    assert_eq!(fs::read_to_string(folder.file("shop.jsonl.part")).expect("a text"), "somebody's");
}

#[test]
fn two_exports_to_one_file_at_once_leave_one_of_them_whole() {
    let folder = Folder::new("race");
    fill(&folder.file("one.annals"), 3000);
    fill(&folder.file("two.annals"), 300);
    let begun =
        |store: &str| annals(&folder, &["export", store, "both.jsonl", "--force"]).spawn().expect("it runs");
    let children = [begun("one.annals"), begun("two.annals")];
    let ended = children.map(|mut child| child.wait().expect("it ends").success());
    assert_eq!(ended, [true, true]);
    let report = well(&folder, &["import", "copy.annals", "both.jsonl"]);
    assert!(!report.contains("annals:"), "{report}");
    let lines = fs::read_to_string(folder.file("both.jsonl")).expect("a text").lines().count();
    assert!(lines == 3002 || lines == 302, "{lines}");
}

#[test]
fn a_reader_who_has_enough_is_no_failure() {
    let folder = Folder::new("head");
    fill(&folder.file("shop.annals"), 2000);
    for command in ["cat", "export"] {
        let mut child = annals(&folder, &[command, "shop.annals"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut first = [0; 100];
        child.stdout.take().expect("a pipe").read_exact(&mut first).expect("some of it");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{command}");
    }
}

#[test]
fn a_store_that_another_process_has_open_is_left_alone() {
    let folder = Folder::new("held");
    fill(&folder.file("shop.annals"), 3);
    let store = block_on(open(&folder.file("shop.annals")));
    for command in ["export", "import", "verify", "stats", "cat"] {
        let said = badly(&folder, &[command, "shop.annals"]);
        assert_eq!(said, "annals: shop.annals: another process has the store open\n");
    }
    block_on(store.close());
    assert_eq!(lines(&well(&folder, &["cat", "shop.annals"])).len(), 3);
}
