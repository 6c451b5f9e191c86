// What the command line says.

import { parseArgs } from 'node:util';

import { DURABILITIES, ROWS } from './rows.js';

const DEFAULT_ROUNDS = '7';
/** Unless the number of rounds was asked for, rows that together would take longer measure fewer: milliseconds. */
const TIME_FOR_ALL = 160_000;

export const USAGE = `npm run bench -- [options]

  --rounds N           measured rounds of each row (default ${DEFAULT_ROUNDS}, or fewer, at least 5, on a slow machine)
  --warm N             rounds before them that do not count (default 6)
  --only TEXT          only rows whose name has TEXT in it: ${ROWS.map((row) => row.name).join(', ')}
  --durability D       only ${DURABILITIES.join(' or ')} (default both; with --profile: strict)
  --without LABEL      leave out a contender: annals, by hand, bare add, limit
  --json               print every round's figures as JSON instead of the table
  --profile ROW        take a CPU profile of annals in that row instead, and print self time by function
`;

/** @throws when an option is unknown or its value makes no sense */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      warm: { type: 'string', default: '6' },
      only: { type: 'string', default: '' },
      durability: { type: 'string' },
      without: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    rounds: wholeNumber('--rounds', values.rounds ?? DEFAULT_ROUNDS, 1),
    timeForAll: values.rounds === undefined ? TIME_FOR_ALL : Infinity,
    warm: wholeNumber('--warm', values.warm, 0),
    durabilities: durabilities(values),
    rows: rows(values),
  };
}

function wholeNumber(option, text, least) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`${option}: expected a whole number from ${least}, found '${text}'`);
  return value;
}

function durabilities({ durability, profile }) {
  if (durability === undefined) return profile === undefined ? DURABILITIES : ['strict'];
  if (!DURABILITIES.includes(durability)) throw new Error(`--durability: expected ${DURABILITIES.join(' or ')}, found '${durability}'`);
  return [durability];
}

function rows({ only, profile, without }) {
  const named = ROWS.filter((row) => row.name.includes(profile ?? only));
  if (named.length === 0) throw new Error(`no row has '${profile ?? only}' in its name; there are ${ROWS.map((row) => row.name).join(', ')}`);
  const isLeftOut = (lane) => without.some((label) => lane.label.startsWith(label));
  return named.map((row) => ({ ...row, lanes: row.lanes.filter((lane) => !isLeftOut(lane)) }));
}
