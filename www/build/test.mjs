// npm test [-- phase ...] [-- word ...]: all tests, in the order in which they are likely to tell something soon.
// A word that is no phase narrows the tests: a part of a test file's name, or of a Rust test's.
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { inRoot, shown, target } from './paths.mjs';
import { filesIn } from './files.mjs';
import { run } from './run.mjs';
import { main, say, since, step, Stop } from './log.mjs';
import { build } from './build.mjs';
import { makeDocs } from './docs.mjs';
import { setUp } from './setup.mjs';
import { alone } from './lock.mjs';
import { check } from './check.mjs';
import { buildModule } from './modules.mjs';
import { ensureChromium } from './browsers/chromium.mjs';
import * as firefox from './browsers/firefox.mjs';
import * as webkit from './browsers/webkit.mjs';
import { checkTypes } from './types.mjs';
import { fuzz, targets } from './fuzz.mjs';
import { simulate } from './simulate.mjs';
import { matrix } from './matrix.mjs';

const FILES_AT_ONCE = 2;
const FILE_LIMIT_MS = 10 * 60_000;
const SEEDS = 20_000;

/** The browsers beside Chromium: each is installed where that needs no questions, else found or left out. */
const OTHER_BROWSERS = {
  firefox: { name: 'Firefox', ensure: firefox.ensureFirefox, advice: firefox.ADVICE },
  webkit: { name: 'WebKit', ensure: webkit.ensureWebKit, advice: webkit.ADVICE },
};
/**
 * What runs in them every time: what rests on the browser most. All the rest runs with `ANNALS_BROWSER=firefox npm run test:browser`.
 */
const IN_EVERY_BROWSER = ['connection', 'contract', 'dispatching', 'kills', 'lost', 'merging-pages', 'package', 'panic', 'places', 'put-away', 'quota', 'reload', 'subscriptions', 'troubles', 'two-pages', 'unknown-outcome', 'users', 'views-pages'];
/** Each fuzz target runs so long; `npm run fuzz` runs them for as long as one likes. */
const FUZZ_SECONDS = 2;

/** Each phase returns how many tests it ran. */
const PHASES = { check: checkPhase, native: nativePhase, simulation: simulationPhase, types: typesPhase, node: nodePhase, fuzz: fuzzPhase, docs: docsPhase, matrix: matrixPhase, browser: browserPhase };
/** @typedef {keyof typeof PHASES} Phase */

const asked = process.argv.slice(2);
const words = asked.filter((word) => !(word in PHASES));
const chosen = /** @type {Phase[]} */ (Object.keys(PHASES)).filter((phase) => asked.length === words.length || asked.includes(phase));

await main(async () => {
  const start = performance.now();
  let passed = 0;
  for (const phase of chosen) passed += await runPhase(phase);
  say(`\nAll is well: ${chosen.join(', ')}, in ${since(start)}.`);
  if (passed > 0) say(`${passed} passed, 0 failed`);
});

/** @param {Phase} phase */
async function runPhase(phase) {
  const start = performance.now();
  say(`\n== ${phase} ==`);
  const count = await PHASES[phase]();
  say(`== ${phase}: ${since(start)} ==`);
  return count;
}

async function checkPhase() {
  await check();
  return 0;
}

async function nativePhase() {
  await setUp();
  const output = await run('cargo', ['test', '--features', 'cli', ...words], { output: 'both', failure: 'Native tests failed.' });
  const count = [...output.matchAll(/^test result: \w+\. (\d+) passed/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  return atLeastOne(count, inRoot('tests', 'native'));
}

/** One test, of many seeds: a word that narrows the tests means others. */
async function simulationPhase() {
  if (words.length > 0) return skipped('it has no parts');
  await simulate(['--seeds', String(SEEDS)]);
  return 1;
}

async function typesPhase() {
  const folder = inRoot('tests', 'types');
  if (isAbsent(folder)) return 0;
  await build();
  return atLeastOne(await checkTypes(folder), folder);
}

async function nodePhase() {
  const folder = inRoot('tests', 'node');
  if (isAbsent(folder)) return 0;
  await build();
  return nodeTests('node', [folder, inRoot('tests', 'package')], []);
}

async function fuzzPhase() {
  if (process.platform === 'win32') return skipped('libFuzzer and stable Rust do not go together on Windows');
  const chosen = targets().filter((name) => words.every((word) => name.includes(word)));
  if (chosen.length === 0) return skipped(`no fuzz target is called ${words.join(' ')}`);
  await fuzz(chosen, { seconds: FUZZ_SECONDS });
  return chosen.length;
}

/** What the pages say: their code is compiled and run, their figures and names are compared with the sources; and the site that is made of them. */
async function docsPhase() {
  const folder = inRoot('tests', 'docs');
  if (isAbsent(folder)) return 0;
  await build();
  await step('building the documentation', makeDocs);
  await ensureChromium();
  return nodeTests('docs', [folder], [`--test-concurrency=${FILES_AT_ONCE}`]);
}

/** The package as people get it, in the projects that they have. */
async function matrixPhase() {
  const count = await matrix(words);
  return count > 0 ? count : skipped(`no row of the matrix is called ${words.join(' ')}`);
}

async function browserPhase() {
  const folders = [inRoot('tests', 'browser'), inRoot('tests', 'e2e')].filter((folder) => !isAbsent(folder));
  if (folders.length === 0) return 0;
  await build();
  await step('compiling the storage contract', () => alone(() => buildModule('contract')));
  await step('compiling the Rust application', () => alone(() => buildModule('users_web')));
  const only = process.env['ANNALS_BROWSER'];
  if (only !== undefined && only !== 'chromium') return inOtherBrowser(only, () => true);
  await ensureChromium();
  let passed = await nodeTests('browser', folders, [`--test-concurrency=${FILES_AT_ONCE}`]);
  const isEverywhere = (/** @type {string} */ file) => IN_EVERY_BROWSER.includes(basename(file, '.test.mjs'));
  for (const browser of Object.keys(OTHER_BROWSERS)) passed += await inOtherBrowser(browser, isEverywhere);
  return passed;
}

/**
 * @param {string} browser
 * @param {(file: string) => boolean} isMeant
 */
async function inOtherBrowser(browser, isMeant) {
  const { name, ensure, advice } = OTHER_BROWSERS[/** @type {keyof typeof OTHER_BROWSERS} */ (browser)];
  const folder = inRoot('tests', 'browser');
  if (!(await ensure())) return skipped(`no ${name} is here, so nothing ran in it. ${advice}`);
  const start = performance.now();
  say(`\n-- ${name} --`);
  const count = await nodeTests(`browser-${browser}`, [folder], [`--test-concurrency=${FILES_AT_ONCE}`], { env: { ANNALS_BROWSER: browser }, isMeant });
  say(`-- ${name}: ${count} passed, in ${since(start)} --`);
  return count;
}

/**
 * @param {string} name
 * @param {readonly string[]} folders
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, isMeant?: (file: string) => boolean }} [options]
 */
async function nodeTests(name, folders, args, { env = {}, isMeant = () => true } = {}) {
  const all = folders.flatMap(filesIn).filter((file) => file.endsWith('.test.mjs') && isMeant(file));
  const files = all.filter((file) => words.every((word) => shown(file).includes(word)));
  if (all.length > 0 && files.length === 0) return skipped(`no test file is called ${words.join(' ')}`);
  if (files.length === 0) throw noTests(folders.map(shown).join(' and '));
  mkdirSync(target, { recursive: true });
  const tap = join(target, `${name}.tap`);
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', '--test-reporter=tap', `--test-reporter-destination=${tap}`];
  await run(process.execPath, ['--test', `--test-timeout=${FILE_LIMIT_MS}`, ...args, ...reporters, ...files], { env, output: 'show', failure: `Tests failed: ${name}.` });
  return atLeastOne(Number(/^# pass (\d+)/m.exec(readFileSync(tap, 'utf8'))?.[1] ?? 0), folders[0] ?? '');
}

/**
 * A folder full of tests that ran none is a fault of the runner, not a success.
 * @param {number} count
 * @param {string} folder
 */
function atLeastOne(count, folder) {
  if (count === 0 && words.length === 0 && holdsFiles(folder)) throw noTests(shown(folder));
  return count;
}

/** @param {string} where */
function noTests(where) {
  return new Stop(`No test ran, although there is ${where}.`);
}

/** @param {string} folder */
function isAbsent(folder) {
  if (holdsFiles(folder)) return false;
  skipped(`there is no ${shown(folder)}`);
  return true;
}

/** @param {string} folder */
function holdsFiles(folder) {
  return filesIn(folder).length > 0;
}

/** @param {string} why */
function skipped(why) {
  say(`  skipped, ${why}`);
  return 0;
}
