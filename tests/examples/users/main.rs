//! Users in a file, from the command line. Each run opens the file, does one thing and closes it:
//!
//! ```text
//! cargo run --example users -- users.annals create ada Ada ada@example.org
//! cargo run --example users -- users.annals rename ada 'Ada King'
//! cargo run --example users -- users.annals show ada
//! cargo run --example users -- users.annals show ada 1
//! cargo run --example users -- users.annals find Ada
//! ```

mod cli;
mod directory;
mod user;
mod user_list;

use std::{env, process::ExitCode};

use annals::storage::File;
use pollster::block_on;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let said = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [file, what @ ..] => block_on(cli::run(File::new(*file), what)),
        [] => Err(cli::USAGE.into()),
    };
    match said {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
