// Rows that read. A lane's store is written once; every round opens it anew, reads and closes it. Only the reading is timed.

import { contenders } from '../contenders/all.js';
import { fold } from '../contenders/orders.js';
import { streamOf, writesOf } from '../events.js';
import { batchesOf } from './batches.js';
import { compare } from './compare.js';
import { isKept } from './snapshots.js';

/** Streams of successive rounds lie apart. */
const STRIDE = 37;

/** What lanes have stored, by how many events in how many streams. Kept, as making it takes as long as reading it. */
const given = new Map();

/** What is read, and what it has to be: `all` events, `one stream`, the state of an `aggregate`, the same with all events in memory. */
const READINGS = {
  all: { read: (store) => store.read(0), check: compare },
  'one stream': { read: (store, streamId) => store.readStream(streamId), check: (events, writes, streamId) => compare(events, ofStream(writes, streamId)) },
  aggregate: { read: (store, streamId) => store.load(streamId), check: compareState },
  replay: { prepare: (store, streamId) => store.load(streamId), read: (store, streamId) => store.replay(streamId), check: compareState },
};

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

  /** @returns the milliseconds of one reading, and what the store held in memory before it */
  async read(storeName, row, lane, durability, round) {
    const { prepare, read, check } = READINGS[row.reads];
    const store = await contenders[lane.opens].open(storeName, durability, lane);
    const { bytesCached: cached, segments } = (await store.diagnostics?.()) ?? {};
    if (row.unmerged && segments > 0) throw new Error('what was not to be merged is');
    const streamId = streamOf(0, (round * STRIDE) % row.streams);
    await prepare?.(store, streamId);

    const started = performance.now();
    const found = await read(store, streamId);
    const milliseconds = performance.now() - started;

    await store.close();
    check(found, writesFor({ ...row, ...lane }), streamId);
    return { milliseconds, cached };
  },
};

function writesFor({ events, streams }) {
  const shape = `${events} in ${streams}`;
  if (!given.has(shape)) given.set(shape, writesOf({ events, streams }, 0));
  return given.get(shape);
}

const ofStream = (writes, streamId) => writes.filter((write) => write.streamId === streamId);

/** @throws when a state is not what the stream's events give */
function compareState(state, writes, streamId) {
  const expected = JSON.stringify(fold(ofStream(writes, streamId).map(({ event }) => event)));
  if (JSON.stringify(state) !== expected) throw new Error(`expected the state ${expected}, found ${JSON.stringify(state)}`);
}
