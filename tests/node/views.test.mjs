// Views: rows that are kept up with the log, and can be asked at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { defineProjection } from '../../dist/index.js';
import { append, balances, bank, opened, paid } from './banking.mjs';
import { assertInvalid, assertRefused, errorOf } from './helpers.mjs';

test('an append is answered once the views have taken it in', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  assert.deepEqual([view.name, view.version, view.position, view.updatedAt, view.status, view.count()], ['balances', 1, 0, 0, 'ready', 0]);
  const { position } = await append(store, 'account-1', opened('ada'), paid(5));
  assert.deepEqual(view.get('account-1'), { owner: 'ada', balance: 5 });
  assert.equal(view.position, position);
  const [, last] = await store.readAll().toArray();
  assert.equal(view.updatedAt, last.recordedAt);
  await append(store, 'other-1', { type: 'Other' });
  assert.deepEqual([view.position, view.updatedAt], [3, last.recordedAt]);
});

test('a row is the same object until it changes', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  await append(store, 'account-1', opened('ada'));
  await append(store, 'account-2', opened('bob'));
  const [one, two] = [view.get('account-1'), view.get('account-2')];
  await append(store, 'account-1', { type: 'Noted' });
  assert.equal(view.get('account-1'), one);
  await append(store, 'account-1', paid(1));
  assert.notEqual(view.get('account-1'), one);
  assert.equal(view.get('account-2'), two);
  assert.equal(view.find({ where: { owner: 'bob' } })[0], two);
  await append(store, 'account-2', { type: 'Closed' });
  assert.equal(view.get('account-2'), undefined);
  assert.deepEqual([...view.entries()], [['account-1', { owner: 'ada', balance: 1 }]]);
});

test('rows are found by index, in order, and explain says how', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  for (let n = 0; n < 100; n++) await append(store, `account-${n}`, opened(n % 2 === 0 ? 'ada' : 'bob'), paid(n));
  const query = { where: { owner: 'ada', balance: { gte: 10, lt: 90 } }, orderBy: 'balance', direction: 'desc', limit: 2, offset: 1 };
  assert.deepEqual(view.find(query).map(({ balance }) => balance), [86, 84]);
  assert.equal(view.count({ where: query.where }), 40);
  assert.equal(view.explain(query).index, 'balance');
  assert.deepEqual(view.explain({ where: { nosuch: 1 } }), { scanned: ['nosuch'], sorted: false, examined: 100, found: 0 });
  assert.deepEqual(view.explain({ orderBy: 'balance', limit: 3 }), { index: 'balance', scanned: [], sorted: false, examined: 3, found: 3 });
});

test('an event may be about several rows, or none', async (t) => {
  const perTag = defineProjection({
    name: 'tags',
    version: 1,
    key: ({ data }) => data.tags,
    on: { Tagged: (row) => ({ count: (row?.count ?? 0) + 1 }) },
  });
  const store = await bank(t, [perTag]);
  const tagged = (tags) => ({ type: 'Tagged', data: { tags } });
  await append(store, 's', tagged(['a', 'b', 'a']), tagged(null), tagged([]), tagged(['b', '__proto__']));
  const rows = [...store.view(perTag).entries()];
  assert.deepEqual(rows, [['__proto__', { count: 1 }], ['a', { count: 1 }], ['b', { count: 2 }]]);
});

test('a view looks only at the aggregates and categories that it is from', async (t) => {
  const some = balances({ from: ['account'] });
  const store = await bank(t, [some]);
  await append(store, 'account-1', opened('ada'));
  await append(store, 'loan-1', opened('bob'));
  assert.deepEqual([...store.view(some).entries()].map(([key]) => key), ['account-1']);
});

test('a listener hears at once, then once for each batch of commits that has changed something', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  const heard = [];
  const end = view.subscribe((given) => heard.push(given === view && view.position));
  assert.deepEqual(heard, [0]);
  await Promise.all(Array.from({ length: 50 }, (_, n) => append(store, `account-${n}`, opened('ada'))));
  assert.deepEqual(heard, [0, 50]);
  await append(store, 'account-1', { type: 'Noted' });
  await append(store, 'else', { type: 'Other' });
  assert.deepEqual(heard, [0, 50]);
  end();
  await append(store, 'account-1', paid(1));
  assert.deepEqual(heard, [0, 50]);
});

test('a listener of a key hears of its row alone', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  const heard = [];
  const stop = new AbortController();
  view.subscribe((row) => heard.push(row), { key: 'account-1', signal: stop.signal });
  await append(store, 'account-2', opened('bob'));
  await append(store, 'account-1', opened('ada'));
  await append(store, 'account-1', { type: 'Closed' });
  assert.deepEqual(heard, [undefined, { owner: 'ada', balance: 0 }, undefined]);
  stop.abort();
  await append(store, 'account-1', opened('eve'));
  assert.equal(heard.length, 3);
});

test('a listener that throws is reported, and the others are still told', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  const thrown = [];
  t.mock.method(globalThis, 'queueMicrotask', (task) => {
    try {
      task();
    } catch (error) {
      thrown.push(error.message);
    }
  });
  let heard = 0;
  view.subscribe(() => {
    throw new Error('of the page');
  });
  view.subscribe(() => heard++);
  view.live().subscribe(() => {
    throw new Error('of the page, too');
  });
  t.mock.restoreAll();
  assert.deepEqual([thrown, heard], [['of the page', 'of the page, too'], 1]);
});

test('what is asked live is told when its answer is another, and only then', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  const live = view.live({ where: { owner: 'ada' }, orderBy: 'balance', direction: 'desc', limit: 2 });
  const { get, subscribe } = live;
  const heard = [];
  const end = subscribe((rows) => heard.push(rows.map(({ balance }) => balance)));
  await append(store, 'account-1', opened('ada'), paid(1));
  const answer = get();
  assert.equal(get(), answer);
  await append(store, 'account-2', opened('bob'), paid(9));
  assert.equal(get(), answer);
  await append(store, 'account-3', opened('ada'), paid(3));
  await append(store, 'account-4', opened('ada'), paid(2));
  await append(store, 'account-1', paid(-1)); // It is not among the first two.
  await append(store, 'account-3', { type: 'Closed' });
  assert.deepEqual(heard, [[], [1], [3, 1], [3, 2], [2, 0]]);
  end();
  await append(store, 'account-4', paid(10));
  assert.equal(heard.length, 5);
  assert.deepEqual(get().map(({ balance }) => balance), [12, 0]);
  assert.ok(Object.isFrozen(get()));
});

test('a live query is an observable and can be iterated, until it is closed', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const live = store.view(projection).live({ orderBy: 'balance' });
  assert.equal(live['@@observable'](), live);
  const told = [];
  const subscription = live.subscribe({ next: (rows) => told.push(rows.length), complete: () => told.push('complete') });
  const iterated = [];
  const iteration = (async () => {
    for await (const rows of live) iterated.push(rows.length);
  })();
  await append(store, 'account-1', opened('ada'));
  await append(store, 'account-2', opened('ada'));
  await new Promise((resolve) => setImmediate(resolve));
  live.close();
  await iteration;
  assert.deepEqual(told, [0, 1, 2, 'complete']);
  assert.equal(iterated.at(-1), 2);
  subscription.unsubscribe();
  await append(store, 'account-3', opened('ada'));
  assert.equal(live.get().length, 2);
});

test('a projection that throws stops its view at the last good state, and others go on', async (t) => {
  t.mock.method(console, 'error', () => {});
  const cause = new Error('no such thing');
  let isBroken = true;
  const broken = balances({
    name: 'broken',
    on: {
      Opened: (_, { data }) => ({ owner: data.owner, balance: 0 }),
      Paid: (row, { data }) => {
        if (isBroken && data.amount === 13) throw cause;
        return { ...row, balance: row.balance + data.amount };
      },
    },
  });
  const whole = balances();
  const store = await bank(t, [broken, whole]);
  const notices = [];
  store.on('projectionStopped', (notice) => notices.push(notice));
  await append(store, 'account-1', opened('ada'), paid(5), paid(13), paid(1));
  const [stopped, other] = [store.view(broken), store.view(whole)];
  assert.deepEqual([stopped.status, stopped.position, stopped.get('account-1')], ['stopped', 2, { owner: 'ada', balance: 5 }]);
  assert.deepEqual([other.status, other.position, other.get('account-1').balance], ['ready', 4, 19]);
  assert.deepEqual([stopped.error.code, stopped.error.projection, stopped.error.position], ['ProjectionStopped', 'broken', 3]);
  assert.equal(stopped.error.cause, cause);
  assert.deepEqual(notices, [{ projection: 'broken', error: stopped.error }]);
  assert.equal(console.error.mock.callCount(), 1);
  await append(store, 'account-1', paid(1));
  assert.equal(stopped.position, 2);
  await assertRefused(() => stopped.whenAt(5), 'ProjectionStopped', { projection: 'broken', position: 3 });
  await assertRefused(() => stopped.rebuild(), 'ProjectionStopped', { projection: 'broken', position: 3 });
  isBroken = false;
  await stopped.rebuild();
  assert.deepEqual([stopped.status, stopped.error, stopped.position, stopped.get('account-1').balance], ['ready', undefined, 5, 20]);
  await append(store, 'account-1', paid(1));
  assert.equal(stopped.get('account-1').balance, 21);
  assert.equal(notices.length, 1);
});

test('what is skipped is a dead letter, and the view goes on', async (t) => {
  const projection = balances({ onError: 'skip' });
  const store = await bank(t, [projection]);
  await append(store, 'account-1', paid(5), opened('ada'), paid(1));
  const view = store.view(projection);
  assert.equal(view.status, 'ready');
  assert.deepEqual(view.get('account-1'), { owner: 'ada', balance: 1 });
  const [{ message, ...letter }] = view.deadLetters;
  assert.deepEqual(letter, { position: 1, streamId: 'account-1', type: 'Paid' });
  assert.match(message, /balance/);
  assert.equal(view.deadLetters.length, 1);
});

for (const [what, row, found] of [
  ['a date', { at: new Date(0) }, /row\.at: expected JSON \(a date as text, say\), found an instance of Date/],
  ['a Map', { map: new Map() }, /row\.map: expected a plain object, found an instance of Map/],
  ['NaN', { sum: NaN }, /row\.sum: expected a finite number, found NaN/],
  ['a function', () => 1, /row: expected JSON, found a function/],
  ['a promise', Promise.resolve({}), /row: expected a plain object, found an instance of Promise/],
]) {
  test(`a row that is ${what} stops the view at the event that made it`, async (t) => {
    t.mock.method(console, 'error', () => {});
    const projection = balances({ on: { Opened: () => ({ fine: true }), Paid: () => row, Noted: (row) => row } });
    const store = await bank(t, [projection]);
    await append(store, 'account-1', opened('ada'), { type: 'Noted' }, paid(1), opened('ada'));
    const view = store.view(projection);
    assert.deepEqual([view.status, view.position, view.get('account-1'), view.count()], ['stopped', 2, { fine: true }, 1]);
    assert.equal(view.error.cause.code, 'Serialization');
    assert.match(view.error.message, found);
  });
}

test('a key that is no text stops the view, and no row of the event has changed', async (t) => {
  t.mock.method(console, 'error', () => {});
  for (const key of [7, undefined, {}, '\ud800', ['a', 7]]) {
    const projection = balances({ key: ({ data }) => (data.amount === 13 ? key : 'all'), on: { Paid: (row) => ({ count: (row?.count ?? 0) + 1 }) } });
    const store = await bank(t, [projection]);
    await append(store, 's', paid(1), paid(13));
    const view = store.view(projection);
    assert.deepEqual([view.status, [...view.entries()]], ['stopped', [['all', { count: 1 }]]], String(key));
    assert.equal(view.error.cause.code, 'InvalidArgument');
  }
});

test('a projection that writes is stopped, and nothing is written', async (t) => {
  t.mock.method(console, 'error', () => {});
  let store;
  const refusals = [];
  const writing = balances({
    on: {
      Opened: (row) => {
        store.append('x', [{ type: 'X' }], { expectedRevision: 'any' }).catch((error) => refusals.push(error.code));
        store.send({ type: 'X' }).catch((error) => refusals.push(error.code));
        return { fine: true };
      },
    },
  });
  store = await bank(t, [writing]);
  await append(store, 'account-1', opened('ada'));
  assert.equal(store.view(writing).status, 'stopped');
  assert.match(store.view(writing).error.message, /append: expected no call of it in a projection: the read side never writes, found one/);
  assert.deepEqual(refusals, ['InvalidArgument', 'InvalidArgument']);
  assert.deepEqual([store.head, await store.streams()], [1, ['account-1']]);
});

test('in development rows and events are frozen, and what is not pure is found', async (t) => {
  t.mock.method(console, 'error', () => {});
  let calls = 0;
  for (const [on, message] of [
    [{ Opened: () => ({ sum: 0 }), Paid: (row) => Object.assign(row, { sum: 1 }) }, /read only|Cannot assign/],
    [{ Opened: () => ({ sum: 0 }), Paid: (row, { data }) => ((data.amount = 7), row) }, /read only|Cannot assign/],
    [{ Opened: () => ({ sum: 0 }), Paid: () => ({ sum: calls++ }) }, /on\.Paid made two things of the same/],
  ]) {
    const projection = balances({ on });
    const store = await bank(t, [projection], { development: true });
    await append(store, 'account-1', opened('ada'), paid(1));
    assert.equal(store.view(projection).status, 'stopped');
    assert.match(store.view(projection).error.message, message);
    assert.ok(Object.isFrozen(store.view(projection).get('account-1')));
  }
});

test('a view as it was is the fold of what was there', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  for (let n = 1; n <= 20; n++) await append(store, `account-${n % 5}`, opened('ada'), paid(n));
  for (const position of [0, 1, 2, 17, 40, 1000]) {
    const past = await view.asOf({ position });
    const events = await store.readAll({ until: Math.min(position, 40) }).toArray();
    const rows = new Map();
    for (const { type, streamId, data } of events) rows.set(streamId, type === 'Opened' ? { owner: data.owner, balance: 0 } : { owner: 'ada', balance: data.amount });
    assert.deepEqual([...past.entries()], [...rows].sort(([one], [other]) => (one < other ? -1 : 1)));
    assert.equal(past.position, Math.min(position, 40));
    assert.deepEqual(past.find({ where: { balance: { gt: 3 } } }).length, past.count({ where: { balance: { gt: 3 } } }));
    for (const [key, row] of past.entries()) assert.equal(past.get(key), row);
  }
  const { recordedAt } = (await store.readAll().toArray())[10];
  const past = await view.asOf({ time: recordedAt });
  assert.ok(past.position >= 11 && past.updatedAt <= recordedAt);
  for (const moment of [undefined, null, {}, { position: 1, time: 1 }, { position: -1 }, { revision: 1 }]) {
    assert.equal((await errorOf(() => view.asOf(moment))).code, 'InvalidArgument');
  }
});

test('whenAt waits for an event that is not there yet, and can be given up', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  let isThere = false;
  const waiting = view.whenAt(2).then(() => (isThere = true));
  await append(store, 'account-1', opened('ada'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isThere, false);
  await append(store, 'account-1', paid(1));
  await waiting;
  const stop = new AbortController();
  const given = view.whenAt(100, { signal: stop.signal });
  stop.abort();
  await assertRefused(() => given, 'Aborted');
  await assertRefused(() => view.whenAt(100, { signal: stop.signal }), 'Aborted');
  const ended = view.whenAt(100);
  await store.close();
  await assertRefused(() => ended, 'Closed', { reason: 'closed' });
});

test('a rebuild tells how far it is, and one that is cancelled changes nothing', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  await store.append('account-1', Array.from({ length: 10_000 }, (_, n) => (n === 0 ? opened('ada') : paid(1))), { expectedRevision: 'any' });
  const row = view.get('account-1');
  const stop = new AbortController();
  await assertRefused(() => view.rebuild({ onProgress: () => stop.abort(), signal: stop.signal }), 'Aborted');
  assert.equal(view.get('account-1'), row);
  const progress = [];
  await view.rebuild({ onProgress: (given) => progress.push(given) });
  assert.deepEqual(view.get('account-1'), row);
  assert.ok(progress.length > 1);
  assert.deepEqual(progress.at(-1), { phase: 'rebuild', name: 'balances', done: 10_000, total: 10_000 });
  assert.ok(progress.every(({ done }, n) => n === 0 || done >= progress[n - 1].done));
  const error = new Error('of the page');
  assert.equal(await errorOf(() => view.rebuild({ onProgress: () => { throw error; } })), error);
});

test('only a projection that was given to openStore has a view, and no two have one name', async (t) => {
  const [one, same] = [balances(), balances()];
  const store = await bank(t, [one]);
  for (const wrong of [undefined, null, 7, {}, same]) await assertInvalid(() => store.view(wrong), 'projection');
  await assertInvalid(() => bank(t, [one, same]), 'options.projections[1].name');
  await assertInvalid(() => bank(t, [{}]), 'options.projections[0]');
  await assertInvalid(() => bank(t, {}), 'options.projections');
  await assertInvalid(() => bank(t, [one], { views: 'later' }), 'options.views');
});

test('whatever a projection throws, it is the view that stops', async (t) => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = Object.defineProperty(new Error(), 'message', { get: () => { throw new Error('no message'); } });
  const things = [undefined, null, 'text', Symbol('s'), Object.create(null), revoked, throwing, Object.assign(new Error(), { message: undefined })];
  // As a console does that looks into what it is given.
  t.mock.method(console, 'error', (_, thing) => inspect(thing));
  t.mock.method(globalThis, 'queueMicrotask', pageErrorsAside());
  for (const thing of things) {
    const make = (onError) => balances({ name: onError, onError, on: { Opened: () => { throw thing; } } });
    const [stop, skip] = [make('stop'), make('skip')];
    const store = await bank(t, [stop, skip]);
    await append(store, 'account-1', opened('ada'));
    assert.deepEqual([store.status, store.view(stop).status, store.view(skip).status], ['open', 'stopped', 'ready']);
    assert.equal(store.view(stop).error.cause, thing);
    assert.equal(typeof store.view(skip).deadLetters[0].message, 'string');
  }
});

test('one event may make a great many rows and take them away, and have a long list as data', async (t) => {
  const keys = Array.from({ length: 200_000 }, (_, n) => `k${n}`);
  const many = defineProjection({ name: 'many', version: 1, key: () => keys, on: { Turned: (row) => (row === undefined ? 1 : null) } });
  const store = await bank(t, [many]);
  await append(store, 's', { type: 'Turned' });
  assert.equal(store.view(many).count(), keys.length);
  await append(store, 's', { type: 'Turned' });
  assert.equal(store.view(many).count(), 0);
  const list = defineProjection({ name: 'list', version: 1, on: { Listed: (_, { data }) => ({ list: data }) } });
  const developed = await bank(t, [list], { development: true });
  await append(developed, 's', { type: 'Listed', data: keys.map(() => 0) });
  assert.equal(developed.view(list).get('s').list.length, keys.length);
});

test('a list of keys that has a hole stops the view, and no row is lost', async (t) => {
  t.mock.method(console, 'error', () => {});
  const holed = defineProjection({ name: 'holed', version: 1, key: ({ data }) => (data === 'holed' ? ['a', , 'b'] : ['a']), on: { Put: (_, { data }) => ({ data }) } });
  const store = await bank(t, [holed]);
  await append(store, 's', { type: 'Put', data: 'whole' });
  await append(store, 's', { type: 'Put', data: 'holed' });
  assert.match(store.view(holed).error.message, /key: expected a text of well-formed Unicode, found nothing/);
  assert.deepEqual([...store.view(holed).entries()], [['a', { data: 'whole' }]]);
});

test('who listens hears once of a change, though others look or begin to listen while it is told', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  await append(store, 'account-1', opened('ada'));
  const [first, second] = [view.live(), view.live({ limit: 10 })];
  const heard = [];
  const late = [];
  first.subscribe(() => second.get());
  second.subscribe(([row]) => heard.push(row.balance));
  view.subscribe(({ balance }) => heard.push(balance), { key: 'account-1' });
  const end = view.subscribe(({ position }) => {
    if (position < 2) return;
    view.subscribe(({ balance }) => late.push(balance), { key: 'account-1' });
    view.live({ limit: 5 }).subscribe(([row]) => late.push(row.balance));
  });
  const endFirst = first.subscribe(([row]) => row.balance === 5 && second.subscribe(([row]) => late.push(row.balance)));
  await append(store, 'account-1', paid(5));
  end();
  endFirst();
  assert.deepEqual([heard, late], [[0, 0, 5, 5], [5, 5, 5]]);
});

test('an observer that throws when it is told of the end is the page\'s error: the others are told, and the store is closed', async (t) => {
  const projection = balances();
  const store = await bank(t, [projection]);
  const view = store.view(projection);
  const thrown = [];
  t.mock.method(globalThis, 'queueMicrotask', pageErrorsAside(thrown));
  let told = 0;
  view.live().subscribe({ complete: () => { throw new Error('my own'); } });
  view.live().subscribe({ complete: () => told++ });
  await store.close();
  assert.deepEqual([told, thrown.map(({ message }) => message)], [1, ['my own']]);
  assert.equal((await errorOf(() => view.count())).code, 'Closed');
});

test('a row that is no plain data any more is as one without the field, and takes neither the engine nor other rows along', async (t) => {
  const rows = {
    big: () => ({ a: 10n }),
    function: () => ({ a: () => {} }),
    throwing: () => ({ get a() { throw new Error('not now'); } }),
    asking: (view) => ({ get a() { return view.count({ where: { a: 1 } }); } }),
    asksPosition: (view) => ({ get a() { return view.position; } }),
  };
  for (const make of Object.values(rows)) {
    const odd = defineProjection({ name: 'odd', version: 1, on: { Put: (_, { data }) => data } });
    const store = await bank(t, [odd]);
    const view = store.view(odd);
    await append(store, 'one', { type: 'Put', data: {} });
    await append(store, 'two', { type: 'Put', data: { a: 1 } });
    const past = await view.asOf({ position: 2 });
    for (const one of [view, past]) {
      Object.defineProperties(one.get('one'), Object.getOwnPropertyDescriptors(make(one)));
      assert.deepEqual([one.find({ where: { a: 1 } }), one.count({ where: { a: 1 } })], [[{ a: 1 }], 1]);
      assert.equal(one.find({ orderBy: 'a' }).length, 2);
    }
    assert.equal(store.status, 'open');
  }
});

test('who is told of one view sees the others, and their live queries, as far', async (t) => {
  const [one, other] = [balances(), balances({ name: 'other' })];
  const store = await bank(t, [one, other]);
  const live = store.view(other).live();
  let ended = 0;
  live.subscribe({ next: () => {}, complete: () => ended++ });
  const seen = [];
  store.view(one).subscribe((view) => seen.push([view.count(), live.get().length, store.view(other).count()]));
  await append(store, 'account-1', opened('ada'));
  assert.deepEqual(seen, [[0, 0, 0], [1, 1, 1]]);
  await store.close();
  assert.equal(ended, 1);
});

/** Puts what is thrown in a microtask aside: the test runner would take it for its own. */
function pageErrorsAside(thrown = []) {
  const { queueMicrotask } = globalThis;
  return (task) =>
    queueMicrotask(() => {
      try {
        task();
      } catch (error) {
        thrown.push(error);
      }
    });
}
