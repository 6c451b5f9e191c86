// The ids that are made here: UUIDs of version 7 that sort by their making, whatever the clock does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY, memoryStore, numbered } from './helpers.mjs';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The ids of appends that were made while the clock showed one time after the other, in order. */
async function idsAt(t, times, perAppend = 1) {
  const { now } = Date;
  t.after(() => (Date.now = now));
  const store = await memoryStore(t);
  for (const time of times) {
    Date.now = () => time;
    await store.append('s', numbered(perAppend), ANY);
  }
  return (await store.readAll().toArray()).map(({ id }) => id);
}

/** The millisecond that an id tells. */
const timeOf = (id) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

function assertSorted(ids) {
  for (const id of ids) assert.match(id, UUID_V7);
  assert.equal(new Set(ids).size, ids.length, 'they are all different');
  assert.deepEqual(ids, ids.toSorted(), 'they are in order');
}

test('ids tell the millisecond of their making, as long as the clock goes on', async (t) => {
  const begin = Date.now() + 1_000_000;
  const times = Array.from({ length: 50 }, (_, n) => begin + 7 * n);
  const ids = await idsAt(t, times);
  assertSorted(ids);
  assert.deepEqual(ids.map(timeOf), times);
});

test('ids of one millisecond are counted on', async (t) => {
  const begin = Date.now() + 2_000_000;
  const ids = await idsAt(t, [begin], 20_000);
  assertSorted(ids);
  assert.deepEqual(new Set(ids.map(timeOf)), new Set([begin]));
  assert.equal(new Set(ids.map((id) => id.slice(0, 28))).size, 1, 'what they have in common takes no room');
  const counts = ids.map((id) => Number.parseInt(id.slice(-8), 16));
  assert.deepEqual(counts, counts.map((_, n) => counts[0] + n));
});

test('ids of another millisecond begin at random', async (t) => {
  const begin = Date.now() + 3_000_000;
  const ids = await idsAt(t, Array.from({ length: 200 }, (_, n) => begin + n));
  assertSorted(ids);
  assert.equal(new Set(ids.map((id) => id.slice(15))).size, 200);
  for (const variant of '89ab') assert.ok(ids.some((id) => id[19] === variant), variant);
});

for (const [what, times] of Object.entries({
  'goes back': [5000, 4000, 10, 4999],
  'goes back and then on': [5000, 100, 5001, 5000, 6000],
  'stands still': [5000, 5000, 5000],
  'has parts of a millisecond': [5000.25, 5000.75, 5001.5],
  'says nonsense': [5000, Number.NaN, Infinity, -7, 2 ** 48, 2 ** 60],
})) {
  test(`ids are in order and well-formed when the clock ${what}`, async (t) => {
    const begin = Date.now() + 10_000_000;
    assertSorted(await idsAt(t, times.map((time) => (time > 0 && time < 10_000 ? begin + time : time)), 3));
  });
}

test('ids of several stores of a page are in the order of their making too', async (t) => {
  const stores = [await memoryStore(t), await memoryStore(t)];
  const ids = [];
  for (let n = 0; n < 20; n++) {
    const store = stores[n % 2];
    const { position } = await store.append('s', numbered(1), ANY);
    ids.push((await store.readAll({ after: position - 1 }).toArray())[0].id);
  }
  assertSorted(ids);
});
