// Rows that read. A lane's store is written once; every round opens it anew, reads and closes it. Only the reading is timed.

import { contenders } from '../contenders/all.js';
import { streamOf, writesOf } from '../events.js';
import { batchesOf } from './batches.js';
import { compare } from './compare.js';

/** Streams of successive rounds lie apart. */
const STRIDE = 37;

/** What a row has stored, by the row's name. Kept, as making it takes as long as reading it. */
const given = new Map();

export const reading = {
  /** Writes a lane's store. What is due for merging is merged, as it is in use once the page has been idle. */
  async fill(storeName, row, lane, durability) {
    const store = await contenders[lane.opens].open(storeName, durability);
    const writes = writesFor(row);
    await store.bulk(writes, batchesOf(writes));
    const merged = await store.merge?.();
    await store.close();
    return { merged };
  },

  /** @returns the milliseconds of one reading, and what the store held in memory before it */
  async read(storeName, row, lane, durability, round) {
    const store = await contenders[lane.opens].open(storeName, durability);
    const cached = (await store.diagnostics?.())?.bytesCached;
    const streamId = streamOf(0, (round * STRIDE) % row.streams);

    const started = performance.now();
    const events = row.reads === 'all' ? await store.read(0) : await store.readStream(streamId);
    const milliseconds = performance.now() - started;

    await store.close();
    const writes = writesFor(row);
    compare(events, row.reads === 'all' ? writes : writes.filter((write) => write.streamId === streamId));
    return { milliseconds, cached };
  },
};

function writesFor(row) {
  if (!given.has(row.name)) given.set(row.name, writesOf(row, 0));
  return given.get(row.name);
}
