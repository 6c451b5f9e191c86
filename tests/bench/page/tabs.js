// Several tabs that append to one store at once, and an event of one on its way into a view of another.

import { openStore, defineProjection } from '/dist/index.js';

/** So many events are one append. */
const EVENTS = 5;

const counts = defineProjection({
  name: 'counts',
  version: 1,
  on: { Happened: (row, { data }) => ({ count: (row?.count ?? 0) + 1, sent: data.sent ?? 0 }) },
});

/** The store of this tab. */
let store;

export const tabs = {
  async openTab(name, durability) {
    store = await openStore({ name, durability, projections: [counts] });
  },

  /**
   * Appends `rounds` times `width` at once to a stream. The tabs begin at the same moment of the clock that they share.
   * @returns when it began and when all was answered, in ms since the epoch
   */
  async appendInTab(streamId, rounds, width, at) {
    await new Promise((resolve) => setTimeout(resolve, at - now()));
    const from = now();
    for (let round = 0; round < rounds; round++) {
      const appends = Array.from({ length: width }, (_, n) => store.append(streamId, events(round * width + n), { expectedRevision: 'any' }));
      await Promise.all(appends);
    }
    return { from, to: now() };
  },

  /** A fingerprint of the whole log as this tab sees it, its length, what the view counts, and whether it is sound. */
  async readTab(head) {
    await store.view(counts).whenAt(head);
    const ids = [];
    for await (const { id, position } of store.readAll()) {
      if (position !== ids.length + 1) throw new Error(`position ${ids.length + 1} expected, ${position} found`);
      ids.push(id);
    }
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ids.join()));
    const counted = store.view(counts).find().reduce((sum, { count }) => sum + count, 0);
    return { order: [...new Uint8Array(digest)].join(), events: ids.length, ids: new Set(ids).size, counted };
  },

  async verifyTab() {
    return (await store.verify()).findings;
  },

  headOfTab: async () => (await store.readAll({ limit: 0 }).toArray(), store.head),

  /** How long after each append of another tab its event was seen in this tab's view, in ms. */
  async watchTab(streamId, count) {
    const view = store.view(counts);
    const times = [];
    for (let seen = view.get(streamId)?.count ?? 0; times.length < count; ) {
      await view.whenAt(view.position + 1);
      const row = view.get(streamId);
      if (row !== undefined && row.count > seen) times.push(now() - row.sent);
      seen = row?.count ?? seen;
    }
    return times;
  },

  /** Appends one event after another, each with the moment of the call. */
  async sendFromTab(streamId, count, pause) {
    for (let n = 0; n < count; n++) {
      await store.append(streamId, [{ type: 'Happened', data: { sent: now() } }], { expectedRevision: 'any' });
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  },

  closeTab: () => store.close(),
};

function events(n) {
  return Array.from({ length: EVENTS }, (_, i) => ({ type: 'Happened', data: { n, i, text: 'about as long as an event of a shop is, most of the time' } }));
}

/** The clock that all pages of a machine share, finer than `Date.now()`. */
function now() {
  return performance.timeOrigin + performance.now();
}
