// Measures annals beside what would be taken instead of it. README.md says how. What was measured whole goes to PEERS.md and peers.svg.

import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { environmentOf } from '../environment.mjs';
import { print, progress } from '../output.mjs';
import { Profiles } from './browsers.mjs';
import { bundlePeers } from './bundles.mjs';
import { ENGINES } from './engines.mjs';
import * as measures from './measures.mjs';
import { ROWS } from './rows.js';
import { resultText, writeResults } from './results.mjs';
import { smaller } from './small.mjs';

const USAGE = `npm run bench:peers -- [options]

  --browser NAME    only ${ENGINES.map(({ name }) => name).join(' or ')} (default: each that is there)
  --only TEXT       only rows whose name has TEXT in it: ${ROWS.map(({ name }) => name).join(', ')}
  --without LABEL   leave out contenders whose name begins so
  --rounds N        measured rounds of each row, instead of its own number
  --small           few events and one round: shows that it runs, its figures mean nothing
  --json FILE       also write every round's figures there, row by row
  --from FILE       measure nothing: write the results of that file again; of several files, with the rows of all
`;

const { values: options } = parseArgs({
  options: {
    browser: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    without: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    small: { type: 'boolean', default: false },
    json: { type: 'string' },
    from: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
// Each running browser has one listener for the exit.
process.setMaxListeners(50);

if (options.help) print(USAGE);
else if (options.from !== undefined) await writeAgain(options.from);
else await measureAll();

async function measureAll() {
  const engines = ENGINES.filter(({ name, isThere }) => (options.browser ?? name) === name && isThere());
  if (engines.length === 0) throw new Error(`--browser: expected one of ${ENGINES.map(({ name }) => name).join(', ')} that is there, found '${options.browser}'`);
  await bundlePeers();
  const results = [];
  for (const engine of engines) {
    results.push({ engine: engine.name, rows: [] });
    await measureIn(engine, results.at(-1), () => options.json && writeFileSync(options.json, JSON.stringify(results)));
  }
}

/** Of a row that several runs have measured the last one counts. */
async function writeAgain(files) {
  const runs = files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));
  for (const { name: engine } of ENGINES) {
    const parts = runs.filter((run) => run.engine === engine && run.rows.length > 0);
    const measured = new Map(parts.flatMap(({ rows }) => rows).map((result) => [result.row.name, result]));
    const rows = ROWS.filter(({ name }) => measured.has(name)).map(({ name }) => measured.get(name));
    if (parts.length > 0) await writeResults({ ...parts[0], rows, runs: parts.length });
  }
}

async function measureIn(engine, result, keep) {
  const place = { engine, server: await engine.serve() };
  const kept = new Profiles(place);
  try {
    Object.assign(result, environmentOf(await kept.inBrowsers(['version'], (of) => of('version').version)));
    const filled = new Set();
    for (const row of chosenRows()) await measureOne({ ...place, kept, filled }, row, result, keep);
  } finally {
    kept.remove();
    await place.server.close();
  }
  if (isWhole(result)) await writeResults(result);
  else progress(`not all was measured in ${engine.name}, so its results stay as they are`);
}

/** A row that fails does not take the others with it: they took long enough to be worth having. */
async function measureOne(place, row, result, keep) {
  progress(`${place.engine.name}: ${row.name}`);
  try {
    const [durability] = row.durabilities;
    const lanes = await measures[row.kind](place, row, { durability, rounds: row.rounds, warm: row.warm ?? 0, until: Infinity });
    result.rows.push({ row, load: loadavg()[0], lanes });
    print(resultText(result.rows.at(-1)));
    keep();
  } catch (error) {
    process.exitCode = 1;
    progress(`${row.name} failed: ${error.stack}`);
  }
}

function isWhole({ rows }) {
  return rows.length === ROWS.length && options.without.length === 0 && !options.small;
}

/** A row's whole name means that row alone. */
function isMeant(name, text) {
  return ROWS.some((row) => row.name === text) ? name === text : name.includes(text);
}

function chosenRows() {
  const named = ROWS.filter(({ name }) => options.only.length === 0 || options.only.some((text) => isMeant(name, text)));
  const rows = named.map((row) => ({ ...row, lanes: row.lanes.filter(({ label }) => !options.without.some((text) => label.startsWith(text))) }));
  const sized = options.small ? rows.map(smaller) : rows;
  return options.rounds === undefined ? sized : sized.map((row) => ({ ...row, rounds: Number(options.rounds) }));
}
