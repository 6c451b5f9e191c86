// From an append to the listener of the row that it changes, in a view of many rows.

import { contenders } from '../../contenders/all.js';
import { eventFrom } from '../../events.js';
import { batchesOf } from '../../page/batches.js';
import { writesFor } from '../../page/readings.js';
import { median } from '../../statistics.mjs';

/** The lane that is open. */
let watched;

export const watching = {
  async beginWatching(storeName, row, lane, durability) {
    const shape = { ...row, ...lane };
    const open = () => contenders[lane.opens].open(storeName, durability, shape);
    const filling = await open();
    const writes = writesFor(row.filled);
    await filling.bulk(writes, batchesOf(writes));
    await filling.merge?.();
    await filling.close();
    const store = await open();
    const [{ streamId }] = writes;
    watched = { lane, store, streamId, revision: 1, heard: undefined };
    store.watch(streamId, (found) => {
      if (found?.count === watched.revision + 1) watched.heard?.(performance.now());
    });
  },

  /** @returns the milliseconds of the median append, until the listener has the row and the event is stored */
  async runWatching(events) {
    const times = [];
    for (let i = 0; i < events; i++) {
      const heard = new Promise((resolve) => (watched.heard = resolve));
      const started = performance.now();
      const stored = watched.store.appendWatched(watched.streamId, eventFrom(watched.revision), watched.revision).then(() => performance.now());
      const ends = await Promise.all([heard, stored]);
      times.push((watched.lane.isHeardOnly ? ends[0] : Math.max(...ends)) - started);
      watched.revision += 1;
    }
    return median(times);
  },

  /** Compares the stream with what was appended. */
  async endWatching() {
    const { store, streamId, revision } = watched;
    const found = watched.lane.isLimit ? revision : await store.streamRevision(streamId);
    await store.close();
    if (found !== revision) throw new Error(`expected ${revision} events, found ${found}`);
  },
};
