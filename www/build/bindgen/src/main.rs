//! Turns a wasm module that rustc made into a wasm module and the JavaScript that talks to it.
//!
//! A program of our own instead of `wasm-bindgen-cli`: it compiles in a quarter of the time, and Cargo pins its version
//! like that of any other dependency.
//!
//! ```text
//! annals-bindgen INPUT.wasm OUT_DIR OUT_NAME
//! ```

use std::{env, process::ExitCode};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, out_dir, out_name] = arguments.as_slice() else {
        eprintln!("usage: annals-bindgen INPUT.wasm OUT_DIR OUT_NAME");
        return ExitCode::from(2);
    };
    match generate(input, out_dir, out_name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("annals-bindgen: {message}");
            ExitCode::FAILURE
        }
    }
}

fn generate(input: &str, out_dir: &str, out_name: &str) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    let generated = bindgen.web(true).map_err(|error| format!("{error:#}"))?;
    generated
        .input_path(input)
        .out_name(out_name)
        .typescript(true)
        // Without it the glue holds a `new URL('x.wasm', import.meta.url)`, which bundlers stumble over.
        .omit_default_module_path(true)
        .generate(out_dir)
        .map_err(|error| format!("cannot write the JavaScript for {input}: {error:#}"))
}
