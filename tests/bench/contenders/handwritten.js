// The store that a competent person writes by hand: one object per event, found through two unique indexes, one
// transaction per append, which reads the stream's revision, checks it, adds the event and waits until it is stored.
//
// Many events at once take one transaction for 5,000 of them, all adds under way together. There nothing is read first: the
// unique index on [stream, revision] refuses what does not fit.

import { openDB } from 'idb';

import { foldInto, rowsInOrder } from './projections.js';

const BULK = 5000;

/** The database, with what is found by. */
export const openEvents = (name) => openDB(name, 1, {
  upgrade(db) {
    const events = db.createObjectStore('events', { keyPath: 'position', autoIncrement: true });
    events.createIndex('stream', ['streamId', 'revision'], { unique: true });
    events.createIndex('id', 'id', { unique: true });
  },
});

export async function open(name, durability) {
  const db = await openEvents(name);

  return {
    async append(streamId, { type, data }, expectedRevision) {
      const tx = db.transaction('events', 'readwrite', { durability });
      const actual = await streamRevision(tx.store, streamId);
      if (expectedRevision !== 'any' && expectedRevision !== actual) {
        throw new Error(`${streamId}: expected revision ${expectedRevision}, found ${actual}`);
      }
      const revision = actual + 1;
      const event = { id: crypto.randomUUID(), streamId, revision, type, data, recordedAt: Date.now() };
      const [position] = await Promise.all([tx.store.add(event), tx.done]);
      return { position, revision };
    },
    bulk: (writes) => addAll(db, writes, durability),

    read: (after) => db.getAll('events', IDBKeyRange.lowerBound(after, true)),
    readStream: (streamId) => db.getAllFromIndex('events', 'stream', revisionsOf(streamId)),
    readAt: (position) => db.get('events', position),
    event: (id) => db.getFromIndex('events', 'id', id),
    streamRevision: (streamId) => streamRevision(db.transaction('events').store, streamId),
    head: async () => (await db.transaction('events').store.openKeyCursor(null, 'prev'))?.key ?? 0,
    async fold(name) {
      const rows = foldInto(new Map(), name, await db.getAll('events'));
      return () => rowsInOrder(rows);
    },
    close: () => db.close(),
  };
}

/** Many events of known revisions. */
export async function addAll(db, writes, durability) {
  for (let i = 0; i < writes.length; i += BULK) {
    const tx = db.transaction('events', 'readwrite', { durability });
    const recordedAt = Date.now();
    const adds = writes.slice(i, i + BULK).map(({ streamId, revision, event: { type, data } }) => (
      tx.store.add({ id: crypto.randomUUID(), streamId, revision, type, data, recordedAt })
    ));
    await Promise.all([...adds, tx.done]);
  }
}

async function streamRevision(store, streamId) {
  const newest = await store.index('stream').openKeyCursor(revisionsOf(streamId), 'prev');
  return newest ? newest.key[1] : 0;
}

/** All revisions of a stream. */
export const revisionsOf = (streamId) => IDBKeyRange.bound([streamId, 0], [streamId, Infinity]);
