// Exports and imports in Node: streams of both kinds, what goes out comes back equal, and what is wrong with a file is said by the number of its line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineProjection, openStore } from '../../dist/index.js';
import { ANY, assertInvalid, assertRefused, errorOf, memoryStore, numbered } from './helpers.mjs';

/** @param {ReadableStream<Uint8Array>} stream */
const textOf = (stream) => new Response(stream).text();
/** @param {string} text */
const linesOf = (text) => text.trimEnd().split('\n').map((line) => JSON.parse(line));

async function another(t, options = {}) {
  const store = await openStore({ name: `${t.name}, another`, storage: 'memory', ...options });
  t.after(() => store.close());
  return store;
}

/** A store with some events of every shape. */
async function filled(t) {
  const store = await memoryStore(t);
  await store.append('cart-1', [{ type: 'ItemAdded', data: { sku: 'lamp', n: 1.5 }, tags: ['sku:lamp', 'a"\\\n'], metadata: { user: 'ada "x"' } }], ANY);
  await store.append('cart-2', [...numbered(3), { type: 'Ä', version: 7 }], ANY);
  await store.append('__proto__', [{ type: '\u2028\u0000', data: '🦀\u2028' }], ANY);
  return store;
}

test('a store that was exported and imported is equal in every field, however it comes', async (t) => {
  const store = await filled(t);
  const text = await textOf(store.export());
  const bytes = new TextEncoder().encode(text);
  const inPieces = (/** @type {number} */ size, /** @type {any} */ whole) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < whole.length; at += size) controller.enqueue(whole.slice(at, at + size));
        controller.close();
      },
    });
  const sources = [store.export(), new Blob([text]), inPieces(1, bytes), inPieces(7, bytes), inPieces(10_000, text), inPieces(3, text)];
  for (const source of sources) {
    const copy = await another(t);
    const report = await copy.import(source);
    assert.deepEqual(report, { lines: 6, stored: 6, duplicates: 0, restored: true, head: 6 });
    assert.deepEqual(await copy.readAll().toArray(), await store.readAll().toArray());
    assert.deepEqual(await copy.import(new Blob([text])), { lines: 6, stored: 0, duplicates: 6, restored: true, head: 6 });
  }
});

test('each line is a CloudEvent, between one that says what follows and one that says that it was all', async (t) => {
  const store = await filled(t);
  const lines = linesOf(await textOf(store.export()));
  const source = `urn:uuid:${store.storeId}`;
  assert.deepEqual(lines.map((line) => [line.specversion, line.source]), lines.map(() => ['1.0', source]));
  const [header, first] = lines;
  assert.equal(header.type, 'annals.export.started');
  assert.deepEqual(header.data, { format: 1, storeId: store.storeId, after: 0, head: 6, as: 'stored' });
  const [event] = await store.readAll({ limit: 1 }).toArray();
  const { id, check, ...rest } = first;
  assert.equal(id, event.id);
  assert.match(check, /^[0-9a-f]{16}$/);
  assert.deepEqual(rest, {
    specversion: '1.0', source, type: 'ItemAdded', subject: 'cart-1', time: new Date(event.recordedAt).toISOString(), datacontenttype: 'application/json',
    dataversion: 1, position: 1, revision: 1, tags: '["sku:lamp","a\\"\\\\\\n"]', metadata: '{"user":"ada \\"x\\""}', data: { sku: 'lamp', n: 1.5 },
  });
  assert.equal(lines.at(-1).type, 'annals.export.finished');
  assert.equal(lines.at(-1).data.count, 6);
});

test('a part is exported by position and query, and added where it is imported', async (t) => {
  const store = await filled(t);
  const text = await textOf(store.export({ after: 1, query: { items: [{ types: ['A'] }, { streams: ['__proto__'] }] } }));
  const lines = linesOf(text);
  assert.deepEqual(lines.slice(1, -1).map(({ position }) => position), [2, 3, 4, 6]);
  assert.deepEqual(lines[0].data.query, { items: [{ types: ['A'] }, { streams: ['__proto__'] }] });
  const copy = await another(t);
  await copy.append('first', [{ type: 'Mine' }], ANY);
  assert.deepEqual(await copy.import(new Blob([text])), { lines: 4, stored: 4, duplicates: 0, restored: false, head: 5 });
  const [, event] = await copy.readAll().toArray();
  const [, origin] = await store.readAll().toArray();
  assert.deepEqual(event.metadata, { imported: { storeId: store.storeId, position: 2, revision: 1, recordedAt: origin.recordedAt } });
});

test('what is wrong with a file is said with its line, and what came before is kept', async (t) => {
  const store = await filled(t);
  const text = await textOf(store.export());
  const lines = text.split('\n');
  const flaws = [
    ['', 'truncated', 1], ['a text', 'foreign', 1], [lines.slice(0, 4).join('\n'), 'truncated', 5], [text.replace('"lamp"', '"Lamp"'), 'damaged', 2],
    [[lines[0], lines[2]].join('\n'), 'truncated', 2], [[lines[0], lines[2], ''].join('\n'), 'outOfOrder', 2], [text.replace('"format":1', '"format":2'), 'newerFormat', 1],
    [[...lines.slice(0, 3), lines[2], ''].join('\n'), 'outOfOrder', 4], [lines.map((line) => line.replace(/,"check":"[^"]*"}$/, '}')).join('\n').replace('"as":"stored"', '"as":"current"'), 'current', 1],
  ];
  for (const [file, reason, line] of /** @type {[string, string, number][]} */ (flaws)) {
    const copy = await another(t);
    const stored = Math.min(6, Math.max(0, line - 2));
    const error = await assertRefused(() => copy.import(new Blob([file])), 'ImportFailed', { reason, line, stored });
    assert.match(error.message, new RegExp(`^line ${line}: `));
    assert.deepEqual(await copy.readAll().toArray(), (await store.readAll().toArray()).slice(0, stored));
    assert.equal((await copy.import(new Blob([text]))).duplicates, stored);
  }
});

test('what is no source is refused before anything happens', async (t) => {
  const store = await filled(t);
  for (const source of [undefined, null, 'text', new Uint8Array(3), [], {}, new Response('x')]) await assertInvalid(() => store.import(/** @type {any} */ (source)), 'source');
  const locked = store.export();
  locked.getReader();
  await assertInvalid(() => store.import(locked), 'source');
  await assertInvalid(() => store.import(/** @type {any} */ (new ReadableStream({ start: (controller) => controller.enqueue(7) }))), 'source');
  await assertInvalid(() => store.import(new Blob([]), /** @type {any} */ ({ onprogress: 1 })), 'options.onprogress');
  await assertInvalid(() => store.import(new Blob([]), /** @type {any} */ ({ signal: 1 })), 'options.signal');
  await assertInvalid(async () => store.export(/** @type {any} */ ({ after: -1 })), 'options.after');
  await assertInvalid(() => textOf(store.export({ query: { items: [] } })), 'options.query.items');
});

test('a long store is made into lines as they are read, up to the head it had', async (t) => {
  const store = await memoryStore(t);
  for (let n = 0; n < 5; n++) await store.append(`s-${n}`, numbered(4000), ANY);
  const seen = [];
  const stream = store.export({ onProgress: ({ phase, done, total }) => seen.push([phase, done, total]) });
  const reader = stream.getReader();
  const chunks = [];
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    assert.equal(value.at(-1), 10, 'whole lines');
    chunks.push(value);
    await store.append('later', [{ type: 'Later' }], ANY);
  }
  assert.ok(chunks.length > 4);
  assert.ok(store.head > 20_000);
  const lines = linesOf(await new Blob(chunks).text());
  assert.deepEqual([lines.length, lines[0].data.head, lines.at(-2).position], [20_002, 20_000, 20_000]);
  assert.deepEqual(seen.at(-1), ['export', 20_000, 20_000]);
  const progress = [];
  const copy = await another(t);
  await copy.import(new Blob(chunks), { onProgress: ({ phase, done, total }) => progress.push([phase, done, total]) });
  assert.deepEqual(progress.at(-1), ['import', 20_000, 20_000]);
  assert.ok(progress.some(([, done]) => done > 0 && done < 20_000) && progress.every(([, done], n) => n === 0 || done >= progress[n - 1][1]));
  assert.equal((await copy.diagnostics()).events, 20_000);
});

test('nothing is read of the store that nobody wants', async (t) => {
  const store = await filled(t);
  let made = 0;
  const stream = store.export({ onProgress: () => void made++ });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(made, 0);
  await stream.cancel();
  assert.equal(made, 0);
  const reader = store.export().getReader();
  await reader.read();
  await reader.cancel();
});

test('a signal ends an export and an import; what was imported stays', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(10_000), ANY);
  const text = await textOf(store.export());
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  for (const call of [() => textOf(store.export({ signal: aborted })), () => store.import(new Blob([text]), { signal: aborted })]) {
    const error = await assertRefused(call, 'Aborted');
    assert.equal(error.cause, reason);
  }
  const leaving = new AbortController();
  const reader = store.export({ signal: leaving.signal }).getReader();
  await reader.read();
  leaving.abort(reason);
  await assertRefused(() => reader.read(), 'Aborted');

  const copy = await another(t);
  const stopping = new AbortController();
  const onProgress = ({ done }) => done > 2000 && stopping.abort(reason);
  const error = await assertRefused(() => copy.import(new Blob([text]).stream(), { signal: stopping.signal, onProgress }), 'Aborted');
  assert.equal(error.cause, reason);
  const { head } = copy;
  assert.ok(head > 2000 && head < 10_000, `${head}`);
  assert.deepEqual(await copy.readAll().toArray(), (await store.readAll().toArray()).slice(0, head));
  const report = await copy.import(new Blob([text]));
  assert.deepEqual([report.duplicates, report.stored, report.restored], [head, 10_000 - head, true]);

  // A source that never says anything does not keep the signal waiting, and hears that nobody reads it any more.
  const silent = new AbortController();
  const cancelled = new Promise((resolve) => {
    const source = new ReadableStream({ cancel: resolve });
    setTimeout(() => silent.abort(reason), 5);
    void assertRefused(() => copy.import(source, { signal: silent.signal }), 'Aborted');
  });
  assert.equal((await cancelled).code, 'Aborted');
});

test('what a source fails with comes back as it is, and so does what a listener throws', async (t) => {
  const store = await filled(t);
  const text = await textOf(store.export());
  const broken = new Error('the network is gone');
  const source = new ReadableStream({
    pull(controller) {
      controller.enqueue(text.slice(0, 1000));
      controller.error(broken);
    },
  });
  const copy = await another(t);
  assert.equal(await errorOf(() => copy.import(source)), broken);
  assert.equal(await errorOf(() => copy.import(new Blob([text]), { onProgress: () => { throw broken; } })), broken);
  assert.equal((await copy.import(new Blob([text]))).restored, true);
  assert.equal(await errorOf(() => textOf(store.export({ onProgress: () => { throw broken; } }))), broken);
});

test('views and subscriptions take in what is imported', async (t) => {
  const store = await memoryStore(t);
  await store.append('n-1', numbered(5000), ANY);
  const sums = defineProjection({ name: 'sums', version: 1, on: { A: (row, { data }) => ({ sum: (row?.sum ?? 0) + data }) } });
  const copy = await another(t, { projections: [sums] });
  let heard = 0;
  const subscription = copy.subscribe({ after: 0 }, () => void heard++);
  await copy.import(store.export());
  assert.equal(copy.view(sums).get('n-1')?.sum, (4999 * 5000) / 2);
  for (let turn = 0; heard < 5000 && turn < 1000; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(heard, 5000);
  subscription.close?.();
});

test('a store that is closed neither exports nor imports', async (t) => {
  const store = await filled(t);
  const stream = store.export();
  await store.close();
  await assertRefused(() => textOf(stream), 'Closed', { reason: 'closed' });
  await assertRefused(async () => store.export(), 'Closed', { reason: 'closed' });
  await assertRefused(() => store.import(new Blob([])), 'Closed', { reason: 'closed' });
});

test('an import whose source is silent ends with the store', async (t) => {
  const store = await memoryStore(t);
  let cancelled;
  const silent = new ReadableStream({ cancel: (reason) => (cancelled = reason) });
  const importing = assertRefused(() => store.import(silent), 'Closed', { reason: 'closed' });
  await store.close();
  await importing;
  assert.equal(cancelled.code, 'Closed');
});

test('restored is only what stands in every field as the file tells it', async (t) => {
  const store = await memoryStore(t);
  await store.append('cart-1', numbered(1), ANY);
  const [first, copy] = [await textOf(store.export()), await memoryStore(t)];
  await store.append('cart-1', numbered(1), ANY);
  assert.equal((await copy.import(new Blob([first]))).restored, true);
  // What came since is a part: it is added, at a time of its own.
  assert.deepEqual(await copy.import(store.export({ after: 1 })), { lines: 1, stored: 1, duplicates: 0, restored: false, head: 2 });
  assert.deepEqual(await copy.import(store.export()), { lines: 2, stored: 0, duplicates: 2, restored: false, head: 2 });
  const edited = first.replace('"data":0', '"data":1').replace(/,"check":"\w+"/g, '');
  assert.notEqual(edited, first);
  assert.deepEqual(await store.import(new Blob([edited])), { lines: 1, stored: 0, duplicates: 1, restored: false, head: 2 });
  const poisoned = edited.replace('"data":1', '"data":1e400');
  await assertRefused(() => copy.import(new Blob([poisoned])), 'ImportFailed', { reason: 'damaged', line: 2 });
});

test('what is wrong is said in words that one can act on', async (t) => {
  const store = await memoryStore(t);
  await store.append('cart-1', numbered(2), ANY);
  const text = await textOf(store.export());
  const lines = text.split('\n');
  const copy = await memoryStore(t);
  const told = async (file) => (await assertRefused(() => copy.import(new Blob([file])), 'ImportFailed')).message;
  assert.match(await told(text.replace(lines[2], 'garbage')), /^line 3: expected value, at character 1 of the line; 1 event before it was stored$/);
  assert.match(await told(text.replace(lines[2], '')), /^line 3: EOF while parsing a value, at character \d of the line; no event was stored$/);
  const packed = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
  assert.match(await told(packed), /^line 1: .*packed by gzip: unpack it first; no event was stored$/);
  // A mark that an editor has put before the text is no part of it.
  assert.deepEqual(await copy.import(new Blob(['\ufeff', text])), { lines: 2, stored: 1, duplicates: 1, restored: true, head: 2 });
});
