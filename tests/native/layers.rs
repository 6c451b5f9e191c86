//! Arrows go one way: each layer uses itself and what is below it, and only the wasm target knows JavaScript.

use std::{fs, path::Path};

/// From the top to the bottom. What ships does not use the kit for tests; that does not compile with the edge to JavaScript. The command line is a
/// program of its own over what is public.
const LAYERS: [&str; 8] = ["testing", "cli", "wasm", "engine", "backup", "log", "storage", "model"];

/// What only the command line needs.
const CLI_CRATES: [&str; 2] = ["clap", "indicatif"];

const WASM_CRATES: [&str; 5] =
    ["wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys", "serde_wasm_bindgen"];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
                .expect("it is below src");
            let name = name.to_string_lossy().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).expect("it is text")));
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 20, "the sources are there");
    found
}

fn layer_of(file: &str) -> Option<usize> {
    let first = file.split('/').next()?;
    LAYERS.iter().position(|layer| *layer == first)
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The layers that a file names in its code.
fn named(text: &str) -> Vec<&'static str> {
    let code = without_comments(text);
    let uses = |layer: &str| {
        code.contains(&format!("crate::{layer}"))
            || code.match_indices("use crate::{").any(|(at, _)| {
                let list = &code[at..at + code[at..].find("};").unwrap_or(0)];
                list.split(['{', ',', '\n'])
                    .any(|word| word.trim().starts_with(&format!("{layer}::")) || word.trim() == layer)
            })
    };
    LAYERS.into_iter().filter(|layer| uses(layer)).collect()
}

#[test]
fn no_layer_uses_one_above_it() {
    for (file, text) in all_sources() {
        let Some(own) = layer_of(&file) else { continue };
        for layer in named(&text) {
            let used = LAYERS.iter().position(|one| *one == layer).expect("it is a layer");
            assert!(used >= own, "src/{file} uses {layer}, which is above {}", LAYERS[own]);
        }
    }
}

#[test]
fn only_the_edge_and_what_is_for_browsers_know_javascript() {
    for (file, text) in all_sources() {
        if ["wasm/", "storage/indexeddb/", "browser.rs"].iter().any(|place| file.starts_with(place)) {
            continue;
        }
        for name in WASM_CRATES {
            assert!(!text.contains(name), "src/{file} names {name}");
        }
    }
}

#[test]
fn only_the_command_line_needs_what_a_terminal_needs() {
    for (file, text) in all_sources() {
        let code = without_comments(&text);
        let is_used = |name: &&str| code.contains(&format!("{name}::"));
        let used: Vec<&str> = CLI_CRATES.into_iter().filter(is_used).collect();
        assert!(used.is_empty() || file.starts_with("cli/"), "src/{file} uses {used:?}");
        assert!(
            !file.starts_with("cli/") || !text.contains("crate::"),
            "src/{file} is inside of the library"
        );
    }
}

#[test]
fn the_reading_of_use_lines_sees_every_form() {
    assert_eq!(named("use crate::log::Page;"), ["log"]);
    assert_eq!(
        named("use crate::{\n    model::Query,\n    storage::{Cause, Key},\n};"),
        ["storage", "model"]
    );
    assert_eq!(named("let x = crate::engine::Y;"), ["engine"]);
    assert_eq!(named("use crate::{engine, testing::given};"), ["testing", "engine"]);
    assert_eq!(named("// use crate::wasm::X;"), Vec::<&str>::new());
}
