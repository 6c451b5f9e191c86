// A page that the browser puts away as it is and brings back: meanwhile it keeps nothing open, afterwards it goes on and has missed nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, needs, temporaryFolder, withBrowser } from '../harness/harness.mjs';

test('a page that is put away and brought back goes on, and has taken in what was stored meanwhile', { timeout: 60_000, ...needs('protocol') }, async (t) => {
  const { page, other, name, address } = await twoPages(t);
  await page.evaluate(open, name);
  await page.evaluate(() => store.append('s', [{ type: 'Before' }], { expectedRevision: 0 }));
  await page.goto(`${address}/blank.html?elsewhere`);
  // The other page neither waits for the one that sleeps, nor wakes it.
  await other.evaluate(open, name);
  for (let n = 0; n < 3; n++) await other.evaluate(() => store.append('s', [{ type: 'Meanwhile' }], { expectedRevision: 'any' }));
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForFunction(() => globalThis.store !== undefined);
  const found = await page.evaluate(async () => {
    while (heard.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
    const { position } = await store.append('s', [{ type: 'After' }], { expectedRevision: 4 });
    return { wasPutAway, position, status: store.status, heard: heard.slice(0, 4) };
  });
  assert.deepEqual(found, { wasPutAway: true, position: 5, status: 'open', heard: ['Before', 'Meanwhile', 'Meanwhile', 'Meanwhile'] });
});

test('a page that is put away does not stand in the way of a deletion, and says so when it is brought back', { timeout: 60_000, ...needs('protocol') }, async (t) => {
  const { page, other, name, address } = await twoPages(t);
  await page.evaluate(open, name);
  await page.evaluate(() => store.append('s', [{ type: 'Before' }], { expectedRevision: 0 }));
  await page.goto(`${address}/blank.html?elsewhere`);
  await other.evaluate(async (name) => (await import('/tests/in-page.js')).deleteStore(name), name);
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForFunction(() => globalThis.store !== undefined);
  const found = await page.evaluate(async () => {
    const { failure } = await import('/tests/in-page.js');
    const { code, reason } = await failure(() => store.append('s', [{ type: 'After' }], { expectedRevision: 1 }));
    return { wasPutAway, code, reason, status: store.status };
  });
  assert.deepEqual(found, { wasPutAway: true, code: 'Closed', reason: 'deleted', status: 'lost' });
});

test('what is called while the page is put away waits until it is shown, closing too', { timeout: 60_000 }, async (t) => {
  const page = await (await withBrowser(t)).newPage();
  await page.evaluate(open, databaseName(t));
  const found = await page.evaluate(async () => {
    const tell = (type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true }));
    const append = (revision) => store.append('s', [{ type: 'A' }], { expectedRevision: revision });
    const answered = [];
    const { transaction } = IDBDatabase.prototype;
    const begun = new Promise((resolve) => {
      IDBDatabase.prototype.transaction = function (...args) {
        resolve();
        return transaction.apply(this, args);
      };
    });
    const first = append(0);
    await begun;
    tell('pagehide');
    // What is in flight still ends; what comes later waits.
    answered.push((await first).position);
    const second = append(1).then(({ position }) => answered.push(position));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = [...answered];
    dispatchEvent(new Event('focus'));
    tell('pageshow');
    await second;
    tell('pagehide');
    const third = append(2).then(({ position }) => answered.push(position));
    const closed = store.close().then(() => answered.push('closed'));
    tell('pageshow');
    await Promise.all([third, closed]);
    return { before, answered };
  });
  assert.deepEqual(found, { before: [1], answered: [1, 2, 3, 'closed'] });
});

/** Two pages of one browser that keeps pages which were left. */
async function twoPages(t) {
  const { address, persistentContext } = await withBrowser(t);
  const { newPage } = await persistentContext(temporaryFolder(t));
  return { page: await newPage(), other: await newPage(), name: databaseName(t), address };
}

/** Runs in the page. */
async function open(name) {
  const { openStore } = await import('/tests/in-page.js');
  globalThis.wasPutAway = false;
  addEventListener('pagehide', ({ persisted }) => (globalThis.wasPutAway ||= persisted));
  globalThis.heard = [];
  globalThis.store = await openStore({ name });
  store.subscribe({}, ({ type }) => heard.push(type));
}
