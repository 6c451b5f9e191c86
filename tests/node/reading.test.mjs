// Readings: what they bring, in which order, and how far they reach.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY, memoryStore, numbered } from './helpers.mjs';

const positions = (events) => events.map(({ position }) => position);
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Ten events, one commit each, at times 1000 to 10000; odd positions in stream `a-1`, even ones in `b-1`. */
async function tenEvents(t) {
  const store = await memoryStore(t);
  const { now } = Date;
  t.after(() => (Date.now = now));
  for (let n = 1; n <= 10; n++) {
    Date.now = () => 1000 * n;
    await store.append(n % 2 ? 'a-1' : 'b-1', [{ type: n % 5 ? 'A' : 'B' }], ANY);
  }
  return store;
}

/** What is asked for, and the positions that come. */
const ALL = [
  [undefined, range(1, 10)],
  [{}, range(1, 10)],
  [{ after: 0 }, range(1, 10)],
  [{ after: 3 }, range(4, 10)],
  [{ after: 10 }, []],
  [{ after: 2 ** 40 }, []],
  [{ until: 0 }, []],
  [{ until: 4 }, range(1, 4)],
  [{ until: 2 ** 53 - 1 }, range(1, 10)],
  [{ after: 3, until: 6 }, [4, 5, 6]],
  [{ after: 6, until: 3 }, []],
  [{ limit: 0 }, []],
  [{ limit: 2 }, [1, 2]],
  [{ limit: 2 ** 53 - 1 }, range(1, 10)],
  [{ limit: 2 ** 32 }, range(1, 10)],
  [{ direction: 'forward' }, range(1, 10)],
  [{ direction: 'backward' }, range(1, 10).reverse()],
  [{ direction: 'backward', limit: 2 }, [10, 9]],
  [{ direction: 'backward', after: 3, until: 6 }, [6, 5, 4]],
  [{ direction: 'backward', after: 6, until: 3 }, []],
  [{ time: {} }, range(1, 10)],
  [{ time: { from: 3000 } }, range(3, 10)],
  [{ time: { from: 3001 } }, range(4, 10)],
  [{ time: { until: 3000 } }, [1, 2, 3]],
  [{ time: { until: 2999 } }, [1, 2]],
  [{ time: { from: 3000, until: 5000 } }, [3, 4, 5]],
  [{ time: { from: 5000, until: 3000 } }, []],
  [{ time: { from: 0, until: 999 } }, []],
  [{ time: { from: 10_001 } }, []],
  [{ time: { from: 3000 }, after: 4, until: 8, direction: 'backward', limit: 3 }, [8, 7, 6]],
  [{ query: { items: [{ types: ['B'] }] } }, [5, 10]],
  [{ query: { items: [{ categories: ['b'] }] }, limit: 2 }, [2, 4]],
  [{ query: { items: [{ categories: ['b'] }] }, limit: 2, direction: 'backward' }, [10, 8]],
  [{ query: { items: [{ types: ['B'] }, { streams: ['a-1'] }] } }, [1, 3, 5, 7, 9, 10]],
  [{ query: { items: [{ types: ['B'] }, { streams: ['a-1'] }] }, direction: 'backward', limit: 3 }, [10, 9, 7]],
  [{ query: { items: [{ types: ['B'], categories: ['a'] }] }, after: 1 }, [5]],
  [{ query: { items: [{}] }, after: 8 }, [9, 10]],
  [{ query: { items: [{ types: ['none'] }] } }, []],
];

test('readAll brings what its options ask for', async (t) => {
  const store = await tenEvents(t);
  for (const [options, expected] of ALL) assert.deepEqual(positions(await store.readAll(options).toArray()), expected, JSON.stringify(options));
});

/** What is asked for of a stream of five, and the revisions that come. */
const STREAM = [
  [undefined, range(1, 5)],
  [{ from: 0 }, range(1, 5)],
  [{ from: 1 }, range(1, 5)],
  [{ from: 3 }, [3, 4, 5]],
  [{ to: 3 }, [1, 2, 3]],
  [{ to: 0 }, []],
  [{ from: 2, to: 4 }, [2, 3, 4]],
  [{ from: 4, to: 2 }, []],
  [{ from: 6 }, []],
  [{ to: 2 ** 53 - 1 }, range(1, 5)],
  [{ limit: 2 }, [1, 2]],
  [{ limit: 0 }, []],
  [{ direction: 'backward' }, [5, 4, 3, 2, 1]],
  [{ direction: 'backward', limit: 2 }, [5, 4]],
  [{ direction: 'backward', from: 2, to: 4, limit: 2 }, [4, 3]],
];

test('readStream brings what its options ask for', async (t) => {
  const store = await tenEvents(t);
  for (const [options, expected] of STREAM) {
    const events = await store.readStream('a-1', options).toArray();
    assert.deepEqual(events.map(({ revision }) => revision), expected, JSON.stringify(options));
    assert.deepEqual(positions(events), expected.map((revision) => 2 * revision - 1));
  }
  assert.deepEqual(await store.readStream('absent').toArray(), []);
});

test('a stream read from a revision that is far beyond its end is empty', async (t) => {
  const store = await tenEvents(t);
  for (const from of [2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]) assert.deepEqual(await store.readStream('a-1', { from }).toArray(), [], `from ${from}`);
});

test('a reading covers what was there when it began, and again the same when it is read again', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(3), ANY);
  for (const reader of [store.readAll(), store.readStream('s'), store.readAll({ direction: 'backward' }), store.readAll({ time: { from: 0 } })]) {
    const { head } = store;
    const first = await reader.toArray();
    await store.append('s', numbered(1), ANY);
    assert.equal(reader.head, head);
    assert.equal(first.length, head);
    assert.deepEqual(await reader.toArray(), first);
    const iterated = [];
    for await (const event of reader) iterated.push(event);
    assert.deepEqual(iterated, first);
  }
});

test('a reader whose head was asked for first covers just that', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(3), ANY);
  const [all, stream] = [store.readAll(), store.readStream('s')];
  assert.deepEqual([all.head, stream.head], [3, 3]);
  await store.append('s', numbered(2), ANY);
  assert.deepEqual([(await all.toArray()).length, (await stream.toArray()).length, store.head], [3, 3, 5]);
});

test('events stored while a reading is under way are not in it', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(5000), ANY);
  const seen = [];
  for await (const { position } of store.readAll()) {
    if (position % 1000 === 1) await store.append('s', numbered(1), ANY);
    seen.push(position);
  }
  assert.deepEqual(seen, range(1, 5000));
  assert.equal(store.head, 5005);
});

test('a reading that is left early can be begun again, and hinders nobody', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(10_000), ANY);
  const reader = store.readAll();
  for (let round = 0; round < 3; round++) {
    for await (const { position } of reader) {
      if (position === 5) break;
    }
  }
  const two = [reader[Symbol.asyncIterator](), reader[Symbol.asyncIterator]()];
  const firsts = await Promise.all([two[0].next(), two[1].next(), two[0].next()]);
  assert.deepEqual(firsts.map(({ value }) => value.position), [1, 1, 2]);
  assert.equal((await two[0].return()).done, true);
  assert.equal((await two[0].next()).done, true);
  assert.equal((await two[1].next()).value.position, 2);
  assert.equal((await reader.toArray()).length, 10_000);
});

test('a thousand readings at once each bring their own', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(50), ANY);
  const read = await Promise.all(Array.from({ length: 1000 }, (_, n) => store.readAll({ after: n % 50, limit: 1 }).toArray()));
  assert.deepEqual(read.map(([event]) => event.position), read.map((_, n) => (n % 50) + 1));
});

test('an event is found by its id, in any letters', async (t) => {
  const store = await memoryStore(t);
  const id = crypto.randomUUID();
  await store.append('s', [{ type: 'A' }, { type: 'B', id, data: [1] }, { type: 'C' }], ANY);
  const [, second] = await store.readAll().toArray();
  assert.equal(second.id, id);
  assert.deepEqual(await store.event(id), second);
  assert.deepEqual(await store.event(id.toUpperCase()), second);
  assert.equal(await store.event(crypto.randomUUID()), undefined);
});

test('streams are named in the order of code points, in pages', async (t) => {
  const store = await memoryStore(t);
  const names = ['b', 'a', 'a-2', 'a-10', 'A', 'é', '\uffff', '🦀', '__proto__', 'ключ-1', 'a\u0000'];
  await store.appendMany(names.map((streamId) => ({ streamId, events: numbered(2), ...ANY })));
  const sorted = names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  assert.deepEqual(await store.streams(), sorted);
  assert.notDeepEqual(sorted, names.toSorted(), 'the order of UTF-16 is another');
  assert.deepEqual(await store.streams({ prefix: 'a' }), ['a', 'a\u0000', 'a-10', 'a-2']);
  assert.deepEqual(await store.streams({ prefix: 'a-', limit: 1 }), ['a-10']);
  assert.deepEqual(await store.streams({ prefix: 'none' }), []);
  assert.deepEqual(await store.streams({ limit: 0 }), []);
  assert.deepEqual(await store.streams({ after: 'a-10', prefix: 'a' }), ['a-2']);
  assert.deepEqual(await store.streams({ after: 'a-1' }), sorted.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from('a-1')) > 0));
  const paged = [];
  for (let page = await store.streams({ limit: 3 }); page.length > 0; page = await store.streams({ limit: 3, after: page.at(-1) })) paged.push(...page);
  assert.deepEqual(paged, sorted);
});
