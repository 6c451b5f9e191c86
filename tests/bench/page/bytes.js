// What a store takes. The page is alone in its origin, because the browser tells of origins only.

import { contenders } from '../contenders/all.js';
import { writesOf } from '../events.js';
import { batchesOf } from './batches.js';
import { compare } from './compare.js';

export const bytes = {
  /** Writes a lane's store, reads it back and says what it takes, before and after merging. */
  async weigh(storeName, row, lane, durability) {
    const store = await contenders[lane.opens].open(storeName, durability);
    const writes = writesOf(row, 0);
    const empty = await usage();
    await store.bulk(writes, batchesOf(writes));
    const written = (await store.diagnostics?.())?.bytesStored;
    const merged = await store.merge?.();
    const live = (await store.diagnostics?.())?.bytesStored;
    compare(await store.read(0), writes);
    await store.close();
    return { written, live, merged: merged !== undefined, empty };
  },

  /** Bytes that this origin uses, as the browser says. */
  usage,
};

async function usage() {
  return (await navigator.storage.estimate()).usage;
}
