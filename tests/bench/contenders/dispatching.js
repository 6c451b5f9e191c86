// annals, commanded: each event is what an aggregate decides on a command.

import { decide, evolve, idOf, initialState, NAME } from './orders.js';

export async function open(name, durability) {
  const { defineAggregate, openStore } = await import('/dist/index.js');
  const order = defineAggregate({ name: NAME, initialState, decide: { Place: decide }, evolve });
  const store = await openStore({ name, durability, aggregates: [order] });

  return {
    append: (streamId, event) => store.dispatch(order, idOf(streamId), { type: 'Place', data: event }),
    read: (after) => store.readAll({ after }).toArray(),
    close: () => store.close(),
  };
}
