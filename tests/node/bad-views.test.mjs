// Definitions and questions that break a rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineProjection } from '../../dist/index.js';
import { append, balances, bank, opened } from './banking.mjs';
import { assertInvalid } from './helpers.mjs';

const on = { Opened: (row) => row };
const DEFINITIONS = {
  definition: [undefined, null, [], 'x'],
  'definition.names': [{ name: 'a', version: 1, on, names: 1 }],
  'definition.name': [{ version: 1, on }, { name: '', version: 1, on }, { name: 7, version: 1, on }],
  'definition.version': [{ name: 'a', on }, ...[0, 1.5, '1', null].map((version) => ({ name: 'a', version, on }))],
  'definition.on': [{ name: 'a', version: 1 }, { name: 'a', version: 1, on: {} }, { name: 'a', version: 1, on: [] }],
  'definition.on.Opened': [{ name: 'a', version: 1, on: { Opened: 7 } }, { name: 'a', version: 1, on: { Opened: undefined } }],
  'definition.key': [{ name: 'a', version: 1, on, key: 'id' }],
  'definition.from': [[], {}, 'account', null].map((from) => ({ name: 'a', version: 1, on, from })),
  'definition.from[0]': [[7], [{}], ['a-b'], [''], [, 'a']].map((from) => ({ name: 'a', version: 1, on, from })),
  'definition.indexes': [{ name: 'a', version: 1, on, indexes: 'owner' }],
  'definition.indexes[1]': ['', 'a.b.c.d', 'a..b', '.a', 7, undefined].map((path) => ({ name: 'a', version: 1, on, indexes: ['owner', path] })),
  'definition.indexes[0]': [{ name: 'a', version: 1, on, indexes: [, 'a'] }],
  'definition.onError': [{ name: 'a', version: 1, on, onError: 'ignore' }],
};
const QUERIES = {
  query: [null, [], 'x', 7],
  'query.filter': [{ filter: {} }],
  'query.where': [null, [], 'x'].map((where) => ({ where })),
  'query.where["a.b.c.d"]': [{ where: { 'a.b.c.d': 1 } }],
  'query.where[""]': [{ where: { '': 1 } }],
  'query.where["a"]': [[1], NaN, () => 1, 1n, Infinity].map((a) => ({ where: { a } })),
  'query.where["a"].equals': [{ where: { a: { equals: 1 } } }],
  'query.where["a"].eq': [{}, [], NaN].map((eq) => ({ where: { a: { eq } } })),
  'query.where["a"].in': ['x', 7, {}].map((list) => ({ where: { a: { in: list } } })),
  'query.where["a"].in[1]': [{}, undefined].map((one) => ({ where: { a: { in: [1, one] } } })).concat({ where: { a: { in: [1, , 2] } } }),
  'query.where["a"].startsWith': [7, null, '\ud800'].map((startsWith) => ({ where: { a: { startsWith } } })),
  'query.orderBy': [7, '', 'a.b.c.d', null].map((orderBy) => ({ orderBy })),
  'query.direction': ['up', 'forward', null].map((direction) => ({ direction })),
  'query.limit': [-1, 1.5, '1', null, NaN].map((limit) => ({ limit })),
  'query.offset': [-1, 1.5, '1', null].map((offset) => ({ offset })),
};

for (const [argument, wrong] of Object.entries(DEFINITIONS)) {
  test(`a projection whose ${argument} is wrong is refused when it is defined`, async () => {
    for (const definition of wrong) await assertInvalid(() => defineProjection(definition), argument);
  });
}

for (const [argument, wrong] of Object.entries(QUERIES)) {
  test(`a question whose ${argument} is wrong is refused by whoever is asked`, async (t) => {
    const projection = balances();
    const view = (await bank(t, [projection])).view(projection);
    for (const query of wrong) {
      await assertInvalid(() => view.find(query), argument);
      await assertInvalid(() => view.explain(query), argument);
      await assertInvalid(() => view.live(query), argument);
      if (argument.startsWith('query.where')) await assertInvalid(() => view.count(query), argument);
    }
  });
}

test('what is counted has no order and no limit', async (t) => {
  const projection = balances();
  const view = (await bank(t, [projection])).view(projection);
  await assertInvalid(() => view.count({ limit: 1 }), 'query.limit');
});

test('a listener, a key and a signal are looked at', async (t) => {
  const projection = balances();
  const view = (await bank(t, [projection])).view(projection);
  for (const listener of [undefined, null, {}, 'x']) await assertInvalid(() => view.subscribe(listener), 'listener');
  for (const listener of [undefined, null, 'x']) await assertInvalid(() => view.live().subscribe(listener), 'listener');
  await assertInvalid(() => view.subscribe(() => {}, { key: 7 }), 'options.key');
  await assertInvalid(() => view.subscribe(() => {}, { signal: 7 }), 'options.signal');
  await assertInvalid(() => view.subscribe(() => {}, { keys: [] }), 'options.keys');
  await assertInvalid(() => view.whenAt(-1), 'position');
  await assertInvalid(() => view.whenAt(), 'position');
  await assertInvalid(() => view.rebuild({ onProgress: 7 }), 'options.onProgress');
});

test('fields of mixed kinds have one order: missing, null, false, true, numbers, texts, lists and objects', async (t) => {
  const mixed = defineProjection({ name: 'mixed', version: 1, indexes: ['value'], on: { Put: (_, { data }) => data } });
  const store = await bank(t, [mixed]);
  const values = [{}, { value: null }, { value: false }, { value: true }, { value: -1 }, { value: 2 }, { value: 10 }, { value: '' }, { value: 'Z' }, { value: 'a' }, { value: '\uffff' }, { value: '🦀' }, { value: [] }, { value: {} }];
  for (const [n, data] of [...values.entries()].reverse()) await append(store, `row-${String(n).padStart(2, '0')}`, { type: 'Put', data });
  const view = store.view(mixed);
  assert.deepEqual(view.find({ orderBy: 'value' }), values);
  assert.deepEqual(view.find({ where: { value: { lt: 5 } } }), [{ value: -1 }, { value: 2 }]);
  assert.deepEqual(view.find({ where: { value: null } }), [{ value: null }]);
  assert.deepEqual(view.find({ where: { value: { gte: 'a' } } }), [{ value: 'a' }, { value: '\uffff' }, { value: '🦀' }]);
  // Lists and objects are equal, so they come by key, whichever the direction.
  assert.deepEqual(view.find({ orderBy: 'value', direction: 'desc' }).slice(0, 3), [{ value: [] }, { value: {} }, { value: '🦀' }]);
  await append(store, 'row-99', opened('x'));
  assert.equal(view.count(), values.length);
});
