// Merging and repairing a store in memory, and what is asked of both in a wrong way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../dist/index.js';
import { differences, recorded, write } from '../browser/in-page-log.js';
import { ANY, assertInvalid, assertNothingStored, assertRefused, errorOf, memoryStore, numbered } from './helpers.mjs';

/** A store in memory with so many small commits, of which none is merged yet. */
async function written(t, appends) {
  const { now } = Date;
  t.after(() => (Date.now = now));
  const store = await memoryStore(t);
  await write(store, 0, appends);
  return store;
}

test('merging a store in memory makes few records of many, and no answer changes', async (t) => {
  const store = await written(t, 200);
  const log = recorded(200);
  assert.deepEqual(await differences(store, log), []);
  const before = await store.diagnostics();
  const progress = [];
  const report = await store.merge({ onProgress: (one) => progress.push(one) });
  assert.deepEqual(Object.keys(report).sort(), ['bytesRead', 'bytesWritten', 'events', 'longestStepMs', 'steps']);
  assert.deepEqual(await differences(store, log), []);
  const after = await store.diagnostics();
  assert.ok(after.records < before.records || before.segments > 0, `${after.records} records after ${before.records}`);
  assert.ok(after.segments > 0 && after.bytesMerged > 0);
  assert.deepEqual([after.events, after.streams], [before.events, before.streams]);
  for (const { phase, done, total } of progress) assert.ok(phase === 'merge' && done >= 0 && done <= total);
});

test('merging goes on with what is appended later', async (t) => {
  const store = await written(t, 100);
  for (const [from, to] of [[100, 170], [170, 300], [300, 305]]) {
    await store.merge();
    await write(store, from, to);
    assert.deepEqual(await differences(store, recorded(to)), []);
  }
});

test('a store in memory merges by itself', async (t) => {
  const store = await written(t, 100);
  while ((await store.diagnostics()).segments === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await differences(store, recorded(100)), []);
});

test('nothing to merge is nothing done', async (t) => {
  const store = await memoryStore(t);
  const nothing = { steps: 0, events: 0, bytesRead: 0, bytesWritten: 0, longestStepMs: 0 };
  assert.deepEqual(await store.merge(), nothing);
  await store.append('s', numbered(3), ANY);
  assert.deepEqual({ ...(await store.merge({})), longestStepMs: 0 }, nothing);
});

test('revisions, ids and conditions are judged by what is merged too', async (t) => {
  const store = await written(t, 100);
  await store.merge();
  const log = recorded(100);
  const [first] = log;
  const { length } = log.filter(({ streamId }) => streamId === first.streamId);
  await assertNothingStored(store, async () => {
    await assertRefused(() => store.append(first.streamId, [{ type: 'A' }], { expectedRevision: 'noStream' }), 'RevisionConflict', {
      retryable: true,
      conflicts: [{ streamId: first.streamId, expected: 'noStream', actual: length }],
    });
    const condition = { failIfEventsMatch: { items: [{ tags: ['tag:7'] }] } };
    await assertRefused(() => store.append('x', [{ type: 'A' }], { ...ANY, condition }), 'AppendConditionFailed', { retryable: true });
    await assertRefused(() => store.append('x', [{ type: 'A', id: first.id }], ANY), 'DuplicateEvent');
    const answer = await store.append(first.streamId, [{ type: 'A', id: first.id }], { expectedRevision: 'noStream' });
    assert.deepEqual({ ...answer, revisions: { ...answer.revisions } }, { position: 1, revisions: { [first.streamId]: 1 }, duplicate: true });
  });
  const { position, revisions, duplicate } = await store.append(first.streamId, [{ type: 'A' }], { expectedRevision: length });
  assert.deepEqual([position, revisions[first.streamId], duplicate], [log.length + 1, length + 1, false]);
});

test('a signal that is already aborted ends a merge before it begins', async (t) => {
  const store = await memoryStore(t);
  await assertRefused(() => store.merge({ signal: AbortSignal.abort('enough') }), 'Aborted');
});

test('what is thrown while a merge tells how far it is reaches the caller', async (t) => {
  const { requestIdleCallback } = globalThis;
  t.after(() => (globalThis.requestIdleCallback = requestIdleCallback));
  globalThis.requestIdleCallback = () => 0; // Nothing is merged before it is asked for.
  const store = await written(t, 100);
  const mine = new RangeError('mine');
  assert.equal(await errorOf(() => store.merge({ onProgress: () => { throw mine; } })), mine);
  assert.equal(store.status, 'open');
  assert.deepEqual(await differences(store, recorded(100)), []);
});

for (const [what, options, argument] of [
  ['options that are no object', 7, 'options'],
  ['a key that nobody knows', { signl: undefined }, 'options.signl'],
  ['a signal that is none', { signal: {} }, 'options.signal'],
  ['a listener that is no function', { onProgress: 'yes' }, 'options.onProgress'],
]) {
  test(`merging with ${what} is refused`, async (t) => {
    const store = await memoryStore(t);
    await assertInvalid(() => store.merge(options), argument);
  });
}

test('opening with a wish to repair that is no boolean is refused', async () => {
  await assertInvalid(() => openStore({ name: 'x', storage: 'memory', repair: 'yes' }), 'options.repair');
});

test('a store without damage has nothing to repair, and says what opening repaired only if it was asked', async (t) => {
  const nothing = { lost: [], setAside: 0, rebuilt: false };
  const store = await written(t, 100);
  assert.equal(store.repaired, undefined);
  assert.deepEqual(await store.repair(), nothing);
  await store.merge();
  assert.deepEqual(await store.repair(), nothing);
  assert.deepEqual(await differences(store, recorded(100)), []);
  const other = await openStore({ name: t.name, storage: 'memory', repair: true });
  t.after(() => other.close());
  assert.deepEqual(other.repaired, nothing);
  const third = await openStore({ name: t.name, storage: 'memory', repair: false });
  t.after(() => third.close());
  assert.equal(third.repaired, undefined);
});

test('a closed store neither merges nor repairs', async (t) => {
  const store = await memoryStore(t);
  await store.close();
  await assertRefused(() => store.merge(), 'Closed', { reason: 'closed' });
  await assertRefused(() => store.repair(), 'Closed', { reason: 'closed' });
});
