// Rows that read. A lane's store is written once; every round opens it anew, reads and closes it. Only the reading is timed, and the opening
// where the row is of that.

import { contenders } from '../contenders/all.js';
import { foldInto, rowsInOrder } from '../contenders/projections.js';
import { fold } from '../contenders/orders.js';
import { streamOf, writesOf } from '../events.js';
import { batchesOf } from './batches.js';
import { compare, compareRows, eventsOf } from './compare.js';
import { isKept } from './snapshots.js';

/** Streams of successive rounds lie apart. */
const STRIDE = 37;

/** What lanes have stored, by how many events in how many streams. Kept, as making it takes as long as reading it. */
const given = new Map();

/** What is read, and what it has to be: `all` events, `one stream`, the state of an `aggregate`, the same with all events in memory, the rows of a view. */
const READINGS = {
  all: { read: (store) => store.read(0), check: compare },
  'one stream': { read: (store, { streamId }) => store.readStream(streamId), check: (events, writes, { streamId }) => compare(events, ofStream(writes, streamId)) },
  aggregate: { read: (store, { streamId }) => store.load(streamId), check: compareState },
  replay: { prepare: (store, { streamId }) => store.load(streamId), read: (store, { streamId }) => store.replay(streamId), check: compareState },
  rows: { read: (store, { row }) => store.fold(row.view), check: (rows, writes, { row }) => compareRows(rows(), rowsInOrder(foldInto(new Map(), row.view, eventsOf(writes)))) },
};

/** The readings that are under way, by the name of their store. */
const readings = new Map();

export const reading = {
  /** Writes a lane's store. What is due for merging is merged, as it is in use once the page has been idle, unless the row is of what is not. */
  async fill(storeName, row, lane, durability) {
    const store = await contenders[lane.fills ?? lane.opens].open(storeName, durability, lane);
    const writes = writesFor({ ...row, ...lane });
    await store.bulk(writes, batchesOf(writes));
    const merged = row.unmerged ? undefined : await store.merge?.();
    const hasSnapshot = lane.snapshots ? await isKept(storeName) : undefined;
    await store.close();
    return { merged, hasSnapshot };
  },

  /** Does what comes before the clock starts. @returns what the store held in memory by then */
  async prepareReading(storeName, row, lane, durability, round) {
    const contender = contenders[lane.opens];
    const open = () => contender.open(storeName, durability, versioned(row, lane, round));
    const entry = { ...READINGS[row.reads], writes: writesFor({ ...row, ...lane }), open, store: undefined, found: undefined };
    entry.asked = { row, streamId: streamOf(0, (round * STRIDE) % row.streams) };
    readings.set(storeName, entry);
    if (row.fromOpening) return contender.getReady?.();

    entry.store = await open();
    const { bytesCached: cached, segments } = (await entry.store.diagnostics?.()) ?? {};
    if (row.unmerged && segments > 0) throw new Error('what was not to be merged is');
    await entry.prepare?.(entry.store, entry.asked);
    return cached;
  },

  /** @returns the milliseconds of one reading */
  async runReading(storeName) {
    const entry = readings.get(storeName);
    const started = performance.now();
    entry.store ??= await entry.open();
    entry.found = await entry.read(entry.store, entry.asked);
    return performance.now() - started;
  },

  /** Checks what was read, and lets the store go. */
  async checkReading(storeName) {
    const { store, found, writes, asked, check } = readings.get(storeName);
    readings.delete(storeName);
    check(found, writes, asked);
    await store.close();
  },
};

/** Where views are to be folded anew, no save may be of use: each round has a version of its own, and so has filling. */
const versioned = ({ anew }, lane, round) => (anew ? { ...lane, version: round + 2 } : lane);

function writesFor({ events, streams, adjacent }) {
  const shape = `${events} in ${streams}`;
  if (!given.has(shape)) given.set(shape, writesOf({ events, streams, adjacent }, 0));
  return given.get(shape);
}

const ofStream = (writes, streamId) => writes.filter((write) => write.streamId === streamId);

/** @throws when a state is not what the stream's events give */
function compareState(state, writes, { streamId }) {
  const expected = JSON.stringify(fold(ofStream(writes, streamId).map(({ event }) => event)));
  if (JSON.stringify(state) !== expected) throw new Error(`expected the state ${expected}, found ${JSON.stringify(state)}`);
}
