//! Files between processes: this program runs itself, one test of it, as a second one.

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use annals::storage::{CommitError, Durability, Storage, StorageError};
use pollster::block_on;

use crate::folder::{Folder, commit, contents, length, noise, open, opened, record};

/// Which file the second process is to open; without it the tests that it runs do nothing.
const PATH: &str = "ANNALS_TEST_PATH";
/// What its lines begin with, for the harness has lines of its own.
const SAYS: &str = "annals-child:";
const RECORD: usize = 3000;

/// This program again, as one of its tests.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args([&format!("file_processes::{test}"), "--exact", "--nocapture"]);
    command.env(PATH, path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn say(what: impl std::fmt::Display) {
    println!("\n{SAYS}{what}");
    io::stdout().flush().expect("it is heard");
}

fn heard(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().expect("it has an output")).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix(SAYS).map(str::to_owned))
}

#[test]
fn as_a_child_hold_the_file() {
    let Some(path) = env::var_os(PATH) else { return };
    let _file = opened(Path::new(&path));
    say("open");
    let _ = io::stdin().read(&mut [0]);
    // Without closing anything, as a crash does.
    std::process::abort();
}

#[test]
fn a_second_process_is_refused_until_the_first_is_gone_in_whatever_way() {
    let folder = Folder::new();
    let path = folder.path("store");
    let mut first = child("as_a_child_hold_the_file", &path).spawn().expect("it starts");
    assert_eq!(heard(&mut first).next().as_deref(), Some("open"));
    assert!(matches!(open(&path), Err(StorageError::Blocked(_))));
    drop(first.stdin.take());
    assert!(!first.wait().expect("it ends").success());
    let file = opened(&path);
    // And the other way round: it cannot open what this process has.
    let mut second = child("as_a_child_hold_the_file", &path).spawn().expect("it starts");
    assert_eq!(heard(&mut second).next(), None);
    assert!(!second.wait().expect("it ends").success());
    assert!(contents(&file).is_ok());
}

#[test]
fn as_a_child_commit_without_end() {
    let Some(path) = env::var_os(PATH) else { return };
    let file = opened(Path::new(&path));
    for key in 1.. {
        let durability = if key % 2 == 0 { Durability::Strict } else { Durability::Relaxed };
        commit(&file, &[record(key, noise(RECORD))], durability);
        say(key);
    }
}

#[test]
fn what_a_killed_process_had_acknowledged_is_there() {
    let folder = Folder::new();
    for kill_at in [1, 2, 17, 60] {
        let path = folder.path(&format!("store-{kill_at}"));
        let mut writer = child("as_a_child_commit_without_end", &path).spawn().expect("it starts");
        let mut lines = heard(&mut writer);
        let said = |line: String| line.parse::<u64>().expect("a key");
        let told = lines.by_ref().map(said).find(|key| *key == kill_at);
        assert_eq!(told, Some(kill_at));
        writer.kill().expect("it is killed");
        writer.wait().expect("it ends");
        let acknowledged = lines.map(said).last().unwrap_or(kill_at);
        let commits = contents(&opened(&path)).expect("it is read").commits;
        assert!(commits.len() as u64 >= acknowledged, "{} of {acknowledged}", commits.len());
        assert!(
            commits.keys().copied().eq(1..=commits.len() as u64)
                && commits.values().all(|b| *b == noise(RECORD))
        );
    }
}

#[cfg(unix)]
#[test]
fn as_a_child_commit_until_there_is_no_room() {
    let Some(path) = env::var_os(PATH) else { return };
    let file = opened(Path::new(&path));
    let mut stored = 0;
    let full = loop {
        let before = length(Path::new(&path));
        let adds = [record(stored + 1, noise(RECORD))];
        let commit = annals::storage::Commit { guard: 0, adds: &adds, durability: Durability::Strict };
        match block_on(file.commit(commit)) {
            Ok(_) => stored += 1,
            Err(error) => {
                assert_eq!(length(Path::new(&path)), before, "nothing of it is left");
                break error;
            }
        }
    };
    assert!(matches!(full, CommitError::NotStored(StorageError::QuotaExceeded(_))), "{full:?}");
    let before = contents(&file).expect("what is stored is still served");
    assert_eq!(before.commits.len() as u64, stored);
    assert!(file.compact().is_ok(), "what is live fits");
    // Less than what there was no room for.
    commit(&file, &[record(1000, *b"small")], Durability::Strict);
    say(stored);
}

/// A limit on the size of files makes a write end in the middle, as a full disk does.
#[cfg(unix)]
#[test]
fn a_write_that_finds_no_room_leaves_the_file_as_it_was_and_a_smaller_one_goes() {
    let folder = Folder::new();
    let path = folder.path("store");
    let own = child("as_a_child_commit_until_there_is_no_room", &path);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\""]).arg(own.get_program());
    limited.args(own.get_args()).env(PATH, &path).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut limited = limited.stderr(Stdio::null()).spawn().expect("it starts");
    let said = heard(&mut limited).last();
    assert!(limited.wait().expect("it ends").success());
    let said = said.expect("it says what it stored");
    let file = opened(&path);
    assert_eq!(file.torn_bytes(), Ok(0));
    let commits = contents(&file).expect("it is read").commits;
    assert_eq!(commits.len(), said.parse::<usize>().expect("a number") + 1);
}
