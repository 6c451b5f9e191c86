// Exports and imports over IndexedDB: a large store goes out and comes back, and other pages write meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const COUNT = 200_000;

test('two hundred thousand events go out and come back equal in every field', { timeout: 300_000 }, async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  assert.equal(await page.evaluate(fill, { name, count: COUNT }), COUNT);
  const exported = await page.evaluate(exportToBlob);
  const bytes = exported.bytes / COUNT;
  t.diagnostic(`exported in ${exported.ms} ms (${perEvent(exported.ms)}), ${bytes.toFixed(0)} bytes per line, in ${exported.chunks} chunks`);
  const restored = await page.evaluate(importBlob, { name: `${name}, copy` });
  assert.deepEqual(restored.report, { lines: COUNT, stored: COUNT, duplicates: 0, restored: true, head: COUNT });
  t.diagnostic(`restored in ${restored.ms} ms (${perEvent(restored.ms)}), longest task ${restored.longest} ms, wasm memory ${restored.memory} MiB`);
  assert.equal(await page.evaluate(differences), 0);
  assert.deepEqual(await page.evaluate(() => globalThis.copy.verify().then(({ findings, events }) => ({ findings, events }))), { findings: [], events: COUNT });
  const again = await page.evaluate(importBlob, { name: `${name}, copy` });
  assert.deepEqual(again.report, { lines: COUNT, stored: 0, duplicates: COUNT, restored: true, head: COUNT });
  t.diagnostic(`again in ${again.ms} ms (${perEvent(again.ms)})`);
  const added = await page.evaluate(importBlob, { name: `${name}, filled`, isFilled: true });
  assert.deepEqual(added.report, { lines: COUNT, stored: COUNT, duplicates: 0, restored: false, head: COUNT + 1 });
  t.diagnostic(`added in ${added.ms} ms (${perEvent(added.ms)}), longest task ${added.longest} ms, wasm memory ${added.memory} MiB`);
});

test('an export has what was there when it began, whatever another page appends', { timeout: 120_000 }, async (t) => {
  const { first, second, name } = await twoPages(t);
  await first.evaluate(fill, { name, count: 20_000 });
  await second.evaluate(open, { name });
  const appending = second.evaluate(appendUntilTold);
  const { before, head, after, positions, types } = await first.evaluate(async () => {
    const before = (await globalThis.store.readAll().toArray()).length;
    const text = await new Response(globalThis.store.export()).text();
    const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line));
    const events = lines.slice(1, -1);
    await globalThis.store.readAll({ limit: 1 }).toArray();
    return { before, head: lines[0].data.head, after: globalThis.store.head, positions: events.map(({ position }) => position), types: [...new Set(events.map(({ type }) => type))] };
  });
  await second.evaluate(() => void (globalThis.isTold = true));
  const appended = await appending;
  assert.ok(appended > 0 && before >= 20_000 && head >= before && after > head, JSON.stringify({ appended, before, head, after }));
  assert.ok(types.length > 0);
  assert.deepEqual(positions, Array.from({ length: head }, (_, n) => n + 1));
});

test('an import that another page comes ahead of goes on behind it, and one that was broken off goes on where it was', { timeout: 120_000 }, async (t) => {
  const { browser, first, second, name } = await twoPages(t);
  await first.evaluate(fill, { name, count: 20_000 });
  await first.evaluate(exportToBlob);
  const text = await first.evaluate(() => globalThis.blob.text());
  const into = `${name}, copy`;
  await first.evaluate(open, { name: into });
  await second.evaluate(open, { name: into });
  const importing = first.evaluate((text) => globalThis.store.import(new Blob([text])), text);
  await second.evaluate(async () => {
    while ((await globalThis.store.streamRevision('mine')) === 0) {
      await globalThis.store.readAll({ limit: 1 }).toArray();
      if (globalThis.store.head > 0) await globalThis.store.append('mine', [{ type: 'Mine' }], { expectedRevision: 'any' });
    }
  });
  const report = await importing;
  assert.deepEqual(report, { lines: 20_000, stored: 20_000, duplicates: 0, restored: false, head: 20_001 });
  const mine = await second.evaluate(() => globalThis.store.readStream('mine').toArray().then(([event]) => event.position));
  assert.ok(mine > 1, `${mine}`);

  const third = await browser.newPage('/blank.html', { context: first.context() });
  const other = `${name}, other`;
  await third.evaluate(open, { name: other });
  await third.evaluate((text) => {
    const onProgress = ({ done }) => void (globalThis.done = done);
    globalThis.store.import(new Blob([text]), { onProgress }).catch(() => {});
  }, text);
  await third.waitForFunction(() => globalThis.done > 0);
  await third.close();
  const resumed = await second.evaluate(async ({ text, name }) => {
    const { openStore } = await import('/tests/in-page.js');
    globalThis.copy = await openStore({ name });
    return globalThis.copy.import(new Blob([text]));
  }, { text, name: other });
  assert.ok(resumed.duplicates > 0 && resumed.duplicates + resumed.stored === 20_000, JSON.stringify(resumed));
  assert.deepEqual([resumed.restored, resumed.head], [true, 20_000]);
  await second.evaluate(open, { name });
  assert.equal(await second.evaluate(differences), 0);
});

/** @param {number} ms */
const perEvent = (ms) => `${((ms * 1000) / COUNT).toFixed(1)} µs per event`;

async function twoPages(t) {
  const browser = await withBrowser(t);
  const first = await browser.newPage();
  const second = await browser.newPage('/blank.html', { context: first.context() });
  return { browser, first, second, name: databaseName(t) };
}

/** Runs in the page. */
async function open({ name }) {
  const { openStore } = await import('/tests/in-page.js');
  globalThis.store = await openStore({ name });
}

/** Runs in the page. */
async function fill({ name, count }) {
  const { openStore } = await import('/tests/in-page.js');
  const { drafts } = await import('/tests/in-page-events.js');
  const store = (globalThis.store = await openStore({ name, durability: 'relaxed' }));
  const all = drafts(count);
  for (let at = 0; at < count; at += 5000) {
    const writes = Map.groupBy(all.slice(at, at + 5000), ({ streamId }) => streamId);
    await store.appendMany([...writes].map(([streamId, events]) => ({ streamId, events: events.map(({ event }) => event), expectedRevision: 'any' })));
  }
  return store.head;
}

/** Runs in the page. */
async function exportToBlob() {
  const start = performance.now();
  const chunks = [];
  const reader = globalThis.store.export().getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) chunks.push(value);
  const ms = Math.round(performance.now() - start);
  globalThis.blob = new Blob(chunks);
  return { ms, bytes: globalThis.blob.size, chunks: chunks.length };
}

/** Runs in the page. */
async function importBlob({ name, isFilled = false }) {
  const { openStore } = await import('/tests/in-page.js');
  await globalThis.copy?.close();
  const copy = (globalThis.copy = await openStore({ name }));
  if (isFilled) await copy.append('first', [{ type: 'Mine' }], { expectedRevision: 'any' });
  let longest = 0;
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (longest = Math.max(longest, duration))));
  try {
    observer.observe({ entryTypes: ['longtask'] });
  } catch {
    // Only Chromium tells.
  }
  const start = performance.now();
  const report = await copy.import(globalThis.blob);
  const ms = Math.round(performance.now() - start);
  observer.disconnect();
  const { bytesOfMemory } = await copy.diagnostics();
  return { report, ms, longest, memory: Math.round(bytesOfMemory / 1024 / 1024) };
}

/** Runs in the page: how many events of the two stores differ in anything. */
async function differences() {
  const { store, copy } = globalThis;
  let different = 0;
  const copies = copy.readAll()[Symbol.asyncIterator]();
  for await (const event of store.readAll()) {
    const { value } = await copies.next();
    if (JSON.stringify(event) !== JSON.stringify(value)) different++;
  }
  return (await copies.next()).done ? different : Infinity;
}

/** Runs in the page. */
async function appendUntilTold() {
  let appended = 0;
  for (; !globalThis.isTold; appended++) await globalThis.store.append('later', [{ type: 'Later' }], { expectedRevision: 'any' });
  return appended;
}
