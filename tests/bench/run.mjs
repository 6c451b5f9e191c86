// `npm run bench`: annals in Chromium beside a store written by hand and beside what IndexedDB itself costs.
// The table goes to standard output, progress to standard error. README.md says how to read it.

import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

import { writesOf } from './events.js';
import { launch } from './launch.mjs';
import { measureRow, summarise } from './measure.mjs';
import { USAGE, readOptions } from './options.mjs';
import { profileRow } from './profile.mjs';
import { ROWS, showsCost } from './rows.js';
import { heading, legend, rowText } from './table.mjs';

const options = optionsOrExit(process.argv.slice(2));
const jobs = options.rows.flatMap((row) => options.durabilities.map((durability) => ({ row, durability })));
const browser = await launch();
// Ending through `exit` takes the browser along.
process.once('SIGINT', () => process.exit(130));
try {
  if (options.profile === undefined) await bench();
  else await profile();
} finally {
  await browser.close();
}

async function bench() {
  const environment = describe();
  if (!options.json) print(heading(environment));
  const results = [];
  const deadline = performance.now() + options.timeForAll;
  for (const [i, { row, durability }] of jobs.entries()) {
    const share = (deadline - performance.now()) / (jobs.length - i);
    const until = performance.now() + share;
    progress(`${i + 1} of ${jobs.length}: ${row.name}, ${durability}`);
    const measured = await inPageOfItsOwn((page) => measureRow(page, row, { ...options, durability, until }));
    const result = { row, durability, lanes: summarise(row, measured, showsCost(row)) };
    results.push(result);
    if (!options.json) print(rowText(result));
  }
  print(options.json ? JSON.stringify({ ...environment, results: results.map(bareNames) }, null, 2) : legend());
}

function bareNames({ row: { name, events, ratio, baseline }, durability, lanes }) {
  return { row: name, durability, events, ratio, baseline, lanes };
}

async function profile() {
  for (const { row, durability } of jobs) {
    progress(`profile of ${row.name}, ${durability}`);
    print(await inPageOfItsOwn((page) => profileRow(page, row, { ...options, durability })));
  }
}

async function inPageOfItsOwn(work) {
  const page = await browser.openPage();
  try {
    return await work(page);
  } finally {
    await page.close();
  }
}

function describe() {
  const [row] = ROWS.filter(({ streams }) => streams > 1);
  const bytes = writesOf(row, 0).map(({ event }) => JSON.stringify(event.data).length);
  return {
    browser: browser.version,
    cpus: cpus().length,
    cpu: cpus()[0].model,
    load: loadavg()[0],
    date: new Date().toISOString(),
    warm: options.warm,
    payload: Math.round(bytes.reduce((sum, length) => sum + length, 0) / bytes.length),
  };
}

function optionsOrExit(args) {
  try {
    const options = readOptions(args);
    if (options.help) exit(0, USAGE);
    const needsAnnals = options.rows.some(({ lanes }) => lanes.some(({ opens }) => opens === 'annals'));
    if (needsAnnals && !existsSync(new URL('../../dist/index.js', import.meta.url))) throw new Error('dist/index.js is missing: npm run build');
    return options;
  } catch (error) {
    return exit(2, `${error.message}\n\n${USAGE}`);
  }
}

function exit(code, text) {
  (code === 0 ? process.stdout : process.stderr).write(text);
  process.exit(code);
}

function progress(text) {
  process.stderr.write(`bench: ${text}\n`);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
