// Dexie, with its tables and questions as its documentation advises: rows as objects under their key, an index for each field that is asked for, and
// one of two fields where rows of one are wanted in the order of the other.

import Dexie from 'dexie';

import { eventsOf } from '../page/compare.js';
import { foldInto, rowsInOrder } from './projections.js';

/** The rows of `items`. */
export async function open(name) {
  const db = new Dexie(name);
  db.version(1).stores({ rows: 'id, cents, [city+cents]' });
  await db.open();

  return {
    bulk: (writes) => db.rows.bulkAdd(rowsInOrder(foldInto(new Map(), 'items', eventsOf(writes)))),
    all: () => db.rows.toArray(),
    /** The greatest `cents` of all, or of one city. */
    find: (_, { where, limit }) => (
      where === undefined
        ? db.rows.orderBy('cents').reverse().limit(limit).toArray()
        : db.rows.where('[city+cents]').between([where.city, Dexie.minKey], [where.city, Dexie.maxKey]).reverse().limit(limit).toArray()
    ),
    close: () => db.close(),
  };
}
