// Logs of a thousand to a million events: what they are built by, and what is asked of them.

import { contenders } from '../contenders/all.js';
import { openRecords } from '../contenders/records.js';
import { STREAM_LENGTH, appendsOf, streamAt, streamName, streamsOf, writeOf, writesOfAppend } from '../log.js';
import { NAME } from '../contenders/orders.js';
import { compare, compareOne } from './compare.js';

/** So many events are under way at once while a log is built. */
const AT_ONCE = 5000;
/** Merging and telling how far it is: after each so many events. */
const STAGE = 100_000;
/** So much of a log may be events of earlier runs: small logs are built again each time, which takes no time. */
const MOST_ADDED = 0.01;
/** Streams of successive rounds lie apart; a prime, so that all streams have their turn. */
const STRIDE = 7919;

/** A connection that stays. */
let held;

export const growth = {
  /**
   * Keeps a database open, so that the browser does not open and close its files again and again, whenever it has had nothing to do
   * for two seconds: that would be in some rounds and not in others.
   */
  async holdFiles() {
    held = await openRecords('hold', 'relaxed');
  },

  /**
   * Whether a log of so many events is there already. Removes one that was never finished, and one to which `appendAwaited` has added
   * so much in earlier runs that it would show.
   */
  async isBuilt(storeName, opens, events) {
    if (!(await indexedDB.databases()).some(({ name }) => name === storeName)) return false;
    const store = await contenders[opens].open(storeName, 'relaxed');
    const head = await store.head();
    const fits = head >= events && head <= events * (1 + MOST_ADDED);
    if (fits) await store.merge?.();
    await store.close();
    if (!fits) await remove(storeName);
    return fits;
  },

  async build(storeName, opens, events) {
    // Only what is asked of the log is measured; flushing what is built would take its time for nothing.
    const store = await contenders[opens].open(storeName, 'relaxed');
    let batch = [];
    let batched = 0;
    let built = 0;
    const flush = async () => {
      await (opens === 'annals' ? appendAll(store, batch) : store.bulk(batch.flatMap(writesOfAppend)));
      if (Math.floor(built / STAGE) < Math.floor((built + batched) / STAGE)) {
        console.log(`${storeName}: ${built + batched} of ${events}`);
        await store.merge?.();
      }
      built += batched;
      batch = [];
      batched = 0;
    };
    for (const append of appendsOf(events)) {
      batch.push(append);
      batched += append.events.length;
      if (batched >= AT_ONCE) await flush();
    }
    if (batched > 0) await flush();
    await store.merge?.();
    await store.close();
  },

  /** Events all over the log, one for each round, with their ids; and whether this build of the contender merges. */
  async wantedOf(storeName, opens, events, count) {
    const store = await contenders[opens].open(storeName, 'relaxed');
    const wanted = [];
    for (let i = 0; i < count; i++) {
      const position = 1 + Math.floor(((i * 0.618034) % 1) * events);
      const event = await store.readAt(position);
      compareOne(event, writeOf(event));
      wanted.push({ id: event.id, streamId: event.streamId, revision: event.revision });
    }
    await store.close();
    return { wanted, merges: store.merge !== undefined };
  },

  /** One round of one log: opened for its first answer and for one event, opened again for one stream. In milliseconds. */
  async ask(storeName, opens, events, round, wanted) {
    const streams = streamsOf(events);
    const pick = (n) => ((2 * round + n) * STRIDE) % streams;
    const timed = await askFirst(storeName, opens, pick(0), wanted);
    const store = await contenders[opens].open(storeName, 'strict');
    const stream = pick(1);
    const started = performance.now();
    const found = await store.readStream(streamName(stream));
    const ofStream = performance.now() - started;
    await store.close();
    compare(found, streamAt(stream));
    return { ...timed, stream: ofStream };
  },

  /** Reads all of a log page by page; what the store knows of itself before and after. */
  async readAlong(storeName, events) {
    const store = await contenders.annals.open(storeName, 'strict');
    const opened = await store.diagnostics();
    let found = 0;
    for await (const event of store.readAlong()) {
      // What `appendAwaited` added in an earlier run is not of the log.
      if (found === events) break;
      compareOne(event, writeOf(event), `event ${event.position}`);
      found += 1;
    }
    if (found !== events) throw new Error(`${events} events given, ${found} read`);
    const read = await store.diagnostics();
    await store.close();
    return { opened, read };
  },

  /** Single appends, or commands, awaited one by one, a contender and bare adds by turns. Milliseconds of each. */
  async appendAwaited(storeName, opens, count, run) {
    const bareName = `bare ${run}`;
    const entries = [
      { store: await contenders[opens].open(storeName, 'strict'), times: [] },
      { store: await contenders.bare.open(bareName, 'strict'), times: [] },
    ];
    const streamId = `${NAME}-growth-${run}`;
    const { event } = writeOf({ streamId: streamName(0), revision: 1 });
    for (let i = 0; i < count; i++) {
      for (const { store, times } of i % 2 === 0 ? entries : entries.toReversed()) {
        const started = performance.now();
        await store.append(streamId, event, i);
        times.push(performance.now() - started);
      }
    }
    const given = Array.from({ length: count }, (_, i) => ({ streamId, revision: i + 1, event }));
    const [ours, bare] = entries;
    compare(await ours.store.readStream(streamId), given);
    compare(await bare.store.read(0), given);
    await ours.store.close();
    await bare.store.close();
    await remove(bareName);
    return { ours: ours.times, bare: bare.times };
  },

  /** Removes databases that an earlier build of annals made. */
  async removeOthers(prefix, storeNames) {
    const names = (await indexedDB.databases()).map(({ name }) => name);
    for (const name of names) if (name.startsWith(prefix) && !storeNames.includes(name)) await remove(name);
  },
};

async function askFirst(storeName, opens, stream, wanted) {
  const started = performance.now();
  const store = await contenders[opens].open(storeName, 'strict');
  const revision = await store.streamRevision(streamName(stream));
  const answered = performance.now();
  const event = await store.event(wanted.id);
  const found = performance.now();
  await store.close();
  if (revision !== STREAM_LENGTH) throw new Error(`${streamName(stream)}: expected revision ${STREAM_LENGTH}, found ${revision}`);
  compareOne(event, writeOf(wanted));
  return { open: answered - started, event: found - answered };
}

const appendAll = (store, appends) => Promise.all(appends.map(({ streamId, events, expectedRevision }) => (
  store.appendGroup(streamId, events, expectedRevision)
)));

function remove(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}
