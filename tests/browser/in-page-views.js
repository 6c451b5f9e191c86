// Accounts, a view of them that counts how many events it is folded from, and what is saved of it. A page loads it from /tests/in-page-views.js.
import { connect, defineProjection, openStore } from '/tests/in-page.js';

/** A row for each account that money has moved on since it was closed last. Rows say which version of the code has made them. */
export function balances({ name = 'balances', version = 1 } = {}) {
  return defineProjection({
    name,
    version,
    key: ({ data }) => data.account,
    indexes: ['total'],
    on: {
      Moved: (row, { data }) => {
        globalThis.folded = (globalThis.folded ?? 0) + 1;
        return { account: data.account, total: (row?.total ?? 0) + data.amount, moves: (row?.moves ?? 0) + 1, version };
      },
      Closed: () => {
        globalThis.folded = (globalThis.folded ?? 0) + 1;
        return null;
      },
    },
  });
}

/** Opens a store with one view, as `store` and `view` of the page. */
export async function open({ name, version, ...options }) {
  const projection = balances({ version });
  globalThis.store = await openStore({ name, projections: [projection], durability: 'relaxed', ...options });
  globalThis.view = store.view(projection);
  return { store, view };
}

/** Stores so many events, a few thousand to a commit. From the second round on some accounts are closed, but in steady times. */
export async function move({ store, count, accounts = count, stream = 'moves', from = 0, isSteady = false }) {
  for (let at = from; at < from + count; at += 5000) {
    const events = Array.from({ length: Math.min(5000, from + count - at) }, (_, n) => draft(at + n, accounts, isSteady));
    await store.append(stream, events, { expectedRevision: 'any' });
  }
}

function draft(n, accounts, isSteady) {
  const account = `account-${n % accounts}`;
  return n >= accounts && n % 7 === 0 && !isSteady ? { type: 'Closed', data: { account } } : { type: 'Moved', data: { account, amount: 1 + (n % 97) } };
}

/** How a view differs from what plain code makes of the events; undefined when it does not. */
export async function difference(store, view) {
  const { version } = view;
  const rows = new Map();
  for await (const { type, data } of store.readAll({ until: view.position })) {
    const { account, amount } = data;
    const row = rows.get(account) ?? { account, total: 0, moves: 0, version };
    if (type === 'Closed') rows.delete(account);
    else rows.set(account, { account, total: row.total + amount, moves: row.moves + 1, version });
  }
  const expected = [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map((entry) => JSON.stringify(entry));
  const found = Array.from(view.entries(), (entry) => JSON.stringify(entry));
  if (found.length !== expected.length || view.count() !== expected.length) return `${expected.length} rows expected, ${found.length} found, ${view.count()} counted`;
  const n = found.findIndex((one, n) => one !== expected[n]);
  if (n >= 0) return `row ${n}: expected ${expected[n]}, found ${found[n]}`;
  // The index was made again, too: it is not saved.
  const ofTotal = (total) => expected.filter((one) => JSON.parse(one)[1].total === total).length;
  return view.count({ where: { total: 50 } }) === ofTotal(50) ? undefined : 'the index';
}

/** Everything that is saved: of each view and version, up to which position, by the version that its definition says. */
export async function saves(name) {
  const database = await connect(name);
  try {
    const views = database.transaction('views').objectStore('views');
    const [keys, values] = await Promise.all([views.getAllKeys(), views.getAll()].map(answer));
    const checkpoints = keys.flatMap((key, n) => (key[2] === 'checkpoint' ? [[Number.parseInt(key[1], 10), positionOf(values[n])]] : []));
    return Object.fromEntries(checkpoints);
  } finally {
    database.close();
  }
}

/** Waits until a version is saved up to a position. */
export async function untilSaved({ name, version = 1, position }) {
  while (((await saves(name))[version] ?? 0) < position) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The keys of what is saved, those of the buckets first. */
export async function savedKeys(name) {
  const database = await connect(name);
  try {
    return await answer(database.transaction('views').objectStore('views').getAllKeys());
  } finally {
    database.close();
  }
}

/** Stops the next save when it has seen the rows; answers when it stands still, with what lets it go on. */
export function holdSave() {
  const { stringify } = JSON;
  const { postMessage } = MessagePort.prototype;
  return new Promise((resolve) => {
    JSON.stringify = (value, ...rest) => {
      if (value?.[0]?.moves === undefined) return stringify(value, ...rest);
      JSON.stringify = stringify;
      // Writing them takes so long, it seems, that other work gets its turn.
      const { now } = Performance.prototype;
      performance.now = () => now.call(performance) + 1000;
      MessagePort.prototype.postMessage = function (...message) {
        MessagePort.prototype.postMessage = postMessage;
        resolve(() => postMessage.apply(this, message));
      };
      return stringify(value, ...rest);
    };
  });
}

function positionOf(bytes) {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** How many live queries are kept by the engines that are made from now on. */
export function watchLives() {
  const { Instance } = WebAssembly;
  const lives = { open: 0 };
  WebAssembly.Instance = function (...args) {
    const { engineviews_openLive: open, engineviews_closeLive: close, ...exports } = new Instance(...args).exports;
    const counted = (call, change) => (...args) => {
      lives.open += change;
      return call(...args);
    };
    return { exports: { ...exports, engineviews_openLive: counted(open, 1), engineviews_closeLive: counted(close, -1) } };
  };
  return lives;
}
