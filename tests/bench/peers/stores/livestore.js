// LiveStore 0.4 with its persisted web adapter, as its documentation sets it up: a worker, a shared worker, OPFS. No sync backend.
//
// - A command asks the row of its order, which is in memory, decides, and commits. It counts as stored when the leader has it: `syncStatus` says nothing is pending.
// - Many events are one `commit`, 1,000 at a time: that is one transaction in the page's database.
// - State is always materialised, so the state of an aggregate is a query: there is nothing to replay, and without a sync backend `store.events()` gives no event.
// - Events in the page are gone when it dies before the leader has them; listeners hear before that. Where the row times a listener, both are waited for.
// - OPFS is written with LiveStore's own settings: a rollback journal in its default, full, synchronous mode.

import { makePersistedAdapter } from '@livestore/adapter-web';
import { createStorePromise, queryDb } from '@livestore/livestore';

import { decide, evolve, fold, initialState } from '../../contenders/orders.js';
import { foldInto, rowsInOrder } from '../../contenders/projections.js';
import { eventsOf } from '../../page/compare.js';
import { events, schema, tables } from './livestore-schema.js';

const BULK = 1000;

export async function open(name, durability, { isBatched, view } = {}) {
  const storeId = name.replaceAll(/[^\w-]/g, '-');
  const adapter = makePersistedAdapter({
    storage: { type: 'opfs' },
    worker: (options) => new Worker('/peers/livestore-worker.js', { ...options, type: 'module' }),
    sharedWorker: (options) => new SharedWorker('/peers/livestore-shared-worker.js', { ...options, type: 'module' }),
  });
  const store = await createStorePromise({ adapter, schema, storeId, disableDevtools: true, confirmUnsavedChanges: false, batchUpdates: (run) => run() });

  let waiting = [];
  const unsubscribe = store.subscribeSyncStatus(({ isSynced }) => {
    if (!isSynced || !store.syncStatus().isSynced) return;
    const done = waiting;
    waiting = [];
    for (const resolve of done) resolve();
  });
  const stored = () => (store.syncStatus().isSynced ? undefined : new Promise((resolve) => waiting.push(resolve)));

  const rowOf = (id) => tables.orders.where({ id }).first({ fallback: () => null });
  const stateOf = (streamId) => {
    const row = store.query(rowOf(streamId));
    return row === null ? initialState() : { count: row.count, cents: row.cents };
  };
  const eventOf = (streamId, revision, { type, data }) => events[type]({ id: crypto.randomUUID(), streamId, revision, data });

  /** The events of commands, decided one after the other on what is known, and their states. */
  function decideAll(calls) {
    const after = new Map();
    const made = calls.map(([streamId, command]) => {
      const state = after.get(streamId) ?? stateOf(streamId);
      const event = decide(state, { data: command });
      after.set(streamId, evolve[event.type](state, event));
      return eventOf(streamId, state.count + 1, event);
    });
    return { made, states: calls.map(([streamId]) => after.get(streamId)) };
  }

  let batch = [];
  const flush = async () => {
    const sent = batch;
    batch = [];
    const { made, states } = decideAll(sent.map(({ call }) => call));
    store.commit(...made);
    await stored();
    sent.forEach(({ resolve }, i) => resolve(states[i]));
  };

  return {
    append: isBatched ? (...call) => new Promise((resolve) => {
      if (batch.push({ call, resolve }) === 1) queueMicrotask(flush);
    }) : async (...call) => {
      const { made, states: [state] } = decideAll([call]);
      store.commit(...made);
      await stored();
      return state;
    },
    async bulk(writes) {
      if (view === 'items') return addRows(rowsInOrder(foldInto(new Map(), view, eventsOf(writes))));
      const made = writes.map(({ streamId, revision, event }) => eventOf(streamId, revision, event));
      for (let i = 0; i < made.length; i += BULK) store.commit({ skipRefresh: true }, ...made.slice(i, i + BULK));
      store.manualRefresh();
      await stored();
    },
    count: async () => store.query(tables.orders).reduce((sum, { count }) => sum + count, 0),
    streamRevision: async (streamId) => stateOf(streamId).count,
    load: async (streamId) => stateOf(streamId),
    find: async (_, { limit }) => store.query(tables.items.orderBy('cents', 'desc').limit(limit)),
    /** What the leader has stored cannot be read back as events; what it has made of them can. */
    compare(writes) {
      for (const [streamId, ofStream] of Map.groupBy(writes, (write) => write.streamId)) {
        const [found, expected] = [stateOf(streamId), fold(ofStream.map(({ event }) => event))].map((state) => JSON.stringify(state));
        if (found !== expected) throw new Error(`${streamId}: expected ${expected}, found ${found}`);
      }
    },

    watch: (key, listener) => void store.subscribe(queryDb(rowOf(key)), (row) => row && listener(row)),
    async appendWatched(streamId, event, revision) {
      store.commit(eventOf(streamId, revision + 1, event));
      await stored();
    },
    hear: (listener) => void store.subscribe(queryDb(rowOf('order-told')), (row) => row && listener({ data: { sent: row.sent } })),
    async close() {
      unsubscribe();
      await store.shutdownPromise();
    },
  };

  /** Of rows only asking is timed: a thousand come with one event. */
  async function addRows(rows) {
    for (let i = 0; i < rows.length; i += BULK) {
      store.commit(events.rowsAdded({ rows: JSON.stringify(rows.slice(i, i + BULK)) }));
      await stored();
    }
  }
}
