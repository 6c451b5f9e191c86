// Commands as a competent person writes them by hand on the store of `handwritten.js`: in one transaction the stream is read and folded, the
// command decided on that state, and what it decides added.

import { addAll, openEvents, revisionsOf } from './handwritten.js';
import { decide, evolve, fold } from './orders.js';

export async function open(name, durability) {
  const db = await openEvents(name);

  return {
    async append(streamId, command) {
      const tx = db.transaction('events', 'readwrite', { durability });
      const history = await tx.store.index('stream').getAll(revisionsOf(streamId));
      const state = fold(history);
      const { type, data } = decide(state, { data: command });
      const revision = history.length + 1;
      const event = { id: crypto.randomUUID(), streamId, revision, type, data, recordedAt: Date.now() };
      const [position] = await Promise.all([tx.store.add(event), tx.done]);
      return { position, state: evolve[type](state, event) };
    },
    bulk: (writes) => addAll(db, writes, durability),
    load: async (streamId) => fold(await db.getAllFromIndex('events', 'stream', revisionsOf(streamId))),
    read: (after) => db.getAll('events', IDBKeyRange.lowerBound(after, true)),
    close: () => db.close(),
  };
}
