// Where the package works: under a strict policy, in workers, many times in one page; and where there is no IndexedDB.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

/** A script by itself: it writes, reads, and tells what it found as `found`. */
const script = (name, tell) => `
  import { openStore } from '/dist/index.js';
  const store = await openStore({ name: ${JSON.stringify(name)} });
  const { position } = await store.append('user-1', [{ type: 'Created', data: { here: 'Ж' } }], { expectedRevision: 'noStream' });
  const events = await store.readAll().toArray();
  ${tell}([position, events.map(({ type, data }) => [type, data])]);
`;

const FOUND = [1, [['Created', { here: 'Ж' }]]];

test('a policy that allows no more than wasm-unsafe-eval is enough', async (t) => {
  const browser = await withBrowser(t);
  const path = browser.addFile('strict.js', script(databaseName(t), 'globalThis.found = '));
  const page = await browser.newPage(`/csp.html?script=${path}`);
  await page.waitForFunction(() => globalThis.found !== undefined, undefined, { polling: 20 });
  assert.deepEqual(await page.evaluate(() => globalThis.found), FOUND);
});

test('with the wasm as a file of its own, the page opens stores by what it fetches', async (t) => {
  const browser = await withBrowser(t);
  const setUp = "import { setEngine } from '/dist/slim.js'; setEngine(() => fetch('/dist/engine.wasm'));";
  const path = browser.addFile('slim.js', setUp + script(databaseName(t), 'globalThis.found = ').replace('/dist/index.js', '/dist/slim.js'));
  const page = await browser.newPage(`/csp.html?script=${path}`);
  await page.waitForFunction(() => globalThis.found !== undefined, undefined, { polling: 20 });
  assert.deepEqual(await page.evaluate(() => globalThis.found), FOUND);
});

test('a policy that forbids wasm is named, with what it has to allow', async (t) => {
  const browser = await withBrowser(t);
  const path = browser.addFile('forbidden.js', `
    import { openStore } from '/dist/index.js';
    globalThis.found = await openStore({ name: 'forbidden' }).catch(({ code, message }) => [code, message]);
  `);
  const page = await browser.newPage(`/csp.html?strict&script=${path}`);
  await page.waitForFunction(() => globalThis.found !== undefined, undefined, { polling: 20 });
  const [code, message] = await page.evaluate(() => globalThis.found);
  assert.equal(code, 'EngineFailed');
  assert.match(message, /Content-Security-Policy forbids wasm: script-src has to allow 'wasm-unsafe-eval'/);
});

test('a dedicated worker has stores, and shares them with its page', async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const path = browser.addFile('worker.js', script(name, 'postMessage'));
  const page = await browser.newPage();
  const found = await page.evaluate(async ({ path, name }) => {
    const { openStore } = await import('/tests/in-page.js');
    const store = await openStore({ name });
    const heard = new Promise((resolve) => store.subscribe({}, ({ type }) => resolve(type)));
    const worker = new Worker(path, { type: 'module' });
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    return { answer, heard: await heard };
  }, { path, name });
  assert.deepEqual(found, { answer: FOUND, heard: 'Created' });
});

test('a shared worker has stores, and two pages of it share one', async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const path = browser.addFile('shared-worker.js', `
    import { openStore } from '/dist/index.js';
    const opening = openStore({ name: ${JSON.stringify(name)} });
    globalThis.onconnect = async ({ ports: [port] }) => {
      const store = await opening;
      await store.append('user-1', [{ type: 'Connected' }], { expectedRevision: 'any' });
      port.postMessage((await store.readAll().toArray()).map(({ type, revision }) => [type, revision]));
    };
  `);
  const first = await browser.newPage();
  const second = await browser.newPage('/blank.html', { context: first.context() });
  const connect = (path) => new Promise((resolve, reject) => {
    const worker = new SharedWorker(path, { type: 'module' });
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.port.onmessage = ({ data }) => resolve(data);
  });
  assert.deepEqual(await first.evaluate(connect, path), [['Connected', 1]]);
  assert.deepEqual(await second.evaluate(connect, path), [['Connected', 1], ['Connected', 2]]);
});

test('a service worker has stores by the entry with static imports, and shares them with its page', async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const path = browser.addFile('service-worker.js', `
    import { defineProjection, openStore } from '/dist/static.js';
    const types = defineProjection({ name: 'types', version: 1, key: ({ type }) => type, on: { Asked: (row) => ({ count: (row?.count ?? 0) + 1 }) } });
    const opening = openStore({ name: ${JSON.stringify(name)}, projections: [types] });
    globalThis.onmessage = ({ ports: [port] }) => void answer(port).catch((error) => port.postMessage(String(error)));
    async function answer(port) {
      const store = await opening;
      await store.append('asked', [{ type: 'Asked' }], { expectedRevision: 'any' });
      port.postMessage(store.view(types).get('Asked'));
    }
  `);
  const page = await browser.newPage();
  const found = await page.evaluate(async ({ path, name }) => {
    const { openStore } = await import('/tests/in-page.js');
    const store = await openStore({ name });
    const heard = new Promise((resolve) => store.subscribe({}, ({ type }) => resolve(type)));
    await navigator.serviceWorker.register(path, { type: 'module', scope: path });
    const { active, waiting, installing } = await navigator.serviceWorker.getRegistration(path);
    const ask = () => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      (active ?? waiting ?? installing).postMessage('ask', [port2]);
    });
    return { answers: [await ask(), await ask()], heard: await heard };
  }, { path, name });
  assert.deepEqual(found, { answers: [{ count: 1 }, { count: 2 }], heard: 'Asked' });
});

test('many stores of one page each have an instance of their own, made from one compiled module', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const counts = { compiled: 0, instances: new Set() };
    const { compileStreaming, Instance } = WebAssembly;
    WebAssembly.compileStreaming = (...args) => (counts.compiled++, compileStreaming(...args));
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, args) {
        const instance = new target(...args);
        counts.instances.add(instance.exports.memory.buffer);
        return instance;
      },
    });
    const stores = await Promise.all(Array.from({ length: 12 }, (_, n) => openStore({ name: `${name} ${n}` })));
    await Promise.all(stores.map((store, n) => store.append('s', Array.from({ length: n + 1 }, () => ({ type: 'A', data: n })), { expectedRevision: 0 })));
    const read = await Promise.all(stores.map((store) => store.readAll().toArray()));
    return { compiled: counts.compiled, instances: counts.instances.size, ids: new Set(stores.map(({ storeId }) => storeId)).size, read: read.map((events) => events.map(({ data }) => data)) };
  }, databaseName(t));
  assert.deepEqual(found, { compiled: 1, instances: 12, ids: 12, read: Array.from({ length: 12 }, (_, n) => Array(n + 1).fill(n)) });
});

test('the same name opened many times in one page is one log', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore({ name })));
    await Promise.all(stores.map((store, n) => store.append(`s-${n}`, [{ type: 'A' }], { expectedRevision: 'noStream' })));
    const read = await Promise.all(stores.map((store) => store.readAll().toArray()));
    const texts = new Set(read.map((events) => JSON.stringify(events)));
    return { created: stores.filter(({ isNew }) => isNew).length, ids: new Set(stores.map(({ storeId }) => storeId)).size, logs: texts.size, positions: read[0].map(({ position }) => position) };
  }, databaseName(t));
  assert.deepEqual(found, { created: 1, ids: 1, logs: 1, positions: [1, 2, 3, 4, 5] });
});

test('a memory store is private, and gone when it is closed', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { databases, openStore } = await import('/tests/in-page.js');
    const open = () => openStore({ name, storage: 'memory' });
    const [one, two] = [await open(), await open()];
    await one.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
    const seen = [one, two].map(({ head, isNew }) => [head, isNew]);
    const [stored, none] = await Promise.all([one, two].map((store) => store.readAll().toArray()));
    await one.close();
    const again = await open();
    return { seen, counts: [stored.length, none.length], again: [again.isNew, again.head], databases: await databases() };
  }, databaseName(t));
  assert.deepEqual(found, { seen: [[1, true], [0, true]], counts: [1, 0], again: [true, 0], databases: [] });
});

const ABSENCES = { 'that throws': 'throws', 'that is not there': 'nothing', 'that refuses every call': 'refuses' };

for (const [what, how] of Object.entries(ABSENCES)) {
  test(`with an IndexedDB ${what} openStore is StorageUnavailable, and memory still works`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    await page.evaluate(withoutIndexedDb, how);
    const { error, position } = await page.evaluate(async (name) => {
      const { failure, openStore } = await import('/tests/in-page.js');
      const error = await failure(() => openStore({ name }));
      const memory = await openStore({ name, storage: 'memory' });
      return { error, ...(await memory.append('s', [{ type: 'A' }], { expectedRevision: 'any' })) };
    }, databaseName(t));
    assertUnavailable(error, how);
    assert.equal(position, 1);
  });

  test(`with an IndexedDB ${what} deleteStore is StorageUnavailable`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    await page.evaluate(withoutIndexedDb, how);
    const error = await page.evaluate(async (name) => {
      const { deleteStore, failure } = await import('/tests/in-page.js');
      return failure(() => deleteStore(name));
    }, databaseName(t));
    assertUnavailable(error, how);
  });
}

function assertUnavailable(error, how) {
  assert.deepEqual([error.code, error.outcome, error.retryable], ['StorageUnavailable', 'none', false]);
  assert.match(error.message, /expected .* found /);
  if (how !== 'nothing') assert.equal(error.cause.name, 'SecurityError');
}

/** Runs in the page: what sandboxed frames, opaque origins and old private windows do. */
function withoutIndexedDb(how) {
  const refuse = () => {
    throw new DOMException('not here', 'SecurityError');
  };
  if (how === 'refuses') IDBFactory.prototype.open = IDBFactory.prototype.deleteDatabase = refuse;
  else Object.defineProperty(globalThis, 'indexedDB', { get: how === 'throws' ? refuse : () => undefined });
}
