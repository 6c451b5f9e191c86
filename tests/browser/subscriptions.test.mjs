// Subscriptions over IndexedDB: each matching event once and in order, however it came to be stored.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('events that another page stores while a subscription catches up come once and in order', { timeout: 60_000 }, async (t) => {
  const { page, other } = await openPages(t);
  await other.evaluate(append, { streamId: 'before', count: 5000, size: 500 });
  await page.evaluate(subscribe, { last: 6000 });
  const writing = other.evaluate(append, { streamId: 'during', count: 1000, size: 1 });
  await page.evaluate(() => heard.caughtUp);
  const caughtUpAt = await page.evaluate(() => heard.positions.length);
  await writing;
  const { positions, most, position } = await page.evaluate(ending);
  assert.ok(caughtUpAt >= 5000, `${caughtUpAt} when it said that it had caught up`);
  assert.deepEqual(positions, range(1, 6000));
  assert.equal(most, 1, 'the handler is waited for');
  assert.equal(position, 6000);
});

test('a subscription after a position and with a query skips what it does not ask for', { timeout: 60_000 }, async (t) => {
  const { page, other } = await openPages(t);
  await other.evaluate(append, { streamId: 'odd', count: 10, size: 1 });
  await other.evaluate(append, { streamId: 'even', count: 10, size: 1 });
  await page.evaluate(subscribe, { options: { after: 5, query: { items: [{ streams: ['even'] }] } }, last: 40 });
  await other.evaluate(append, { streamId: 'odd', count: 10, size: 1 });
  await other.evaluate(append, { streamId: 'even', count: 10, size: 1 });
  const { positions } = await page.evaluate(ending);
  assert.deepEqual(positions, [...range(11, 20), ...range(31, 40)]);
});

test('a subscription from the head hears only what comes', async (t) => {
  const { page, other } = await openPages(t);
  await other.evaluate(append, { streamId: 's', count: 10, size: 10 });
  await page.evaluate(subscribe, { options: { after: 'head' }, last: 15 });
  await page.evaluate(() => heard.caughtUp);
  assert.deepEqual(await page.evaluate(() => [heard.positions, heard.subscription.position]), [[], 10]);
  await other.evaluate(append, { streamId: 's', count: 3, size: 1 });
  await page.evaluate(append, { streamId: 's', count: 2, size: 2 });
  const { positions } = await page.evaluate(ending);
  assert.deepEqual(positions, range(11, 15));
});

test('an append that was acknowledged here is heard here', async (t) => {
  const { page } = await openPages(t);
  await page.evaluate(subscribe, { last: 300 });
  await page.evaluate(append, { streamId: 's', count: 300, size: 1 });
  const { positions } = await page.evaluate(ending);
  assert.deepEqual(positions, range(1, 300));
});

test('a handler that throws ends its subscription with the very error, and no other', async (t) => {
  const { page } = await openPages(t);
  const found = await page.evaluate(async () => {
    await store.append('s', Array.from({ length: 5 }, () => ({ type: 'A' })), { expectedRevision: 'any' });
    const errors = [new Error('at once'), new Error('later')];
    const heard = [[], [], []];
    const throwing = [
      store.subscribe({}, ({ position }) => {
        heard[0].push(position);
        if (position === 3) throw errors[0];
      }),
      store.subscribe({}, async ({ position }) => {
        heard[1].push(position);
        await null;
        if (position === 2) throw errors[1];
      }),
    ];
    const other = store.subscribe({}, ({ position }) => void heard[2].push(position));
    const closed = await Promise.all(throwing.map((one) => one.closed));
    await Promise.all([...throwing, other].map((one) => one.caughtUp));
    const same = closed.map((error, n) => error === errors[n]);
    return { same, heard, positions: [...throwing, other].map((one) => one.position) };
  });
  assert.deepEqual(found, { same: [true, true], heard: [[1, 2, 3], [1, 2], [1, 2, 3, 4, 5]], positions: [2, 1, 5] });
});

test('a subscription ends when it is closed, by whom and whenever', async (t) => {
  const { page } = await openPages(t);
  const found = await page.evaluate(async () => {
    await store.append('s', Array.from({ length: 5 }, () => ({ type: 'A' })), { expectedRevision: 'any' });
    const heard = { inside: [], signal: [], live: [], aborted: [] };
    const inside = store.subscribe({}, ({ position }) => {
      heard.inside.push(position);
      if (position === 2) inside.close();
    });
    const controller = new AbortController();
    const signalled = store.subscribe({}, ({ position }) => {
      heard.signal.push(position);
      if (position === 3) controller.abort();
    }, { signal: controller.signal });
    const live = store.subscribe({}, ({ position }) => void heard.live.push(position));
    await live.caughtUp;
    live.close();
    const aborted = store.subscribe({}, ({ position }) => void heard.aborted.push(position), { signal: AbortSignal.abort() });
    const all = [inside, signalled, live, aborted];
    const closed = await Promise.all(all.map((one) => one.closed));
    await store.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
    await Promise.all(all.map((one) => one.caughtUp));
    all.forEach((one) => one.close());
    return { heard, closed };
  });
  assert.deepEqual(found, { heard: { inside: [1, 2], signal: [1, 2, 3], live: [1, 2, 3, 4, 5], aborted: [] }, closed: [undefined, undefined, undefined, undefined] });
});

test('closing the store ends a slow subscription after the event at hand, and one that waits', async (t) => {
  const { page } = await openPages(t);
  const found = await page.evaluate(async () => {
    const { plain } = await import('/tests/in-page.js');
    await store.append('s', Array.from({ length: 100 }, () => ({ type: 'A' })), { expectedRevision: 'any' });
    let handled = 0;
    let closing;
    const slow = store.subscribe({}, async () => {
      handled++;
      closing ??= store.close();
      await new Promise((resolve) => setTimeout(resolve));
    });
    const waiting = store.subscribe({ after: 'head' }, () => {});
    const [slowly, waited] = await Promise.all([slow.closed, waiting.closed]);
    await Promise.all([closing, slow.caughtUp, waiting.caughtUp]);
    return { handled, closed: [plain(slowly), plain(waited)].map(({ code, reason }) => ({ code, reason })) };
  });
  const closed = { code: 'Closed', reason: 'closed' };
  assert.deepEqual(found, { handled: 1, closed: [closed, closed] });
});

test('a handler may close the store that it hears', async (t) => {
  const { page } = await openPages(t);
  const found = await page.evaluate(async () => {
    const subscription = store.subscribe({}, () => store.close());
    await store.append('s', [{ type: 'A' }, { type: 'A' }], { expectedRevision: 'any' });
    const ended = subscription.closed.then(({ code }) => code);
    return Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000, 'each waits for the other'))]);
  });
  assert.equal(found, 'Closed');
});

/** A page with a store open as `store`, and another page with the same. */
async function openPages(t) {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const page = await browser.newPage();
  const other = await browser.newPage('/blank.html', { context: page.context() });
  for (const one of [page, other]) {
    await one.evaluate(async (name) => {
      const { openStore } = await import('/tests/in-page.js');
      globalThis.store = await openStore({ name, durability: 'relaxed' });
    }, name);
  }
  return { page, other };
}

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Runs in the page: so many events, so many to an append, not waiting between appends of a hundred. */
async function append({ streamId, count, size }) {
  for (let at = 0; at < count; ) {
    const appends = [];
    for (; at < count && appends.length < 100; at += size) {
      appends.push(store.append(streamId, Array.from({ length: size }, () => ({ type: 'A' })), { expectedRevision: 'any' }));
    }
    await Promise.all(appends);
  }
}

/** Runs in the page: keeps what a subscription hears in `heard`, until the last position. */
function subscribe({ options = {}, last }) {
  const heard = (globalThis.heard = { positions: [], busy: 0, most: 0 });
  heard.done = new Promise((resolve) => {
    heard.subscription = store.subscribe(options, async ({ position }) => {
      heard.most = Math.max(heard.most, ++heard.busy);
      heard.positions.push(position);
      // Sometimes a turn of the event loop, so that others get in between.
      await (position % 100 === 0 ? new Promise((resolve) => setTimeout(resolve)) : null);
      heard.busy--;
      if (position === last) resolve();
    });
  });
  heard.caughtUp = heard.subscription.caughtUp;
}

/** Runs in the page: what was heard by the end, and that no event comes twice after it. */
async function ending() {
  await heard.done;
  heard.subscription.close();
  await heard.subscription.closed;
  const { positions, most, subscription } = heard;
  return { positions, most, position: subscription.position };
}
