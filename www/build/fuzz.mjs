// npm run fuzz [-- target ...] [--runs N] [--seconds N] [--keep]: the fuzz targets under libFuzzer, each from its corpus on.
// Without limits each runs until it finds something. `--keep` takes what it learned into the corpus, as little as covers all of it.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { emptyFolder, replaceFolder } from './files.mjs';
import { main, say, step, Stop } from './log.mjs';
import { inRoot, shown, target } from './paths.mjs';
import { run } from './run.mjs';
import { build } from './build.mjs';
import { setUp } from './setup.mjs';

const folder = inRoot('tests', 'fuzz');
const corpus = join(folder, 'corpus');
/** What crashes a target. */
const findings = join(folder, 'findings');
/** The target that is no Rust: calls of the built package. */
const PACKAGE = 'package';
/** What a run has learned: thrown away unless it is kept. */
const learned = join(target, 'fuzz', 'learned');

/** What tells libFuzzer which code an input has reached, and which values were compared: flags of stable Rust. */
const COVERAGE = ['level=4', 'inline-8bit-counters', 'pc-table', 'trace-compares'].map((what) => `-Cllvm-args=-sanitizer-coverage-${what}`);
const RUSTFLAGS = ['-Cpasses=sancov-module', ...COVERAGE, '-Ccodegen-units=1', '--cfg', 'fuzzing'].join(' ');

/** Inputs are short: what can be said is said in a few hundred bytes. No input may take long, or much memory (`fuzz.rs` limits that, too). */
const LIMITS = ['-max_len=1024', '-timeout=10', '-rss_limit_mb=1024'];

/**
 * Runs some targets, all by default, and stops at the first finding.
 * @param {readonly string[]} names
 * @param {{ runs?: number, seconds?: number, keep?: boolean }} [options]
 */
export async function fuzz(names, { runs = -1, seconds = 0, keep = false } = {}) {
  const chosen = choose(names);
  if (chosen.includes(PACKAGE)) await build();
  await setUp();
  let program = '';
  await step('compiling the fuzz targets', async () => void (program = await compile()));
  for (const name of chosen) {
    if (name === PACKAGE) {
      await step('fuzzing the package', () => fuzzPackage(runs, seconds));
      continue;
    }
    await step(`fuzzing ${name}`, () => fuzzOne(program, name, [`-runs=${runs}`, `-max_total_time=${seconds}`]));
    if (keep) await step(`keeping what ${name} has learned`, () => keepLearned(program, name));
  }
}

/** The targets are the folders of the corpus, and the package. */
export function targets() {
  return [...readdirSync(corpus).sort(), PACKAGE];
}

/** @param {readonly string[]} names */
function choose(names) {
  const unknown = names.find((name) => !targets().includes(name));
  if (unknown !== undefined) throw new Stop(`There is no fuzz target ${unknown}. There are ${targets().join(', ')}.`);
  return names.length > 0 ? names : targets();
}

async function compile() {
  const host = /^host: (.*)$/m.exec(await run('rustc', ['-vV']))?.[1] ?? '';
  const place = join(target, 'fuzz');
  // With a target, even if it is this machine: otherwise the flags would be for build scripts, too.
  const args = ['build', '--quiet', '--release', '--manifest-path', join(folder, 'Cargo.toml'), '--target', host, '--target-dir', place];
  await run('cargo', args, { env: { RUSTFLAGS }, failure: 'The fuzz targets do not compile. libFuzzer needs a C++ compiler.' });
  return join(place, host, 'release', process.platform === 'win32' ? 'annals-fuzz.exe' : 'annals-fuzz');
}

/**
 * @param {string} program
 * @param {string} name
 * @param {readonly string[]} limits
 */
async function fuzzOne(program, name, limits) {
  const [from, to] = [join(corpus, name), join(learned, name)];
  emptyFolder(to);
  mkdirSync(findings, { recursive: true });
  const prefix = `-artifact_prefix=${join(findings, `${name}-`)}`;
  const failure = `The fuzz target ${name} has found something. The input is in ${shown(findings)}; with a test and a fix it belongs into ${shown(from)}.`;
  const text = await run(program, [...LIMITS, ...limits, prefix, to, from], { env: { FUZZ_TARGET: name }, failure });
  // The last line that has figures: `#1000 DONE cov: 7 ft: 9 corp: 3/20b exec/s: 500 …`.
  const [, executions, covered] = /^#(\d+)\s+DONE\s+cov: (\d+)/m.exec(text) ?? [];
  if (executions === undefined) throw new Stop(`libFuzzer ended without a word on ${name}.`, text);
  return `${Number(executions).toLocaleString('en')} executions, ${covered} edges`;
}

/**
 * @param {number} runs
 * @param {number} seconds
 */
async function fuzzPackage(runs, seconds) {
  const limits = [...(runs > 0 ? ['--runs', `${runs}`] : []), ...(seconds > 0 ? ['--seconds', `${seconds}`] : [])];
  const text = await run(process.execPath, [join(folder, 'package.mjs'), ...limits], { failure: 'The package has answered as it should not: the seed says to which calls.' });
  return `${Number(/^#(\d+)/m.exec(text)?.[1]).toLocaleString('en')} calls`;
}

/**
 * @param {string} program
 * @param {string} name
 */
async function keepLearned(program, name) {
  const [from, merged] = [join(corpus, name), join(learned, `${name}-merged`)];
  emptyFolder(merged);
  const args = [...LIMITS, '-merge=1', '-use_counters=0', merged, from, join(learned, name)];
  await run(program, args, { env: { FUZZ_TARGET: name }, failure: `The corpus of ${name} could not be merged.` });
  replaceFolder(merged, from);
  return `${readdirSync(from).length} inputs`;
}

/** @param {string | undefined} text */
function numberOf(text) {
  if (text === undefined) return undefined;
  const number = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(number) || number < 1) throw new Stop(`Expected a whole number from 1 on, found ${text}.`);
  return number;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string' }, seconds: { type: 'string' }, keep: { type: 'boolean' } },
    });
    const [runs, seconds] = [numberOf(values.runs), numberOf(values.seconds)];
    await fuzz(positionals, { ...(runs && { runs }), ...(seconds && { seconds }), keep: values.keep === true });
    say('\nNothing was found.');
  });
}
