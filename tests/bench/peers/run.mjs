// Measures annals beside what would be taken instead of it. README.md says how. Results go to PEERS.md and peers.svg when all was measured.

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
    const measured = await measures[row.kind](state, row, { durability, rounds: row.rounds, warm: row.warm ?? 0, until: Infinity });
    result.rows.push({ row, lanes: measured });
    print(resultText({ row, lanes: measured }));
  }
  const isWhole = options.only.length === 0 && options.without.length === 0 && !options.small;
  await writeResults(result, { json: options.json, isWhole });
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
