// From an append to those who listen to a view. The stores take turns append by append, so that what the disk does hits all alike.

import { contenders } from '../contenders/all.js';
import { foldInto, rowsInOrder } from '../contenders/projections.js';
import { eventFrom, writesOf } from '../events.js';
import { median } from '../statistics.mjs';
import { batchesOf } from './batches.js';
import { compare, compareRows, eventsOf } from './compare.js';

/** So many events make the order that is appended to the greatest of all before the first round: every append changes the question's answer. */
const HEAD_START = 20;

/** The lanes that are open, by the name of their store. */
const lanes = new Map();

export const listening = {
  /** Fills a lane's store, and listens if the lane has a view: to the view, and to a question whose answer every append changes. */
  async beginListening(storeName, row, lane, durability) {
    const open = () => contenders[lane.opens].open(storeName, durability, lane);
    const store = await open();
    const writes = writesOf(row.filled, 0);
    await store.bulk(writes, batchesOf(writes));
    await store.merge();
    const [{ streamId, revision }] = writes;
    const entry = { row, open, store, view: lane.views?.[0], writes: [...writes], streamId, revision, heard: 0, calls: 0 };
    for (let i = 0; i < HEAD_START; i++) await append(entry, eventFrom(i));
    lanes.set(storeName, entry);
    if (entry.view === undefined) return;
    const hear = () => {
      entry.heard = performance.now();
      entry.calls += 1;
    };
    store.view(entry.view).live(row.live).subscribe(hear);
    store.view(entry.view).subscribe(hear);
  },

  /** Appends a round's events to each store. @returns the milliseconds of each store's median append, to the last listener or to the answer */
  async runListening(storeNames) {
    const turns = [storeNames].flat().map((name) => ({ entry: lanes.get(name), times: [] }));
    const { events } = turns[0].entry.row;
    for (let i = 0; i < events; i++) {
      for (const { entry, times } of i % 2 === 0 ? turns : turns.toReversed()) times.push(await appendHeard(entry));
    }
    return turns.map(({ times }) => median(times));
  },

  /** Compares what is stored, and what the view has made of it, before and after the store is opened again. */
  async endListening(storeName) {
    const { open, store, view, writes } = lanes.get(storeName);
    lanes.delete(storeName);
    await checkAll(store, view, writes);
    await store.close();
    const again = await open();
    await checkAll(again, view, writes);
    await again.close();
  },
};

/** @returns the milliseconds until both listeners had been called, or without any until the answer */
async function appendHeard(entry) {
  const event = eventFrom(entry.writes.length);
  entry.calls = 0;
  const started = performance.now();
  await append(entry, event);
  const answered = performance.now();
  if (entry.view === undefined) return answered - started;
  if (entry.calls !== 2) throw new Error(`expected both listeners to be called once, found ${entry.calls} calls by the answer`);
  return entry.heard - started;
}

async function append(entry, event) {
  await entry.store.append(entry.streamId, event, entry.revision);
  entry.revision += 1;
  entry.writes.push({ streamId: entry.streamId, revision: entry.revision, event });
}

async function checkAll(store, view, writes) {
  compare(await store.read(0), writes);
  if (view !== undefined) compareRows(store.find(view), rowsInOrder(foldInto(new Map(), view, eventsOf(writes))));
}
