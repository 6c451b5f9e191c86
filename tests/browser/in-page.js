// What runs in the pages of the tests: the package, its errors as plain objects, and what IndexedDB really holds.
// A page loads it from /tests/in-page.js.
import { isAnnalsError } from '/dist/index.js';

export * from '/dist/index.js';

/** How a call failed, as a plain object that crosses to the test; `undefined` when it did not fail. */
export async function failure(call) {
  try {
    await call();
    return undefined;
  } catch (error) {
    return plain(error);
  }
}

/** An error as a plain object with all its fields. */
export function plain(error) {
  if (!isAnnalsError(error)) return { code: 'not an AnnalsError', message: String(error) };
  const { cause } = error;
  return { ...error, message: error.message, ...(cause && { cause: { name: cause.name, message: cause.message } }) };
}

/** Everything that a store says of itself. */
export async function snapshot(store) {
  const { isNew, storeId, head } = store;
  const [events, streams, { findings }] = await Promise.all([store.readAll().toArray(), store.streams(), store.verify()]);
  return { isNew, storeId, head, events, streams, findings };
}

/** Calls every method of a store, and says how each fails. */
export async function failures(store) {
  const calls = {
    append: () => store.append('s', [{ type: 'Late' }], { expectedRevision: 'any' }),
    appendMany: () => store.appendMany([{ streamId: 's', events: [{ type: 'Late' }], expectedRevision: 'any' }]),
    readStream: () => store.readStream('s').toArray(),
    readAll: () => store.readAll().toArray(),
    event: () => store.event(crypto.randomUUID()),
    streamRevision: () => store.streamRevision('s'),
    streams: () => store.streams(),
    subscribe: () => store.subscribe({}, () => {}),
    diagnostics: () => store.diagnostics(),
    verify: () => store.verify(),
    merge: () => store.merge(),
    repair: () => store.repair(),
  };
  const failed = await Promise.all(Object.values(calls).map(failure));
  return Object.fromEntries(Object.keys(calls).map((name, n) => [name, failed[n]]));
}

/** Waits until the store of this page has merged by itself. */
export async function untilMerged() {
  while ((await globalThis.store.diagnostics()).segments === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A connection of its own to a database, without the package. */
export function connect(name, version, create = () => {}) {
  const opening = indexedDB.open(name, version);
  opening.onupgradeneeded = () => create(opening.result);
  return answer(opening);
}

/** Everything that a database holds, as text that can be compared. */
export async function contents(name) {
  const database = await connect(name);
  const stores = {};
  for (const storeName of database.objectStoreNames) {
    const store = database.transaction(storeName).objectStore(storeName);
    const [keys, values] = await Promise.all([answer(store.getAllKeys()), answer(store.getAll())]);
    stores[storeName] = keys.map((key, n) => `${key}: ${values[n]}`);
  }
  const { version } = database;
  database.close();
  return { version, stores };
}

/** Changes the bytes under a key behind the back of everybody; no change removes them. */
export async function change(name, storeName, key, edit) {
  const database = await connect(name);
  const store = database.transaction(storeName, 'readwrite', { durability: 'relaxed' }).objectStore(storeName);
  const bytes = await answer(store.get(key));
  if (edit === undefined) store.delete(key);
  else {
    edit(bytes);
    store.put(bytes, key);
  }
  await new Promise((resolve, reject) => {
    store.transaction.oncomplete = resolve;
    store.transaction.onabort = () => reject(store.transaction.error);
  });
  database.close();
}

/** The names of all databases of this origin. */
export async function databases() {
  return (await indexedDB.databases()).map(({ name }) => name);
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
