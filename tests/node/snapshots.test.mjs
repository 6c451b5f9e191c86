// What is not kept as a snapshot, and that it is said: a state that would not come back the same is made of its events each time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAggregate, openStore } from '../../dist/index.js';

class Money {}

const cases = [
  ['undefined', { email: undefined }, 'expected a value, or no such member at state.email, found undefined'],
  ['an undefined element', { list: [1, undefined] }, 'expected JSON at state.list[1], found undefined'],
  ['a Map', { users: new Map() }, 'expected a plain object at state.users, found an instance of Map'],
  ['a date', { at: new Date(0) }, 'expected JSON (a date as text, say) at state.at, found an instance of Date'],
  ['a class', { price: new Money() }, 'expected a plain object at state.price, found an instance of Money'],
  ['NaN', { total: NaN }, 'expected a finite number at state.total, found NaN'],
  ['a bigint', { total: 1n }, 'expected JSON at state.total, found a bigint'],
  ['no prototype', { users: Object.create(null) }, 'expected a plain object at state.users, found one without a prototype'],
  ['a getter', { list: [], get length() { return this.list.length; } }, 'expected a value at state.length, found a getter or setter'],
  ['a hidden member', Object.defineProperty({}, 'hidden', { value: 1 }), 'expected members that are enumerable at state, found one that is not'],
  ['-0', { sums: [0, -0] }, 'expected 0 at state.sums[1], found -0'],
  ['a hole', { list: [, 1] }, 'expected JSON at state.list[0], found undefined'],
];

for (const [what, state, reason] of cases) {
  test(`a state with ${what} is not kept, which is said once, and the aggregate works on`, async (t) => {
    t.mock.method(console, 'warn', () => {});
    const thing = defineAggregate({
      name: 'thing',
      initialState: () => ({ count: 0 }),
      decide: { Do: () => ({ type: 'Done' }) },
      evolve: { Done: ({ count }) => Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(state), count: { value: count + 1, enumerable: true } }) },
      snapshots: { every: 1, version: 1 },
    });
    const store = await openStore({ name: t.name, storage: 'memory', aggregates: [thing] });
    t.after(() => store.close());
    const notices = [];
    const told = new Promise((resolve) => store.on('snapshotRefused', (notice) => resolve(notices.push(notice))));
    for (let n = 1; n <= 5; n++) {
      assert.equal((await store.dispatch(thing, 'a', { type: 'Do' })).state.count, n);
      await told;
    }
    assert.deepEqual(notices, [{ aggregate: 'thing', streamId: 'thing-a', reason }]);
    assert.equal(console.warn.mock.callCount(), 1);
    assert.equal((await store.load(thing, 'a')).state.count, 5);
  });
}

test('without snapshots nothing is said', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const thing = defineAggregate({
    name: 'thing',
    initialState: () => new Map(),
    decide: { Do: () => ({ type: 'Done' }) },
    evolve: { Done: (state) => state },
    snapshots: false,
  });
  const store = await openStore({ name: t.name, storage: 'memory', aggregates: [thing] });
  t.after(() => store.close());
  for (let n = 0; n < 1_500; n++) await store.dispatch(thing, 'a', { type: 'Do' });
  // A task later, when states would be kept.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(console.warn.mock.callCount(), 0);
});
