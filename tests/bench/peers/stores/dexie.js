// Dexie 4, as its documentation advises.
//
// - `bulkAdd` for many, as it waits for the transaction instead of for each object; 5,000 at a time, within one `transaction('rw')` each.
// - `++position` counts by itself; `&[streamId+revision]` is the compound, unique index that keeps a revision from being stored twice; `&id` the same for ids.
// - `chromeTransactionDurability: 'strict'` is its option for what the others of the row are held to.
// - A single command is one `add`, which makes its own transaction: no `transaction()` around it, which would cost turns.
// - Rows of a view are a table with an index on what is asked for, kept up in the transaction of the event; `liveQuery` tells of changes, in this tab and in others.

import Dexie, { liveQuery } from 'dexie';

import { fold } from '../../contenders/orders.js';
import { foldInto, rowsInOrder, rules } from '../../contenders/projections.js';
import { eventsOf } from '../../page/compare.js';
import { commandsOf, knownBy } from './commanding.js';

const BULK = 5000;

export async function open(name, durability, { isBatched, snapshots, view, watches } = {}) {
  const db = new Dexie(name, { chromeTransactionDurability: durability });
  db.version(1).stores({ events: '++position,&[streamId+revision],&id', snapshots: 'streamId', rows: 'id,cents' });
  await db.open();

  const ofStream = (streamId) => db.events.where('[streamId+revision]').between([streamId, Dexie.minKey], [streamId, Dexie.maxKey]).toArray();
  const add = (events) => (events.length === 1 ? db.events.add(events[0]) : db.transaction('rw', db.events, () => db.events.bulkAdd(events)));
  const load = (streamIds) => db.transaction('r', db.events, async () => (await Promise.all(streamIds.map(ofStream))).map(knownBy));

  return {
    append: commandsOf({ load, add, isConflict: ({ name: kind }) => kind === 'ConstraintError' || kind === 'BulkError' }, { isBatched }),
    async bulk(writes) {
      if (view === 'items') return addAll(db.rows, rowsInOrder(foldInto(new Map(), view, eventsOf(writes))));
      const recordedAt = Date.now();
      await addAll(db.events, writes.map(({ streamId, revision, event: { type, data } }) => ({ id: crypto.randomUUID(), streamId, revision, type, data, recordedAt })));
      if (watches) await addAll(db.rows, rowsWithIds(foldInto(new Map(), watches, eventsOf(writes))));
      if (snapshots) await keepSnapshot(writes.at(-1).streamId);
    },
    read: (after) => db.events.where('position').above(after).toArray(),
    count: () => db.events.count(),
    readStream: ofStream,
    async streamRevision(streamId) {
      const keys = await db.events.where('[streamId+revision]').between([streamId, Dexie.minKey], [streamId, Dexie.maxKey]).reverse().limit(1).keys();
      return keys.length === 0 ? 0 : keys[0][1];
    },
    async load(streamId) {
      if (!snapshots) return fold(await ofStream(streamId));
      return db.transaction('r', db.snapshots, db.events, async () => {
        const { state, revision } = await db.snapshots.get(streamId);
        return fold(await db.events.where('[streamId+revision]').between([streamId, revision + 1], [streamId, Dexie.maxKey]).toArray(), state);
      });
    },
    async fold(name) {
      const made = foldInto(new Map(), name, await db.events.toArray());
      return () => rowsInOrder(made);
    },
    find: (_, { limit }) => db.rows.orderBy('cents').reverse().limit(limit).toArray(),

    watch: (key, listener) => void liveQuery(() => db.rows.get(key)).subscribe(listener),
    appendWatched: (streamId, event, revision) => db.transaction('rw', db.events, db.rows, async () => {
      const stored = { id: crypto.randomUUID(), streamId, revision: revision + 1, ...event, recordedAt: Date.now() };
      const [row] = await Promise.all([db.rows.get(streamId), db.events.add(stored)]);
      await db.rows.put({ ...rules[watches].on[event.type](row, stored), id: streamId });
    }),
    /** What was stored after what is known. */
    async hear(listener) {
      let known = (await db.events.orderBy('position').lastKey?.()) ?? (await db.events.orderBy('position').last())?.position ?? 0;
      liveQuery(() => db.events.where('position').above(known).toArray()).subscribe((events) => {
        for (const event of events.filter(({ position }) => position > known)) {
          known = event.position;
          listener(event);
        }
      });
    },
    close: async () => db.close(),
  };

  async function addAll(table, objects) {
    const slices = Array.from({ length: Math.ceil(objects.length / BULK) }, (_, n) => objects.slice(n * BULK, (n + 1) * BULK));
    await Promise.all(slices.map((slice) => db.transaction('rw', table, () => table.bulkAdd(slice))));
  }

  async function keepSnapshot(streamId) {
    const [{ state, revision }] = await load([streamId]);
    await db.snapshots.put({ streamId, state, revision });
  }
}

const rowsWithIds = (rows) => [...rows].map(([id, row]) => ({ ...row, id }));
