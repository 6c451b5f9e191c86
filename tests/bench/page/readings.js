// What rows that read ask of a store, and what the answer has to be.

import { foldInto, rowsInOrder } from '../contenders/projections.js';
import { fold } from '../contenders/orders.js';
import { streamOf, writesOf } from '../events.js';
import { compare, compareRows, eventsOf } from './compare.js';

/** Streams of successive rounds lie apart. */
const STRIDE = 37;
/** So do keys that are asked for one after the other; a prime, so that each has its turn. */
const KEY_STRIDE = 7919;

/** What lanes have stored, by how many events in how many streams; and the rows that it makes. Kept, as making it takes as long as reading it. */
const given = new Map();
const rowsGiven = new Map();

/**
 * By what a row `reads`: the `fold` of all events, their `count`, `all` events, `one stream`, the state of an `aggregate`, the same with all events in
 * memory; of a view all `rows`, single rows by their `keys`, or what is `found`, which is all of them if the lane `finds` all. `prepare` comes before the
 * clock starts.
 */
export const READINGS = {
  fold: {
    read: async (store) => (store.foldAll ? store.foldAll() : fold(await store.read(0))),
    check: (state, { writes }) => compareStates(state, writes),
  },
  count: {
    read: async (store) => (store.count ? store.count() : (await store.read(0)).length),
    check(count, { writes }) {
      if (count !== writes.length) throw new Error(`${writes.length} events given, ${count} stored`);
    },
  },
  all: { read: (store) => store.read(0), check: (events, { writes }) => compare(events, writes) },
  'one stream': {
    read: (store, { streamId }) => store.readStream(streamId),
    check: (events, { writes, streamId }) => compare(events, ofStream(writes, streamId)),
  },
  aggregate: { read: (store, { streamId }) => store.load(streamId), check: compareState },
  replay: { prepare: (store, { streamId }) => store.load(streamId), read: (store, { streamId }) => store.replay(streamId), check: compareState },
  rows: { read: (store, { view }) => store.fold(view), check: (rows, { expected }) => compareRows(rows(), rowsInOrder(expected)) },
  keys: {
    prepare: (store, asked) => (asked.keys = keysApart(asked.expected)),
    read: (store, { view, keys }) => keys.map(store.getter(view)),
    check: (rows, { expected, keys }) => compareRows(rows, keys.map((key) => expected.get(key))),
  },
  found: { prepare: ask, read: ask, check: compareFound },
};

/** What is asked for in a round: the lane's options may be of its own. */
export function askedOf({ view, find, finds, times = 1, ...shape }, round) {
  const writes = writesFor(shape);
  const expected = view === undefined ? undefined : rowsFor(shape, view);
  return { writes, view, expected, find, finds, times, streamId: streamOf(0, (round * STRIDE) % shape.streams) };
}

export function writesFor({ events, streams, adjacent }) {
  const shape = `${events} in ${streams}`;
  if (!given.has(shape)) given.set(shape, writesOf({ events, streams, adjacent }, 0));
  return given.get(shape);
}

function rowsFor(shape, view) {
  const name = `${view} of ${shape.events} in ${shape.streams}`;
  if (!rowsGiven.has(name)) rowsGiven.set(name, foldInto(new Map(), view, eventsOf(writesFor(shape))));
  return rowsGiven.get(name);
}

const ofStream = (writes, streamId) => writes.filter((write) => write.streamId === streamId);

function keysApart(rows) {
  const keys = [...rows.keys()];
  return keys.map((_, i) => keys[(i * KEY_STRIDE) % keys.length]);
}

/** As often as the row says. */
async function ask(store, { view, find, finds, times }) {
  let found;
  for (let i = 0; i < times; i++) found = await (finds === 'all' ? store.all() : store.find(view, find));
  return found;
}

/** @throws when a state is not what the stream's events give */
function compareState(state, { writes, streamId }) {
  compareStates(state, ofStream(writes, streamId));
}

function compareStates(state, writes) {
  const expected = JSON.stringify(fold(writes.map(({ event }) => event)));
  if (JSON.stringify(state) !== expected) throw new Error(`expected the state ${expected}, found ${JSON.stringify(state)}`);
}

/** Of rows whose `cents` are equal any may come first. @throws when others were found than were meant */
function compareFound(found, { expected, find: { where, limit }, finds }) {
  compareRows(found, found.map(({ id }) => expected.get(id)));
  if (finds === 'all') return compareRows(found, rowsInOrder(expected));
  const meant = [...expected.values()].filter(({ city }) => where === undefined || city === where.city);
  const cents = (rows) => rows.map((row) => ({ cents: row.cents }));
  compareRows(cents(found), cents(meant.sort((one, other) => other.cents - one.cents).slice(0, limit)));
}
