// No room: said as an exception, or only as the abort of a transaction. Nothing is stored then, and the store goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

/** How browsers say that there is no room, at the nth record of an append. */
const WAYS = {
  'an exception': { how: 'throw', at: 1 },
  'an abort of the transaction': { how: 'abort', at: 1 },
  'an exception at a later record of a large append': { how: 'throw', at: 3 },
  'an abort of the transaction of a large append': { how: 'abort', at: 3 },
};

for (const [what, { how, at }] of Object.entries(WAYS)) {
  test(`no room, said as ${what}, is QuotaExceeded and stores nothing`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    const found = await page.evaluate(fillUp, { name: databaseName(t), how, at });
    const { error, held, again, ...rest } = found;
    assert.deepEqual([error.code, error.outcome, error.retryable, error.cause.name], ['QuotaExceeded', 'none', false, 'QuotaExceededError']);
    assert.match(error.message, /expected .* found /);
    assert.equal(held.records, 1, 'only what was there before');
    assert.equal(held.head, 1);
    assert.deepEqual(again, { position: 2, revisions: { s: 2 }, duplicate: false });
    assert.deepEqual(rest, { reopened: 2, findings: [] });
  });
}

test('of appends that share a commit only the one fails for which there is no room', { timeout: 30_000 }, async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const store = await openStore({ name });
    const { add } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.add = function (value, key) {
      if (value.byteLength > 20_000) throw new DOMException('no room', 'QuotaExceededError');
      return add.call(this, value, key);
    };
    const noise = Array.from({ length: 2000 }, () => crypto.randomUUID()).join('');
    const texts = ['a', 'b', noise, 'c'];
    const answers = await Promise.allSettled(texts.map((data) => store.append('s', [{ type: 'A', data }], { expectedRevision: 'any' })));
    const events = await store.readAll().toArray();
    return { answers: answers.map(({ value, reason }) => value?.position ?? reason.code), stored: events.map(({ data }) => data.slice(0, 10)) };
  }, databaseName(t));
  assert.deepEqual(found, { answers: [1, 2, 'QuotaExceeded', 3], stored: ['a', 'b', 'c'] });
});

test('no room to create a store in is QuotaExceeded', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const error = await page.evaluate(async (name) => {
    const { failure, openStore } = await import('/tests/in-page.js');
    Object.defineProperty(IDBRequest.prototype, 'error', { get: () => new DOMException('no room', 'QuotaExceededError') });
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...args) {
      const request = open.apply(this, args);
      request.addEventListener('upgradeneeded', () => request.transaction.abort());
      return request;
    };
    return failure(() => openStore({ name }));
  }, databaseName(t));
  assert.deepEqual([error.code, error.outcome], ['QuotaExceeded', 'none']);
});

/** Runs in the page: an append that finds no room, what is there afterwards, and another one once there is room. */
async function fillUp({ name, how, at }) {
  const { contents, failure, openStore, plain } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  await store.append('s', [{ type: 'Before' }], { expectedRevision: 0 });
  const noRoom = () => new DOMException('no room', 'QuotaExceededError');
  const { add } = IDBObjectStore.prototype;
  const counts = new WeakMap();
  IDBObjectStore.prototype.add = function (value, key) {
    const { transaction } = this;
    const count = (counts.get(transaction) ?? 0) + 1;
    counts.set(transaction, count);
    if (count < at) return add.call(this, value, key);
    if (how === 'throw') throw noRoom();
    const request = add.call(this, value, key);
    if (count === at) {
      // As Chromium does: the requests succeed, and the transaction ends with an error.
      Object.defineProperty(transaction, 'error', { get: noRoom });
      request.addEventListener('success', () => transaction.abort());
      transaction.commit = () => {};
    }
    return request;
  };
  // Several records when three are asked for: 512 KiB of text go into one.
  const text = 'x'.repeat(300 * 1024);
  const large = Array.from({ length: at === 1 ? 1 : 8 }, () => ({ type: 'Large', data: text }));
  const error = await failure(() => store.append('s', large, { expectedRevision: 1 }));
  IDBObjectStore.prototype.add = add;
  const held = { records: (await contents(name)).stores.commits.length, head: store.head };
  const again = await store.append('s', [{ type: 'After' }], { expectedRevision: 1 }).catch(plain);
  await store.close();
  const reopened = await openStore({ name });
  const { findings } = await reopened.verify();
  return { error, held, again, reopened: reopened.head, findings };
}
