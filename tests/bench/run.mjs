// `npm run bench`: annals in Chromium beside a store written by hand and beside what IndexedDB itself costs.
// The table goes to standard output, progress to standard error. README.md says how to read it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { dist, modules, shown } from '../../www/build/paths.mjs';
import { weighRow } from './bytes.mjs';
import { environmentOf } from './environment.mjs';
import { writesOf } from './events.js';
import { measureGrowth } from './growth/measure.mjs';
import { launch } from './launch.mjs';
import { listenRow } from './listen.mjs';
import { measureMemory } from './memory.mjs';
import { measureRow, summarise } from './measure.mjs';
import { mergeRow } from './merge.mjs';
import { USAGE, durabilitiesOf, readOptions, roundsOf } from './options.mjs';
import { print, progress } from './output.mjs';
import { profileRow } from './profile.mjs';
import { readRow } from './read.mjs';
import { ROWS, showsCost } from './rows.js';
import { measureTabs } from './tabs.mjs';
import { heading, legend, rowText } from './table.mjs';

/** What measures the times of a row, by its kind. */
const MEASURES = { write: measureRow, read: readRow, listen: listenRow };

const options = optionsOrExit(process.argv.slice(2));
const jobs = options.rows.flatMap((row) => durabilitiesOf(row, options).map((durability) => (
  { row, durability, ...roundsOf(row, options) }
)));
// Ending through `exit` takes the browser along.
process.once('SIGINT', () => process.exit(130));
if (options.growth) await measureGrowth(options);
else if (options.tabs) await measureTabs(options);
else if (options.memory) await measureMemory();
else await inBrowser(options.profile === undefined ? bench : profile);

async function inBrowser(work) {
  const browser = await launch();
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

async function bench(browser) {
  const environment = { ...environmentOf(browser.version), payload: payload() };
  if (!options.json) print(heading(environment));
  const results = [];
  const time = { left: options.timeForAll, jobs: jobs.filter(({ sharesTime }) => sharesTime).length };
  for (const [i, job] of jobs.entries()) {
    progress(`${i + 1} of ${jobs.length}: ${job.row.name}, ${job.durability}`);
    const result = { ...job, ...(await runJob(browser, job, time)) };
    results.push(result);
    if (!options.json) print(rowText(result));
  }
  print(options.json ? JSON.stringify({ ...environment, results: results.map(bareNames) }, null, 2) : legend());
}

/** Rows of many rounds share what time is left for them. */
async function runJob(browser, job, time) {
  if (!job.sharesTime) return measureJob(browser, { ...job, until: Infinity });
  const started = performance.now();
  const result = await measureJob(browser, { ...job, until: started + time.left / time.jobs });
  time.left -= performance.now() - started;
  time.jobs -= 1;
  return result;
}

async function measureJob(browser, { row, ...options }) {
  const inPage = (origin, work) => inPageOfItsOwn(browser, origin, work);
  if (row.kind === 'bytes') return { lanes: await weighRow(inPage, row, options) };
  return inPage(undefined, async (page) => {
    if (row.kind === 'merge') return mergeRow(page, row, options);
    const measured = await MEASURES[row.kind](() => page, row, options);
    return { lanes: summarise(row, measured, showsCost(row)) };
  });
}

function bareNames({ row: { name, events, ratio, baseline }, sharesTime, rounds, ...result }) {
  return { row: name, events, ratio, baseline, ...result };
}

async function profile(browser) {
  for (const { row, ...options } of jobs) {
    progress(`profile of ${row.name}, ${options.durability}`);
    print(await inPageOfItsOwn(browser, undefined, (page) => profileRow(page, row, options)));
  }
}

async function inPageOfItsOwn(browser, origin, work) {
  const page = await browser.openPage(origin);
  try {
    return await work(page);
  } finally {
    await page.close();
  }
}

/** The mean length of an event's data as JSON. */
function payload() {
  const [row] = ROWS.filter(({ streams }) => streams > 1);
  const bytes = writesOf(row, 0).map(({ event }) => JSON.stringify(event.data).length);
  return Math.round(bytes.reduce((sum, length) => sum + length, 0) / bytes.length);
}

function optionsOrExit(args) {
  try {
    const options = readOptions(args);
    if (options.help) exit(0, USAGE);
    const opened = options.rows.flatMap(({ lanes }) => lanes.map(({ opens }) => opens));
    if (options.growth || ['annals', 'dispatching', 'rust'].some((name) => opened.includes(name))) checkBuilt(dist, 'index.js');
    if (opened.includes('rust')) checkBuilt(modules, 'orders', 'orders.js');
    return options;
  } catch (error) {
    return exit(2, `${error.message}\n\n${USAGE}`);
  }
}

function checkBuilt(...parts) {
  const file = join(...parts);
  if (!existsSync(file)) throw new Error(`${shown(file)} is missing: npm run bench builds it`);
}

function exit(code, text) {
  (code === 0 ? process.stdout : process.stderr).write(text);
  process.exit(code);
}
