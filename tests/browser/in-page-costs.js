// What the engine costs, counted where it leaves the wasm: transactions and requests of IndexedDB, and calls into the wasm. A page loads it from
// /tests/in-page-costs.js before the package.
const WRITING_STORES = ['add', 'put', 'delete', 'clear'];
const READING_STORES = ['get', 'getKey', 'getAll', 'getAllKeys', 'count', 'openCursor', 'openKeyCursor'];

const counted = { reading: 0, writing: 0, reads: 0, writes: 0, crossings: 0 };

const { transaction } = IDBDatabase.prototype;
IDBDatabase.prototype.transaction = function (stores, mode, ...rest) {
  counted[mode === 'readwrite' ? 'writing' : 'reading'] += 1;
  return transaction.call(this, stores, mode, ...rest);
};
for (const [names, what] of [[WRITING_STORES, 'writes'], [READING_STORES, 'reads']]) {
  for (const name of names) {
    const real = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (...rest) {
      counted[what] += 1;
      return real.apply(this, rest);
    };
  }
}

const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const { exports } = new Instance(module, imports);
  const watched = ([name, value]) => [name, typeof value === 'function' ? (...rest) => ((counted.crossings += 1), value(...rest)) : value];
  return { exports: Object.fromEntries(Object.entries(exports).map(watched)) };
};

const { openStore, defineAggregate, defineProjection } = await import('/dist/index.js');

export const account = defineAggregate({
  name: 'account',
  initialState: () => ({ balance: 0 }),
  decide: { Deposit: (_, { data }) => ({ type: 'Deposited', data }) },
  evolve: { Deposited: ({ balance }, { data }) => ({ balance: balance + data.cents }) },
});

export const balances = defineProjection({
  name: 'balances',
  version: 1,
  from: ['account'],
  on: { Deposited: (row, { data }) => ({ cents: (row?.cents ?? 0) + data.cents }) },
});

/** A store that nobody merges: another tab does it, as far as this one knows. */
export async function openCounted(options) {
  const store = await openStore(options);
  await new Promise((resolve) => {
    void navigator.locks.request(`annals:merge:${options.name} ${store.storeId}`, { ifAvailable: true }, () => (resolve(undefined), new Promise(() => {})));
  });
  return store;
}

/** What it costs, from the call to the answer. */
export async function costOf(work) {
  const before = { ...counted };
  await work();
  return Object.fromEntries(Object.entries(counted).map(([what, count]) => [what, count - before[what]]));
}
