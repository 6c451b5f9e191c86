// Emmett's in-memory event store: nothing is stored, so it is in the rows only that replay what is in memory. `aggregateStream` with `evolve` and `initialState`
// is how its documentation rebuilds a state.

import { getInMemoryEventStore } from '@event-driven-io/emmett';

import { evolve as rules, initialState } from '../../contenders/orders.js';
import { writesFor } from '../../page/readings.js';

const evolve = (state, event) => rules[event.type](state, event);

/** Filled when it is opened, as it forgets. */
export async function open(name, durability, shape) {
  const store = getInMemoryEventStore();
  const streams = Map.groupBy(writesFor(shape), ({ streamId }) => streamId);
  for (const [streamId, writes] of streams) await store.appendToStream(streamId, writes.map(({ event }) => event));
  const load = async (streamId) => (await store.aggregateStream(streamId, { evolve, initialState })).state;
  return { bulk: async () => undefined, load, replay: load, close: async () => undefined };
}
