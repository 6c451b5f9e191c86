//! One step: some shards of several parts of the index become shards of one.
//!
//! A part may be larger than a step. Then several steps make it, from the lowest hashes to the highest; the layout says how far they
//! are, and whoever looks something up asks the new part below that, and the old ones above.

use std::{ops::Range, rc::Rc};

use crate::storage::Storage;

use super::{
    super::{
        codec::{Layout, Pending, Run, Runs, left_of},
        core::Core,
        loading::Missed,
    },
    MergePolicy, Outcome, Pacer,
    plan::RunPlan,
    run_builder::{Entry, bits_for, put_shards},
};

/// The shards of the new part that one step makes, and the old shards that these take their entries from.
struct Step {
    pending: Pending,
    shards: Range<u64>,
    keys: Vec<u64>,
    removes: Vec<Range<u64>>,
}

impl<S: Storage> Core<S> {
    pub(super) async fn merge_runs<E: Entry>(
        &self,
        layout: &Rc<Layout>,
        plan: RunPlan,
        pacer: &Pacer,
    ) -> Result<Outcome, Missed> {
        let mut outcome = Outcome { layout: Layout::clone(layout), ..Outcome::default() };
        let runs = E::runs(&mut outcome.layout).clone();
        let step = begin(&mut outcome.layout.last_key, &runs, plan, &self.policy);
        let mut entries: Vec<E> = Vec::new();
        for shard in pacer.rest(E::read(self, layout, &step.keys)).await? {
            entries.extend(shard.iter().filter(|entry| step.has(entry.hash())).cloned());
        }
        let runs = finish(&mut outcome, runs, step, entries, pacer).await;
        *E::runs(&mut outcome.layout) = runs;
        pacer.end();
        Ok(outcome)
    }
}

impl Step {
    fn has(&self, hash: u64) -> bool {
        self.shards.contains(&self.pending.output.shard_of(hash))
    }
}

fn begin(last_key: &mut u64, runs: &Runs, plan: RunPlan, policy: &MergePolicy) -> Step {
    let inputs = &runs.runs[plan.clone()];
    let bytes: u64 = inputs.iter().map(|run| run.bytes).sum();
    let pending =
        runs.pending.unwrap_or_else(|| start(last_key, inputs, &plan, bits_for(bytes, policy.shard_bytes)));
    let output = pending.output;
    let at_once = (policy.step_bytes / (bytes / output.shards()).max(1)).max(1);
    let shards = pending.done..(pending.done + at_once).min(output.shards());
    let (mut keys, mut removes) = (Vec::new(), Vec::new());
    for run in inputs {
        let before = left_of(run, &output, shards.start).start;
        let after = left_of(run, &output, shards.end).start;
        // A shard that is only used up in part is read, and stays.
        let touched = if run.bits < output.bits && after < run.shards() { after + 1 } else { after };
        keys.extend((before..touched).map(|shard| run.key + shard));
        removes.push(run.key + before..run.key + after);
    }
    Step { pending, shards, keys, removes }
}

fn start(last_key: &mut u64, inputs: &[Run], plan: &RunPlan, bits: u32) -> Pending {
    let first = inputs.first().map_or(0, |run| run.first);
    let last = inputs.last().map_or(0, |run| run.last);
    let output = Run { first, last, key: *last_key + 1, bits, bytes: 0 };
    *last_key += output.shards();
    Pending { from: plan.start, count: plan.len(), output, done: 0 }
}

async fn finish<E: Entry>(
    outcome: &mut Outcome,
    mut runs: Runs,
    step: Step,
    entries: Vec<E>,
    pacer: &Pacer,
) -> Runs {
    let mut pending = step.pending;
    pending.output.bytes += put_shards(outcome, &pending.output, step.shards.clone(), entries, pacer).await;
    pending.done = step.shards.end;
    let removes = step.removes.into_iter().filter(|range| !range.is_empty());
    outcome.removes.extend(removes.map(|range| range.start..=range.end - 1));
    let inputs: u64 = runs.runs[pending.inputs()].iter().map(|run| run.bytes).sum();
    outcome.merged.bytes_read = inputs * (step.shards.end - step.shards.start) / pending.output.shards();
    if pending.done == pending.output.shards() {
        runs.runs.splice(pending.inputs(), [pending.output]);
        runs.pending = None;
    } else {
        runs.pending = Some(pending);
    }
    runs
}
