// The contract of every storage, and of a store over it, in a real browser: each case in a wasm instance of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

/** How long a case may take: one that waits for ever is a fault of its own. */
const CASE_LIMIT_MS = 30_000;

/** Every suite of the contract has at least so many cases: a list that lost some would pass too easily. */
const LEAST_CASES = { storage: 12, saved_views: 11, store: 17 };

test('the contract holds over memory', (t) => holds(t, 'memory'));

test('the contract holds over IndexedDB', (t) => holds(t, 'indexeddb'));

test('a case that panics fails with what the panic says', async (t) => {
  const browser = await withBrowser(t);
  // The trap that follows the panic is an error of the page as well.
  const page = await browser.newPage('/blank.html', { allowErrors: true });
  assert.match(await page.evaluate(runCase, { name: 'storage no_such_case' }), /expected the name of a case, found "storage no_such_case"/);
});

test('a value that is no saved view counts as none', async (t) => {
  const browser = await withBrowser(t);
  const [context, database] = [await browser.newContext(), databaseName(t)];
  // It wants nothing saved when it begins, and leaves a saved view.
  const name = 'saved_views a_saved_view_is_recalled_by_every_connection_and_after_closing';
  const run = async () => (await browser.newPage('/blank.html', { context, allowErrors: true })).evaluate(runCase, { name, database });
  assert.equal(await run(), 'passed');
  const page = await browser.newPage('/blank.html', { context });
  for (const length of [undefined, 0, 7, 11]) {
    assert.equal(await page.evaluate(damageViews, { name: database, length }), 4, 'a checkpoint and three buckets');
    assert.equal(await run(), 'passed', `with values of ${length} bytes`);
  }
  assert.match(await run(), /left == right/, 'what is whole is found');
});

/**
 * @param {import('node:test').TestContext} t
 * @param {'memory' | 'indexeddb'} place
 */
async function holds(t, place) {
  const browser = await withBrowser(t);
  const page = await browser.newPage('/blank.html', { allowErrors: true });
  const cases = await page.evaluate(listCases);
  for (const [suite, least] of Object.entries(LEAST_CASES)) {
    const count = cases.filter((name) => name.startsWith(`${suite} `)).length;
    assert.ok(count >= least, `expected at least ${least} cases of ${suite}, found ${count}`);
  }
  for (const name of cases) {
    await t.test(name.replaceAll('_', ' '), { timeout: CASE_LIMIT_MS }, async (t) => {
      const database = place === 'indexeddb' ? databaseName(t) : undefined;
      assert.equal(await page.evaluate(runCase, { name, database }), 'passed');
    });
  }
  const databases = await page.evaluate(() => indexedDB.databases().then(({ length }) => length));
  assert.equal(databases, place === 'indexeddb' ? cases.length : 0, 'the cases ran where they should');
}

/** Runs in the page. */
async function listCases() {
  const { default: start, cases } = await import('/modules/contract/contract.js');
  await start({ module_or_path: '/modules/contract/contract_bg.wasm' });
  return cases();
}

/** Runs in the page: puts so many bytes in the place of every saved value, or a text. Says how many there were. */
async function damageViews({ name, length }) {
  const { connect } = await import('/tests/in-page.js');
  const database = await connect(name);
  const transaction = database.transaction('views', 'readwrite');
  const views = transaction.objectStore('views');
  const keys = await new Promise((resolve) => (views.getAllKeys().onsuccess = ({ target }) => resolve(target.result)));
  for (const key of keys) views.put(length === undefined ? 'a text' : new Uint8Array(length), key);
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
  return keys.length;
}

/** Runs in the page: says `passed`, or how the case panicked. */
async function runCase({ name, database }) {
  // Under an address of its own the module is a new one, with memory of its own.
  const { default: start, run } = await import(`/modules/contract/contract.js?${encodeURIComponent(`${name} ${database}`)}`);
  await start({ module_or_path: '/modules/contract/contract_bg.wasm' });
  return new Promise((resolve) => {
    globalThis.contractPanicked = resolve;
    run(name, database).then(() => resolve('passed'), (error) => resolve(`failed: ${error}`));
  });
}
