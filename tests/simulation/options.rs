//! What is asked of `simulate`.

use std::{str::FromStr, thread, time::Duration};

use crate::saboteur::Sabotage;

const SABOTAGES: [Sabotage; 5] = [
    Sabotage::FenceIgnored,
    Sabotage::CheckpointApartFromRows,
    Sabotage::AcknowledgedBeforeComplete,
    Sabotage::MergeNotAtomic,
    Sabotage::HintTrusted,
];

pub struct Options {
    pub from: u64,
    pub seeds: u64,
    /// No seed is begun after so long.
    pub time: Duration,
    pub threads: usize,
    pub sabotage: Option<Sabotage>,
    /// The only seed, told step by step.
    pub told: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self { from: 0, seeds: 1000, time: Duration::MAX, threads, sabotage: None, told: None }
    }
}

impl Options {
    pub fn of(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("expected a value after {word}"))?;
            match word.as_str() {
                "--seeds" => options.seeds = number(&value)?,
                "--from" => options.from = number(&value)?,
                "--seed" => options.told = Some(number(&value)?),
                "--minutes" => options.time = Duration::from_secs(60 * number::<u64>(&value)?),
                "--threads" => options.threads = number(&value)?,
                "--sabotage" => options.sabotage = Some(sabotage(&value)?),
                _ => {
                    return Err(format!(
                        "expected --seeds, --from, --seed, --minutes, --threads or --sabotage, found {word}"
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("expected a number, found {text}"))
}

fn sabotage(name: &str) -> Result<Sabotage, String> {
    let names: Vec<&str> = SABOTAGES.iter().map(|one| one.name()).collect();
    let found = SABOTAGES.into_iter().find(|one| one.name() == name);
    found.ok_or_else(|| format!("expected one of {}, found {name}", names.join(", ")))
}
