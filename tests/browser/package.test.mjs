// The package as it ships: importing it does nothing, and it needs nothing but itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withBrowser } from '../harness/harness.mjs';

test('importing the package in a page fetches no wasm and touches no storage', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const { asked, ...found } = await page.evaluate(async () => {
    const before = Object.keys(globalThis);
    const exported = Object.keys(await import('/dist/index.js'));
    const added = Object.keys(globalThis).filter((name) => !before.includes(name));
    const asked = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
    return { asked, exported, added, databases: (await indexedDB.databases()).length, stored: localStorage.length };
  });
  assert.ok(found.exported.includes('openStore'));
  assert.deepEqual(found.added, []);
  assert.equal(found.databases, 0);
  assert.equal(found.stored, 0);
  assert.ok(asked.includes('/dist/index.js'));
  const wasm = asked.filter((path) => /wasm|glue/.test(path));
  assert.deepEqual(wasm, []);
});

test('the package can be imported in Node', async () => {
  const { openStore } = await import('../../dist/index.js');
  assert.equal(typeof openStore, 'function');
});
