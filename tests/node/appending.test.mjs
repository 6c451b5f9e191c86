// What appends promise: results, expectations, conditions, idempotency, call order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY, assertNothingStored, assertRefused, memoryStore, numbered } from './helpers.mjs';

const types = async (store) => (await store.readAll().toArray()).map(({ type }) => type).join('');
const revisions = (entries) => Object.assign(Object.create(null), entries);

test('an append answers with the position, the revision and whether it was there before', async (t) => {
  const store = await memoryStore(t);
  const one = await store.append('s', [{ type: 'A' }, { type: 'B' }], { expectedRevision: 'noStream' });
  assert.deepEqual(one, { position: 2, revisions: revisions({ s: 2 }), duplicate: false });
  const two = await store.append('t', [{ type: 'A' }], { expectedRevision: 0 });
  assert.deepEqual(two, { position: 3, revisions: revisions({ t: 1 }), duplicate: false });
  const many = await store.appendMany([
    { streamId: 't', events: [{ type: 'C' }], expectedRevision: 'exists' },
    { streamId: 's', events: [], expectedRevision: 2 },
    { streamId: 'u', events: [{ type: 'D' }, { type: 'E' }], expectedRevision: 'any' },
  ]);
  assert.deepEqual(many, { position: 6, revisions: revisions({ t: 2, s: 2, u: 2 }), duplicate: false });
  assert.equal(store.head, 6);
  assert.equal(await types(store), 'ABACDE');
});

test('a recorded event has all that was told of it, and an id and a time of its own', async (t) => {
  const store = await memoryStore(t);
  const before = Date.now();
  await store.append('user-1', [{ type: 'A', data: { a: 1 }, version: 3, tags: ['x', 'y', 'x'], metadata: { by: 'me' } }, { type: 'B' }], ANY);
  const [first, second] = await store.readAll().toArray();
  const { id, recordedAt, ...rest } = first;
  assert.deepEqual(rest, { type: 'A', data: { a: 1 }, version: 3, streamId: 'user-1', revision: 1, position: 1, tags: ['x', 'y', 'x'], metadata: { by: 'me' } });
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(second.id > id, 'ids sort by their making');
  assert.ok(recordedAt >= before && recordedAt <= Date.now());
  assert.equal(second.recordedAt, recordedAt);
});

test('ten thousand ids made at once are all different and in order', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(10_000), ANY);
  const ids = (await store.readAll().toArray()).map(({ id }) => id);
  assert.equal(new Set(ids).size, 10_000);
  assert.deepEqual(ids, ids.toSorted());
});

test('time never goes back along positions, even when the clock does', async (t) => {
  const store = await memoryStore(t);
  const { now } = Date;
  t.after(() => (Date.now = now));
  for (const time of [5000, 9000, 7000, 1000, 9001]) {
    Date.now = () => time;
    await store.append('s', [{ type: 'A' }], ANY);
  }
  const events = await store.readAll().toArray();
  assert.deepEqual(events.map(({ recordedAt }) => recordedAt), [5000, 9000, 9000, 9000, 9001]);
  assert.equal(new Set(events.map(({ id }) => id)).size, 5);
});

test('expectations are judged as the table says, and every failing write is named', async (t) => {
  const store = await memoryStore(t);
  await store.append('there', numbered(2), ANY);
  const refusals = [['absent', 'exists', 0], ['absent', 1, 0], ['there', 'noStream', 2], ['there', 0, 2], ['there', 1, 2], ['there', 3, 2], ['there', 2 ** 53 - 1, 2]];
  for (const [streamId, expectedRevision, actual] of refusals) {
    const conflicts = [{ streamId, expected: expectedRevision, actual }];
    await assertNothingStored(store, async () => {
      const { message } = await assertRefused(() => store.append(streamId, numbered(1), { expectedRevision }), 'RevisionConflict', { conflicts, retryable: true });
      assert.match(message, /expected .+, found revision [02]/);
      const others = [{ streamId: 'other', events: numbered(1), ...ANY }, { streamId: 'another', events: [], expectedRevision: 'exists' }];
      const many = () => store.appendMany([...others, { streamId, events: [], expectedRevision }]);
      await assertRefused(many, 'RevisionConflict', { conflicts: [{ streamId: 'another', expected: 'exists', actual: 0 }, ...conflicts], retryable: true });
    });
  }
  for (const [streamId, expectedRevision] of [['a', 'any'], ['b', 'noStream'], ['c', 0], ['there', 'any'], ['there', 'exists'], ['there', 4]]) {
    await store.append(streamId, numbered(1), { expectedRevision });
  }
  assert.equal(await store.streamRevision('there'), 5);
});

test('an append that is repeated is a duplicate, wins over revision and condition, and writes nothing', async (t) => {
  const store = await memoryStore(t);
  const [a, b, c] = [1, 2, 3].map(() => crypto.randomUUID());
  const events = [{ type: 'A', id: a }, { type: 'B', id: b.toUpperCase() }];
  const first = await store.append('s', events, { expectedRevision: 'noStream' });
  await store.append('s', [{ type: 'C', id: c }], ANY);
  const condition = { failIfEventsMatch: { items: [{}] } };
  for (const expectedRevision of ['noStream', 'any', 7]) {
    const other = events.map(({ id }) => ({ type: 'Other', id, data: 'not compared' }));
    assert.deepEqual(await store.append('s', other, { expectedRevision, condition }), { ...first, duplicate: true });
  }
  const refusals = {
    'some only': ['s', [a, crypto.randomUUID()], a, 1],
    'another order': ['s', [b, a], b, 2],
    'not contiguous': ['s', [a, c], a, 1],
    'another stream': ['t', [a, b], a, 1],
  };
  for (const [what, [streamId, ids, eventId, position]] of Object.entries(refusals)) {
    await assertNothingStored(store, async () => {
      const { message } = await assertRefused(() => store.append(streamId, ids.map((id) => ({ type: 'A', id })), ANY), 'DuplicateEvent', { eventId, position });
      assert.match(message, new RegExp(`${eventId}.*position ${position}`), what);
    });
  }
  assert.equal(await types(store), 'ABC');
});

test('appends of the same ids at once are stored once, and the later ones are duplicates', async (t) => {
  const store = await memoryStore(t);
  const events = [{ type: 'A', id: crypto.randomUUID() }];
  const answers = await Promise.all(Array.from({ length: 5 }, () => store.append('s', events, { expectedRevision: 0 })));
  assert.deepEqual(answers.map(({ position, duplicate }) => [position, duplicate]), [[1, false], ...Array(4).fill([1, true])]);
});

test('an append over many streams that is repeated answers with the revisions of the first time', async (t) => {
  const store = await memoryStore(t);
  const writes = ['a', 'b'].map((streamId) => ({ streamId, events: [{ type: 'A', id: crypto.randomUUID() }], expectedRevision: 'noStream' }));
  const first = await store.appendMany(writes);
  await store.append('a', numbered(3), ANY);
  assert.deepEqual(await store.appendMany(writes), { ...first, duplicate: true });
  await assertRefused(() => store.appendMany([writes[0], { ...writes[1], streamId: 'c' }]), 'DuplicateEvent', { eventId: writes[0].events[0].id, position: 1 });
});

/** An item of a condition, and what it matches of the three events below. */
const ITEMS = [
  [{ types: ['A'] }, [1, 3]],
  [{ types: ['A', 'B'] }, [1, 2, 3]],
  [{ types: ['C'] }, []],
  [{ tags: ['red'] }, [1, 2]],
  [{ tags: ['red', 'big'] }, [1]],
  [{ tags: ['red', 'blue'] }, []],
  [{ streams: ['order-1', 'none'] }, [3]],
  [{ categories: ['user'] }, [1, 2]],
  [{ categories: ['user', 'order'], types: ['A'] }, [1, 3]],
  [{ categories: ['user'], types: ['A'], tags: ['red'], streams: ['user-1'] }, [1]],
  [{ categories: ['order'], tags: ['red'] }, []],
  [{}, [1, 2, 3]],
  [{ types: [], tags: [], streams: [], categories: [] }, [1, 2, 3]],
];

for (const [item, matches] of ITEMS) {
  test(`a condition on ${JSON.stringify(item)} refuses what matches after its position`, async (t) => {
    const store = await memoryStore(t);
    await store.append('user-1', [{ type: 'A', tags: ['red', 'big'] }, { type: 'B', tags: ['red'] }], ANY);
    await store.append('order-1', [{ type: 'A', tags: ['blue'] }], ANY);
    const append = (after) => store.append('new', [{ type: 'New' }], { ...ANY, condition: { failIfEventsMatch: { items: [{ types: ['never'] }, item] }, after } });
    for (const after of [undefined, 0, 1, 2]) {
      const positions = matches.filter((position) => position > (after ?? 0));
      if (positions.length === 0) continue;
      await assertNothingStored(store, () => assertRefused(() => append(after), 'AppendConditionFailed', { positions, retryable: true }));
    }
    assert.equal((await append(matches.at(-1) ?? 0)).position, 4);
  });
}

test('a condition that fails names at most the first hundred positions', async (t) => {
  const store = await memoryStore(t);
  await store.append('s', numbered(150), ANY);
  const call = () => store.append('s', numbered(1), { ...ANY, condition: { failIfEventsMatch: { items: [{}] }, after: 20 } });
  await assertRefused(call, 'AppendConditionFailed', { positions: Array.from({ length: 100 }, (_, n) => 21 + n), retryable: true });
});

test('a reader\'s head closes the gap between reading and deciding', async (t) => {
  const store = await memoryStore(t);
  const query = { items: [{ tags: ['seat:1'] }] };
  const decide = async () => {
    const reader = store.readAll({ query });
    const taken = (await reader.toArray()).length;
    return () => store.append('bookings', [{ type: 'Booked', tags: ['seat:1'] }], { ...ANY, condition: { failIfEventsMatch: query, after: reader.head } }).then(() => taken);
  };
  await store.append('other', numbered(3), ANY);
  const [one, two] = [await decide(), await decide()];
  assert.equal(await one(), 0);
  await assertRefused(two, 'AppendConditionFailed', { positions: [4], retryable: true });
  assert.equal(await (await decide())(), 1);
});

test('a thousand appends that nobody waits for take effect in call order, refusals among them', async (t) => {
  const store = await memoryStore(t);
  const calls = [];
  let revision = 0;
  for (let n = 0; n < 1000; n++) {
    // Every third believes in a revision that was right before the call in front of it.
    const expectedRevision = n % 3 === 2 ? revision - 1 : revision;
    const call = store.append('s', [{ type: 'A', data: n }], { expectedRevision });
    calls.push(n % 3 === 2 ? call.catch(({ code, conflicts: [{ actual }] }) => [code, actual]) : call.then(({ position }) => [position]));
    if (n % 3 !== 2) revision++;
  }
  const answers = await Promise.all(calls);
  let stored = 0;
  assert.deepEqual(answers, answers.map((_, n) => (n % 3 === 2 ? ['RevisionConflict', stored] : [++stored])));
  assert.equal(stored, 667);
  assert.deepEqual((await store.readAll().toArray()).map(({ data }) => data), Array.from({ length: 1000 }, (_, n) => n).filter((n) => n % 3 !== 2));
});

test('a refusal after an append that is not stored yet rests on it, and comes after it', async (t) => {
  const store = await memoryStore(t);
  const order = [];
  const calls = [
    store.append('s', numbered(1), { expectedRevision: 'noStream' }).then(() => order.push('stored')),
    store.append('s', numbered(1), { expectedRevision: 'noStream' }).catch(({ code }) => order.push(code)),
    store.append('t', numbered(1), { ...ANY, condition: { failIfEventsMatch: { items: [{ streams: ['s'] }] } } }).catch(({ code, positions }) => order.push(`${code} ${positions}`)),
  ];
  assert.equal(store.head, 0, 'head shows stored events only');
  await Promise.all(calls);
  assert.deepEqual(order, ['stored', 'RevisionConflict', 'AppendConditionFailed 1']);
});

test('a signal takes an append back until its commit begins, and no later', async (t) => {
  const store = await memoryStore(t);
  const reason = new Error('no longer');
  const [before, after] = [new AbortController(), new AbortController()];
  const calls = [
    store.append('s', [{ type: 'A' }], { expectedRevision: 0 }),
    store.append('s', [{ type: 'B' }], { expectedRevision: 1, signal: before.signal }),
    store.append('s', [{ type: 'C' }], { expectedRevision: 1, signal: after.signal }),
  ];
  before.abort(reason);
  await assertRefused(() => calls[1], 'Aborted', { cause: reason });
  assert.deepEqual((await Promise.all([calls[0], calls[2]])).map(({ position }) => position), [1, 2]);
  after.abort(reason);
  assert.equal(await types(store), 'AC');
});
