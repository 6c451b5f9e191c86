// The bare limits of rows for which `contenders/` has none: the least that the browser can do for what is asked.

import { fold } from '../../contenders/orders.js';
import { openRecords } from '../../contenders/records.js';
import { foldInto, rowsInOrder } from '../../contenders/projections.js';
import { eventsOf } from '../../page/compare.js';

/** Rows that are in memory and sorted, by the name of their store: as a page has them that has read them before. */
const sorted = new Map();

export async function open(name, durability, { view } = {}) {
  const records = await openRecords(name, durability);
  const channel = new BroadcastChannel(name);
  const watchers = new Map();
  let position = 0;

  return {
    /** Each stream's state and revision in a record of its own: a snapshot and nothing else. */
    async bulk(writes) {
      if (view === 'items') await records.add('rows', JSON.stringify(rowsInOrder(foldInto(new Map(), view, eventsOf(writes)))));
      const streams = view === 'items' ? [] : Map.groupBy(writes, ({ streamId }) => streamId);
      await records.addAll([...streams].map(([streamId, ofStream]) => [streamId, { state: fold(ofStream.map(({ event }) => event)), revision: ofStream.length }]));
    },
    load: async (streamId) => (await records.get(streamId)).state,
    streamRevision: async (streamId) => (await records.get(streamId)).revision,
    /** A slice of an array: no question is asked at all. */
    async find(_, { limit }) {
      if (!sorted.has(name)) sorted.set(name, JSON.parse(await records.get('rows')).sort((one, other) => other.cents - one.cents));
      return sorted.get(name).slice(0, limit);
    },
    watch: (key, listener) => void watchers.set(key, listener),
    async appendWatched(streamId, event, revision) {
      await records.add((position += 1), { id: crypto.randomUUID(), streamId, revision: revision + 1, ...event, recordedAt: Date.now() });
      watchers.get(streamId)?.({ count: revision + 1 });
    },
    async append(streamId, event) {
      const stored = { id: crypto.randomUUID(), streamId, ...event, recordedAt: Date.now() };
      await records.add((position += 1), stored);
      channel.postMessage(stored);
    },
    hear: (listener) => (channel.onmessage = ({ data }) => listener(data)),
    async close() {
      channel.close();
      records.close();
    },
  };
}
