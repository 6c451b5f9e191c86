import { ended } from './records.ts';

/**
 * As much as LevelDB takes before it begins a new log, and a little more: 4 MiB
 * (`write_buffer_size` in https://github.com/google/leveldb/blob/main/include/leveldb/options.h).
 */
const FILLER_RECORDS = 80;

/** Longer values Chromium puts in files of their own, beside the log. */
const FILLER_BYTES = 60_000;

/**
 * Makes LevelDB begin a new log: it does so when the old one is as long as what it keeps in memory, puts that in a table, and deletes the old one with whatever
 * is cut off in it. What is written for that is removed again.
 * @param store is empty
 */
export async function beginFreshLog(database: IDBDatabase, store: string): Promise<void> {
  const filling = database.transaction(store, 'readwrite', { durability: 'strict' });
  // Nothing that could be compressed.
  const filler = crypto.getRandomValues(new Uint8Array(FILLER_BYTES));
  for (let n = 0; n < FILLER_RECORDS; n++) filling.objectStore(store).put(filler, n);
  await ended(filling);
  const clearing = database.transaction(store, 'readwrite');
  clearing.objectStore(store).clear();
  await ended(clearing);
}
