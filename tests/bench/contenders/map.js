// Rows in a Map and nothing else: the least that finding one by its key can cost.

import { eventsOf } from '../page/compare.js';
import { foldInto } from './projections.js';

/** What was filled in, by name: it stays while the page does. */
const filled = new Map();

export async function open(name, durability, { view }) {
  return {
    bulk: async (writes) => void filled.set(name, foldInto(new Map(), view, eventsOf(writes))),
    getter() {
      const rows = filled.get(name);
      return (key) => rows.get(key);
    },
    close: async () => {},
  };
}
