//! The corpus as a plain test: what was found once stays found, on every machine and without libFuzzer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let folders = fs::read_dir(corpus()).expect("a folder").flatten();
    let mut folders: Vec<String> =
        folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}

#[test]
fn every_input_of_the_corpus_passes_its_target() {
    for (name, target) in TARGETS {
        let folder = corpus().join(name);
        let inputs = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let (mut read, mut refused) = (0, 0);
        for input in inputs.flatten() {
            let is_read = target(&fs::read(input.path()).expect("a file"));
            *if is_read { &mut read } else { &mut refused } += 1;
        }
        assert!(read > 0, "of the corpus of {name}, {refused} inputs, some should be read");
    }
}
