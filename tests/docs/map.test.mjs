// src/README.md: its diagram is the one that the layer test keeps to, its counts of transactions are what a browser sees, and
// every file of the sources is on it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRoot } from '../../www/build/paths.mjs';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const map = readFileSync(inRoot('src', 'README.md'), 'utf8');

test('the map shows the layers that there are, in the order that the tests enforce', () => {
  const drawn = [...map.matchAll(/► src\/(\w+)/g)].map(([, layer]) => layer);
  const folders = readdirSync(inRoot('src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(drawn.toSorted(), folders.toSorted());
  const enforced = /LAYERS: [^=]*= \[([^\]]*)\]/.exec(readFileSync(inRoot('tests', 'native', 'layers.rs'), 'utf8'))[1];
  assert.deepEqual(drawn, [...enforced.matchAll(/"(\w+)"/g)].map(([, layer]) => layer).filter((layer) => folders.includes(layer)));
});

test('every module of the sources is on the map', () => {
  for (const layer of ['model', 'storage', 'log', 'wasm']) {
    const section = new RegExp(`^\\| \`src/${layer}/\` [^]*?(?=\\n\\n)`, 'm').exec(map)[0];
    const named = new Set([...section.matchAll(/`([\w/]+(?:\.rs|\/))`/g)].map(([, name]) => name));
    const modules = readdirSync(inRoot('src', layer), { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    assert.deepEqual(modules.filter((name) => !named.has(name) && name !== 'mod.rs'), [], layer);
  }
});

test('appends, refusals, duplicates and reads cost the transactions that the map says', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const seen = await page.evaluate(countTransactions, databaseName(t));
  const write = 'readwrite';
  assert.deepEqual(seen, {
    append: [write],
    'a thousand appends of one turn': [write],
    refusal: [write],
    duplicate: [],
    'a stream that is in the cache': ['readonly'],
    'a stream that is not': ['readonly', 'readonly'],
    'the head asked for before': [],
    'event(id)': [],
    'another tab was first': [write, write],
  });
});

/** Runs in the page. */
async function countTransactions(name) {
  const { openStore } = await import('/dist/index.js');
  const begun = [];
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    begun.push(mode);
    return transaction.call(this, stores, mode, options);
  };
  const seen = {};
  const count = async (what, work) => {
    begun.length = 0;
    await work().catch(() => undefined);
    seen[what] = begun.splice(0);
  };
  const store = await openStore({ name });
  const id = crypto.randomUUID();
  const append = (streamId, expectedRevision, event = {}) => store.append(streamId, [{ type: 'A', ...event }], { expectedRevision });
  await count('append', () => append('s', 'noStream', { id }));
  await count('a thousand appends of one turn', () => Promise.all(Array.from({ length: 1000 }, (_, n) => append(`s-${n}`, 'noStream'))));
  await count('refusal', () => append('s', 'noStream'));
  await count('duplicate', () => append('s', 'noStream', { id }));
  await store.readStream('s').toArray();
  await count('a stream that is in the cache', () => store.readStream('s').toArray());
  await store.close();

  const again = await openStore({ name });
  await count('a stream that is not', () => again.readStream('s').toArray());
  const reader = again.readStream('s');
  await count('the head asked for before', () => Promise.resolve(reader.head).then(() => reader.toArray()));
  await count('event(id)', () => again.event(id));

  // Without hints, so that the other cannot know.
  BroadcastChannel.prototype.postMessage = () => {};
  const other = await openStore({ name });
  await again.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
  await count('another tab was first', () => other.append('s', [{ type: 'A' }], { expectedRevision: 'any' }));
  await Promise.all([again.close(), other.close()]);
  return seen;
}
