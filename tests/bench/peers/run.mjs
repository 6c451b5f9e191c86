// Measures annals beside what would be taken instead of it. README.md says how. Results go to PEERS.md and peers.svg when all was measured.

import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { environmentOf } from '../environment.mjs';
import { print, progress } from '../output.mjs';
import { Profiles, serveBench } from './browsers.mjs';
import { bundlePeers } from './bundles.mjs';
import * as measures from './measures.mjs';
import { ROWS } from './rows.js';
import { resultText, writeResults } from './results.mjs';
import { smaller } from './small.mjs';

const USAGE = `npm run bench:peers -- [options]

  --only TEXT       only rows whose name has TEXT in it: ${ROWS.map(({ name }) => name).join(', ')}
  --without LABEL   leave out peers whose name begins so
  --rounds N        measured rounds of each row, instead of its own number
  --small           few events and one round: shows that it runs, its figures mean nothing
  --json FILE       also write every round's figures there
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    without: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    small: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  print(USAGE);
  process.exit(0);
}
process.once('SIGINT', () => process.exit(130));
// Each running browser has one listener for the exit.
process.setMaxListeners(50);

await bundlePeers();
const server = await serveBench();
const kept = new Profiles(server);
const state = { server, kept, filled: new Set() };
try {
  const result = { ...environmentOf(await versionOf()), rows: [] };
  for (const row of chosenRows()) {
    progress(row.name);
    const [durability] = row.durabilities;
    try {
      const measured = await measures[row.kind](state, row, { durability, rounds: row.rounds, warm: row.warm ?? 0, until: Infinity });
      result.rows.push({ row, load: loadavg()[0], lanes: measured });
      print(resultText(result.rows.at(-1)));
      if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(result));
    } catch (error) {
      // The other rows took long enough to be worth having.
      process.exitCode = 1;
      progress(`${row.name} failed: ${error.stack}`);
    }
  }
  const isWhole = options.only.length === 0 && options.without.length === 0 && !options.small && process.exitCode !== 1;
  await writeResults(result, { isWhole });
} finally {
  kept.remove();
  await server.close();
}

function chosenRows() {
  const named = ROWS.filter(({ name }) => options.only.length === 0 || options.only.some((text) => name.includes(text)));
  const rows = named.map((row) => ({ ...row, lanes: row.lanes.filter(({ label }) => !options.without.some((text) => label.startsWith(text))) }));
  const sized = options.small ? rows.map(smaller) : rows;
  return options.rounds === undefined ? sized : sized.map((row) => ({ ...row, rounds: Number(options.rounds) }));
}

async function versionOf() {
  return kept.inBrowsers(['version'], (of) => of('version').version);
}
