// The rows about views: what folding them costs, and asking them. `rows.js` says what a row is. A lane's `views` are kept by its store; a row's
// `view` is the one that is read, `times` how often in a round, and `fromOpening` says that opening the store is part of it.

import { FIFTY_THOUSAND, HUNDRED_THOUSAND, IN_JAVASCRIPT, IN_RUST, TIMES_CHEAPER, TIMES_THE_COST } from './shapes.js';

const NO_PROJECTION = 'annals, no projection';
const THREE_PROJECTIONS = 'annals, three projections';

const NO_VIEW = 'annals, to the answer';
const LISTENED_TO = 'annals, to the listeners';

const PROJECTING = {
  kind: 'write',
  events: 1000,
  appends: 'at once',
  durabilities: ['strict'],
  rounds: 15,
  baseline: NO_PROJECTION,
  ratio: TIMES_THE_COST,
  goals: [{ lane: THREE_PROJECTIONS, against: NO_PROJECTION, timesTheCost: 2 }],
  lanes: [
    { label: NO_PROJECTION, opens: 'dispatching', expects: 'any' },
    { label: THREE_PROJECTIONS, opens: 'dispatching', expects: 'any', views: ['summaries', 'items', 'cities'] },
  ],
};

const IN_A_VIEW = { label: 'annals', opens: 'annals', views: ['items'] };
const IN_DEXIE = { label: 'Dexie', opens: 'dexie' };

/** What 100,000 rows are asked for. */
const FINDING = {
  kind: 'read',
  ...HUNDRED_THOUSAND,
  reads: 'found',
  view: 'items',
  find: { orderBy: 'cents', direction: 'desc', limit: 20 },
  durabilities: ['strict'],
  warm: 3,
  rounds: 9,
  ratio: TIMES_CHEAPER,
};

/** The same of rows that are open, asked before. */
const FINDING_AGAIN = {
  ...FINDING,
  times: 20,
  baseline: IN_DEXIE.label,
  goals: [{ against: IN_DEXIE.label, timesCheaper: 20 }],
  lanes: [IN_DEXIE, IN_A_VIEW],
};

export const ROWS_OF_VIEWS = [
  {
    ...PROJECTING,
    name: 'projecting-many',
    title: '1,000 commands at once, each to an aggregate of its own, while projections follow',
    streams: 1000,
    isOrdered: false,
  },
  {
    ...PROJECTING,
    name: 'projecting-one',
    title: '1,000 commands at once, all to one aggregate, while projections follow',
    streams: 1,
  },
  {
    kind: 'read',
    name: 'rebuild',
    title: 'a view of 1,000 rows folded anew from 50,000 events, in a store just opened',
    ...FIFTY_THOUSAND,
    reads: 'rows',
    view: 'summaries',
    durabilities: ['strict'],
    warm: 3,
    rounds: 9,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [
      { lane: IN_JAVASCRIPT, against: 'by hand', timesCheaper: 3 },
      { lane: IN_JAVASCRIPT, against: 'limit', timesTheCost: 1.5 },
      { lane: IN_RUST, against: 'by hand', timesCheaper: 6 },
    ],
    lanes: [
      { label: 'by hand', opens: 'handwritten' },
      { label: IN_JAVASCRIPT, opens: 'annals', views: ['summaries'] },
      { label: IN_RUST, opens: 'rust', fills: 'annals', views: ['summaries'] },
      { label: 'limit', opens: 'limit' },
    ],
  },
  {
    kind: 'read',
    name: 'point',
    title: 'single rows out of 100,000, by key',
    ...HUNDRED_THOUSAND,
    reads: 'keys',
    view: 'items',
    times: HUNDRED_THOUSAND.events,
    durabilities: ['strict'],
    warm: 3,
    rounds: 9,
    baseline: 'bare Map',
    ratio: TIMES_THE_COST,
    goals: [{ mostMicroseconds: 1 }],
    lanes: [
      { label: 'bare Map', opens: 'map' },
      IN_A_VIEW,
    ],
  },
  {
    ...FINDING_AGAIN,
    name: 'top',
    title: 'the 20 of 100,000 rows that have the most in an indexed field',
  },
  {
    ...FINDING_AGAIN,
    name: 'top-where',
    title: 'the same of the rows that have a value in another indexed field: 1 of 8',
    find: { ...FINDING.find, where: { city: 'Graz' } },
  },
  {
    ...FINDING,
    name: 'open-view',
    title: 'from opening a database of 100,000 rows to the 20 that have the most in an indexed field',
    fromOpening: true,
    baseline: 'Dexie, all its rows',
    lanes: [
      { ...IN_DEXIE, label: 'Dexie, all its rows', finds: 'all' },
      { ...IN_DEXIE, label: 'Dexie, those 20' },
      IN_A_VIEW,
    ],
  },
  {
    kind: 'listen',
    name: 'listener',
    title: 'single appends on one stream: to the listeners of a view of 10,000 rows, or to the answer',
    events: 100,
    filled: { events: 10_000, streams: 10_000 },
    live: { orderBy: 'cents', direction: 'desc', limit: 20 },
    durabilities: ['strict'],
    warm: 3,
    rounds: 15,
    baseline: NO_VIEW,
    ratio: TIMES_THE_COST,
    goals: [{ lane: LISTENED_TO, against: NO_VIEW, mostMicrosecondsMore: 200 }],
    lanes: [
      { label: NO_VIEW, opens: 'annals' },
      { label: LISTENED_TO, opens: 'annals', views: ['summaries'] },
    ],
  },
];
