//! `annals`: what is in the file of a store, out of it, and into it.

mod arguments;
mod cat;
mod exporting;
mod failure;
mod importing;
mod opening;
mod output;
mod progress;
mod stats;
mod verifying;

use std::process::ExitCode;

use clap::Parser;
use pollster::block_on;

use arguments::{Arguments, Command};
use failure::Failure;

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Export(export) => block_on(exporting::run(&export)),
        Command::Import(import) => block_on(importing::run(&import)),
        Command::Verify(verify) => block_on(verifying::run(&verify.store)),
        Command::Stats(stats) => block_on(stats::run(&stats.store)),
        Command::Cat(cat) => block_on(cat::run(&cat)),
    };
    match done {
        // Whoever reads what is written here may stop when there is enough: `annals cat shop.annals | head`.
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("annals: {failure}");
            ExitCode::FAILURE
        }
    }
}
