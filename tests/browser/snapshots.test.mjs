// Snapshots in a real browser: what a reload finds of them, and what it does not believe.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('a long history is loaded from the state that was kept and what came after it, merged or not', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  for (const isMerged of [false, true]) {
    const before = await page.evaluate(write, { name, id: `merged-${isMerged}`, count: 25, isMerged });
    assert.equal(before.state.total, 300);
    await page.reload();
    const { kept, evolved, state, revision } = await page.evaluate(load, { name, id: `merged-${isMerged}` });
    assert.deepEqual({ state, revision }, before);
    assert.equal(evolved, 25 - kept, `kept at ${kept}`);
    assert.ok(kept >= 10, `kept at ${kept}`);
  }
});

test('a state of the past is made of a kept one only if that is older', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  await page.evaluate(write, { name, id: 'a', count: 25 });
  await page.reload();
  for (const revision of [0, 1, 9, 19, 24]) {
    const { state } = await page.evaluate(load, { name, id: 'a', asOf: { revision } });
    assert.equal(state.total, Array.from({ length: revision }, (_, n) => n).reduce((sum, n) => sum + n, 0));
  }
});

for (const [what, other] of [
  ['text of evolve', { isOtherText: true }],
  ['version', { version: 2 }],
]) {
  test(`a kept state is made again by another ${what}, and the old one goes`, async (t) => {
    const browser = await withBrowser(t);
    const page = await browser.newPage();
    const name = databaseName(t);
    const before = await page.evaluate(write, { name, id: 'a', count: 20 });
    await page.reload();
    const after = await page.evaluate(load, { name, id: 'a', ...other });
    assert.deepEqual([after.state, after.evolved], [before.state, 20]);
    const keys = await page.evaluate(untilKept, { name, not: after.keys[0] });
    assert.equal(keys.length, 1);
    assert.notDeepEqual(keys, after.keys);
  });
}

test('a kept state that is damaged is made again', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  const edits = ['(bytes) => (bytes[bytes.length - 3] ^= 1)', '(bytes) => bytes.fill(0)', '(bytes) => bytes.fill(255, 0, 8)'];
  const before = await page.evaluate(write, { name, id: 'a', count: 20 });
  for (const edit of edits) {
    const [key] = await page.evaluate(untilKept, { name });
    await page.evaluate(damageIt, { name, key, edit });
    await page.reload();
    const after = await page.evaluate(load, { name, id: 'a' });
    assert.deepEqual([after.state, after.evolved], [before.state, 20], edit);
  }
});

test('a state is kept after its command is answered', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const order = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const { counter } = await import('/tests/in-page-counter.js');
    const order = [];
    const put = IDBObjectStore.prototype.put;
    const kept = new Promise((resolve) => {
      IDBObjectStore.prototype.put = function (...values) {
        if (this.name === 'snapshots') resolve(order.push('kept'));
        return put.apply(this, values);
      };
    });
    const store = await openStore({ name, aggregates: [(globalThis.counter = counter({ every: 1 }))] });
    await store.dispatch(globalThis.counter, 'a', { type: 'Add', data: 1 });
    order.push('answered');
    await kept;
    return order;
  }, databaseName(t));
  assert.deepEqual(order, ['answered', 'kept']);
});

test('a state that would not come back the same is told, and the aggregate works on', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const warnings = [];
  page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
  const name = databaseName(t);
  const found = await page.evaluate(async (name) => {
    const { openStore, defineAggregate } = await import('/tests/in-page.js');
    const bag = defineAggregate({
      name: 'bag',
      initialState: () => new Map(),
      decide: { Put: (_, { data }) => ({ type: 'Put', data }) },
      evolve: { Put: (things, { data }) => new Map(things).set(data, true) },
      snapshots: { every: 2, version: 1 },
    });
    const store = await openStore({ name, aggregates: [bag] });
    const told = new Promise((resolve) => store.on('snapshotRefused', resolve));
    for (let n = 0; n < 6; n++) await store.dispatch(bag, 'a', { type: 'Put', data: `thing ${n}` });
    const notice = await told;
    await store.close();
    const again = await openStore({ name, aggregates: [bag] });
    return { notice, things: [...(await again.load(bag, 'a')).state.keys()] };
  }, name);
  assert.deepEqual(found.notice, { aggregate: 'bag', streamId: 'bag-a', reason: 'expected a plain object at state, found an instance of Map' });
  assert.deepEqual(found.things, ['thing 0', 'thing 1', 'thing 2', 'thing 3', 'thing 4', 'thing 5']);
  // Once for each store that was opened.
  assert.ok(warnings.length >= 1 && warnings.length <= 2, warnings.join('\n'));
  assert.match(warnings[0], /annals: the state of "bag-a" is not kept as a snapshot, so its history is replayed: expected a plain object/);
});

/** Runs in the page: commands one by one, until a state is kept. */
async function write({ name, id, count, isMerged }) {
  const { openStore } = await import('/tests/in-page.js');
  const { counter, kept } = await import('/tests/in-page-counter.js');
  const aggregate = counter({ every: 10 });
  const store = await openStore({ name, aggregates: [aggregate] });
  let last;
  for (let n = 0; n < count; n++) last = await store.dispatch(aggregate, id, { type: 'Add', data: n });
  while (!(await kept(name)).some((key) => key[2] === id));
  if (isMerged) await store.merge();
  await store.close();
  return { state: last.state, revision: last.revision };
}

/** Runs in the page. */
async function load({ name, id, asOf, ...options }) {
  const { openStore } = await import('/tests/in-page.js');
  const { counter, kept, revisionOf } = await import('/tests/in-page-counter.js');
  const aggregate = counter({ every: 10, ...options });
  const keys = await kept(name);
  const revision = await revisionOf(name, id);
  const store = await openStore({ name, aggregates: [aggregate] });
  globalThis.evolved = 0;
  const loaded = await store.load(aggregate, id, { asOf });
  const { evolved } = globalThis;
  return { state: loaded.state, revision: loaded.revision, evolved, kept: revision, keys };
}

/** Runs in the page: until something is kept (under another key). */
async function untilKept({ name, not }) {
  const { kept } = await import('/tests/in-page-counter.js');
  for (;;) {
    const keys = await kept(name);
    if (keys.some((key) => String(key) !== String(not))) return keys;
  }
}

/** Runs in the page. */
async function damageIt({ name, key, edit }) {
  const { damage } = await import('/tests/in-page-damage.js');
  await damage({ name, store: 'snapshots', key, edit });
}
