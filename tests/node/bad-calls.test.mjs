// Calls other than appends that break a rule: readings, subscriptions, notices, openings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteStore, isAnnalsError, openStore } from '../../dist/index.js';
import { ANY, assertInvalid, assertRefused, errorOf, memoryStore } from './helpers.mjs';

const HALF = '\ud800';
const POSITIONS = [-1, 1.5, '1', NaN, 2 ** 53, null, 1n];
const LISTS = { query: [null, [], 'x'], 'query.items': [{}, { items: {} }, { items: [] }].map((query) => ({ query })) };

/** By the call and the argument that is at fault: the options. */
const READINGS = {
  readAll: {
    options: [null, [], 'all', 7],
    'options.from': [{ from: 1 }],
    'options.after': POSITIONS.map((after) => ({ after })),
    'options.until': POSITIONS.map((until) => ({ until })),
    'options.limit': POSITIONS.map((limit) => ({ limit })),
    'options.time': [null, 7].map((time) => ({ time })),
    'options.time.after': [{ time: { after: 1 } }],
    'options.time.from': POSITIONS.map((from) => ({ time: { from } })),
    'options.time.until': POSITIONS.map((until) => ({ time: { until } })),
    'options.direction': ['back', null, true, 'toString'].map((direction) => ({ direction })),
    'options.signal': [{}, null, 'abort'].map((signal) => ({ signal })),
    'options.query': LISTS.query.map((query) => ({ query })),
    'options.query.items': LISTS['query.items'],
    'options.query.types': [{ query: { items: [{}], types: ['A'] } }],
    'options.query.items[0].streamId': [{ query: { items: [{ streamId: 's' }] } }],
    'options.query.items[0]': [{ query: { items: [, {}] } }],
    'options.query.items[1].streams': [{ query: { items: [{}, { streams: 's' }] } }],
    'options.query.items[1].categories[0]': [{ query: { items: [{}, { categories: [7] }] } }],
  },
  readStream: {
    options: [null, [], 'all', 7],
    'options.after': [{ after: 1 }],
    'options.from': POSITIONS.map((from) => ({ from })),
    'options.to': POSITIONS.map((to) => ({ to })),
    'options.limit': POSITIONS.map((limit) => ({ limit })),
    'options.direction': ['back', null].map((direction) => ({ direction })),
    'options.signal': [{}, null].map((signal) => ({ signal })),
  },
  streams: {
    options: [null, [], 'user-', 7],
    'options.category': [{ category: 'user' }],
    'options.prefix': [7, null, HALF].map((prefix) => ({ prefix })),
    'options.after': [7, null, HALF].map((after) => ({ after })),
    'options.limit': POSITIONS.map((limit) => ({ limit })),
  },
  subscribe: {
    options: [null, [], 'head', 7],
    'options.from': [{ from: 1 }],
    'options.after': [...POSITIONS, 'tail'].map((after) => ({ after })),
    'options.query': LISTS.query.map((query) => ({ query })),
    'options.query.items': LISTS['query.items'],
  },
  verify: { options: [null, [], 7], 'options.limit': [{ limit: 1 }], 'options.signal': [{ signal: {} }, { signal: null }], 'options.onProgress': [{ onProgress: 7 }, { onProgress: null }] },
};

const CALLS = {
  readAll: (store, options) => store.readAll(options),
  readStream: (store, options) => store.readStream('s', options),
  streams: (store, options) => store.streams(options),
  subscribe: (store, options) => store.subscribe(options, () => {}),
  verify: (store, options) => store.verify(options),
};

for (const [call, cases] of Object.entries(READINGS)) {
  for (const [argument, list] of Object.entries(cases)) {
    test(`${call} refuses ${argument} that breaks its rule`, async (t) => {
      const store = await memoryStore(t);
      for (const options of list) await assertInvalid(() => CALLS[call](store, options), argument);
    });
  }
}

test('arguments that are no options are checked too', async (t) => {
  const store = await memoryStore(t);
  for (const streamId of [7, undefined, null, HALF]) {
    await assertInvalid(() => store.readStream(streamId), 'streamId');
    await assertInvalid(() => store.streamRevision(streamId), 'streamId');
  }
  for (const streamId of ['', 'x'.repeat(513), 'ж'.repeat(257)]) {
    await assertInvalid(() => store.readStream(streamId).toArray(), 'streamId');
    await assertInvalid(() => store.streamRevision(streamId), 'streamId');
  }
  for (const id of ['', 'x', 7, null, undefined, crypto.randomUUID().slice(1), `${crypto.randomUUID()}0`]) await assertInvalid(() => store.event(id), 'id');
  for (const handler of [undefined, null, {}, 'f']) await assertInvalid(() => store.subscribe({}, handler), 'handler');
  for (const signal of [{}, null, 'abort']) await assertInvalid(() => store.subscribe({}, () => {}, { signal }), 'subscription.signal');
  await assertInvalid(() => store.subscribe({}, () => {}, { abort: 1 }), 'subscription.abort');
  await assertInvalid(() => store.subscribe({}, () => {}, null), 'subscription');
});

test('a notice of a name that nobody knows is refused', async (t) => {
  const store = await memoryStore(t);
  for (const notice of ['closed', '', 7, null, 'toString']) await assertInvalid(() => store.on(notice, () => {}), 'notice');
  for (const listener of [undefined, null, {}, 'f']) await assertInvalid(() => store.on('lost', listener), 'listener');
});

test('a notice that is not named is refused', async (t) => {
  const store = await memoryStore(t);
  await assertInvalid(() => store.on(undefined, () => {}), 'notice');
});

/** By the argument that is at fault: what a store is opened with. */
const OPENINGS = {
  options: [undefined, null, [], 'name', 7],
  'options.name': [undefined, null, 7, '', HALF, 'x'.repeat(513), 'ж'.repeat(257)].map((name) => ({ name })),
  'options.storge': [{ storge: 'memory' }],
  'options.storage': ['disk', null, true, 'toString'].map((storage) => ({ storage })),
  'options.durability': ['none', null, true].map((durability) => ({ durability })),
  'options.expect': [null, [], 'x'].map((expect) => ({ expect })),
  'options.expect.position': [{ expect: { storeId: crypto.randomUUID(), head: 1, position: 1 } }],
  'options.expect.storeId': [undefined, 7, 'x'].map((storeId) => ({ expect: { storeId, head: 1 } })),
  'options.expect.head': [undefined, ...POSITIONS].map((head) => ({ expect: { storeId: crypto.randomUUID(), head } })),
  'options.onProgress': [null, 7, {}].map((onProgress) => ({ onProgress })),
  'options.signal': [null, 7, {}].map((signal) => ({ signal })),
};

for (const [argument, list] of Object.entries(OPENINGS)) {
  test(`openStore refuses ${argument} that breaks its rule`, async () => {
    for (const options of list) {
      const given = argument === 'options' ? options : { name: 'x', storage: 'memory', ...options };
      await assertInvalid(() => openStore(given), argument);
    }
  });
}

test('deleteStore refuses what is no name', async () => {
  for (const name of [undefined, null, 7, '', HALF, 'x'.repeat(513)]) await assertInvalid(() => deleteStore(name), 'name');
});

test('where there is no IndexedDB, a store in it is StorageUnavailable', async () => {
  for (const call of [() => openStore({ name: 'x' }), () => openStore({ name: 'x', storage: 'indexeddb' }), () => deleteStore('x')]) {
    const error = await assertRefused(call, 'StorageUnavailable');
    assert.match(error.message, /expected .+ found .+/);
  }
});

test('a signal ends an opening with its reason', async () => {
  const reason = new Error('no longer');
  await assertRefused(() => openStore({ name: 'x', storage: 'memory', signal: AbortSignal.abort(reason) }), 'Aborted', { cause: reason });
  for (let turns = 0; turns < 3; turns++) {
    const controller = new AbortController();
    const opening = openStore({ name: 'x', storage: 'memory', signal: controller.signal });
    for (let n = 0; n < turns; n++) await null;
    controller.abort(reason);
    await assertRefused(() => opening, 'Aborted', { cause: reason });
  }
});

test('a signal ends readings and verify with its reason, before and after they begin', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', [{ type: 'A' }, { type: 'A' }], ANY);
  const reason = new Error('no longer');
  const aborted = { signal: AbortSignal.abort(reason) };
  for (const call of [() => store.readAll(aborted).toArray(), () => store.readStream('s', aborted).toArray(), () => store.readAll(aborted)[Symbol.asyncIterator]().next(), () => store.verify(aborted)]) {
    await assertRefused(call, 'Aborted', { cause: reason });
  }
  for (const read of [(options) => store.readAll(options), (options) => store.readStream('s', options)]) {
    const controller = new AbortController();
    const seen = [];
    const reading = async () => {
      for await (const { position } of read({ signal: controller.signal })) {
        seen.push(position);
        controller.abort(reason);
      }
    };
    await assertRefused(reading, 'Aborted', { cause: reason });
    assert.deepEqual(seen, [1]);
  }
  const controller = new AbortController();
  const verifying = store.verify({ signal: controller.signal, onProgress: () => controller.abort(reason) });
  await assertRefused(() => verifying, 'Aborted', { cause: reason });
});

test('on a closed store every call is Closed, and closing again is fine', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', [{ type: 'A' }], ANY);
  const reader = store.readAll();
  await Promise.all([store.close(), store.close()]);
  const calls = [
    () => store.append('s', [{ type: 'A' }], ANY),
    () => store.appendMany([{ streamId: 's', events: [{ type: 'A' }], ...ANY }]),
    () => store.readAll().toArray(),
    () => reader.toArray(),
    () => store.readStream('s').toArray(),
    () => store.readAll()[Symbol.asyncIterator]().next(),
    () => store.event(crypto.randomUUID()),
    () => store.streamRevision('s'),
    () => store.streams(),
    () => store.subscribe({}, () => {}),
    () => store.diagnostics(),
    () => store.verify(),
  ];
  for (const call of calls) await assertRefused(call, 'Closed', { reason: 'closed' });
  await store.close();
  assert.deepEqual([store.status, store.head], ['closed', 1]);
});

test('isAnnalsError tells errors of this package from others', async () => {
  const error = await errorOf(() => openStore({ name: '' }));
  assert.equal(isAnnalsError(error), true);
  for (const other of [new Error('x'), { code: 'InvalidArgument', name: 'AnnalsError' }, undefined, null, 'InvalidArgument']) {
    assert.equal(isAnnalsError(other), false);
    assert.equal(isAnnalsError(other, 'InvalidArgument'), false);
  }
});
