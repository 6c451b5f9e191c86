//! What many runs came to.

use std::{collections::BTreeMap, fmt};

use crate::{options::Options, world::Report};

/// After so many findings nobody wants another.
const MOST_FINDINGS: usize = 10;

#[derive(Default)]
pub struct Summary {
    seeds: u64,
    findings: usize,
    /// In how many seeds a kind of thing has happened, and how often in all.
    tally: BTreeMap<&'static str, (u64, u64)>,
}

impl Summary {
    pub fn seeds(&self) -> u64 {
        self.seeds
    }

    pub fn has_findings(&self) -> bool {
        self.findings > 0
    }

    pub fn has_enough(&self) -> bool {
        self.findings >= MOST_FINDINGS
    }

    pub fn add(&mut self, report: Report, options: &Options) {
        self.seeds += 1;
        for (kind, times) in report.tally {
            let (seeds, all) = self.tally.entry(kind).or_default();
            *seeds += 1;
            *all += times;
        }
        if let Some(finding) = report.finding {
            self.findings += 1;
            let seed = report.seed;
            let sabotage =
                options.sabotage.map(|one| format!(" --sabotage {}", one.name())).unwrap_or_default();
            println!(
                "FOUND in seed {seed}: {finding}\n  to see it again: npm run simulate -- --seed {seed}{sabotage}"
            );
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  what happened                                        in seeds    times")?;
        for (kind, (seeds, times)) in &self.tally {
            writeln!(f, "  {kind:<50} {seeds:>10} {times:>8}")?;
        }
        write!(f, "{} seeds, {} findings", self.seeds, self.findings)
    }
}
