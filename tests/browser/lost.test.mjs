// What a browser loses behind everybody's back: the whole database, or its newest part. What is remembered elsewhere tells it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('a database that is gone while nobody looked is told at the next opening, once', async (t) => {
  const { page, name } = await openPage(t);
  const storeId = await page.evaluate(fill, { name, count: 3 });
  await page.evaluate(erase, name);
  const told = await page.evaluate(notice, name);
  assert.deepEqual(told, { isNew: true, reason: 'behind', expected: { storeId, head: 3 }, found: { storeId: told.found.storeId, head: 0 } });
  assert.notEqual(told.found.storeId, storeId);
  assert.deepEqual(await page.evaluate(notice, name), { isNew: false });
});

test('newest events that are gone while nobody looked are told at the next opening, and the store goes on with the others', async (t) => {
  const { page, name } = await openPage(t);
  const storeId = await page.evaluate(fill, { name, count: 5 });
  await page.evaluate(truncate, { name, from: 4 });
  assert.deepEqual(await page.evaluate(notice, name), { isNew: false, reason: 'behind', expected: { storeId, head: 5 }, found: { storeId, head: 3 } });
  // What goes on from there is right, and remembered from now on.
  assert.deepEqual(await page.evaluate(fill, { name, count: 1 }), storeId);
  assert.deepEqual(await page.evaluate(notice, name), { isNew: false });
  assert.deepEqual(await page.evaluate(remembered, name), { storeId, head: 4 });
});

test('a page that is killed has remembered what it stored a moment before', async (t) => {
  const { page, name } = await openPage(t);
  const context = page.context();
  await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    globalThis.store = await openStore({ name });
    await store.append('s', [{ type: 'A' }, { type: 'A' }], { expectedRevision: 0 });
  }, name);
  await page.waitForFunction((key) => localStorage.getItem(key)?.endsWith(' 2'), `annals:${name}`);
  await page.close();
  const next = await (await withBrowser(t)).newPage('/blank.html', { context });
  await next.evaluate(truncate, { name, from: 1 });
  const { reason, expected, found } = await next.evaluate(notice, name);
  assert.deepEqual([reason, expected.head, found.head], ['behind', 2, 0]);
});

test('of two tabs the one that knows less forgets nothing', async (t) => {
  const { page, name } = await openPage(t);
  const other = await (await withBrowser(t)).newPage('/blank.html', { context: page.context() });
  await other.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    // This one hears nothing of the other.
    BroadcastChannel.prototype.postMessage = () => {};
    globalThis.behind = await openStore({ name });
    await behind.append('s', [{ type: 'A' }], { expectedRevision: 0 });
  }, name);
  await page.evaluate(() => void (BroadcastChannel.prototype.postMessage = () => {}));
  await page.evaluate(fill, { name, count: 4 });
  await other.evaluate(untilSeen, { name, head: 5 });
  assert.equal(await other.evaluate(async () => (await behind.close(), behind.head)), 1);
  assert.equal((await page.evaluate(remembered, name)).head, 5);
});

test('a store that was deleted, or is in memory, is not missed', async (t) => {
  const { page, name } = await openPage(t);
  await page.evaluate(fill, { name, count: 2 });
  await page.evaluate(async (name) => (await import('/tests/in-page.js')).deleteStore(name), name);
  assert.deepEqual(await page.evaluate(notice, name), { isNew: true });
  await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const store = await openStore({ name, storage: 'memory' });
    await store.append('s', [{ type: 'A' }, { type: 'A' }], { expectedRevision: 0 });
    await store.close();
  }, name);
  assert.deepEqual(await page.evaluate(notice, name), { isNew: false });
});

test('what somebody else has written there, and a place to write that is not there, are as nothing', async (t) => {
  const { page, name } = await openPage(t);
  for (const text of ['', 'what', 'not-an-id 12', `${crypto.randomUUID()} many`, `${crypto.randomUUID()} -1.5`, `${crypto.randomUUID()}`]) {
    await page.evaluate(([key, text]) => localStorage.setItem(key, text), [`annals:${name}`, text]);
    assert.deepEqual((await page.evaluate(notice, name)).reason, undefined, text);
  }
  await page.evaluate(() => {
    Object.defineProperty(globalThis, 'localStorage', {
      get() {
        throw new DOMException('blocked', 'SecurityError');
      },
    });
  });
  await page.evaluate(fill, { name, count: 1 });
  assert.deepEqual(await page.evaluate(notice, name), { isNew: false });
});

test('what is missing is told to whoever gets the store, not to an opening that was given up', async (t) => {
  const { page, name } = await openPage(t);
  const found = await page.evaluate(async (name) => {
    const { defineProjection, failure, openStore } = await import('/tests/in-page.js');
    const noted = defineProjection({ name: 'noted', version: 1, on: { A: () => ({}) } });
    const store = await openStore({ name });
    await store.append('s', [{ type: 'A' }, { type: 'A' }], { expectedRevision: 'any' });
    await store.close();
    localStorage.setItem(`annals:${name}`, `${store.storeId} 7`);
    const giving = new AbortController();
    const onProgress = ({ phase }) => phase === 'catchUp' && giving.abort();
    const { code } = await failure(() => openStore({ name, projections: [noted], signal: giving.signal, onProgress }));
    const again = await openStore({ name });
    const told = await new Promise((resolve) => again.on('lost', resolve));
    return { code, told: [told.reason, told.expected.head, told.found.head] };
  }, name);
  assert.deepEqual(found, { code: 'Aborted', told: ['behind', 7, 2] });
});

for (const method of ['getItem', 'setItem', 'removeItem']) {
  test(`a store opens, closes and is deleted where ${method} of localStorage throws`, async (t) => {
    const { page, name } = await openPage(t);
    const found = await page.evaluate(async ({ name, method }) => {
      const { databases, deleteStore, openStore } = await import('/tests/in-page.js');
      // As Firefox does when its file is damaged.
      Storage.prototype[method] = () => {
        throw new DOMException('NS_ERROR_FILE_CORRUPTED', 'NS_ERROR_FILE_CORRUPTED');
      };
      const store = await openStore({ name });
      const { position } = await store.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
      await store.close();
      await deleteStore(name);
      return { position, isThere: (await databases()).includes(name) };
    }, { name, method });
    assert.deepEqual(found, { position: 1, isThere: false });
  });
}

/** In WebKit a page sees only after a while what another has written there; until then the one that knows less may write over it. */
async function untilSeen({ name, head }) {
  while (!localStorage.getItem(`annals:${name}`)?.endsWith(` ${head}`)) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function openPage(t) {
  const page = await (await withBrowser(t)).newPage();
  return { page, name: databaseName(t) };
}

/** Runs in the page, as the functions below: stores so many events, each in a commit of its own. */
async function fill({ name, count }) {
  const { openStore } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  for (let n = 0; n < count; n++) await store.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
  await store.close();
  return store.storeId;
}

/** Opens the store, and answers what it says to be lost, in full. */
async function notice(name) {
  const { openStore } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  let told = {};
  store.on('lost', (details) => (told = details));
  // A notice from before is told in a microtask: a turn of the event loop later there is none.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const { isNew } = store;
  await store.close();
  return { isNew, ...told };
}

/** Deletes the database, as a browser does that finds it broken: nobody is told. */
function erase(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

/** Removes the newest commits, as a loss of power may under `relaxed`. */
async function truncate({ name, from }) {
  const { connect } = await import('/tests/in-page.js');
  const database = await connect(name);
  const transaction = database.transaction('commits', 'readwrite');
  transaction.objectStore('commits').delete(IDBKeyRange.lowerBound(from));
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
}

function remembered(name) {
  const [storeId, head] = localStorage.getItem(`annals:${name}`).split(' ');
  return { storeId, head: Number(head) };
}
