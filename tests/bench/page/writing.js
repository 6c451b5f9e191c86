// Rows that write. Only `run` is timed, and only its appends.

import { contenders } from '../contenders/all.js';
import { foldInto, rowsInOrder } from '../contenders/projections.js';
import { writesOf } from '../events.js';
import { batchesOf } from './batches.js';
import { compare, compareRows, eventsOf } from './compare.js';

/** The lanes that are open, by the name of their store. */
const lanes = new Map();

export const writing = {
  async open(storeName, row, lane, durability) {
    const open = () => contenders[lane.opens].open(storeName, durability, lane);
    lanes.set(storeName, { shape: { ...row, ...lane }, lane, open, store: await open(), rounds: 0, writes: [], batches: [], rows: rowsOf(lane) });
  },

  /** Makes the events of the next round. */
  prepare(storeName) {
    const entry = lanes.get(storeName);
    entry.writes = writesOf(entry.shape, entry.rounds).map((write) => (
      { ...write, expected: entry.lane.expects === 'any' ? 'any' : write.revision - 1 }
    ));
    entry.batches = entry.shape.appends === 'bulk' ? batchesOf(entry.writes) : [];
  },

  /** Stores the round and returns how long that took, in milliseconds. */
  async run(storeName) {
    const entry = lanes.get(storeName);
    const started = performance.now();
    await storeRound(entry);
    const milliseconds = performance.now() - started;
    entry.rounds += 1;
    return milliseconds;
  },

  /** Reads back what the round stored, and what the lane's views have made of it. */
  async check(storeName) {
    const { shape, store, rounds, writes, rows } = lanes.get(storeName);
    for (const [view, expected] of rows) foldInto(expected, view, eventsOf(writes));
    checkViews(store, rows);
    await compareAs(shape, store, (rounds - 1) * shape.events, writes);
  },

  /** Closes the store, opens it again, reads all of it and closes it for good. */
  async checkAll(storeName) {
    const { shape, open, store, rounds, rows } = lanes.get(storeName);
    await store.close();
    const again = await open();
    checkViews(again, rows);
    await compareAs(shape, again, 0, Array.from({ length: rounds }, (_, round) => writesOf(shape, round)).flat());
    await again.close();
    lanes.delete(storeName);
  },
};

/** What a lane's views have to be, under their names: no rows yet. */
const rowsOf = ({ views = [] }) => new Map(views.map((view) => [view, new Map()]));

/**
 * Commands to several aggregates are stored in any order: which of them is known already is decided first. A store that cannot give its events back compares
 * what it has made of them.
 */
async function compareAs({ isOrdered = true }, store, after, given) {
  if (store.compare !== undefined) return store.compare(given);
  const stored = await store.read(after);
  return isOrdered ? compare(stored, given) : compare(stored.toSorted(byStream), given.toSorted(byStream));
}

const byStream = (one, other) => (one.streamId < other.streamId ? -1 : Number(one.streamId > other.streamId));

function checkViews(store, rows) {
  for (const [view, expected] of rows) compareRows(store.find(view), rowsInOrder(expected));
}

async function storeRound({ shape, store, writes, batches }) {
  if (shape.appends === 'bulk') {
    await store.bulk(writes, batches);
  } else if (store.appendAll) {
    await store.appendAll(writes);
  } else if (shape.appends === 'at once') {
    await Promise.all(writes.map(({ streamId, event, expected }) => store.append(streamId, event, expected)));
  } else {
    for (const { streamId, event, expected } of writes) await store.append(streamId, event, expected);
  }
}
