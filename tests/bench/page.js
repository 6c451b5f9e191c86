// What runs in the page: one lane at a time, told by Node what to do next. Only `run` is timed, and only its appends.
// `check` and `checkAll` compare what is stored with what was given, so that a contender that did nothing cannot look fast.

import * as annals from './contenders/annals.js';
import * as bare from './contenders/bare.js';
import * as handwritten from './contenders/handwritten.js';
import * as limit from './contenders/limit.js';
import { writesOf } from './events.js';

const contenders = { annals, bare, handwritten, limit };

/** The lanes that are open, by the name of their store. */
const lanes = new Map();

globalThis.bench = {
  async open(storeName, row, lane, durability) {
    const open = () => contenders[lane.opens].open(storeName, durability);
    lanes.set(storeName, { row, lane, open, store: await open(), rounds: 0, writes: [] });
  },

  /** Makes the events of the next round. */
  prepare(storeName) {
    const entry = lanes.get(storeName);
    entry.writes = writesOf(entry.row, entry.rounds).map((write) => (
      { ...write, expected: entry.lane.expects === 'any' ? 'any' : write.revision - 1 }
    ));
  },

  /** Stores the round and returns how long that took, in milliseconds. */
  async run(storeName) {
    const { row, store, writes } = lanes.get(storeName);
    const started = performance.now();
    await storeRound(store, row, writes);
    return performance.now() - started;
  },

  /** Reads back what the round stored. */
  async check(storeName) {
    const entry = lanes.get(storeName);
    const { row, store, rounds, writes } = entry;
    compare(await store.read(rounds * row.events), writes);
    entry.rounds += 1;
  },

  /** Closes the store, opens it again, reads all of it and closes it for good. */
  async checkAll(storeName) {
    const { row, open, store, rounds } = lanes.get(storeName);
    await store.close();
    const again = await open();
    compare(await again.read(0), Array.from({ length: rounds }, (_, round) => writesOf(row, round)).flat());
    await again.close();
    lanes.delete(storeName);
  },
};

async function storeRound(store, row, writes) {
  if (store.appendAll) {
    await store.appendAll(writes);
  } else if (row.atOnce) {
    await Promise.all(writes.map(({ streamId, event, expected }) => store.append(streamId, event, expected)));
  } else {
    for (const { streamId, event, expected } of writes) await store.append(streamId, event, expected);
  }
}

function compare(stored, given) {
  if (stored.length !== given.length) throw new Error(`${given.length} events given, ${stored.length} stored`);
  given.forEach((write, i) => {
    const expected = inOneText(write.streamId, write.revision, write.event);
    const found = inOneText(stored[i].streamId, stored[i].revision, stored[i]);
    if (found !== expected) throw new Error(`event ${i + 1} of ${given.length}: expected ${expected}, found ${found}`);
  });
}

const inOneText = (streamId, revision, { type, data }) => JSON.stringify([streamId, revision, type, data]);
