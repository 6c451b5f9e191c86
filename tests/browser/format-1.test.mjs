// A database that was written by the code of format 1: it opens, is read and is merged, and reads the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const FIXTURE = new URL('../fixtures/format-1', import.meta.url).pathname;

test('a database of format 1 is read, written on and merged, and reads the same', { timeout: 60_000 }, async (t) => {
  const { page, name, storeId, log } = await oldDatabase(t);
  const found = await page.evaluate(async ({ name, log }) => {
    const { openStore } = await import('/tests/in-page.js');
    const { stayBusy } = await import('/tests/in-page-log.js');
    const { readEverything, formatOf } = globalThis;
    stayBusy();
    const store = await openStore({ name });
    const { storeId, isNew, head } = store;
    const first = await readEverything(store, log);
    const before = await formatOf(name);
    const appended = await store.append('cart-1', [{ type: 'New' }], { expectedRevision: 'exists' });
    const stillOld = await formatOf(name);
    const report = await store.merge();
    const merged = await formatOf(name);
    const { segments, records } = await store.diagnostics();
    const second = await readEverything(store, log);
    await store.close();
    const third = await readEverything(await openStore({ name }), log);
    return { storeId, isNew, head, formats: [before, stillOld, merged], appended, steps: report.steps > 0, segments, isFew: records < 20, readings: [first, second, third] };
  }, { name, log });
  const given = log.map((text) => JSON.parse(text));
  assert.deepEqual([found.storeId, found.isNew, found.head], [storeId, false, log.length]);
  assert.deepEqual(found.formats, [1, 1, 2]);
  assert.equal(found.appended.position, log.length + 1);
  assert.deepEqual([found.steps, found.segments, found.isFew], [true, 1, true]);
  for (const [n, { different, events, backward, byId, streams, findings }] of found.readings.entries()) {
    assert.deepEqual([different, events.length], [[], log.length + (n === 0 ? 0 : 1)]);
    assert.deepEqual(backward, events.map(({ position }) => position).reverse());
    assert.deepEqual(byId, events.map(({ position }) => position));
    for (const [streamId, positions] of streams) {
      assert.deepEqual(positions, events.filter((event) => event.streamId === streamId).map(({ position }) => position));
    }
    assert.deepEqual(streams.map(([streamId]) => streamId), inCodePointOrder([...new Set(given.map(({ streamId }) => streamId))]));
    assert.deepEqual(findings, []);
  }
});

test('a database of format 1 is merged by itself', { timeout: 60_000 }, async (t) => {
  const { page, name, log } = await oldDatabase(t);
  await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    globalThis.store = await openStore({ name });
  }, name);
  await page.evaluate(untilMerged);
  const { format, different } = await page.evaluate(async ({ name, log }) => ({ format: await formatOf(name), different: (await readEverything(store, log)).different }), { name, log });
  assert.deepEqual([format, different], [2, []]);
});

/** A page with a database as the code of format 1 left it, and what is to be read of it, each event as JSON. */
async function oldDatabase(t) {
  const page = await (await withBrowser(t)).newPage();
  const name = databaseName(t);
  const lines = readFileSync(`${FIXTURE}.txt`, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  await page.evaluate(putDatabase, { name, values: lines.map((line) => line.split(' ')) });
  const [about, ...log] = readFileSync(`${FIXTURE}.events.json`, 'utf8').trim().split('\n');
  const { storeId, events } = JSON.parse(about);
  assert.equal(log.length, events);
  return { page, name, storeId, log: log.map(withNoise) };
}

/** A line in which a text that hardly compresses is only described, with that text. */
function withNoise(line) {
  const { noise, ...event } = JSON.parse(line);
  return noise === undefined ? line : JSON.stringify({ ...event, data: noiseOf(noise) });
}

/** JavaScript itself sorts by UTF-16. */
const inCodePointOrder = (texts) => texts.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** As tests/fixtures/README.md says. */
function noiseOf({ seed, length }) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return Array.from({ length }, () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return letters[seed >>> 26];
  }).join('');
}

/** Runs in the page: makes the database, and what looks at it. */
async function putDatabase({ name, values }) {
  const { connect } = await import('/tests/in-page.js');
  const create = (database) => {
    for (const store of ['meta', 'commits', 'segments', 'views', 'snapshots']) database.createObjectStore(store);
  };
  const database = await connect(name, 1, create);
  const writing = database.transaction(['meta', 'commits'], 'readwrite');
  for (const [store, key, base64] of values) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    writing.objectStore(store).put(bytes, store === 'meta' ? key : Number(key));
  }
  await new Promise((resolve, reject) => Object.assign(writing, { oncomplete: resolve, onabort: () => reject(writing.error) }));
  database.close();

  // Here and not in the test: a field called __proto__ does not cross to it, and as JSON -0 is 0.
  const isSame = (one, other) => {
    if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return Object.is(one, other);
    const [keys, others] = [Object.keys(one).sort(), Object.keys(other).sort()];
    return Array.isArray(one) === Array.isArray(other) && keys.join('\0') === others.join('\0') && keys.every((key) => isSame(one[key], other[key]));
  };

  globalThis.readEverything = async (store, log) => {
    const events = await store.readAll().toArray();
    const different = log.filter((text, n) => !isSame(JSON.parse(text), events[n]));
    const backward = (await store.readAll({ direction: 'backward' }).toArray()).map(({ position }) => position);
    const byId = [];
    for (const { id } of events) byId.push((await store.event(id))?.position);
    const streams = [];
    for (const streamId of await store.streams()) streams.push([streamId, (await store.readStream(streamId).toArray()).map(({ position }) => position)]);
    return { different, events: events.map(({ position, streamId }) => ({ position, streamId })), backward, byId, streams, findings: (await store.verify()).findings };
  };
  // The number follows eight bytes that say whose database it is.
  globalThis.formatOf = async (name) => {
    const database = await connect(name);
    const request = database.transaction('meta').objectStore('meta').get('format');
    await new Promise((resolve) => (request.onsuccess = resolve));
    database.close();
    return request.result[8];
  };
}

/** Runs in the page. */
async function untilMerged() {
  const { untilMerged } = await import('/tests/in-page.js');
  await untilMerged();
}
