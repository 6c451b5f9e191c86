// A store as a whole: importing, opening, its figures, its notices and its end.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openStore } from '../../dist/index.js';
import { ANY, assertRefused, memoryStore, numbered } from './helpers.mjs';

const ENTRY = new URL('../../dist/index.js', import.meta.url).href;

/** A program that imports the package and tells what that touched, and whether it ends by itself. */
const IMPORTING = `
  const touched = [];
  for (const name of ['indexedDB', 'navigator', 'localStorage', 'BroadcastChannel', 'window', 'document']) {
    Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); } });
  }
  const spy = (object, name) => {
    const real = object[name];
    Object.defineProperty(object, name, { value: function (...args) { touched.push(name); return new.target ? Reflect.construct(real, args) : Reflect.apply(real, this, args); } });
  };
  for (const name of ['compile', 'instantiate', 'Module', 'Instance', 'Memory']) spy(WebAssembly, name);
  for (const name of ['fetch', 'atob', 'setTimeout', 'setInterval', 'DecompressionStream', 'Blob']) spy(globalThis, name);
  spy(crypto, 'getRandomValues');
  const before = Object.getOwnPropertyNames(globalThis);
  touched.length = 0; // Looking has touched some.
  const exported = Object.keys(await import(${JSON.stringify(ENTRY)})).sort();
  const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
  console.log(JSON.stringify({ exported, touched, added }));
`;

test('importing the package touches nothing, and its process ends by itself', { timeout: 30_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', IMPORTING]);
  assert.deepEqual(JSON.parse(stdout), { exported: ['AnnalsError', 'defineAggregate', 'defineCommandHandler', 'defineProjection', 'defineQueryHandler', 'deleteStore', 'isAnnalsError', 'openStore', 'upcast'], touched: [], added: [] });
});

test('an open store that is forgotten does not keep its process alive', { timeout: 30_000 }, async () => {
  const program = `
    import { openStore } from ${JSON.stringify(ENTRY)};
    const store = await openStore({ name: 'x', storage: 'memory' });
    store.subscribe({}, () => {});
    await store.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
    console.log(store.head);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  assert.equal(stdout, '1\n');
});

test('a new store says what it is', async (t) => {
  const store = await memoryStore(t);
  const { name, isNew, head, status, storeId } = store;
  assert.deepEqual({ name, isNew, head, status }, { name: t.name, isNew: true, head: 0, status: 'open' });
  assert.match(storeId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual((await memoryStore(t)).storeId, storeId, 'memory is private');
  assert.deepEqual([await store.readAll().toArray(), await store.streams(), await store.streamRevision('s')], [[], [], 0]);
});

test('the figures of a store are those of its events', async (t) => {
  const store = await openStore({ name: t.name, storage: 'memory', durability: 'relaxed' });
  const { bytesOfMemory, ...none } = await store.diagnostics();
  assert.deepEqual(none, { events: 0, streams: 0, records: 0, segments: 0, bytesStored: 0, bytesCached: 0, bytesMerged: 0, durability: 'relaxed' });
  assert.ok(bytesOfMemory >= 2 ** 16 && bytesOfMemory % 2 ** 16 === 0, `${bytesOfMemory} bytes are whole pages of WebAssembly`);
  await store.append('a', numbered(100), ANY);
  await store.append('b', numbered(1), ANY);
  const { bytesStored, bytesCached, bytesOfMemory: _, ...figures } = await store.diagnostics();
  assert.deepEqual(figures, { events: 101, streams: 2, records: 2, segments: 0, bytesMerged: 0, durability: 'relaxed' });
  assert.ok(bytesStored > 100 * 4 && bytesStored < 10_000, `${bytesStored} bytes`);
  assert.ok(bytesCached > 0);
  assert.equal((await (await memoryStore(t)).diagnostics()).durability, 'strict');
  assert.equal(await store.persist(), false, 'nobody to ask');
});

test('verify covers everything, tells how far it is, and finds nothing in a sound store', async (t) => {
  const store = await memoryStore(t);
  for (let n = 0; n < 150; n++) await store.append(`s-${n % 7}`, numbered(3), ANY);
  const progress = [];
  const { records, events, bytes, findings } = await store.verify({ onProgress: (one) => progress.push(one) });
  assert.deepEqual({ records, events, bytes, findings }, { records: 150, events: 450, bytes: (await store.diagnostics()).bytesStored, findings: [] });
  assert.ok(progress.length > 1);
  assert.deepEqual(progress.at(-1), { phase: 'verify', done: 450, total: 450 });
  assert.deepEqual(progress.map(({ done }) => done), progress.map(({ done }) => done).toSorted((a, b) => a - b));
});

test('opening tells how far it is', async (t) => {
  const progress = [];
  await openStore({ name: t.name, storage: 'memory', onProgress: (one) => progress.push(one) });
  assert.deepEqual(progress.at(-1), { phase: 'open', done: 0, total: 0 });
});

test('a witness of more than is there makes a notice that is kept for the first who listens', async (t) => {
  const expect = { storeId: crypto.randomUUID(), head: 7 };
  const store = await openStore({ name: t.name, storage: 'memory', expect });
  await new Promise((resolve) => setImmediate(resolve));
  const heard = [];
  store.on('failed', () => heard.push('another notice'));
  const first = store.on('lost', (details) => heard.push(['first', details]));
  store.on('lost', (details) => heard.push(['second', details]));
  assert.deepEqual(heard, [], 'nobody is called while subscribing');
  await null;
  assert.deepEqual(heard, [['first', { reason: 'behind', expected: expect, found: { storeId: store.storeId, head: 0 } }]]);
  first();
  store.on('lost', () => heard.push('third'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(heard.length, 1, 'it is told once');
  assert.equal(store.status, 'open');
  await store.append('s', numbered(1), ANY);
});

test('who has unsubscribed before a kept notice is told does not hear it', async (t) => {
  const store = await openStore({ name: t.name, storage: 'memory', expect: { storeId: crypto.randomUUID(), head: 1 } });
  const heard = [];
  store.on('lost', () => heard.push('left'))();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, []);
});

test('a subscription in memory hears each event once and in order', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(5000), ANY);
  const heard = [];
  const subscription = store.subscribe({ after: 10 }, ({ position }) => void heard.push(position));
  assert.equal(subscription.position, 10);
  await subscription.caughtUp;
  await Promise.all(Array.from({ length: 100 }, () => store.append('s', numbered(2), ANY)));
  await store.append('s', numbered(1), ANY);
  while (heard.at(-1) < 5201) await new Promise((resolve) => setImmediate(resolve));
  subscription.close();
  assert.equal(await subscription.closed, undefined);
  assert.deepEqual(heard, Array.from({ length: 5191 }, (_, n) => 11 + n));
  assert.equal(subscription.position, 5201);
});

test('closing waits for what was called before, in the order of the calls', async (t) => {
  const store = await openStore({ name: t.name, storage: 'memory' });
  const order = [];
  const appends = Array.from({ length: 20 }, (_, n) => store.append('s', numbered(1), ANY).then(({ position }) => order.push(position), ({ code }) => order.push(`${n} ${code}`)));
  const closing = store.close().then(() => order.push('closed'));
  await assertRefused(() => store.append('s', numbered(1), ANY), 'Closed', { reason: 'closed' });
  await Promise.all([...appends, closing]);
  assert.deepEqual(order, [...Array.from({ length: 20 }, (_, n) => n + 1), 'closed']);
  assert.deepEqual([store.head, store.status], [20, 'closed']);
});

test('a store can be disposed of', { skip: Symbol.asyncDispose === undefined && 'this platform has no Symbol.asyncDispose' }, async (t) => {
  const store = await openStore({ name: t.name, storage: 'memory' });
  const append = store.append('s', numbered(1), ANY);
  await store[Symbol.asyncDispose]();
  assert.equal((await append).position, 1);
  await assertRefused(() => store.streams(), 'Closed', { reason: 'closed' });
});
