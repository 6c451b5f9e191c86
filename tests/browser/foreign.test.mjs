// What is not ours, not yet known to us, or not what we wrote: it is refused, and nothing of it is touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const FOREIGN = {
  'of other stores': { version: 1, stores: ['meta', 'somebody'] },
  'without any store': { version: 1, stores: [] },
  'of our stores but without a format': { version: 1, stores: ['meta', 'commits', 'segments', 'views', 'snapshots'] },
  'of other stores at a higher version': { version: 7, stores: ['somebody'] },
};

for (const [what, { version, stores }] of Object.entries(FOREIGN)) {
  test(`a database ${what} is refused as foreign, and left as it was`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    const { error, before, after } = await page.evaluate(async ({ name, version, stores }) => {
      const { connect, contents, failure, openStore } = await import('/tests/in-page.js');
      const create = (database) => {
        for (const store of stores) database.createObjectStore(store).put(new Uint8Array([1, 2, 3]), 7);
      };
      (await connect(name, version, create)).close();
      const before = await contents(name);
      const error = await failure(() => openStore({ name }));
      return { error, before, after: await contents(name) };
    }, { name: databaseName(t), version, stores });
    assert.deepEqual([error.code, error.reason, error.outcome, error.retryable], ['StorageCorrupt', 'foreign', 'none', false]);
    assert.match(error.message, /expected .* found /);
    assert.equal(before.version, version);
    assert.deepEqual(after, before);
  });
}

test('a database of somebody else is not deleted, and one of ours is, damaged or newer', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const { error, before, after, left } = await page.evaluate(async (name) => {
    const { connect, contents, databases, deleteStore, failure } = await import('/tests/in-page.js');
    const create = (...stores) => (database) => stores.forEach((store) => database.createObjectStore(store).put('kept', 1));
    (await connect(name, 3, create('somebody'))).close();
    const before = await contents(name);
    const error = await failure(() => deleteStore(name));
    (await connect(`${name} newer`, 2, create('meta', 'commits', 'others'))).close();
    await deleteStore(`${name} newer`);
    return { error, before, after: await contents(name), left: await databases() };
  }, databaseName(t));
  assert.deepEqual([error.code, error.reason, error.outcome], ['StorageCorrupt', 'foreign', 'none']);
  assert.deepEqual(after, before);
  assert.ok(!left.some((name) => name.endsWith('newer')), left.join());
});

test('a database of a higher version with our stores is of a newer format, and left as it was', async (t) => {
  const { page, name } = await written(t);
  const { error, before, after } = await page.evaluate(async (name) => {
    const { connect, contents, failure, openStore } = await import('/tests/in-page.js');
    (await connect(name, 2)).close();
    const before = await contents(name);
    const error = await failure(() => openStore({ name }));
    return { error, before, after: await contents(name) };
  }, name);
  assert.deepEqual([error.code, error.reason], ['StorageCorrupt', 'newerFormat']);
  assert.equal(before.version, 2);
  assert.deepEqual(after, before);
});

test('a format that is newer than this code is refused, and left as it was', async (t) => {
  const { page, name } = await written(t);
  const { error, before, after } = await page.evaluate(async (name) => {
    const { change, contents, failure, openStore } = await import('/tests/in-page.js');
    // The number is little-endian, after eight bytes that say whose database it is.
    await change(name, 'meta', 'format', (bytes) => bytes.set([2, 1], 8));
    const before = await contents(name);
    const error = await failure(() => openStore({ name }));
    return { error, before, after: await contents(name) };
  }, name);
  assert.deepEqual([error.code, error.reason, error.outcome], ['StorageCorrupt', 'newerFormat', 'none']);
  assert.match(error.message, /expected format 2 or older, found 258/);
  assert.deepEqual(after, before);
});

test('a format record that is damaged is refused, whichever of its bits it is', async (t) => {
  const { page, name } = await written(t);
  const codes = await page.evaluate(async (name) => {
    const { change, failure, openStore } = await import('/tests/in-page.js');
    const codes = new Map();
    for (let byte = 0; byte < 38; byte++) {
      const flip = (bytes) => void (bytes[byte] ^= 1 << byte % 8);
      await change(name, 'meta', 'format', flip);
      const error = await failure(() => openStore({ name }));
      const code = `${error?.code} ${error?.reason === 'newerFormat' ? 'foreign' : error?.reason}`;
      codes.set(code, (codes.get(code) ?? 0) + 1);
      await change(name, 'meta', 'format', flip);
    }
    const { head } = await openStore({ name });
    return { refused: [...codes], head };
  }, name);
  assert.deepEqual(codes, { refused: [['StorageCorrupt foreign', 10], ['StorageCorrupt damaged', 28]], head: 30 });
});

test('a damaged record is found by verify and by reading, and nothing is changed', async (t) => {
  const { page, name } = await written(t);
  const found = await page.evaluate(damageAndLook, { name, edit: 'flip' });
  assert.deepEqual(found.findings, [['damaged', 11]]);
  assert.deepEqual(found.errors.map(({ code, reason, position, outcome }) => [code, reason, position, outcome]), Array(4).fill(['StorageCorrupt', 'damaged', 11, 'none']));
  assert.equal(found.sound, 10, 'what is sound before it can be read');
  assert.deepEqual(found.after, found.before);
  for (const { message } of found.errors) assert.match(message, /position 11/);
});

test('a record that is not there is found by verify and by reading, and nothing is changed', async (t) => {
  const { page, name } = await written(t);
  const found = await page.evaluate(damageAndLook, { name, edit: 'remove' });
  assert.deepEqual(found.findings, [['missing', 11]]);
  assert.deepEqual(found.errors.map(({ code, reason }) => [code, reason]), Array(4).fill(['StorageCorrupt', 'damaged']));
  for (const { message } of found.errors) assert.match(message, /\b11\b/);
  assert.equal(found.sound, 10);
  assert.deepEqual(found.after, found.before);
});

/** A page, and the name of a closed store with three records of ten events, at positions 1, 11 and 21. */
async function written(t) {
  const page = await (await withBrowser(t)).newPage();
  const name = databaseName(t);
  await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const store = await openStore({ name });
    const text = 'many words are compressed, words are compressed '.repeat(4);
    for (let n = 0; n < 3; n++) {
      await store.append('s', Array.from({ length: 10 }, () => ({ type: 'A', data: { n, text } })), { expectedRevision: 10 * n });
    }
    await store.close();
  }, name);
  return { page, name };
}

/** Runs in the page: damages the record in the middle under an open store that has not read it, and looks from all sides. */
async function damageAndLook({ name, edit }) {
  const { change, contents, failure, openStore, plain } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  await change(name, 'commits', 11, edit === 'flip' ? (bytes) => void (bytes[bytes.length >> 1] ^= 4) : undefined);
  const before = await contents(name);
  const { findings } = await store.verify();
  const errors = [
    await failure(() => store.readAll().toArray()),
    await failure(() => store.readStream('s', { from: 12, direction: 'backward', limit: 1, to: 12 }).toArray()),
    plain(await store.subscribe({}, () => {}).closed),
    await failure(() => openStore({ name })),
  ];
  const sound = (await store.readAll({ until: 10 }).toArray()).length;
  await store.close();
  return { findings: findings.map(({ kind, position }) => [kind, position]), errors, sound, before, after: await contents(name) };
}
