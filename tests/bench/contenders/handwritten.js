// The store that a competent person writes by hand: one object per event, found through two unique indexes, one
// transaction per append, which reads the stream's revision, checks it, adds the event and waits until it is stored.

import { openDB } from 'idb';

export async function open(name, durability) {
  const db = await openDB(name, 1, {
    upgrade(db) {
      const events = db.createObjectStore('events', { keyPath: 'position', autoIncrement: true });
      events.createIndex('stream', ['streamId', 'revision'], { unique: true });
      events.createIndex('id', 'id', { unique: true });
    },
  });

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
    read: (after) => db.getAll('events', IDBKeyRange.lowerBound(after, true)),
    close: () => db.close(),
  };
}

async function streamRevision(store, streamId) {
  const range = IDBKeyRange.bound([streamId, 0], [streamId, Infinity]);
  const newest = await store.index('stream').openKeyCursor(range, 'prev');
  return newest ? newest.key[1] : 0;
}
