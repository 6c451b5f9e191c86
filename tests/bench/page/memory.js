// What stays in memory after many appends, and after many stores were opened and closed.

import { openStore } from '/dist/index.js';

let store;
let memory;

export const remembering = {
  async openWatched(name) {
    const { Instance } = WebAssembly;
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, args) {
        const instance = new target(...args);
        memory = instance.exports.memory;
        return instance;
      },
    });
    store = await openStore({ name, durability: 'relaxed' });
    WebAssembly.Instance = Instance;
  },

  /** So many appends of one event each, a thousand at once, to streams of fifty events. */
  async appendMore(count, from) {
    for (let at = from; at < from + count; at += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, n) => {
        const number = at + n;
        return store.append(`order-${Math.floor(number / 50)}`, [{ type: 'ItemAdded', data: { number, sku: `sku-${number % 997}`, cents: number % 10_000, note: 'as long as most' } }], { expectedRevision: number % 50 });
      }));
    }
  },

  /** Lets merging come to its end. */
  async settle() {
    await store.merge();
    await store.streamRevision('order-0');
  },

  wasmBytes: async () => memory.buffer.byteLength,
  cachedBytes: async () => (await store.diagnostics()).bytesCached,

  async cycle(name, count) {
    for (let n = 0; n < count; n++) {
      const opened = await openStore({ name, durability: 'relaxed' });
      await opened.append('s', [{ type: 'Opened', data: { n } }], { expectedRevision: 'any' });
      await opened.close();
    }
  },

  async dropStore() {
    await store.close();
    store = undefined;
    memory = undefined;
  },
};
