// Exports and imports in Node: what goes out comes back equal, and what is wrong with a file is said by the number of its line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../dist/index.js';
import { ANY, assertInvalid, assertRefused, memoryStore, numbered } from './helpers.mjs';

test('a store that was exported and imported is equal in every field', async (t) => {
  const store = await memoryStore(t);
  await store.append('cart-1', [{ type: 'ItemAdded', data: { sku: 'lamp', n: 1.5 }, tags: ['sku:lamp', 'a"\\\n'], metadata: { user: 'ada "x"' } }], ANY);
  await store.append('cart-2', [...numbered(3), { type: 'Ä', version: 7, data: null }], ANY);
  const text = await new Response(store.export()).text();
  const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.length, 7);
  const copy = await openStore({ name: 'copy', storage: 'memory' });
  t.after(() => copy.close());
  const report = await copy.import(new Blob([text]));
  assert.deepEqual(report, { lines: 5, stored: 5, duplicates: 0, restored: true, head: 5 });
  assert.deepEqual(await copy.readAll().toArray(), await store.readAll().toArray());
});
