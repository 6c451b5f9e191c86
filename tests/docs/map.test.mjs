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
  const layers = readdirSync(inRoot('src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const layer of layers) {
    const section = new RegExp(`^\\| \`src/${layer}/\` [^]*?(?=\\n\\n)`, 'm').exec(map)[0];
    const named = new Set([...section.matchAll(/`([\w/]+(?:\.rs|\/))`/g)].map(([, name]) => name));
    const modules = readdirSync(inRoot('src', layer), { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    assert.deepEqual(modules.filter((name) => !named.has(name) && name !== 'mod.rs' && !name.endsWith('.md')), [], layer);
  }
});

test('appends, reads and merges cost the transactions that the map says', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const seen = await page.evaluate(countTransactions, databaseName(t));
  const [read, write] = ['readonly', 'readwrite'];
  assert.deepEqual(seen, {
    append: [write],
    'a thousand appends of one turn': [write],
    refusal: [write],
    duplicate: [],
    opening: [read, read],
    'a stream that is not in the cache': [read],
    'a stream that is': [read],
    'the head asked for before': [],
    'event(id)': [],
    'another tab was first': [write, write],
    'a step of merging': [read, write],
    'to a stream that was written lately': [write],
    'opening a merged log': [read, read],
    'a merged stream': [read],
    'a merged stream that is in the cache': [read],
    'all events of a merged log': [read],
    'a query of a merged log': [read],
    'event(id) of a merged event': [read],
    'event(id) of a merged event in the cache': [],
    'to a merged stream': [read, write],
    'to a merged stream once more': [write],
    'a merged duplicate': [read],
    'another tab was first, and has merged': [write, write, read, write],
  });
});

/** Runs in the page. */
async function countTransactions(name) {
  const { openStore } = await import('/dist/index.js');
  // Without hints, so that no tab knows of another; and no tab merges by itself.
  BroadcastChannel.prototype.postMessage = () => {};
  self.requestIdleCallback = () => 0;
  const begun = [];
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    begun.push(mode);
    return transaction.call(this, stores, mode, options);
  };
  const seen = {};
  const count = async (what, work) => {
    await new Promise((resolve) => setTimeout(resolve)); // No transaction is open any more that could be asked again.
    begun.length = 0;
    const answer = await work().catch(() => undefined);
    seen[what] = begun.splice(0);
    return answer;
  };
  const id = crypto.randomUUID();
  const append = (to, streamId, expectedRevision, event = {}) => to.append(streamId, [{ type: 'A', ...event }], { expectedRevision });
  const fill = async (to) => {
    for (let n = 0; n < 100; n++) await append(to, 'filling', 'any', { tags: ['some'] });
  };

  const first = await openStore({ name });
  await count('append', () => append(first, 's', 'noStream', { id }));
  await count('a thousand appends of one turn', () => Promise.all(Array.from({ length: 1000 }, (_, n) => append(first, `s-${n}`, 'noStream'))));
  await count('refusal', () => append(first, 's', 'noStream'));
  await count('duplicate', () => append(first, 's', 'noStream', { id }));
  await first.close();

  const again = await count('opening', () => openStore({ name }));
  await count('a stream that is not in the cache', () => again.readStream('s').toArray());
  await count('a stream that is', () => again.readStream('s').toArray());
  const reader = again.readStream('s');
  await count('the head asked for before', () => Promise.resolve(reader.head).then(() => reader.toArray()));
  await count('event(id)', () => again.event(id));
  const other = await openStore({ name });
  await append(again, 's', 'any');
  await count('another tab was first', () => append(other, 's', 'any'));
  await other.close();
  await fill(again);
  await count('a step of merging', () => again.merge());
  seen['a step of merging'].pop(); // The look that finds nothing more.
  await count('to a stream that was written lately', () => append(again, 'filling', 'any'));
  await again.close();

  const opened = async (what, work) => {
    const store = await openStore({ name });
    await count(what, () => work(store));
    return store;
  };
  const merged = await count('opening a merged log', () => openStore({ name }));
  await count('a merged stream', () => merged.readStream('s-7').toArray());
  await count('a merged stream that is in the cache', () => merged.readStream('s-7').toArray());
  await merged.close();
  await (await opened('all events of a merged log', (store) => store.readAll().toArray())).close();
  await (await opened('a query of a merged log', (store) => store.readAll({ query: { items: [{ tags: ['some'] }] } }).toArray())).close();
  const asked = await opened('event(id) of a merged event', (store) => store.event(id));
  await count('event(id) of a merged event in the cache', () => asked.event(id));
  await count('to a merged stream', () => append(asked, 's-7', 'exists'));
  await count('to a merged stream once more', () => append(asked, 's-7', 'exists'));
  await asked.close();
  const late = await opened('a merged duplicate', (store) => append(store, 's', 'noStream', { id }));
  const quick = await openStore({ name });
  await fill(quick);
  await quick.merge();
  await count('another tab was first, and has merged', () => append(late, 'filling', 'any'));
  await Promise.all([late.close(), quick.close()]);
  return seen;
}
