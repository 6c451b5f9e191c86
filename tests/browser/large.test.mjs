// Fifty thousand events, read in every way, against a plain list of what was written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const COUNT = 50_000;

/** How many events each reading brings: of 10 types, 100 tags, 250 streams in 5 categories. */
const EXPECTED = {
  'all, forward': COUNT,
  'all, backward': COUNT,
  'one type': COUNT / 10,
  'two types': COUNT / 5,
  'one tag, backward': COUNT / 100,
  'two tags of one event': COUNT / 100,
  'two tags that never meet': 0,
  'one stream': COUNT / 250,
  'one category': COUNT / 5,
  'one category and one type': COUNT / 10,
  'two items that overlap': 3 * (COUNT / 10),
  'a window': 20_000,
  'a window, backward, of a category': 4_000,
  'the first 5000 of a category': 5_000,
  'the last 5000': 5_000,
  'a stream': COUNT / 250,
  'a part of a stream, backward': 100,
};

test('fifty thousand events are read back in every way, here and by another page', { timeout: 240_000 }, async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const page = await browser.newPage();
  assert.deepEqual(await page.evaluate(write, { name, count: COUNT }), { position: COUNT, head: COUNT });
  assert.deepEqual(await page.evaluate(readInEveryWay, { name, count: COUNT }), EXPECTED);
  const other = await browser.newPage('/blank.html', { context: page.context() });
  assert.deepEqual(await other.evaluate(readInEveryWay, { name, count: COUNT }), EXPECTED);
});

/** Runs in the page. */
async function write({ name, count }) {
  const { openStore } = await import('/tests/in-page.js');
  const { drafts } = await import('/tests/in-page-events.js');
  const store = (globalThis.store = await openStore({ name, durability: 'relaxed' }));
  const all = drafts(count);
  const appends = [];
  // Runs of one stream, many to a commit, and commits larger than a record.
  for (let at = 0; at < count; at += 2000) {
    const writes = Map.groupBy(all.slice(at, at + 2000), ({ streamId }) => streamId);
    const named = [...writes].map(([streamId, events]) => ({ streamId, events: events.map(({ event }) => event), expectedRevision: 'any' }));
    appends.push(store.appendMany(named));
    if (appends.length % 5 === 0) await appends.at(-1);
  }
  const answers = await Promise.all(appends);
  return { position: answers.at(-1).position, head: store.head };
}

/** Runs in the page: how many events each reading brings, or the first one that is not as it should be. */
async function readInEveryWay({ name, count }) {
  const { openStore } = await import('/tests/in-page.js');
  const { difference, recorded } = await import('/tests/in-page-events.js');
  const store = globalThis.store ?? (await openStore({ name }));
  const log = recorded(count);
  const reversed = log.toReversed();
  const ofType = (...types) => ({ query: { items: [{ types }] } });
  const tagged = (...tags) => ({ query: { items: [{ tags }] } });
  const inCategory = (category, more = {}) => ({ query: { items: [{ categories: [category], ...more }] } });
  const hasTag = (tag) => (event) => event.tags.includes(tag);
  const isIn = (category) => (event) => event.streamId.startsWith(`${category}-`);
  const stream = log.filter(({ streamId }) => streamId === 'c2-2');
  const readings = {
    'all, forward': [{}, log],
    'all, backward': [{ direction: 'backward' }, reversed],
    'one type': [ofType('Type3'), log.filter(({ type }) => type === 'Type3')],
    'two types': [ofType('Type3', 'Type8', 'Type3'), log.filter(({ type }) => type === 'Type3' || type === 'Type8')],
    'one tag, backward': [{ ...tagged('tag:42'), direction: 'backward' }, reversed.filter(hasTag('tag:42'))],
    'two tags of one event': [tagged('tag:42', 'even'), log.filter(hasTag('tag:42'))],
    'two tags that never meet': [tagged('tag:42', 'odd'), []],
    'one stream': [{ query: { items: [{ streams: ['c2-2'] }] } }, stream],
    'one category': [inCategory('c1'), log.filter(isIn('c1'))],
    'one category and one type': [inCategory('c1', { types: ['Type1', 'Type2'] }), log.filter((event) => isIn('c1')(event) && event.type === 'Type1')],
    'two items that overlap': [
      { query: { items: [{ types: ['Type1', 'Type2'] }, { categories: ['c2'] }] } },
      log.filter((event) => event.type === 'Type1' || event.type === 'Type2' || isIn('c2')(event)),
    ],
    'a window': [{ after: 10_000, until: 30_000 }, log.slice(10_000, 30_000)],
    'a window, backward, of a category': [{ after: 10_000, until: 30_000, direction: 'backward', ...inCategory('c4') }, log.slice(10_000, 30_000).filter(isIn('c4')).reverse()],
    'the first 5000 of a category': [{ limit: 5000, ...inCategory('c0') }, log.filter(isIn('c0')).slice(0, 5000)],
    'the last 5000': [{ limit: 5000, direction: 'backward' }, reversed.slice(0, 5000)],
  };
  const found = {};
  for (const [what, [options, expected]] of Object.entries(readings)) {
    found[what] = difference(await store.readAll(options).toArray(), expected);
  }
  found['a stream'] = difference(await store.readStream('c2-2').toArray(), stream);
  found['a part of a stream, backward'] = difference(await store.readStream('c2-2', { from: 51, to: 150, direction: 'backward' }).toArray(), stream.slice(50, 150).reverse());
  return found;
}
