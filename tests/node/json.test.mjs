// Data and metadata are JSON: what would not come back equal is refused with its place, and all else comes back equal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { ANY, assertNothingStored, assertRefused, memoryStore } from './helpers.mjs';

class Money {
  constructor() {
    this.amount = 1;
  }
}
class Amounts extends Array {}

const cyclic = { list: [{}] };
cyclic.list[0].back = cyclic;

/** What JSON cannot hold, anywhere. */
const FAULTS = {
  'a bigint': 1n,
  'a function': () => 1,
  'a symbol': Symbol('s'),
  NaN,
  Infinity,
  '-Infinity': -Infinity,
  'a Date': new Date(0),
  'a Map': new Map(),
  'a Set': new Set(),
  'a RegExp': /x/,
  'an Error': new Error('x'),
  'a Promise': Promise.resolve(),
  'a typed array': new Uint8Array(1),
  'an ArrayBuffer': new ArrayBuffer(1),
  'a boxed number': Object(1),
  'an instance of a class': new Money(),
  'an object that inherits': Object.create({ inherited: 1 }),
  'half of a surrogate pair': 'x\udc00',
  'a Date of another realm': runInNewContext('new Date(0)'),
};

for (const [what, fault] of Object.entries(FAULTS)) {
  test(`${what} is refused wherever it is, with its place`, async (t) => {
    const store = await memoryStore(t);
    const places = {
      data: fault,
      'data.items[3].price': { items: [0, '', null, { price: fault }] },
      'data[1][0]': [[], [fault]],
      'data["a b"]["0"].ok': { 'a b': { 0: { ok: fault } } },
      'data[""]': { '': fault },
      'data.ключ.$_': { ключ: { $_: fault } },
      'data["\\"\\n"]': { '"\n': fault },
    };
    await assertNothingStored(store, async () => {
      for (const [path, data] of Object.entries(places)) {
        const error = await assertRefused(() => store.append('s', [{ type: 'A', data }], ANY), 'Serialization', { path, event: 0 });
        assert.equal(error.message, `${path}: expected ${error.expected}, found ${error.found}`);
      }
      const metadata = { trace: { id: fault } };
      await assertRefused(() => store.append('s', [{ type: 'A', metadata }], ANY), 'Serialization', { path: 'metadata.trace.id', event: 0 });
    });
  });
}

/** What is wrong only as a part of something else, and its place. */
const INNER = {
  'undefined in a list': [{ list: [1, undefined] }, 'data.list[1]'],
  'a hole in a list': [{ list: [1, , 2] }, 'data.list[1]'],
  'a list with a member that is no element': [{ list: Object.assign([1], { extra: 2 }) }, 'data.list'],
  'a symbol as key': [{ inner: { [Symbol('s')]: 1 } }, 'data.inner'],
  'half of a surrogate pair in a key': [{ inner: { 'x\ud800': 1 } }, 'data.inner["x\\ud800"]'],
  'a cycle': [cyclic, 'data'],
  'more than a thousand levels': [nested(1001), 'data'],
  'more than a thousand levels of lists': [JSON.parse('['.repeat(1001) + ']'.repeat(1001)), 'data'],
};

for (const [what, [data, path]] of Object.entries(INNER)) {
  test(`${what} is refused`, async (t) => {
    const store = await memoryStore(t);
    await assertNothingStored(store, () => assertRefused(() => store.append('s', [{ type: 'A', data }], ANY), 'Serialization', { path, event: 0 }));
  });
}

for (const [what, data] of Object.entries({ 'a list with a symbol as key': Object.assign([1], { [Symbol('s')]: 2 }), 'an instance of a class of lists': Amounts.from([1]) })) {
  test(`${what} is refused`, async (t) => {
    const store = await memoryStore(t);
    await assertNothingStored(store, () => assertRefused(() => store.append('s', [{ type: 'A', data }], ANY), 'Serialization', { path: 'data', event: 0 }));
  });
}

test('the error names the event among many', async (t) => {
  const store = await memoryStore(t);
  const events = [{ type: 'A' }, { type: 'A' }, { type: 'A', data: { at: new Date(0) } }];
  const error = await assertRefused(() => store.append('s', events, ANY), 'Serialization', { path: 'data.at', event: 2 });
  assert.match(error.message, /^data\.at of event 2: expected .+, found an instance of Date$/);
});

/** What JSON can hold, and as what it comes back when not as itself. */
const SOUND = [
  null,
  true,
  0,
  -1.5e-300,
  5e-324,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
  '',
  '\u0000\u001f"\\/\b\u2028\u2029\ufeff',
  'Ж 漢字 🦀 \u{10ffff}',
  [],
  {},
  [[[]], {}, null, false],
  { '': 1, ' ': 2, '"': 3, 'ключ': { '🦀': [] } },
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":1},"toString":null,"hasOwnProperty":[],"valueOf":0,"toJSON":"text"}'),
  JSON.parse('{"a":{"__proto__":[{"__proto__":null}]}}'),
  nested(999),
];

test('what JSON can hold comes back equal, as data and as metadata', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', SOUND.map((data) => ({ type: 'A', data, metadata: { data } })), ANY);
  const events = await store.readAll().toArray();
  assert.equal(events.length, SOUND.length);
  for (const [n, { data, metadata }] of events.entries()) {
    assert.deepEqual(data, SOUND[n]);
    assert.deepEqual(metadata, { data: SOUND[n] });
    assert.equal(JSON.stringify(data), JSON.stringify(SOUND[n]), 'the order of keys too');
  }
  assert.equal({}.polluted, undefined);
});

test('a thousand levels are not too many', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', [{ type: 'A', data: nested(1000) }], ANY);
  assert.equal(JSON.stringify((await store.readAll().toArray())[0].data), JSON.stringify(nested(1000)));
});

/** What comes back as its plain likeness. */
const LIKE = [
  [undefined, null],
  [{ left: undefined, right: 1 }, { right: 1 }],
  [[{ left: undefined }], [{}]],
  [-0, 0],
  [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  [runInNewContext('({ a: [1, { b: 2 }] })'), { a: [1, { b: 2 }] }],
  [Object.freeze({ a: Object.freeze([1]) }), { a: [1] }],
];

test('undefined members are left out, and objects without a prototype or of another realm are plain ones', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', LIKE.map(([data]) => ({ type: 'A', data })), ANY);
  assert.deepEqual((await store.readAll().toArray()).map(({ data }) => data), LIKE.map(([, back]) => back));
});

test('data and metadata that are left out come back as null and as an empty object', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', [{ type: 'A' }, { type: 'A', data: undefined, metadata: undefined, tags: undefined, version: undefined, id: undefined }], ANY);
  for (const { data, metadata, tags, version } of await store.readAll().toArray()) {
    assert.deepEqual({ data, metadata, tags, version }, { data: null, metadata: {}, tags: [], version: 1 });
  }
});

test('events are taken as they are when append is called, and what is read is nobody else\'s', async (t) => {
  const store = await memoryStore(t);
  const data = { list: [1] };
  const tags = ['red'];
  const events = [{ type: 'A', data, tags, metadata: data }];
  const appending = store.append('s', events, ANY);
  data.list.push(2);
  tags.push('blue');
  events.push({ type: 'B' });
  await appending;
  const [event, ...more] = await store.readAll().toArray();
  assert.deepEqual([event.data, event.tags, event.metadata, more], [{ list: [1] }, ['red'], { list: [1] }, []]);
  event.data.list.push(3);
  assert.deepEqual((await store.readAll().toArray())[0].data, { list: [1] });
});

test('words of Object are plain words, as streams, types, tags and keys', async (t) => {
  const store = await memoryStore(t);
  const words = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length'];
  const writes = words.map((word) => ({ streamId: word, events: [{ type: word, tags: [word], data: JSON.parse(`{"${word}":1}`) }], ...ANY }));
  const { revisions } = await store.appendMany(writes);
  assert.equal(Object.getPrototypeOf(revisions), null);
  assert.deepEqual(Object.entries(revisions), words.map((word) => [word, 1]));
  assert.deepEqual(Object.entries((await store.append('__proto__', [{ type: 'A' }], { expectedRevision: 1 })).revisions), [['__proto__', 2]]);
  for (const [n, word] of words.entries()) {
    for (const item of [{ types: [word] }, { tags: [word] }, { streams: [word] }, { categories: [word] }]) {
      const [event] = await store.readAll({ query: { items: [item] } }).toArray();
      assert.equal(event.position, n + 1, `${word} ${JSON.stringify(item)}`);
      assert.deepEqual([event.type, event.streamId, event.tags, Object.keys(event.data)], [word, word, [word], [word]]);
    }
  }
});

/** An object of so many levels. */
function nested(levels) {
  return JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`);
}
