// Two versions of the code of a view at once: an older tab lives on beside a newer one, each with rows and saves of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('a tab with another version folds anew by itself, the older tab lives on, and each finds its own save again', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const older = await browser.newPage();
  await older.evaluate(open, { name, version: 1 });
  await older.evaluate(store, { count: 1000, accounts: 300 });
  await older.evaluate(untilSaved, { name, version: 1, position: 1000 });

  const newer = await browser.newPage('/blank.html', { context: older.context() });
  await newer.evaluate(open, { name, version: 2 });
  assert.deepEqual(await newer.evaluate(look, 1000), { folded: 1000, version: 2, madeBy: [2], difference: undefined, isRebuilt: false });

  await older.evaluate(store, { count: 250, from: 1000, accounts: 300 });
  await newer.evaluate(store, { count: 250, from: 1250, accounts: 300 });
  assert.deepEqual(await older.evaluate(look, 1500), { folded: 1500, version: 1, madeBy: [1], difference: undefined, isRebuilt: false });
  assert.deepEqual(await newer.evaluate(look, 1500), { folded: 1500, version: 2, madeBy: [2], difference: undefined, isRebuilt: false });
  for (const [n, page] of [older, newer].entries()) await page.evaluate(untilSaved, { name, version: n + 1, position: 1500 });
  assert.deepEqual(await newer.evaluate(saves, name), { 1: 1500, 2: 1500 });

  for (const [n, page] of [older, newer].entries()) {
    await page.reload();
    await page.evaluate(open, { name, version: n + 1 });
    assert.deepEqual(await page.evaluate(look, 1500), { folded: 0, version: n + 1, madeBy: [n + 1], difference: undefined, isRebuilt: false });
  }
});

test('of older versions the save that is furthest stays, and a tab whose save was cleared away saves again', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const oldest = await browser.newPage();
  const context = oldest.context();
  await oldest.evaluate(open, { name, version: 1 });
  await oldest.evaluate(store, { count: 600 });
  await oldest.evaluate(untilSaved, { name, version: 1, position: 600 });
  for (const version of [2, 3]) {
    const page = await browser.newPage('/blank.html', { context });
    await page.evaluate(open, { name, version });
    await page.evaluate(storeAndClose, { count: 10, from: 600 + 10 * version });
    await page.close();
  }
  assert.deepEqual(await oldest.evaluate(saves, name), { 2: 610, 3: 620 });
  await oldest.evaluate(storeAndClose, { count: 10, from: 900 });
  assert.deepEqual((await oldest.evaluate(saves, name))[1], 630);
  await oldest.reload();
  await oldest.evaluate(open, { name, version: 1 });
  assert.deepEqual(await oldest.evaluate(look, 630), { folded: 0, version: 1, madeBy: [1], difference: undefined, isRebuilt: false });
});

test('a tab that finds another saving waits for its turn, though nothing moves any more', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const page = await browser.newPage();
  await page.evaluate(open, { name, version: 1 });
  const letGo = await page.evaluateHandle(hold, `annals:views:${name}`);
  await page.evaluate(store, { count: 600 });
  await page.evaluate(untilAsked, `annals:views:${name}`);
  assert.deepEqual(await page.evaluate(saves, name), {});
  await page.evaluate((letGo) => letGo(), letGo);
  await page.evaluate(untilSaved, { name, version: 1, position: 600 });
});

test('other text of a function is another version, whatever the number says', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const found = await page.evaluate(async (name) => {
    const { defineProjection, openStore } = await import('/tests/in-page.js');
    const definition = { name: 'names', version: 1, on: { Named: (_row, { data }) => ({ name: data }) } };
    const [before, after] = [definition, { ...definition, on: { Named: (_row, { data }) => ({ name: data.toUpperCase() }) } }].map(defineProjection);
    const rows = [];
    for (const projection of [before, after, before]) {
      const store = await openStore({ name, projections: [projection] });
      if (store.isNew) await store.append('one', [{ type: 'Named', data: 'ada' }], { expectedRevision: 0 });
      rows.push(store.view(projection).get('one').name);
      await store.close();
    }
    return rows;
  }, databaseName(t));
  assert.deepEqual(found, ['ada', 'ADA', 'ada']);
});

/** Runs in the page, as the functions below. */
async function open(options) {
  const { open } = await import('/tests/in-page-views.js');
  const { store } = await open(options);
  globalThis.isRebuilt = false;
  store.on('viewRebuilt', () => (globalThis.isRebuilt = true));
}

async function store(options) {
  const { move } = await import('/tests/in-page-views.js');
  await move({ store: globalThis.store, ...options });
}

async function storeAndClose(options) {
  const { move } = await import('/tests/in-page-views.js');
  await move({ store: globalThis.store, ...options });
  await globalThis.store.close();
}

async function look(position) {
  const { difference } = await import('/tests/in-page-views.js');
  await view.whenAt(position);
  const madeBy = [...new Set(view.find().map(({ version }) => version))];
  return { folded: globalThis.folded ?? 0, version: view.version, madeBy, difference: await difference(globalThis.store, view), isRebuilt };
}

/** Takes a lock, as another tab would that saves; answers with what lets go of it. */
function hold(lock) {
  return new Promise((resolve) => void navigator.locks.request(lock, () => new Promise((letGo) => resolve(letGo))));
}

async function untilAsked(lock) {
  const isAsked = ({ pending }) => pending.some(({ name }) => name === lock);
  while (!isAsked(await navigator.locks.query())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function saves(name) {
  const { saves } = await import('/tests/in-page-views.js');
  return saves(name);
}

async function untilSaved(options) {
  const { untilSaved } = await import('/tests/in-page-views.js');
  await untilSaved(options);
}
