// The store that a competent person writes by hand with `idb`, with everything that the rows ask.
//
// - One object per event under its position, unique indexes on [streamId, revision] and id: two tabs can never store one revision twice.
// - States of aggregates are kept in memory; a command is one transaction with one `add`.
// - Many events: 5,000 to a transaction, all under way together, waiting for the transactions only.
// - Views are Maps in memory, made of all events when the store is opened, as rows that are kept in IndexedDB would be slower to change and to ask.
//   100,000 rows of which 20 are wanted are an object store with an index, read backwards.
// - Other tabs are told by a BroadcastChannel, once the transaction is complete, with the event itself, so that they need not read.

import { openDB } from 'idb';

import { fold } from '../../contenders/orders.js';
import { foldInto, rowsInOrder } from '../../contenders/projections.js';
import { eventsOf } from '../../page/compare.js';
import { commandsOf, knownBy } from './commanding.js';

const BULK = 5000;

const openDatabase = (name) => openDB(name, 1, {
  upgrade(db) {
    const events = db.createObjectStore('events', { keyPath: 'position', autoIncrement: true });
    events.createIndex('stream', ['streamId', 'revision'], { unique: true });
    events.createIndex('id', 'id', { unique: true });
    db.createObjectStore('snapshots', { keyPath: 'streamId' });
    db.createObjectStore('rows', { keyPath: 'id' }).createIndex('cents', 'cents');
  },
});

export async function open(name, durability, { isBatched, snapshots, view, watches } = {}) {
  const db = await openDatabase(name);
  const channel = new BroadcastChannel(name);
  const rows = watches === undefined ? undefined : foldInto(new Map(), watches, await db.getAll('events'));
  const watchers = new Map();

  const write = (stores) => db.transaction(stores, 'readwrite', { durability });
  const ofStream = (store, streamId) => store.index('stream').getAll(revisionsOf(streamId));

  async function add(events) {
    const tx = write('events');
    for (const event of events) void tx.store.add(event).catch(() => undefined);
    tx.commit();
    await tx.done;
    channel.postMessage(events);
  }
  async function load(streamIds) {
    const { store } = db.transaction('events');
    return (await Promise.all(streamIds.map((streamId) => ofStream(store, streamId)))).map(knownBy);
  }
  const command = commandsOf({ load, add, isConflict: ({ name: kind }) => kind === 'ConstraintError' }, { isBatched });

  return {
    append: command,
    async bulk(writes) {
      if (view === 'items') return addRows(writes);
      const done = [];
      for (let i = 0; i < writes.length; i += BULK) {
        const tx = write('events');
        const recordedAt = Date.now();
        for (const { streamId, revision, event: { type, data } } of writes.slice(i, i + BULK)) {
          void tx.store.add({ id: crypto.randomUUID(), streamId, revision, type, data, recordedAt });
        }
        tx.commit();
        done.push(tx.done);
      }
      await Promise.all(done);
      if (snapshots) await keepSnapshot(writes.at(-1).streamId);
    },
    read: (after) => db.getAll('events', IDBKeyRange.lowerBound(after, true)),
    count: () => db.count('events'),
    readStream: (streamId) => ofStream(db.transaction('events').store, streamId),
    async streamRevision(streamId) {
      const newest = await db.transaction('events').store.index('stream').openKeyCursor(revisionsOf(streamId), 'prev');
      return newest ? newest.key[1] : 0;
    },
    /** With a snapshot: that, and the events after it, in one transaction. */
    async load(streamId) {
      if (!snapshots) return fold(await ofStream(db.transaction('events').store, streamId));
      const tx = db.transaction(['snapshots', 'events']);
      const { state, revision } = await tx.objectStore('snapshots').get(streamId);
      const rest = await tx.objectStore('events').index('stream').getAll(IDBKeyRange.bound([streamId, revision + 1], [streamId, Infinity]));
      return fold(rest, state);
    },
    async fold(name) {
      const made = foldInto(new Map(), name, await db.getAll('events'));
      return () => rowsInOrder(made);
    },
    find: (_, { limit }) => greatest(db.transaction('rows').store.index('cents'), limit),

    /** Tells a listener of a row of the view, each time it changes. */
    watch: (key, listener) => void watchers.set(key, listener),
    async appendWatched(streamId, event, revision) {
      const stored = { id: crypto.randomUUID(), streamId, revision: revision + 1, ...event, recordedAt: Date.now() };
      await add([stored]);
      foldInto(rows, watches, [stored]);
      watchers.get(streamId)?.(rows.get(streamId));
    },
    /** Tells of what other tabs store. */
    hear: (listener) => (channel.onmessage = ({ data }) => data.forEach(listener)),
    async close() {
      channel.close();
      db.close();
    },
  };

  async function addRows(writes) {
    const made = rowsInOrder(foldInto(new Map(), view, eventsOf(writes)));
    for (let i = 0; i < made.length; i += BULK) {
      const tx = write('rows');
      for (const row of made.slice(i, i + BULK)) void tx.store.add(row);
      tx.commit();
      await tx.done;
    }
  }

  async function keepSnapshot(streamId) {
    const [{ state, revision }] = await load([streamId]);
    const tx = write('snapshots');
    await Promise.all([tx.store.put({ streamId, state, revision }), tx.done]);
  }
}

/** In one request where the browser can read backwards; else row by row. */
async function greatest(index, count) {
  if ('getAllRecords' in IDBIndex.prototype) return index.getAll({ direction: 'prev', count });
  const found = [];
  for (let cursor = await index.openCursor(null, 'prev'); cursor && found.length < count; cursor = await cursor.continue()) found.push(cursor.value);
  return found;
}

const revisionsOf = (streamId) => IDBKeyRange.bound([streamId, 0], [streamId, Infinity]);
