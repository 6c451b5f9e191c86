//! `npm run simulate -- --seeds N`: runs many seeds, on as many threads as there are, and says what was found and what has happened.

mod chance;
mod clock;
mod connection;
mod diary;
mod disk;
mod hints;
mod ledger;
mod log;
mod options;
mod oracle;
mod saboteur;
mod scheduler;
mod slot;
mod summary;
mod tab;
mod trace;
mod weather;
mod world;
mod writes;

use std::{
    panic,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use options::Options;
use summary::Summary;

const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let options = match Options::of(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    panic::set_hook(Box::new(|_| {})); // A panic is a finding, and said as such.
    if let Some(seed) = options.told {
        return replay(seed, &options);
    }
    let summary = run_all(&options);
    println!("{summary}");
    if summary.has_findings() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn replay(seed: u64, options: &Options) -> ExitCode {
    let report = world::run(seed, options.sabotage, true);
    println!("digest {:016x}", report.digest);
    match report.finding {
        Some(finding) => {
            println!("FOUND in seed {seed}: {finding}");
            ExitCode::FAILURE
        }
        None => {
            println!("seed {seed}: nothing found");
            ExitCode::SUCCESS
        }
    }
}

fn run_all(options: &Options) -> Summary {
    let (next, start) = (AtomicU64::new(options.from), Instant::now());
    let progress = Mutex::new((Summary::default(), start));
    let work = || {
        while start.elapsed() < options.time {
            let seed = next.fetch_add(1, Relaxed);
            if seed - options.from >= options.seeds {
                return;
            }
            let report = world::run(seed, options.sabotage, false);
            let mut progress = progress.lock().expect("no thread has failed");
            let (summary, told) = &mut *progress;
            summary.add(report, options);
            if told.elapsed() > SIGN_OF_LIFE {
                *told = Instant::now();
                println!("  {} seeds, {:.0} s", summary.seeds(), start.elapsed().as_secs_f64());
            }
            if summary.has_enough() {
                next.store(u64::MAX / 2, Relaxed);
            }
        }
    };
    thread::scope(|scope| (0..options.threads).for_each(|_| drop(scope.spawn(work))));
    progress.into_inner().expect("no thread has failed").0
}
