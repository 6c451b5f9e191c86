// Rows that read. A lane's store is written once; every round opens it anew, reads and closes it. Only the reading is timed, and the opening
// where the row is of that.

import { contenders } from '../contenders/all.js';
import { batchesOf } from './batches.js';
import { READINGS, askedOf, writesFor } from './readings.js';
import { isKept } from './snapshots.js';

/** The readings that are under way, by the name of their store. */
const readings = new Map();

export const reading = {
  /** Writes a lane's store. What is due for merging is merged, as it is in use once the page has been idle, unless the row is of what is not. */
  async fill(storeName, row, lane, durability) {
    const shape = { ...row, ...lane };
    const store = await contenders[lane.fills ?? lane.opens].open(storeName, durability, shape);
    const writes = writesFor(shape);
    await store.bulk(writes, batchesOf(writes));
    const merged = row.unmerged ? undefined : await store.merge?.();
    const hasSnapshot = shape.snapshots && (lane.fills ?? lane.opens) === 'dispatching' ? await isKept(storeName) : undefined;
    if (hasSnapshot === false && row.needsSnapshot) throw new Error('no snapshot was kept');
    await store.close();
    return { merged, hasSnapshot };
  },

  /** Does what comes before the clock starts. @returns what the store held in memory by then */
  async prepareReading(storeName, row, lane, durability, round) {
    const shape = { ...row, ...lane };
    const open = () => contenders[lane.opens].open(storeName, durability, shape);
    const entry = { ...READINGS[row.reads], asked: askedOf(shape, round), row, open, store: undefined, found: undefined };
    readings.set(storeName, entry);
    if (row.fromOpening) return undefined;

    entry.store = await open();
    // Who asks before the clock starts has met the storage already.
    const { bytesCached: cached, segments } = (row.isAskedFirst ? undefined : await entry.store.diagnostics?.()) ?? {};
    if (row.unmerged && segments > 0) throw new Error('what was not to be merged is');
    await entry.prepare?.(entry.store, entry.asked);
    return row.view === undefined ? cached : undefined;
  },

  /** @returns the milliseconds of one reading, or as many as the row asks for */
  async runReading(storeName) {
    const entry = readings.get(storeName);
    const started = performance.now();
    entry.store ??= await entry.open();
    entry.found = await entry.read(entry.store, entry.asked);
    return performance.now() - started;
  },

  /** Checks what was read, and lets the store go. */
  async checkReading(storeName) {
    const { row, store, found, asked, check } = readings.get(storeName);
    readings.delete(storeName);
    check(found, asked);
    if (row.view !== undefined && store.folded?.() > 0) throw new Error(`${store.folded()} events were folded: no save was of use`);
    await store.close();
  },
};
