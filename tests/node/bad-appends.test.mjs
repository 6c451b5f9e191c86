// Appends that break a rule: each is refused with the rule that it breaks, and leaves nothing behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY, assertInvalid, assertNothingStored, assertRefused, memoryStore, numbered } from './helpers.mjs';

const A = [{ type: 'A' }];
const ID = '018f0000-0000-7000-8000-00000000000a';
const HALF = 'half \ud800 of a pair';
const MIB = 1024 * 1024;

const STREAM_IDS = { empty: '', 'of 513 bytes': 'x'.repeat(513), 'of 514 bytes in 257 characters': 'ж'.repeat(257), 'ill-formed': HALF, 'a number': 7, absent: undefined, null: null };

for (const [what, streamId] of Object.entries(STREAM_IDS)) {
  test(`a stream id that is ${what} is refused`, async (t) => {
    const store = await memoryStore(t);
    await assertNothingStored(store, () => assertInvalid(() => store.append(streamId, A, ANY), 'streamId'));
  });
}

test('a stream id may have 512 bytes, and any character', async (t) => {
  const store = await memoryStore(t);
  const ids = ['x'.repeat(512), 'ж'.repeat(256), '🦀'.repeat(128), ' ', '\u0000', '"\\\n', '-', '--', '-a'];
  for (const id of ids) assert.deepEqual((await store.append(id, A, ANY)).revisions, Object.assign(Object.create(null), { [id]: 1 }));
  assert.deepEqual((await store.streams()).toSorted(), ids.toSorted());
  for (const id of ids) assert.equal((await store.readStream(id).toArray())[0]?.streamId, id);
});

/** By the argument that is at fault: what is wrong, and the events. */
const EVENTS = {
  events: {
    'not a list': {},
    absent: undefined,
    null: null,
    'a text': 'A',
    'an empty list': [],
    'two events of one id': [{ type: 'A', id: ID }, { type: 'B', id: ID }],
    'two events of one id in other letters': [{ type: 'A', id: ID }, { type: 'B', id: ID.toUpperCase() }],
    'more than 16 MiB': [{ type: 'A', data: 'x'.repeat(16 * MIB) }],
    'more than 16 MiB together': [{ type: 'A', data: 'x'.repeat(9 * MIB) }, { type: 'A', metadata: { text: 'x'.repeat(8 * MIB) } }],
    'more than 16 MiB in bytes, not in characters': [{ type: 'A', data: 'ж'.repeat(9 * MIB) }],
  },
  'events[1]': { 'an event that is a text': ['A'], 'an event that is null': [null], 'a hole': [,] },
  'events[1].type': {
    'no type': [{ data: 1 }],
    'an empty type': [{ type: '' }],
    'a type that is a number': [{ type: 7 }],
    'a type that is null': [{ type: null }],
    'an ill-formed type': [{ type: HALF }],
    'a type of 513 bytes': [{ type: 'x'.repeat(513) }],
    'a type of 514 bytes in 257 characters': [{ type: 'ж'.repeat(257) }],
    'an array as event': [[]],
  },
  'events[1].version': Object.fromEntries([0, -1, 1.5, 2 ** 32 - 1, 2 ** 53, NaN, '1', null].map((version) => [`the version ${version} (${typeof version})`, [{ type: 'A', version }]])),
  'events[1].id': Object.fromEntries(['', 'x', ID.slice(1), `{${ID}}`, ID.replaceAll('-', ''), 7, null].map((id) => [`the id ${id}`, [{ type: 'A', id }]])),
  'events[1].tags': { 'tags that are a text': [{ type: 'A', tags: 'red' }], 'tags that are null': [{ type: 'A', tags: null }], '65 tags': [{ type: 'A', tags: Array(65).fill('t') }] },
  'events[1].tags[1]': {
    'a tag that is a number': [{ type: 'A', tags: ['red', 7] }],
    'a tag that is a hole': [{ type: 'A', tags: ['red', , 'blue'] }],
    'an empty tag': [{ type: 'A', tags: ['red', ''] }],
    'an ill-formed tag': [{ type: 'A', tags: ['red', HALF] }],
    'a tag of 514 bytes in 257 characters': [{ type: 'A', tags: ['red', 'ж'.repeat(257)] }],
  },
  'events[1].metadata': Object.fromEntries([null, [], 'x', 7, () => {}].map((metadata) => [`metadata that is ${Array.isArray(metadata) ? 'a list' : typeof metadata}`, [{ type: 'A', metadata }]])),
  'events[1].payload': { 'a key that nobody knows': [{ type: 'A', payload: 1 }] },
};

for (const [argument, cases] of Object.entries(EVENTS)) {
  for (const [what, events] of Object.entries(cases)) {
    test(`events with ${what} are refused`, async (t) => {
      const store = await memoryStore(t);
      const given = argument === 'events' ? events : [{ type: 'Sound' }, ...events];
      await assertNothingStored(store, () => assertInvalid(() => store.append('s', given, ANY), argument));
    });
  }
}

test('what a refused call leaves behind does not hinder the next', async (t) => {
  const store = await memoryStore(t);
  await assertInvalid(() => store.append('s', [{ type: 'A' }, { type: '' }], ANY), 'events[1].type');
  assert.equal((await store.append('s', A, { expectedRevision: 'noStream' })).position, 1);
});

test('an append of 10 MiB is stored and read back', async (t) => {
  const store = await memoryStore(t);
  const data = 'ж'.repeat(5 * MIB);
  await store.append('s', [{ type: 'Large', data }], ANY);
  const [event] = await store.readAll().toArray();
  assert.equal(event.data.length, data.length);
  assert.ok(event.data === data);
});

test('every limit may be reached', async (t) => {
  const store = await memoryStore(t);
  const event = { type: 'ж'.repeat(256), version: 2 ** 32 - 2, id: ID.toUpperCase(), tags: Array.from({ length: 64 }, (_, n) => `${n}${'t'.repeat(510)}`) };
  await store.append('s', [event], ANY);
  const [{ type, version, id, tags }] = await store.readAll().toArray();
  assert.deepEqual({ type, version, id, tags }, { ...event, id: ID });
});

const REVISIONS = { absent: undefined, null: null, negative: -1, fractional: 1.5, NaN, infinite: Infinity, 'not safe': 2 ** 53, 'a text': '1', 'a word that is misspelt': 'Any', 'a word of Object': 'toString', 'a bigint': 1n };

for (const [what, expectedRevision] of Object.entries(REVISIONS)) {
  test(`an expected revision that is ${what} is refused`, async (t) => {
    const store = await memoryStore(t);
    await assertNothingStored(store, async () => {
      await assertInvalid(() => store.append('s', A, { expectedRevision }), 'expectedRevision');
      await assertInvalid(() => store.appendMany([{ streamId: 's', events: A, expectedRevision }]), 'writes[0].expectedRevision');
    });
  });
}

/** By the argument that is at fault: the options. */
const OPTIONS = {
  options: [undefined, null, [], 'any', 7],
  'options.expectedVersion': [{ expectedRevision: 'any', expectedVersion: 1 }],
  'options.condition': [null, [], 'x'].map((condition) => ({ condition })),
  'options.condition.since': [{ condition: { failIfEventsMatch: { items: [{}] }, since: 1 } }],
  'options.condition.after': [-1, 1.5, '1', null, 2 ** 53].map((after) => ({ condition: { failIfEventsMatch: { items: [{}] }, after } })),
  'options.condition.failIfEventsMatch': [undefined, null, []].map((failIfEventsMatch) => ({ condition: { failIfEventsMatch } })),
  'options.condition.failIfEventsMatch.items': [undefined, [], {}].map((items) => ({ condition: { failIfEventsMatch: { items } } })),
  'options.condition.failIfEventsMatch.items[0]': [null, 'x', ['x']].map((item) => ({ condition: { failIfEventsMatch: { items: [item] } } })),
  'options.condition.failIfEventsMatch.items[0].type': [{ condition: { failIfEventsMatch: { items: [{ type: 'A' }] } } }],
  'options.condition.failIfEventsMatch.items[0].types': ['A', {}, null].map((types) => ({ condition: { failIfEventsMatch: { items: [{ types }] } } })),
  'options.condition.failIfEventsMatch.items[0].tags[0]': [7, null, HALF].map((tag) => ({ condition: { failIfEventsMatch: { items: [{ tags: [tag] }] } } })),
  'options.signal': [{}, 'abort', null, 7].map((signal) => ({ signal })),
};

for (const [argument, cases] of Object.entries(OPTIONS)) {
  for (const [n, options] of cases.entries()) {
    test(`options of an append whose ${argument} is wrong are refused (${n + 1})`, async (t) => {
      const store = await memoryStore(t);
      const given = argument === 'options' ? options : { ...ANY, ...options };
      await assertNothingStored(store, () => assertInvalid(() => store.append('s', A, given), argument));
      const { expectedRevision, ...many } = given ?? {};
      if (argument === 'options') return;
      await assertNothingStored(store, () => assertInvalid(() => store.appendMany([{ streamId: 's', events: A, ...ANY }], many), argument));
    });
  }
}

const sound = { streamId: 'a', events: A, ...ANY };

/** By the argument that is at fault: what is wrong, and the writes. */
const WRITES = {
  writes: { absent: undefined, null: null, 'not a list': {} },
  'writes[1]': { 'that are null': [sound, null], 'that are a text': [sound, 's'], 'that are a list': [sound, []] },
  'writes[1].stream': { 'with a key that nobody knows': [sound, { ...sound, streamId: 'b', stream: 'b' }] },
  'writes[1].streamId': {
    'without a stream': [sound, { events: A, ...ANY }],
    'of one stream twice': [sound, { ...sound }],
  },
  'writes[1].expectedRevision': { 'without an expected revision': [sound, { streamId: 'b', events: A }] },
  'writes[1].events': { 'without events': [sound, { streamId: 'b', ...ANY }] },
  'writes[1].events[0].type': { 'of an event without a type': [sound, { streamId: 'b', events: [{}], ...ANY }] },
  events: { 'none at all': [], 'of nothing but checks': [{ streamId: 'a', events: [], ...ANY }, { streamId: 'b', events: [], ...ANY }], 'of one id in two streams': ['a', 'b'].map((streamId) => ({ streamId, events: [{ type: 'A', id: ID }], ...ANY })) },
};

for (const [argument, cases] of Object.entries(WRITES)) {
  for (const [what, writes] of Object.entries(cases)) {
    test(`writes ${what} are refused`, async (t) => {
      const store = await memoryStore(t);
      await assertNothingStored(store, () => assertInvalid(() => store.appendMany(writes), argument));
    });
  }
}

test('what is wrong in one of many writes names the write, whoever finds it', async (t) => {
  const store = await memoryStore(t);
  const long = { ...sound, events: [{ type: 'x'.repeat(513) }] };
  await assertInvalid(() => store.appendMany([long]), 'writes[0].events[0].type');
  await assertInvalid(() => store.appendMany([sound, { ...long, streamId: 'b' }]), 'writes[1].events[0].type');
  await assertInvalid(() => store.appendMany([sound, { ...sound, streamId: '' }]), 'writes[1].streamId');
});

test('a signal that is aborted already refuses an append with its reason, and stores nothing', async (t) => {
  const store = await memoryStore(t);
  const reason = new Error('no longer');
  const signal = AbortSignal.abort(reason);
  await assertNothingStored(store, async () => {
    await assertRefused(() => store.append('s', A, { ...ANY, signal }), 'Aborted', { cause: reason });
    await assertRefused(() => store.appendMany([sound], { signal }), 'Aborted', { cause: reason });
  });
});

test('a call that is refused is not half in the queue: those around it are stored in their order', async (t) => {
  const store = await memoryStore(t);
  const around = numbered(20).map((event, n) => (n % 2 === 0 ? store.append('s', [event], ANY) : store.append('s', [event, { type: '' }], ANY).catch(({ code }) => code)));
  const answers = (await Promise.all(around)).map((answer) => answer.position ?? answer);
  assert.deepEqual(answers, numbered(20).map((_, n) => (n % 2 === 0 ? n / 2 + 1 : 'InvalidArgument')));
  assert.deepEqual((await store.readAll().toArray()).map(({ data }) => data), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
});
