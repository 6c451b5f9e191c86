// What the command line says.

import { parseArgs } from 'node:util';

import { isProfiled } from './profile.mjs';
import { DURABILITIES, ROWS } from './rows.js';

const DEFAULT_ROUNDS = 7;
const DEFAULT_WARM = 6;
/** Unless the number of rounds was asked for, rows of many rounds that together would take longer measure fewer: milliseconds. */
const TIME_FOR_ALL = 160_000;
const SIZES = [1000, 10_000, 100_000, 1_000_000];

export const USAGE = `npm run bench -- [options]

  --rounds N           measured rounds of each row (default ${DEFAULT_ROUNDS}, or fewer, at least 5, on a slow machine; bulk and rows that read have their own)
  --warm N             rounds before them that do not count (default ${DEFAULT_WARM}; the same)
  --only TEXT          only rows whose name has TEXT in it: ${ROWS.map((row) => row.name).join(', ')}
  --durability D       only ${DURABILITIES.join(' or ')} (default: both for single, streams and one-stream; with --profile: strict)
  --without LABEL      leave out a contender: annals, by hand, bare add, limit, Dexie
  --json               print every round's figures as JSON instead of the table
  --profile ROW        take a CPU profile of annals in that row instead (not of bytes and merge), and print self time by function
  --growth             instead: stores of 1,000 to 1,000,000 events; writes RESULTS.md and growth.svg
  --up-to N            with --growth: only sizes up to N, and nothing is written
  --tabs               instead: 1 to 8 tabs that append at once, and an event of one in the view of another
  --memory             instead: what stays in memory after 200,000 appends, and after 1,000 stores
  --keep               with --growth: keep the stores under target/ for the next time
`;

/** @throws when an option is unknown or its value makes no sense */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      warm: { type: 'string' },
      only: { type: 'string', default: '' },
      durability: { type: 'string' },
      without: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
      growth: { type: 'boolean', default: false },
      'up-to': { type: 'string' },
      tabs: { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    rounds: wholeNumber('--rounds', values.rounds, 1),
    warm: wholeNumber('--warm', values.warm, 0),
    timeForAll: values.rounds === undefined ? TIME_FOR_ALL : Infinity,
    rows: rows(values),
    durabilities: durabilities(values),
    sizes: sizes(values['up-to']),
  };
}

/** How often a row runs, and whether it may run less often when time is short. */
export const roundsOf = (row, { rounds, warm }) => ({
  rounds: rounds ?? row.rounds ?? DEFAULT_ROUNDS,
  warm: warm ?? row.warm ?? DEFAULT_WARM,
  sharesTime: row.kind === 'write' && row.rounds === undefined,
});

/** At which durabilities a row runs. */
export const durabilitiesOf = (row, { durabilities }) => durabilities ?? row.durabilities ?? DURABILITIES;

function wholeNumber(option, text, least) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`${option}: expected a whole number from ${least}, found '${text}'`);
  return value;
}

function durabilities({ durability, profile }) {
  if (durability === undefined) return profile === undefined ? undefined : ['strict'];
  if (!DURABILITIES.includes(durability)) throw new Error(`--durability: expected ${DURABILITIES.join(' or ')}, found '${durability}'`);
  return [durability];
}

function rows({ only, profile, without }) {
  const candidates = ROWS.filter((row) => profile === undefined || isProfiled(row));
  const named = candidates.filter((row) => row.name.includes(profile ?? only));
  if (named.length === 0) throw new Error(`no row has '${profile ?? only}' in its name; there are ${candidates.map((row) => row.name).join(', ')}`);
  return named
    .map((row) => ({ ...row, lanes: row.lanes.filter((lane) => !isLeftOut(lane.label, without)) }))
    .filter((row) => row.lanes.length > 0);
}

/** Whether a contender is not wanted. */
export const isLeftOut = (label, without) => without.some((text) => label.startsWith(text));

function sizes(upTo) {
  const most = wholeNumber('--up-to', upTo, SIZES[0]) ?? SIZES.at(-1);
  return SIZES.filter((size) => size <= most);
}

/** Whether all sizes are measured, so that the figures are worth keeping. */
export const isWhole = ({ sizes, without }) => sizes.length === SIZES.length && without.length === 0;
