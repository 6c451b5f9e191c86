// Engines that fail in a page, over IndexedDB: what was in flight is unknown, and what is stored is found again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

/** How long a page waits for an answer that should have come at once, in ms. */
const PATIENCE_MS = 3000;

test('an engine that panics while it opens is EngineFailed, and the next opening works', async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async (name) => {
    const { failure, openStore } = await import('/tests/in-page.js');
    const { getRandomValues } = Crypto.prototype;
    Crypto.prototype.getRandomValues = () => {
      throw new Error('no randomness today');
    };
    const error = await failure(() => openStore({ name }));
    Crypto.prototype.getRandomValues = getRandomValues;
    const store = await openStore({ name });
    const { position } = await store.append('s', [{ type: 'A' }], { expectedRevision: 0 });
    return { error, isNew: store.isNew, position };
  }, databaseName(t));
  assert.equal(found.error.code, 'EngineFailed');
  assert.match(found.error.message, /source of randomness/);
  assert.deepEqual([found.isNew, found.position], [true, 1]);
});

test('appends that a panic cut off are unknown, and are stored once when called again in a new store', async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async (name) => {
    const { watchEngines } = await import('/tests/in-page-engines.js');
    const { openStore, plain } = await import('/tests/in-page.js');
    const engines = watchEngines();
    const [store, other] = [await openStore({ name }), await openStore({ name })];
    const committing = new Promise((resolve) => {
      const { commit } = IDBTransaction.prototype;
      IDBTransaction.prototype.commit = function () {
        commit.call(this);
        resolve();
      };
    });
    const append = (store, n, id) => store.append(`s-${n}`, [{ type: 'A', ...(id && { id }) }], { expectedRevision: 'noStream' });
    const first = Array.from({ length: 5 }, (_, n) => append(store, n).catch(plain));
    await committing;
    const second = Array.from({ length: 5 }, (_, n) => append(store, 5 + n).catch(plain));
    engines[0].panic('for a test');
    const errors = await Promise.all([...first, ...second]);
    const again = await Promise.all(errors.map(({ eventIds: [id] }, n) => append(other, n, id)));
    const stored = await other.readAll().toArray();
    return { errors, again, stored: stored.map(({ streamId }) => streamId), ids: errors.map(({ eventIds }) => eventIds[0]), storedIds: stored.map(({ id }) => id) };
  }, databaseName(t));
  assert.deepEqual(found.errors.map(({ code, outcome, retryable }) => [code, outcome, retryable]), Array(10).fill(['EngineFailed', 'unknown', true]));
  assert.deepEqual(found.stored, Array.from({ length: 10 }, (_, n) => `s-${n}`));
  assert.deepEqual(found.storedIds, found.ids);
  assert.deepEqual(found.again.map(({ duplicate }) => duplicate), Array.from({ length: 10 }, (_, n) => n < 5), 'the commit that had begun went on without the engine');
});

test('readings and subscriptions under way hear of a panic', async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async ({ name, patience }) => {
    const { watchEngines } = await import('/tests/in-page-engines.js');
    const { openStore, plain } = await import('/tests/in-page.js');
    const writer = await openStore({ name });
    await writer.append('s', Array.from({ length: 10_000 }, () => ({ type: 'A' })), { expectedRevision: 'any' });
    const engines = watchEngines();
    const store = await openStore({ name });
    const subscription = store.subscribe({ after: 'head' }, () => {});
    await subscription.caughtUp;
    const reading = store.readAll()[Symbol.asyncIterator]();
    await reading.next();
    const toTheEnd = async () => {
      while (!(await reading.next()).done);
    };
    const waiting = [store.readAll().toArray(), toTheEnd(), store.verify(), subscription.closed.then((error) => Promise.reject(error))];
    engines[0].panic('for a test');
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error('it waits for ever')), patience));
    return Promise.all(waiting.map((one) => Promise.race([one, late]).catch((error) => `${plain(error).code}: ${error.message}`)));
  }, { name: databaseName(t), patience: PATIENCE_MS });
  for (const error of found) assert.match(String(error), /^EngineFailed: /);
});

test('commands, views and every later call hear of a panic, other stores live on, and a new one finds all that was acknowledged', { timeout: 30_000 }, async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async ({ name, patience }) => {
    const { watchEngines } = await import('/tests/in-page-engines.js');
    const { defineAggregate, defineCommandHandler, defineProjection, failure, failures, openStore, plain } = await import('/tests/in-page.js');
    const counter = defineAggregate({ name: 'counter', initialState: () => ({ n: 0 }), decide: { Count: () => ({ type: 'Counted' }) }, evolve: { Counted: ({ n }) => ({ n: n + 1 }) } });
    const counts = defineProjection({ name: 'counts', version: 1, on: { Counted: (row) => ({ n: (row?.n ?? 0) + 1 }) } });
    const count = defineCommandHandler('CountTwice', async (_, { dispatch }) => [await dispatch(counter, 'a', { type: 'Count' }), await dispatch(counter, 'b', { type: 'Count' })]);
    const options = { name, aggregates: [counter], projections: [counts], commandHandlers: [count] };
    const neighbour = await openStore({ name: `${name}, another`, aggregates: [counter] });
    const engines = watchEngines();
    const store = await openStore(options);
    const told = [];
    store.on('failed', ({ error }) => told.push(error.code));
    const acknowledged = [];
    for (let n = 0; n < 20; n++) acknowledged.push((await store.dispatch(counter, `${n % 5}`, { type: 'Count' })).position);
    const view = store.view(counts);
    const answers = view.live({})[Symbol.asyncIterator]();
    await answers.next();
    const waiting = {
      dispatch: store.dispatch(counter, 'a', { type: 'Count' }),
      load: store.load(counter, '0'),
      send: store.send(count, { type: 'CountTwice' }),
      whenAt: view.whenAt(1000),
      rebuild: view.rebuild(),
      asOf: view.asOf({ position: 3 }),
      merge: store.merge(),
      live: answers.next().then(({ done }) => Promise.reject(done ? Object.assign(store.view(counts).error ?? new Error('it ended')) : new Error('it went on'))),
    };
    engines[0].panic('for a test');
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error('it waits for ever')), patience));
    const ended = {};
    for (const [call, promise] of Object.entries(waiting)) ended[call] = await Promise.race([promise, late]).then(() => 'answered', (error) => plain(error).code + (error.code ? '' : `: ${error.message}`));
    const later = await failures(store);
    later.count = await failure(() => view.count());
    later.dispatch = await failure(() => store.dispatch(counter, 'a', { type: 'Count' }));
    later.load = await failure(() => store.load(counter, 'a'));
    later.send = await failure(() => store.send(count, { type: 'CountTwice' }));
    const { state } = await neighbour.dispatch(counter, 'a', { type: 'Count' });
    const again = await openStore(options);
    const events = await again.readAll().toArray();
    return {
      ended, told, status: store.status, later: Object.values(later).map(({ code }) => code), neighbour: state.n,
      missing: acknowledged.filter((position) => events[position - 1]?.type !== 'Counted'), counted: again.view(counts).get('counter-0').n, findings: (await again.verify()).findings,
    };
  }, { name: databaseName(t), patience: PATIENCE_MS });
  const { live, ...ended } = found.ended;
  assert.deepEqual(new Set(Object.values(ended)), new Set(['EngineFailed']), JSON.stringify(ended));
  assert.notEqual(live, 'not an AnnalsError: it waits for ever');
  assert.deepEqual(new Set(found.later), new Set(['EngineFailed']));
  assert.deepEqual([found.told, found.status, found.neighbour, found.missing, found.counted, found.findings], [['EngineFailed'], 'failed', 1, [], 4, []]);
});

test('an engine that traps in a task of its own, without a panic, fails as well', async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async ({ name, patience }) => {
    const { watchEngines } = await import('/tests/in-page-engines.js');
    const { openStore, plain } = await import('/tests/in-page.js');
    const engines = watchEngines();
    const store = await openStore({ name });
    engines[0].trapInTask();
    const append = store.append('s', [{ type: 'A' }], { expectedRevision: 'any' }).catch((error) => plain(error).code);
    return Promise.race([append, new Promise((resolve) => setTimeout(resolve, patience, 'it waits for ever'))]);
  }, { name: databaseName(t), patience: PATIENCE_MS });
  assert.equal(found, 'EngineFailed');
});

test('an onProgress that throws ends the opening', async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async ({ name, patience }) => {
    const { openStore } = await import('/tests/in-page.js');
    const onProgress = () => {
      throw new Error('for a test');
    };
    const opening = openStore({ name, onProgress }).then(() => 'opened', () => 'refused');
    return Promise.race([opening, new Promise((resolve) => setTimeout(resolve, patience, 'it waits for ever'))]);
  }, { name: databaseName(t), patience: PATIENCE_MS });
  assert.match(found, /opened|refused/);
});

/** A page on which engines may fail: a trap in a task is an error of the page as well. */
async function openPage(t) {
  return (await withBrowser(t)).newPage('/blank.html', { allowErrors: true });
}
