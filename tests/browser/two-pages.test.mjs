// Two pages of one origin on one store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('of two pages that race on one stream exactly one wins each revision', { timeout: 60_000 }, async (t) => {
  const rounds = 150;
  const { first, second } = await twoPages(t);
  const [ones, twos] = await Promise.all([first, second].map((page, n) => page.evaluate(race, { writer: n, rounds })));
  assert.ok(ones.lost + twos.lost > 0, 'they met');
  assert.deepEqual([...ones.won, ...twos.won].sort((a, b) => a - b), range(1, rounds));
  const events = await first.evaluate(() => store.readStream('s').toArray());
  assert.deepEqual(events.map(({ revision }) => revision), range(1, rounds));
  const writers = events.map(({ data }) => data.writer);
  for (const [n, { won }] of [ones, twos].entries()) {
    assert.deepEqual(won, range(1, rounds).filter((revision) => writers[revision - 1] === n));
  }
  assert.deepEqual(await second.evaluate(() => store.readStream('s').toArray()), events);
});

test('two pages that append to streams of their own never refuse each other', { timeout: 60_000 }, async (t) => {
  const count = 100;
  const { first, second } = await twoPages(t);
  await Promise.all([first.evaluate(appendInTurn, { streamId: 'a', count }), second.evaluate(appendInTurn, { streamId: 'b', count })]);
  const events = await first.evaluate(() => store.readAll().toArray());
  assert.deepEqual(events.map(({ position }) => position), range(1, 2 * count));
  for (const streamId of ['a', 'b']) {
    assert.deepEqual(events.filter((event) => event.streamId === streamId).map(({ revision, data }) => [revision, data]), range(1, count).map((n) => [n, n - 1]));
  }
  assert.deepEqual(await second.evaluate(() => store.readAll().toArray()), events);
  assert.deepEqual(await first.evaluate(() => store.verify().then(({ findings }) => findings)), []);
});

test('a condition holds against what another page has stored', async (t) => {
  const { first, second } = await twoPages(t);
  const [one, two] = await Promise.all([first.evaluate(register, 'user-1'), second.evaluate(register, 'user-2')]);
  const [winner, loser] = one === undefined ? [one, two] : [two, one];
  assert.equal(winner, undefined);
  assert.equal(loser.code, 'AppendConditionFailed');
  assert.deepEqual(loser.positions, [1]);
  assert.equal(loser.retryable, true);
  assert.equal(await second.evaluate(() => store.readAll().toArray().then(({ length }) => length)), 1);
});

test('a page that repeats what another page has stored hears that it is a duplicate', async (t) => {
  const { first, second } = await twoPages(t);
  const append = (ids) => store.append('s', ids.map((id) => ({ type: 'A', id })), { expectedRevision: 'noStream' });
  const ids = [crypto.randomUUID(), crypto.randomUUID()];
  assert.deepEqual(await first.evaluate(append, ids), { position: 2, revisions: { s: 2 }, duplicate: false });
  assert.deepEqual(await second.evaluate(append, ids), { position: 2, revisions: { s: 2 }, duplicate: true });
});

test('a page reads what another page has stored, as soon as it is acknowledged there', async (t) => {
  const { first, second } = await twoPages(t);
  for (let n = 1; n <= 20; n++) {
    await first.evaluate(() => store.append('s', [{ type: 'A' }], { expectedRevision: 'any' }));
    const seen = await second.evaluate(async () => {
      const reader = store.readAll();
      const events = await reader.toArray();
      return [events.length, reader.head, await store.streamRevision('s')];
    });
    assert.deepEqual(seen, [n, n, n]);
  }
});

test('a page that only waits learns of the newest event of a burst in another page', async (t) => {
  const { first, second } = await twoPages(t);
  await first.evaluate(appendInTurn, { streamId: 'a', count: 200 });
  await second.waitForFunction(() => store.head === 200, undefined, { polling: 20 });
});

test('a page whose hints are lost finds out when it gets the focus', async (t) => {
  const { first, second } = await twoPages(t);
  await first.evaluate(() => {
    BroadcastChannel.prototype.postMessage = () => {};
    return store.append('a', [{ type: 'A' }], { expectedRevision: 'any' });
  });
  assert.equal(await second.evaluate(() => store.head), 0, 'no hint came');
  await second.evaluate(() => void dispatchEvent(new Event('focus')));
  await second.waitForFunction(() => store.head === 1, undefined, { polling: 20 });
});

/** Two pages of one origin, each with the same store open. */
async function twoPages(t) {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const first = await browser.newPage();
  const second = await browser.newPage('/blank.html', { context: first.context() });
  for (const page of [first, second]) {
    await page.evaluate(async (name) => {
      const { openStore } = await import('/tests/in-page.js');
      globalThis.store = await openStore({ name });
    }, name);
  }
  return { first, second };
}

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Runs in both pages at once: each wants every revision. */
async function race({ writer, rounds }) {
  const { isAnnalsError } = await import('/tests/in-page.js');
  const won = [];
  let lost = 0;
  for (let revision = await store.streamRevision('s'); revision < rounds; revision = await store.streamRevision('s')) {
    try {
      const { revisions } = await store.append('s', [{ type: 'Won', data: { writer } }], { expectedRevision: revision });
      won.push(revisions.s);
    } catch (error) {
      if (!isAnnalsError(error, 'RevisionConflict')) throw error;
      const [conflict] = error.conflicts;
      if (conflict.streamId !== 's' || conflict.expected !== revision || conflict.actual <= revision) throw error;
      lost++;
    }
  }
  return { won, lost };
}

/** Runs in a page: one append after the other, each at the exact revision. */
async function appendInTurn({ streamId, count }) {
  for (let n = 0; n < count; n++) await store.append(streamId, [{ type: 'A', data: n }], { expectedRevision: n });
}

/** Runs in both pages at once: only one may have the address. */
async function register(streamId) {
  const { failure } = await import('/tests/in-page.js');
  const condition = { failIfEventsMatch: { items: [{ tags: ['mail:ada@example.org'] }] } };
  return failure(() => store.append(streamId, [{ type: 'Registered', tags: ['mail:ada@example.org'] }], { expectedRevision: 'noStream', condition }));
}
