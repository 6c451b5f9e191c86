// The rows of the table of peers. What a row and a lane are: see ../rows.js. A lane's `opens` names one of `stores/` or of `../contenders/`, its `profile` whose
// browser it runs in, where lanes share one. `limit` marks what no store can beat, `beside` what is shown but not compared.

import { FIFTY_THOUSAND, HUNDRED_THOUSAND } from '../shapes.js';

const STRICT = ['strict'];
const BATCHED = ', batched by its user';

const peer = (label, opens, more = {}) => ({ label, opens, profile: label, expects: 'any', ...more });
const batched = ({ label, ...lane }) => ({ ...lane, label: `${label}${BATCHED}`, profile: `${label}${BATCHED}`, isBatched: true });
const limit = (opens, more = {}) => ({ label: 'limit', opens, profile: 'limit', expects: 'any', isLimit: true, ...more });

const ANNALS = peer('annals', 'annals');
const DISPATCHING = peer('annals', 'dispatching', { isOrdered: false });
const RUST = peer('annals, in Rust', 'rust', { profile: 'annals', store: 'annals' });
const BY_HAND = peer('by hand', 'by-hand');
const RELOADING = peer('by hand, each command reads its stream', 'loading');
const DEXIE = peer('Dexie', 'dexie');
const SQLITE = peer('SQLite', 'sqlite');
const POUCHDB = peer('PouchDB', 'pouchdb', { isOrdered: false });
const LIVESTORE = peer('LiveStore', 'livestore', { isOrdered: false });
/** An event takes it milliseconds: of many events fewer are stored, and figures are for each. */
const FEWER_IN_LIVESTORE = { ...LIVESTORE, events: 5000, streams: 100, note: '5,000 events' };
const EMMETT = peer('Emmett, in memory', 'emmett');

/** Whom annals is to be ahead of everywhere. */
const AHEAD = { ahead: true };

const AT_ONCE = {
  kind: 'write',
  events: 1000,
  appends: 'at once',
  isOrdered: false,
  durabilities: STRICT,
  warm: 2,
  rounds: 5,
  goals: [AHEAD, { against: 'by hand', timesCheaper: 100 }, { against: RELOADING.label, timesCheaper: 100 }, { against: 'LiveStore', timesCheaper: 40 }],
  lanes: [
    DISPATCHING,
    RELOADING,
    BY_HAND, batched(BY_HAND),
    DEXIE, batched(DEXIE),
    SQLITE, batched(SQLITE),
    POUCHDB, batched(POUCHDB),
    LIVESTORE, batched(LIVESTORE),
    limit('limit'),
  ],
};

const OF_FIFTY_THOUSAND = { kind: 'read', ...FIFTY_THOUSAND, log: 'fifty thousand', durabilities: STRICT };
const OF_ONE = { kind: 'read', events: 10_000, streams: 1, reads: 'aggregate', durabilities: STRICT, warm: 3, rounds: 7 };

export const ROWS = [
  {
    kind: 'write',
    name: 'command',
    title: 'a durable command, each awaited before the next is sent, to one aggregate',
    events: 100,
    streams: 1,
    appends: 'awaited',
    durabilities: STRICT,
    warm: 3,
    rounds: 7,
    goals: [AHEAD],
    lanes: [DISPATCHING, RELOADING, BY_HAND, DEXIE, SQLITE, POUCHDB, LIVESTORE, limit('bare', { expects: 'exact' })],
  },
  { ...AT_ONCE, name: 'many', title: '1,000 commands at once, each to an aggregate of its own', streams: 1000 },
  { ...AT_ONCE, name: 'one', title: '1,000 commands at once, all to one aggregate', streams: 1 },
  {
    kind: 'write',
    name: 'bulk',
    title: '50,000 events of 1,000 streams, in batches, into a new store each round',
    ...FIFTY_THOUSAND,
    appends: 'bulk',
    newStores: true,
    isOrdered: false,
    durabilities: STRICT,
    warm: 1,
    rounds: 3,
    goals: [AHEAD, { against: 'by hand', timesCheaper: 40 }, { against: 'Dexie', timesCheaper: 40 }, { against: 'SQLite', timesCheaper: 5 }],
    lanes: [
      ANNALS,
      { ...ANNALS, label: 'annals, until all is merged', profile: 'annals merging', untilMerged: true },
      BY_HAND, DEXIE, SQLITE, POUCHDB, FEWER_IN_LIVESTORE, limit('limit'),
    ],
  },
  {
    ...OF_FIFTY_THOUSAND,
    name: 'fold',
    title: 'all of 50,000 events folded into one state',
    reads: 'fold',
    warm: 2,
    rounds: 7,
    goals: [AHEAD, { timesCheaper: 3 }],
    lanes: [ANNALS, BY_HAND, DEXIE, SQLITE, POUCHDB, limit('limit')],
  },
  {
    ...OF_FIFTY_THOUSAND,
    name: 'stream',
    title: 'one stream of 50 events out of 50,000, another in each round',
    reads: 'one stream',
    warm: 5,
    rounds: 21,
    goals: [AHEAD],
    lanes: [ANNALS, BY_HAND, DEXIE, SQLITE, POUCHDB, limit('shelf', { log: 'fifty thousand on a shelf' })],
  },
  {
    ...OF_ONE,
    name: 'load',
    log: 'ten thousand',
    title: 'the state of an aggregate of 10,000 events, without a snapshot',
    goals: [AHEAD, { timesCheaper: 3 }],
    lanes: [{ ...DISPATCHING, snapshots: false }, { ...RUST, fills: 'dispatching', snapshots: false }, BY_HAND, DEXIE, SQLITE, POUCHDB, limit('shelf')],
  },
  {
    ...OF_ONE,
    name: 'snapshot',
    title: 'the same with a snapshot of the last event',
    snapshots: { every: 1000, version: 1 },
    needsSnapshot: true,
    warm: 5,
    rounds: 21,
    goals: [AHEAD],
    lanes: [DISPATCHING, BY_HAND, DEXIE, SQLITE, POUCHDB, LIVESTORE, limit('least')],
  },
  {
    ...OF_FIFTY_THOUSAND,
    name: 'rebuild',
    title: 'a view of 1,000 rows made anew of 50,000 events',
    reads: 'rows',
    view: 'summaries',
    log: 'fifty thousand in a view',
    warm: 2,
    rounds: 7,
    goals: [AHEAD, { lane: 'annals', timesCheaper: 3 }, { lane: RUST.label, timesCheaper: 6 }],
    lanes: [
      { ...ANNALS, views: ['summaries'] },
      { ...RUST, fills: 'annals', views: ['summaries'] },
      ...[BY_HAND, DEXIE, SQLITE, POUCHDB].map((lane) => ({ ...lane, log: 'fifty thousand' })),
      limit('limit', { log: 'fifty thousand' }),
    ],
  },
  {
    kind: 'read',
    name: 'query',
    title: 'the 20 of 100,000 rows that have the most in an indexed field (those of annals and of the limit are in memory by then)',
    ...HUNDRED_THOUSAND,
    reads: 'found',
    view: 'items',
    find: { orderBy: 'cents', direction: 'desc', limit: 20 },
    times: 20,
    durabilities: STRICT,
    warm: 3,
    rounds: 7,
    goals: [AHEAD],
    lanes: [{ ...ANNALS, views: ['items'] }, BY_HAND, DEXIE, SQLITE, POUCHDB, LIVESTORE, limit('least')],
  },
  {
    kind: 'read',
    name: 'replay',
    log: 'ten thousand',
    title: 'the state of the past of 10,000 events that are in memory',
    beside: true,
    events: 10_000,
    streams: 1,
    reads: 'replay',
    durabilities: STRICT,
    warm: 5,
    rounds: 15,
    lanes: [{ ...DISPATCHING, snapshots: false }, { ...RUST, fills: 'dispatching', snapshots: false }, EMMETT],
  },
  {
    kind: 'watch',
    name: 'listener',
    title: 'an append, until it is stored and a listener has the row that it changes, in a view of 10,000',
    events: 50,
    filled: { events: 10_000, streams: 10_000 },
    durabilities: STRICT,
    watches: 'summaries',
    warm: 2,
    rounds: 9,
    goals: [AHEAD],
    lanes: [
      { ...ANNALS, views: ['summaries'] }, BY_HAND, DEXIE, SQLITE, POUCHDB, LIVESTORE,
      { ...LIVESTORE, label: 'LiveStore, heard before it is stored', profile: 'LiveStore heard', isHeardOnly: true, isBeside: true },
      limit('least'),
    ],
  },
  {
    kind: 'tabs',
    name: 'tabs',
    title: 'an append in one tab, until it is heard in another',
    events: 30,
    durabilities: STRICT,
    warm: 1,
    rounds: 5,
    goals: [AHEAD],
    lanes: [ANNALS, BY_HAND, DEXIE, SQLITE, POUCHDB, LIVESTORE, limit('least')],
  },
  ...[10_000, 100_000, 1_000_000].map((events) => ({
    kind: 'open',
    name: `open-${events}`,
    title: `from loading the code in a new browser to the first answer of a store of ${events.toLocaleString('en')} events`,
    events,
    durabilities: STRICT,
    rounds: 5,
    weighs: events === 1_000_000,
    goals: [AHEAD],
    lanes: [
      { ...ANNALS, merges: true }, BY_HAND, DEXIE, SQLITE,
      // Building larger ones takes PouchDB ten minutes, LiveStore forty.
      { ...POUCHDB, most: 100_000 },
      { ...LIVESTORE, most: 10_000 },
      limit('least'),
    ],
  })),
  {
    kind: 'disk',
    name: 'disk',
    title: 'bytes on the disk for each of 50,000 events',
    ...FIFTY_THOUSAND,
    durabilities: STRICT,
    goals: [AHEAD, { timesCheaper: 3 }],
    lanes: [ANNALS, BY_HAND, DEXIE, SQLITE, POUCHDB, FEWER_IN_LIVESTORE, limit('limit')],
  },
  {
    kind: 'code',
    name: 'code',
    title: 'kilobytes of code over the wire, gzipped',
    beside: true,
    durabilities: STRICT,
    lanes: [ANNALS, BY_HAND, DEXIE, SQLITE, POUCHDB, LIVESTORE, EMMETT],
  },
];
