// The rows of the table: what happens, how, and by whom. Used by the page and by Node.
//
// A row's lanes run in turn within each round. `opens` names the contender, `expects` what it is told to expect: 'exact' is
// each stream's true revision before the append. A lane may have its own number of events, or lay them out over streams in its own way;
// `fills` names the contender that writes what it reads, if that is another. `ratio` says how a lane is set against the row's baseline lane;
// `goals` are for the lanes of annals, or for the `lane` that they name.

import { ROWS_OF_VIEWS } from './rows-of-views.js';
import { FIFTY_THOUSAND, IN_JAVASCRIPT, IN_RUST, TIMES_CHEAPER, TIMES_THE_COST } from './shapes.js';

/** One aggregate with a long history. */
const LONG_HISTORY = { events: 10_000, streams: 1, reads: 'aggregate', durabilities: ['strict'], warm: 5, rounds: 15 };

/** An aggregate is loaded by all of its events. What the module in Rust reads is written by the package: it is the same store. */
const LOADING = [
  { label: 'by hand', opens: 'loading' },
  { label: IN_JAVASCRIPT, opens: 'dispatching', snapshots: false },
  { label: IN_RUST, opens: 'rust', fills: 'dispatching', snapshots: false },
  { label: 'limit, a record a stream', opens: 'shelf' },
];

export const ROWS = [
  {
    kind: 'write',
    name: 'single',
    title: 'single appends, each awaited before the next is made, on one stream',
    events: 100,
    streams: 1,
    appends: 'awaited',
    baseline: 'bare add',
    ratio: TIMES_THE_COST,
    lanes: [
      { label: 'bare add', opens: 'bare', expects: 'exact' },
      { label: 'annals', opens: 'annals', expects: 'exact' },
      { label: 'by hand', opens: 'handwritten', expects: 'exact' },
    ],
  },
  {
    kind: 'write',
    name: 'streams',
    title: '1,000 appends at once, each to a stream of its own',
    events: 1000,
    streams: 1000,
    appends: 'at once',
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [{ against: 'by hand', timesCheaper: 100 }],
    lanes: [
      { label: 'by hand', opens: 'handwritten', expects: 'exact' },
      { label: 'annals', opens: 'annals', expects: 'exact' },
      { label: 'limit', opens: 'limit', expects: 'any' },
    ],
  },
  {
    kind: 'write',
    name: 'one-stream',
    title: '1,000 appends at once, all to one stream',
    events: 1000,
    streams: 1,
    appends: 'at once',
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [{ against: 'by hand', timesCheaper: 100 }],
    lanes: [
      { label: 'by hand', opens: 'handwritten', expects: 'exact' },
      { label: "annals, 'any'", opens: 'annals', expects: 'any' },
      { label: 'annals, exact revisions', opens: 'annals', expects: 'exact' },
      { label: 'limit', opens: 'limit', expects: 'any' },
    ],
  },
  {
    kind: 'write',
    name: 'dispatch',
    title: 'single commands, each awaited before the next is sent, to one aggregate',
    events: 100,
    streams: 1,
    appends: 'awaited',
    baseline: 'bare add',
    ratio: TIMES_THE_COST,
    goals: [{ against: 'bare add', timesTheCost: 1.4 }],
    lanes: [
      { label: 'bare add', opens: 'bare', expects: 'exact' },
      { label: 'annals', opens: 'dispatching', expects: 'any' },
      { label: 'by hand', opens: 'loading', expects: 'any' },
    ],
  },
  {
    kind: 'write',
    name: 'dispatch-many',
    title: '1,000 commands at once, each to an aggregate of its own',
    events: 1000,
    streams: 1000,
    appends: 'at once',
    isOrdered: false,
    durabilities: ['strict'],
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [{ against: 'by hand', timesCheaper: 100 }],
    lanes: [
      { label: 'by hand', opens: 'loading', expects: 'any' },
      { label: 'annals', opens: 'dispatching', expects: 'any' },
    ],
  },
  {
    kind: 'write',
    name: 'dispatch-one',
    title: '1,000 commands at once, all to one aggregate',
    events: 1000,
    streams: 1,
    appends: 'at once',
    durabilities: ['strict'],
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [{ against: 'by hand', timesCheaper: 100 }],
    lanes: [
      { label: 'by hand', opens: 'loading', expects: 'any' },
      { label: 'annals', opens: 'dispatching', expects: 'any' },
    ],
  },
  {
    kind: 'write',
    name: 'bulk',
    title: '50,000 events in batches, into a new store each round',
    ...FIFTY_THOUSAND,
    appends: 'bulk',
    // By hand a round takes more than ten seconds, so there are few, at one durability: with so few transactions the other is the same.
    newStores: true,
    durabilities: ['strict'],
    warm: 2,
    rounds: 5,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [{ against: 'by hand', timesCheaper: 40 }, { against: 'limit', timesTheCost: 2 }],
    lanes: [
      { label: 'by hand', opens: 'handwritten', expects: 'exact' },
      { label: 'annals, 50 appendMany', opens: 'annals', expects: 'exact' },
      { label: 'annals, 50 append', opens: 'annals', expects: 'exact', streams: 50, adjacent: 1000 },
      { label: 'limit', opens: 'limit', expects: 'any' },
    ],
  },
  {
    kind: 'read',
    name: 'read-all',
    title: 'all of 50,000 events read as objects, from a store just opened',
    ...FIFTY_THOUSAND,
    reads: 'all',
    durabilities: ['strict'],
    warm: 3,
    rounds: 9,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [{ against: 'by hand', timesCheaper: 3 }, { against: 'limit', timesTheCost: 1 }],
    lanes: [
      { label: 'by hand', opens: 'handwritten' },
      { label: 'annals', opens: 'annals' },
      { label: 'limit', opens: 'limit' },
    ],
  },
  {
    kind: 'read',
    name: 'one-of',
    title: 'one stream of 50 events out of 50,000, another in each round, from a store just opened',
    ...FIFTY_THOUSAND,
    reads: 'one stream',
    durabilities: ['strict'],
    warm: 6,
    rounds: 31,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [{ against: 'by hand', timesCheaper: 3 }],
    lanes: [
      { label: 'by hand', opens: 'handwritten' },
      { label: 'annals', opens: 'annals' },
      { label: 'limit, a record a stream', opens: 'shelf' },
    ],
  },
  {
    kind: 'read',
    name: 'load',
    title: 'an aggregate of 10,000 events loaded without a snapshot, from a store just opened',
    ...LONG_HISTORY,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [
      { lane: IN_JAVASCRIPT, against: 'by hand', timesCheaper: 3 },
      { lane: IN_JAVASCRIPT, against: 'limit', timesTheCost: 1.5 },
      { lane: IN_RUST, against: 'by hand', timesCheaper: 6 },
    ],
    lanes: LOADING,
  },
  {
    kind: 'read',
    name: 'load-tail',
    title: 'the same, of 10,000 events that are not merged yet',
    ...LONG_HISTORY,
    unmerged: true,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    lanes: LOADING,
  },
  {
    kind: 'read',
    name: 'snapshot',
    title: 'an aggregate loaded with a snapshot, from a store just opened: of 10,000 events as quickly as of 1,000',
    ...LONG_HISTORY,
    baseline: 'annals, 1,000 events',
    ratio: TIMES_THE_COST,
    goals: [{ lane: 'annals, 10,000 events', against: 'annals, 1,000 events', timesTheCost: 1.25 }],
    lanes: [
      { label: 'annals, 1,000 events', opens: 'dispatching', events: 1000, snapshots: { every: 1000, version: 1 } },
      { label: 'annals, 10,000 events', opens: 'dispatching', snapshots: { every: 1000, version: 1 } },
    ],
  },
  {
    kind: 'read',
    name: 'replay',
    title: 'the state of the past of the same 10,000 events, all of them in memory: what the aggregate itself takes',
    ...LONG_HISTORY,
    reads: 'replay',
    baseline: IN_JAVASCRIPT,
    ratio: TIMES_CHEAPER,
    goals: [{ lane: IN_RUST, against: IN_JAVASCRIPT, timesCheaper: 2 }],
    lanes: LOADING.filter(({ label }) => [IN_JAVASCRIPT, IN_RUST].includes(label)),
  },
  ...ROWS_OF_VIEWS,
  {
    kind: 'bytes',
    name: 'bytes',
    title: 'what 50,000 events take',
    ...FIFTY_THOUSAND,
    durabilities: ['strict'],
    most: 80,
    lanes: [
      { label: 'annals', opens: 'annals' },
      { label: 'by hand', opens: 'handwritten' },
      { label: 'limit', opens: 'limit' },
    ],
  },
  {
    kind: 'merge',
    name: 'merge',
    title: 'merging while 100,000 events are appended, 1 to 20 at a time',
    events: 100_000,
    durabilities: ['relaxed'],
    mostMilliseconds: 8,
    lanes: [{ label: 'annals', opens: 'annals' }],
  },
];

export const DURABILITIES = ['strict', 'relaxed'];

export const showsCost = (row) => row.ratio === TIMES_THE_COST;

/** Whether a row's figures are for each event; else they are for each reading. */
export const isPerEvent = (row) => row.reads === undefined || ['all', 'fold', 'rows'].includes(row.reads);

export const unitOf = (row) => (isPerEvent(row) ? 'us/event' : 'us/read');

/** How many events or readings a round's time is shared by. */
export const sharesOf = (row) => (isPerEvent(row) ? row.events : row.times ?? 1);
