// annals, commanded: each event is what an aggregate decides on a command. A lane may say when `snapshots` are taken, and name `views` that are kept.

import { batchesOf } from '../page/batches.js';
import { decide, evolve, idOf, initialState, NAME } from './orders.js';
import { defineProjections } from './projections.js';

export async function open(name, durability, { snapshots, views } = {}) {
  const { defineAggregate, openStore } = await import('/dist/index.js');
  const order = defineAggregate({ name: NAME, initialState, decide: { Place: decide }, evolve, snapshots });
  const projections = await defineProjections(views);
  const store = await openStore({ name, durability, aggregates: [order], projections: Object.values(projections) });
  const append = (streamId, event) => store.dispatch(order, idOf(streamId), { type: 'Place', data: event });

  return {
    append,
    /** Appended without a command, but for the last event: where a snapshot is due, that command sees to it. */
    async bulk(writes) {
      const last = writes.at(-1);
      const appends = batchesOf(writes.slice(0, -1)).flat();
      await Promise.all(appends.map(({ streamId, events, expectedRevision }) => store.append(streamId, events, { expectedRevision })));
      await append(last.streamId, last.event);
    },
    load: async (streamId) => (await store.load(order, idOf(streamId))).state,
    /** Made of all its events, whatever is known already. */
    replay: async (streamId) => (await store.load(order, idOf(streamId), { asOf: { position: store.head } })).state,
    find: (name, query) => store.view(projections[name]).find(query),
    merge: () => store.merge(),
    diagnostics: () => store.diagnostics(),
    readStream: (streamId) => store.readStream(streamId).toArray(),
    read: (after) => store.readAll({ after }).toArray(),
    close: () => store.close(),
  };
}
