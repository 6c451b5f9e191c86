// What browsers do to databases, one trouble after another, and what comes of each. www/docs/guides/storage.md has the same table in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const LOST = { name: 'UnknownError', message: 'Connection to Indexed Database server lost. Refresh the page to try again' };
const CLOSING = { name: 'AbortError', message: 'The database connection is closing.' };
const INTERNAL = { name: 'UnknownError', message: 'Internal error committing transaction.' };
const FULL = { name: 'QuotaExceededError', message: 'The current transaction exceeded its quota limitations.' };

/** How a commit fails that is stored, or not, as far as anybody can tell afterwards. */
const FAILURES = {
  'the connection to the server of databases is lost (WebKit)': { error: LOST, dead: true },
  'the connection is closing': { error: CLOSING, dead: true },
  'the browser gives no reason': { error: null },
  'the browser has trouble of its own': { error: INTERNAL },
};

for (const [what, failure] of Object.entries(FAILURES)) {
  for (const end of ['complete', 'abort']) {
    test(`a commit that ends with ${end} while ${what} is stored once, and acknowledged as new`, async (t) => {
      const found = await run(t, appendUnder, { ...failure, end });
      assert.deepEqual(found, { failed: 1, answer: { position: 2, revisions: { s: 2 }, duplicate: false }, after: 3, types: ['Before', 'Hit', 'After'], findings: [] });
    });
  }

  test(`a command whose commit fails while ${what} is carried out once`, async (t) => {
    const found = await run(t, dispatchUnder, { ...failure, end: 'complete' });
    assert.deepEqual(found, { failed: 1, count: 2, revision: 2, duplicate: false, types: ['Counted', 'Counted'] });
  });

  test(`a reading that fails while ${what} is asked again`, async (t) => {
    const found = await run(t, readUnder, { ...failure, mode: 'readonly', end: 'complete' });
    assert.deepEqual(found, { failed: 1, types: ['Before'] });
  });
}

test('a commit for which there seems to be no room is tried once more on a new connection', async (t) => {
  const found = await run(t, appendUnder, { error: FULL });
  assert.deepEqual(found, { failed: 1, answer: { position: 2, revisions: { s: 2 }, duplicate: false }, after: 3, types: ['Before', 'Hit', 'After'], findings: [] });
});

test('a commit for which there is no room is QuotaExceeded after two tries, and nothing is stored', async (t) => {
  const { failed, answer, types } = await run(t, appendUnder, { error: FULL, times: 2 });
  assert.deepEqual([failed, answer.code, answer.outcome, types], [2, 'QuotaExceeded', 'none', ['Before', 'After']]);
});

test('what the browser says of room keeps nobody from storing', async (t) => {
  const position = await run(t, async ({ name }) => {
    const { openStore } = await import('/tests/in-page.js');
    // WebKit may have none of it.
    if (navigator.storage !== undefined) navigator.storage.estimate = async () => ({ usage: 1000, quota: 0 });
    const store = await openStore({ name });
    return (await store.append('s', [{ type: 'A' }], { expectedRevision: 0 })).position;
  });
  assert.equal(position, 1);
});

/** How an opening fails, how often it is tried, and what comes of it when it always does. */
const OPENINGS = {
  UnknownError: { passes: 2, code: 'StorageCorrupt', tries: 3 },
  QuotaExceededError: { passes: 1, code: 'QuotaExceeded', tries: 2 },
  AbortError: { passes: 2, code: 'StorageFailed', tries: 3 },
};

for (const [error, { passes, code, tries }] of Object.entries(OPENINGS)) {
  test(`an opening that fails with ${error} is tried again, and ${code} when that does not help`, async (t) => {
    const found = await run(t, async ({ name, error, passes }) => {
      const { failOpenings } = await import('/tests/in-page-faults.js');
      const { failure, openStore } = await import('/tests/in-page.js');
      const opened = failOpenings({ times: passes, name: error });
      const { status } = await openStore({ name });
      const refused = failOpenings({ times: Infinity, name: error });
      const { code } = await failure(() => openStore({ name }));
      return { status, opened: opened.count, code, refused: refused.count };
    }, { error, passes });
    assert.deepEqual(found, { status: 'open', opened: passes + 1, code, refused: tries });
  });
}

for (const mode of ['readwrite', 'readonly']) {
  test(`a ${mode} transaction that never ends is given up, and what it was for is done`, { timeout: 30_000 }, async (t) => {
    const found = await run(t, async ({ name, mode }) => {
      const { hurry, loseTransaction } = await import('/tests/in-page-faults.js');
      const { openStore } = await import('/tests/in-page.js');
      hurry();
      const store = await openStore({ name });
      await store.append('s', [{ type: 'Before' }], { expectedRevision: 0 });
      const lost = loseTransaction(mode);
      const answer = mode === 'readonly' ? undefined : await store.append('s', [{ type: 'Hit' }], { expectedRevision: 1 });
      const types = (await store.readAll().toArray()).map(({ type }) => type);
      return { lost: lost.count, position: answer?.position ?? 0, duplicate: answer?.duplicate ?? false, types };
    }, { mode });
    const done = mode === 'readonly' ? { position: 0, types: ['Before'] } : { position: 2, types: ['Before', 'Hit'] };
    assert.deepEqual(found, { lost: 1, duplicate: false, ...done });
  });
}

test('nothing that is stored is a Blob, or anything else but bytes and their keys', async (t) => {
  const kinds = await run(t, async ({ name }) => {
    const { connect, defineAggregate, defineProjection, openStore } = await import('/tests/in-page.js');
    const counter = defineAggregate({ name: 'counter', initialState: () => ({ n: 0 }), decide: { Count: () => ({ type: 'Counted' }) }, evolve: { Counted: ({ n }) => ({ n: n + 1 }) }, snapshots: { every: 2, version: 1 } });
    const counts = defineProjection({ name: 'counts', version: 1, on: { Counted: (row) => ({ n: (row?.n ?? 0) + 1 }) } });
    const store = await openStore({ name, aggregates: [counter], projections: [counts] });
    for (let n = 0; n < 20; n++) await store.dispatch(counter, 'a', { type: 'Count' });
    for (let n = 0; n < 80; n++) await store.append('large', Array.from({ length: 20 }, () => ({ type: 'Large', data: 'x'.repeat(1000) })), { expectedRevision: 'any' });
    if ((await store.merge()).steps === 0) throw new Error('there was nothing to merge');
    await store.close();
    const database = await connect(name);
    const kinds = new Set();
    for (const store of database.objectStoreNames) {
      const request = database.transaction(store).objectStore(store).getAll();
      await new Promise((resolve) => (request.onsuccess = resolve));
      for (const value of request.result) kinds.add(value.constructor.name);
    }
    database.close();
    return [...kinds];
  });
  assert.deepEqual(kinds, ['Uint8Array']);
});

/** Runs in a page of its own, with a store of its own. */
async function run(t, call, options = {}) {
  const page = await (await withBrowser(t)).newPage();
  return page.evaluate(call, { name: databaseName(t), ...options });
}

/** Runs in the page, as the functions below. */
async function appendUnder({ name, ...trouble }) {
  const { failTransactions } = await import('/tests/in-page-faults.js');
  const { openStore, plain } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  await store.append('s', [{ type: 'Before' }], { expectedRevision: 0 });
  const failed = failTransactions(trouble);
  const answer = await store.append('s', [{ type: 'Hit' }], { expectedRevision: 1 }).catch(plain);
  const { position: after } = await store.append('s', [{ type: 'After' }], { expectedRevision: 'any' });
  const types = (await store.readAll().toArray()).map(({ type }) => type);
  const { findings } = await store.verify();
  return { failed: failed.count, answer, after, types, findings };
}

async function dispatchUnder({ name, ...trouble }) {
  const { failTransactions } = await import('/tests/in-page-faults.js');
  const { defineAggregate, openStore } = await import('/tests/in-page.js');
  const counter = defineAggregate({ name: 'counter', initialState: () => ({ count: 0 }), decide: { Count: () => ({ type: 'Counted' }) }, evolve: { Counted: ({ count }) => ({ count: count + 1 }) } });
  const store = await openStore({ name, aggregates: [counter] });
  await store.dispatch(counter, 'a', { type: 'Count' });
  const failed = failTransactions(trouble);
  const { state, revision, duplicate } = await store.dispatch(counter, 'a', { type: 'Count' });
  const types = (await store.readAll().toArray()).map(({ type }) => type);
  return { failed: failed.count, count: state.count, revision, duplicate, types };
}

async function readUnder({ name, ...trouble }) {
  const { failTransactions } = await import('/tests/in-page-faults.js');
  const { openStore } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  await store.append('s', [{ type: 'Before' }], { expectedRevision: 0 });
  const failed = failTransactions(trouble);
  const types = (await store.readAll().toArray()).map(({ type }) => type);
  return { failed: failed.count, types };
}
