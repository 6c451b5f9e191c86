// Views in a real browser: what is saved of them and when, what a reload makes of it, and what it does not believe.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('a view of 100,000 rows is there again after a reload, and only what was stored since is folded', { timeout: 180_000 }, async (t) => {
  const { page, name } = await opened(t);
  await page.evaluate(store, { count: 100_000 });
  assert.deepEqual(await page.evaluate(look), { folded: 100_000, rows: 100_000, position: 100_000, difference: undefined, notices: [] });
  await page.evaluate(() => globalThis.store.close());
  await page.evaluate(storeElsewhere, { name, count: 7, from: 100_000, accounts: 1000 });
  await page.reload();
  await page.evaluate(open, { name });
  assert.deepEqual(await page.evaluate(look), { folded: 7, rows: 99_999, position: 100_007, difference: undefined, notices: [] });
});

test('a view is saved when the page is idle, and a page that ends without a word folds only what came after', { timeout: 60_000 }, async (t) => {
  const { page, name } = await opened(t);
  await page.evaluate(store, { count: 2000, accounts: 700 });
  await page.evaluate(untilSaved, { name, position: 2000 });
  // Too little to be worth a save.
  await page.evaluate(store, { count: 50, from: 2000, accounts: 700 });
  const { saved, rows } = await page.evaluate(endAtOnce, name);
  const again = await page.context().newPage();
  await page.close();
  await again.goto(page.url());
  await again.evaluate(open, { name });
  const found = await again.evaluate(look);
  assert.deepEqual([saved, found.folded, found.difference, found.rows], [{ 1: 2000 }, 50, undefined, rows]);
});

test('a save writes only the parts that have changed, and they go together with the others', { timeout: 60_000 }, async (t) => {
  const { page, name } = await opened(t);
  await page.evaluate(store, { count: 20_000 });
  await page.evaluate(untilSaved, { name, position: 20_000 });
  const puts = await page.evaluate(async ({ name }) => {
    const { open, move } = await import('/tests/in-page-views.js');
    const puts = [];
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...args) {
      if (this.name === 'views') puts.push(args[1][2]);
      return put.apply(this, args);
    };
    await move({ store, count: 3, accounts: 20_000, from: 20_000 });
    await store.close();
    globalThis.folded = 0;
    await open({ name });
    return puts;
  }, { name });
  assert.ok(puts.length >= 2 && puts.length <= 4 && puts.at(-1) === 'checkpoint', `${puts}`);
  const { difference, rows, folded } = await page.evaluate(look);
  assert.deepEqual([difference, rows, folded], [undefined, 20_000, 0]);
});

for (const [event, target] of [['visibilitychange', 'document'], ['pagehide', 'window']]) {
  test(`a page that is hidden saves its views (${event})`, { timeout: 60_000 }, async (t) => {
    const { page, name } = await opened(t, { isBusy: true });
    await page.evaluate(store, { count: 10 });
    assert.deepEqual(await page.evaluate(saves, name), {}, 'nothing else saves');
    await page.evaluate(({ event, target }) => {
      // A page that is left is still said to be visible while `pagehide` is told.
      if (event === 'visibilitychange') Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' });
      globalThis[target].dispatchEvent(new Event(event));
    }, { event, target });
    await page.evaluate(untilSaved, { name, position: 10 });
    await page.reload();
    await page.evaluate(open, { name });
    assert.deepEqual(await page.evaluate(look), { folded: 0, rows: 10, position: 10, difference: undefined, notices: [] });
  });
}

test('close saves, also while a save is under way', { timeout: 60_000 }, async (t) => {
  const { page, name } = await opened(t, { isBusy: true });
  await page.evaluate(store, { count: 10 });
  await page.evaluate(async () => {
    const { holdSave, move } = await import('/tests/in-page-views.js');
    const held = holdSave();
    dispatchEvent(new Event('pagehide'));
    const letGo = await held;
    await move({ store, count: 5, from: 10, accounts: 10 });
    const closing = store.close();
    letGo();
    await closing;
  });
  assert.deepEqual(await page.evaluate(saves, name), { 1: 15 });
});

/** What may happen to a save, and whether that is worth a notice: one that is gone was perhaps never there. */
const DAMAGE = {
  'a checkpoint with a flipped bit': { part: 'checkpoint', edit: '(bytes) => (bytes[bytes.length - 3] ^= 1)', isTold: true },
  'a checkpoint further on than the log': { part: 'checkpoint', edit: '(bytes) => (bytes[1] ^= 1)', isTold: true },
  'a bucket with a flipped bit': { part: 'bucket', edit: '(bytes) => (bytes[bytes.length >> 1] ^= 1)', isTold: true },
  'a bucket that is gone': { part: 'bucket', isTold: true },
  'a bucket that is too short': { part: 'bucket', edit: '(bytes) => bytes.fill(0)', isTold: true },
  'a checkpoint that is gone': { part: 'checkpoint', isTold: false },
};

for (const [what, { part, edit, isTold }] of Object.entries(DAMAGE)) {
  test(`a view is folded anew over ${what}, and saved again`, { timeout: 60_000 }, async (t) => {
    const { page, name } = await opened(t);
    await page.evaluate(store, { count: 3000, accounts: 1000 });
    const { rows } = await page.evaluate(look);
    await page.evaluate(() => globalThis.store.close());
    await page.evaluate(damageIt, { name, part, edit });
    await page.reload();
    await page.evaluate(open, { name });
    const found = await page.evaluate(look);
    const notices = isTold ? [{ projection: 'balances', reason: 'its save was damaged, or of other events' }] : [];
    assert.deepEqual(found, { folded: 3000, rows, position: 3000, difference: undefined, notices });
    await page.evaluate(untilSaved, { name, position: 3000 });
    await page.reload();
    await page.evaluate(open, { name });
    assert.deepEqual(await page.evaluate(look), { folded: 0, rows, position: 3000, difference: undefined, notices: [] });
  });
}

test('a save of another store under the same name is not believed', { timeout: 60_000 }, async (t) => {
  const { page, name } = await opened(t);
  await page.evaluate(store, { count: 300 });
  await page.evaluate(() => globalThis.store.close());
  // The saves of a view of as many events, but of others.
  const other = `${name} other`;
  await page.evaluate(async (name) => {
    const { move, open } = await import('/tests/in-page-views.js');
    const { store } = await open({ name });
    await move({ store, count: 300, accounts: 10 });
    await store.close();
  }, other);
  await page.evaluate(copyViews, { from: other, to: name });
  await page.reload();
  await page.evaluate(open, { name });
  const { folded, difference, notices } = await page.evaluate(look);
  assert.deepEqual([folded, difference, notices.length], [300, undefined, 1]);
});

/** A page with an open store and its view; a busy page is never idle. */
async function opened(t, { isBusy = false } = {}) {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  if (isBusy) await page.addInitScript(() => void (globalThis.requestIdleCallback = () => 0));
  await page.reload();
  await page.evaluate(open, { name });
  return { page, name };
}

/** Runs in the page, as the functions below. */
async function open(options) {
  const { open } = await import('/tests/in-page-views.js');
  const { store } = await open(options);
  globalThis.notices = [];
  store.on('viewRebuilt', (notice) => notices.push(notice));
}

async function store(options) {
  const { move } = await import('/tests/in-page-views.js');
  await move({ store: globalThis.store, ...options });
}

/** By a store without views. */
async function storeElsewhere({ name, ...options }) {
  const { openStore } = await import('/tests/in-page.js');
  const { move } = await import('/tests/in-page-views.js');
  const other = await openStore({ name });
  await move({ store: other, ...options });
  await other.close();
}

async function look() {
  const { difference } = await import('/tests/in-page-views.js');
  return { folded: globalThis.folded ?? 0, rows: view.count(), position: view.position, difference: await difference(globalThis.store, view), notices };
}

async function saves(name) {
  const { saves } = await import('/tests/in-page-views.js');
  return saves(name);
}

async function untilSaved(options) {
  const { untilSaved } = await import('/tests/in-page-views.js');
  await untilSaved(options);
}

/** From now on the page saves nothing, not even when it is left. */
async function endAtOnce(name) {
  const { saves } = await import('/tests/in-page-views.js');
  const rows = view.count();
  IDBObjectStore.prototype.put = () => {
    throw new Error('the end');
  };
  return { saved: await saves(name), rows };
}

async function damageIt({ name, part, edit }) {
  const { savedKeys } = await import('/tests/in-page-views.js');
  const { damage } = await import('/tests/in-page-damage.js');
  const keys = await savedKeys(name);
  const key = keys.find((key) => (key[2] === 'checkpoint') === (part === 'checkpoint'));
  await damage({ name, store: 'views', key, edit });
}

async function copyViews({ from, to }) {
  const { connect } = await import('/tests/in-page.js');
  const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const [source, target] = [await connect(from), await connect(to)];
  const views = source.transaction('views').objectStore('views');
  const [keys, values] = await Promise.all([views.getAllKeys(), views.getAll()].map(answer));
  const copies = target.transaction('views', 'readwrite').objectStore('views');
  keys.forEach((key, n) => copies.put(values[n], key));
  await new Promise((resolve) => (copies.transaction.oncomplete = resolve));
  source.close();
  target.close();
}
