// What a failing engine does: everybody who waits hears it, the others go on, and openStore works again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAggregate, openStore } from '../../dist/index.js';
import { watchEngines } from '../browser/in-page-engines.js';
import { ANY, assertRefused, errorOf, numbered } from './helpers.mjs';

/** How an engine fails: at the next call of it, or with a panic of its own. */
const WAYS = { 'an engine that traps': (engine) => engine.trap(), 'an engine that panics': (engine) => engine.panic('for a test') };

for (const [what, fail] of Object.entries(WAYS)) {
  test(`${what} rejects all appends that wait, as unknown, each with its ids`, async (t) => {
    const { store, engine } = await openBreakable(t);
    await store.append('s', numbered(3), ANY);
    const ids = Array.from({ length: 6 }, () => crypto.randomUUID());
    const event = (n) => ({ type: 'A', id: ids[n] });
    const waiting = [
      store.append('s', [event(0), event(1)], ANY),
      store.append('s', [event(2)], { ...ANY, signal: new AbortController().signal }),
      store.appendMany([{ streamId: 'a', events: [event(3)], ...ANY }, { streamId: 'b', events: [event(4), event(5)], ...ANY }]),
      store.append('s', [{ type: 'Without an id' }], ANY),
    ];
    fail(engine);
    const errors = await Promise.all(waiting.map((call) => errorOf(() => call)));
    assert.deepEqual(errors.map(({ code, outcome, retryable }) => [code, outcome, retryable]), Array(4).fill(['EngineFailed', 'unknown', true]));
    assert.deepEqual(errors.slice(0, 3).map(({ eventIds }) => eventIds), [ids.slice(0, 2), ids.slice(2, 3), ids.slice(3)]);
    assert.match(errors[3].eventIds[0], /^[0-9a-f-]{36}$/, 'an id that the caller has not given is told too');
    assert.ok(errors[0].cause instanceof Error);
  });

  test(`${what} says so at every later call, in one notice, and its head is the last one known`, async (t) => {
    const { store, engine } = await openBreakable(t);
    const told = [];
    store.on('failed', ({ error }) => told.push(error));
    await store.append('s', numbered(3), ANY);
    assert.equal(store.head, 3);
    fail(engine);
    const first = await errorOf(() => store.append('s', numbered(1), ANY));
    const calls = [
      () => store.append('s', numbered(1), ANY),
      () => store.appendMany([{ streamId: 's', events: numbered(1), ...ANY }]),
      () => store.readAll().toArray(),
      () => store.readStream('s').toArray(),
      () => store.event(crypto.randomUUID()),
      () => store.streamRevision('s'),
      () => store.streams(),
      () => store.subscribe({}, () => {}),
      () => store.diagnostics(),
      () => store.verify(),
    ];
    for (const call of calls) await assertRefused(call, 'EngineFailed');
    assert.deepEqual([store.status, store.head, told.length], ['failed', 3, 1]);
    assert.equal(told[0].code, 'EngineFailed');
    assert.equal(first.message, told[0].message);
    await store.close();
    await assertRefused(calls[0], 'EngineFailed');
  });

  test(`${what} leaves other stores alone, and another one can be opened`, async (t) => {
    const { store, engine } = await openBreakable(t);
    const other = await openStore({ name: t.name, storage: 'memory' });
    await other.append('s', numbered(2), ANY);
    fail(engine);
    await assertRefused(() => store.append('s', numbered(1), ANY), 'EngineFailed', what.includes('traps') ? { outcome: 'unknown', retryable: true } : {});
    await other.append('s', numbered(1), ANY);
    const again = await openStore({ name: t.name, storage: 'memory' });
    await again.append('s', numbered(1), ANY);
    assert.deepEqual([other.head, (await other.readAll().toArray()).length, again.head], [3, 3, 1]);
  });
}

test('a panic rejects readings and other calls that wait', async (t) => {
  const { store, engine } = await openBreakable(t);
  await store.append('s', numbered(10_000), ANY);
  const reading = store.readAll()[Symbol.asyncIterator]();
  await reading.next();
  const calls = [store.readAll().toArray(), store.streamRevision('s'), store.verify(), store.diagnostics()];
  engine.panic('for a test');
  for (const call of calls) await assertRefused(() => call, 'EngineFailed');
  const readOn = async () => {
    while (!(await reading.next()).done);
  };
  await assertRefused(readOn, 'EngineFailed');
});

test('a panic ends subscriptions: closed resolves with the error, and caughtUp settles', async (t) => {
  const { store, engine } = await openBreakable(t);
  await store.append('s', numbered(3), ANY);
  const live = store.subscribe({}, () => {});
  await live.caughtUp;
  const busy = store.subscribe({}, () => new Promise((resolve) => setImmediate(resolve)));
  engine.panic('for a test');
  const closed = await Promise.all([live.closed, busy.closed]);
  assert.deepEqual(closed.map(({ code }) => code), ['EngineFailed', 'EngineFailed']);
  await busy.caughtUp;
  assert.equal(live.position, 3);
});

test('an engine that cannot be made is EngineFailed, and the next opening tries again', async (t) => {
  const { Instance } = WebAssembly;
  t.after(() => (WebAssembly.Instance = Instance));
  const cause = new WebAssembly.LinkError('for a test');
  WebAssembly.Instance = function () {
    throw cause;
  };
  await assertRefused(() => openStore({ name: t.name, storage: 'memory' }), 'EngineFailed', { cause });
  WebAssembly.Instance = Instance;
  assert.equal((await openStore({ name: t.name, storage: 'memory' })).isNew, true);
});

/** A store in memory, and its engine. */
test('an engine that traps when something is handed over answers that, and what was called behind it in the same turn', { timeout: 10_000 }, async (t) => {
  const thing = defineAggregate({ name: 'thing', initialState: () => 0, decide: { Do: () => ({ type: 'Done' }) }, evolve: { Done: (count) => count + 1 } });
  const append = (store) => store.append('s', numbered(1), ANY);
  const dispatch = (store) => store.dispatch(thing, 'a', { type: 'Do' });
  const many = (store) => store.appendMany([{ streamId: 's', events: numbered(1), ...ANY }]);
  for (const calls of [[append, dispatch], [dispatch, append], [dispatch, many], [append, dispatch, append]]) {
    const { store, engine } = await openBreakable(t, { aggregates: [thing] });
    engine.trap();
    const answers = await Promise.all(calls.map((call) => errorOf(() => call(store))));
    assert.deepEqual(answers.map(({ code }) => code), calls.map(() => 'EngineFailed'));
    assert.equal(answers[0].outcome, 'unknown');
  }
});

async function openBreakable(t, options = {}) {
  const engines = watchEngines();
  t.after(engines.restore);
  const store = await openStore({ name: t.name, storage: 'memory', ...options });
  return { store, engine: engines[0] };
}
