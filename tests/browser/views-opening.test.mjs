// Opening a store whose views have much to catch up with: ready first, in the background, watched, and given up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const SAVED = 2000;
const COUNT = 30_000;

test('a store is open when its views have taken in all that was stored, and it tells how far it is', { timeout: 60_000 }, async (t) => {
  const { page, name } = await written(t);
  const { told, status, position, difference } = await page.evaluate(async (name) => {
    const { difference, open } = await import('/tests/in-page-views.js');
    const told = [];
    const { store, view } = await open({ name, onProgress: (progress) => progress.phase === 'catchUp' && told.push(progress) });
    await view.ready;
    return { told, status: view.status, position: view.position, difference: await difference(store, view) };
  }, name);
  assert.deepEqual([status, position, difference], ['ready', COUNT, undefined]);
  assert.ok(told.length > 2, `${told.length} times`);
  for (const { name, total } of told) assert.deepEqual([name, total], ['balances', COUNT]);
  const done = told.map(({ done }) => done);
  assert.deepEqual(done, done.toSorted((a, b) => a - b));
  assert.ok(done[0] > SAVED && done[0] < COUNT, `from ${done[0]}`);
  assert.equal(done.at(-1), COUNT);
});

test('views in the background show what was saved, then catch up, and whoever listens hears of both', { timeout: 60_000 }, async (t) => {
  const { page, name } = await written(t);
  const found = await page.evaluate(async (name) => {
    const { difference, open } = await import('/tests/in-page-views.js');
    const { store, view } = await open({ name, views: 'background' });
    const atOnce = [view.status, view.position, view.count()];
    const heard = { live: [], key: [], view: [] };
    const live = view.live({ orderBy: 'moves', direction: 'desc', limit: 1 });
    live.subscribe(([row]) => heard.live.push([view.position, row?.moves]));
    const idle = view.live({ orderBy: 'moves', direction: 'desc', limit: 1 });
    const iterated = [];
    const iterating = (async () => {
      for await (const [row] of live) iterated.push(row?.moves);
    })();
    view.subscribe((row) => heard.key.push([view.position, row?.moves]), { key: 'account-1' });
    view.subscribe(() => heard.view.push([view.position, view.status]));
    await view.ready;
    const ready = [view.status, view.position, live.get()[0].moves, idle.get()[0].moves];
    const wrong = await difference(store, view);
    await store.append('moves', [{ type: 'Moved', data: { account: 'account-1', amount: 1 } }], { expectedRevision: 'any' });
    const after = [heard.live.at(-1), heard.key.at(-1), live.get()[0] === view.get('account-1')];
    live.close();
    await iterating;
    return { atOnce, heard, ready, wrong, after, folded, iterated };
  }, name);
  // An account has one move of each thousand events.
  assert.deepEqual(found.atOnce, ['catchingUp', SAVED, 1000]);
  for (const heard of [found.heard.live, found.heard.key]) {
    assert.deepEqual(heard.slice(0, 1), [[SAVED, 2]]);
    assert.ok(heard.length > 3, JSON.stringify(heard));
  }
  assert.deepEqual(found.heard.view.slice(0, 1), [[SAVED, 'catchingUp']]);
  assert.equal(found.heard.view.some(([position, status]) => position === COUNT && status === 'ready'), true);
  assert.deepEqual(found.ready, ['ready', COUNT, 30, 30]);
  assert.deepEqual([found.wrong, found.folded], [undefined, COUNT - SAVED + 1]);
  assert.deepEqual(found.after, [[COUNT + 1, 31], [COUNT + 1, 31], true]);
  assert.equal(found.iterated.at(-1), 31);
});

test('what is appended while views catch up in the background is acknowledged, and they take it in', { timeout: 60_000 }, async (t) => {
  const { page, name } = await written(t);
  const found = await page.evaluate(async (name) => {
    const { difference, open } = await import('/tests/in-page-views.js');
    const { store, view } = await open({ name, views: 'background' });
    const { position } = await store.append('late', [{ type: 'Moved', data: { account: 'late', amount: 1 } }], { expectedRevision: 'noStream' });
    const status = view.status;
    await view.whenAt(position);
    return { position, status, row: view.get('late'), ready: view.status, wrong: await difference(store, view) };
  }, name);
  assert.deepEqual(found, { position: COUNT + 1, status: 'catchingUp', row: { account: 'late', total: 1, moves: 1, version: 1 }, ready: 'ready', wrong: undefined });
});

test('an opening that is given up while views catch up is Aborted, and leaves nothing open', { timeout: 60_000 }, async (t) => {
  const { page, name } = await written(t);
  const found = await page.evaluate(async (name) => {
    const { deleteStore, failure, openStore } = await import('/tests/in-page.js');
    const { balances } = await import('/tests/in-page-views.js');
    const { watchConnections } = await import('/tests/in-page-faults.js');
    const { close } = IDBDatabase.prototype;
    const closed = new Set();
    IDBDatabase.prototype.close = function () {
      closed.add(this);
      close.call(this);
    };
    const connections = watchConnections();
    const controller = new AbortController();
    const told = [];
    const onProgress = ({ phase, done }) => {
      if (phase !== 'catchUp') return;
      told.push(done);
      controller.abort(new Error('enough'));
    };
    const error = await failure(() => openStore({ name, projections: [balances()], signal: controller.signal, onProgress }));
    // The mark of the page stays as long as the page.
    const left = connections.filter((one) => one.name === name && !closed.has(one)).length;
    const thrown = await openStore({
      name,
      projections: [balances()],
      onProgress: ({ phase }) => {
        if (phase === 'catchUp') throw new Error('out of the callback');
      },
    }).catch(({ message }) => message);
    await deleteStore(name);
    return { error, told: told.length, thrown, left };
  }, name);
  assert.deepEqual([found.error?.code, found.error?.cause?.message, found.told, found.thrown, found.left], ['Aborted', 'enough', 1, 'out of the callback', 0]);
});

test('a store that is closed while views catch up in the background ends them', { timeout: 60_000 }, async (t) => {
  const { page, name } = await written(t);
  const found = await page.evaluate(async (name) => {
    const { failure } = await import('/tests/in-page.js');
    const { difference, open, saves } = await import('/tests/in-page-views.js');
    const { store, view } = await open({ name, views: 'background' });
    const seen = [];
    const live = view.live({ limit: 1 });
    live.subscribe({ next: (rows) => seen.push(rows.length), complete: () => seen.push('end') });
    const [ready, waiting] = [failure(() => view.ready), failure(() => view.whenAt(1_000_000))];
    await store.close();
    const codes = [(await ready)?.code, (await waiting)?.code];
    const saved = await saves(name);
    const again = await open({ name });
    return { codes, last: seen.at(-1), saved, wrong: await difference(again.store, again.view) };
  }, name);
  assert.deepEqual(found, { codes: ['Closed', 'Closed'], last: 'end', saved: { 1: SAVED }, wrong: undefined });
});

/** A page, and a store whose view is saved where most of the events were still to come. */
async function written(t) {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  await page.evaluate(async ({ name, saved, count }) => {
    const { openStore } = await import('/tests/in-page.js');
    const { move, open } = await import('/tests/in-page-views.js');
    const { store } = await open({ name });
    await move({ store, count: saved, accounts: 1000, isSteady: true });
    await store.close();
    const other = await openStore({ name });
    await move({ store: other, from: saved, count: count - saved, accounts: 1000, isSteady: true });
    await other.close();
  }, { name, saved: SAVED, count: COUNT });
  await page.reload();
  return { page, name };
}
