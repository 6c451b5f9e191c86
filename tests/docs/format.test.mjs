// src/log/codec/FORMAT.md: its examples are true, and it says all that a reader needs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRoot } from '../../www/build/paths.mjs';
import { databaseName, withBrowser } from '../harness/harness.mjs';
import { readFence, readManifest, readRecord } from './format-reader.mjs';

const page = readFileSync(inRoot('src', 'log', 'codec', 'FORMAT.md'), 'utf8');

test('the record that the page shows is what the page says of it', () => {
  const record = readRecord(dump('record'));
  assert.deepEqual(Buffer.from(record.body), dump('body'));
  const { first, recordedAt, deviceTime, partsLeft, revisions } = record;
  const header = { first, recordedAt, deviceTime, partsLeft, revisions };
  assert.deepEqual(header, { first: 5, recordedAt: 1_700_000_000_000, deviceTime: 1_699_999_999_000, partsLeft: 0, revisions: [3, 0] });
  const shared = { type: 'ItemAdded', recordedAt };
  assert.deepEqual(record.events, [
    { ...shared, position: 5, streamId: 'cart-1', revision: 4, version: 1, id: '018bcfe5-6800-7000-8000-000000000001', tags: ['sku:lamp'], metadata: {}, data: { sku: 'lamp' } },
    { ...shared, position: 6, streamId: 'cart-2', revision: 1, version: 2, id: '018bcfe5-6800-7000-8000-000000000002', tags: [], metadata: { user: 'u1' }, data: null },
  ]);
});

test('every row of the page that explains an offset quotes the bytes that are there', () => {
  const tables = page.split('```hex ').slice(1).map((part) => part.slice(part.indexOf('```\n') + 4));
  const names = ['record', 'body'];
  let quoted = 0;
  tables.forEach((table, n) => {
    const bytes = dump(names[n]).toString('hex');
    for (const [, offset, quotes] of table.matchAll(/^\| ([0-9a-f]{2}) \| (`.*`) \|/gm)) {
      const start = 2 * Number.parseInt(offset, 16);
      const whole = !quotes.includes('…');
      const hex = (whole ? quotes : quotes.slice(0, quotes.indexOf('…'))).replaceAll(/[^0-9a-f]/g, '');
      assert.equal(bytes.slice(start, start + hex.length), hex, `${names[n]} at ${offset}`);
      quoted += 1;
    }
  });
  assert.ok(quoted > 15, `${quoted} rows were looked at`);
});

test('a reader written from the page reads what the engine stores', async (t) => {
  const browser = await withBrowser(t);
  const tab = await browser.newPage();
  const { events, stored, storeId } = await tab.evaluate(storeAndLook, databaseName(t));
  const { fence, format } = stored.meta;
  assert.equal(fence, undefined);
  assert.deepEqual(readManifest(Buffer.from(format, 'base64')), { format: 1, storeId, epoch: 0 });
  const records = stored.commits.map(([key, bytes]) => ({ key, ...readRecord(Buffer.from(bytes, 'base64')) }));
  assert.deepEqual(records.map(({ key }) => key), records.map(({ first }) => first));
  assert.deepEqual(records.flatMap((record) => record.events), events);
  const parts = records.map(({ partsLeft }) => partsLeft);
  assert.ok(parts.every((left, n) => left === 0 || parts[n + 1] === left - 1) && parts.at(-1) === 0 && parts.includes(2), `a large commit in parts: ${parts}`);
  assert.deepEqual(stored.stores, ['commits', 'meta', 'segments', 'snapshots', 'views']);
});

test('the reader refuses every flipped bit', () => {
  const bytes = dump('record');
  for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    assert.throws(() => readRecord(damaged), `bit ${bit}`);
  }
});

test('a fence reads as the page says', () => {
  const [, position, bytes] = /^The fence (\d+) is `(.+)`\.$/m.exec(page);
  assert.equal(readFence(Buffer.from(bytes.replaceAll(' ', ''), 'hex')), Number(position));
});

/** The bytes of one of the page's dumps. */
function dump(name) {
  const lines = new RegExp(`^\`\`\`hex ${name}\n([^]*?)^\`\`\``, 'm').exec(page)[1].trimEnd().split('\n');
  return Buffer.from(lines.map((line) => line.slice(6, 54).replaceAll(' ', '')).join(''), 'hex');
}

/** Runs in the page: stores events of every shape, and returns them with the raw contents of the database. */
async function storeAndLook(name) {
  const { openStore } = await import('/dist/index.js');
  const store = await openStore({ name });
  const { storeId } = store;
  await store.append('cart-1', [{ type: 'ItemAdded', data: { sku: 'лампа', n: 1.5 }, tags: ['a', 'b', 'a'], metadata: { user: 'u1' } }], { expectedRevision: 'noStream' });
  await Promise.all([
    ...Array.from({ length: 300 }, (_, n) => store.append(`cart-${n % 7}`, [{ type: `Type${n % 3}`, version: n + 1, data: n % 2 ? null : { n } }], { expectedRevision: 'any' })),
    store.appendMany([
      { streamId: '__proto__', events: [{ type: 'A', data: [] }, { type: 'B', tags: ['b'] }], expectedRevision: 'noStream' },
      { streamId: 'cart-1', events: [{ type: 'A', data: '', version: 4_294_967_294 }], expectedRevision: 'exists' },
    ]),
  ]);
  const long = (character) => ({ type: 'Long', data: character.repeat(400_000) });
  await store.append('long', ['x', 'y', 'z'].map(long), { expectedRevision: 'any' });
  const events = await store.readAll().toArray();
  await store.close();
  return { events, storeId, stored: await contents() };

  async function contents() {
    const answer = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const db = await answer(indexedDB.open(name));
    const transaction = db.transaction(['meta', 'commits']);
    const all = async (store) => {
      const [keys, values] = await Promise.all([answer(transaction.objectStore(store).getAllKeys()), answer(transaction.objectStore(store).getAll())]);
      return keys.map((key, n) => [key, base64(values[n])]);
    };
    const [meta, commits] = await Promise.all([all('meta'), all('commits')]);
    const stores = [...db.objectStoreNames];
    db.close();
    return { meta: Object.fromEntries(meta), commits, stores };
  }

  function base64(bytes) {
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }
}
