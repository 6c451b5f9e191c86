// What was stored is there again: after a reload, and after the browser was killed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';
import { withProfile } from './profile.mjs';

test('a reload keeps the store and every event of it', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  const before = await page.evaluate(writeEverything, name);
  await page.reload();
  const after = await page.evaluate(look, name);
  assert.equal(before.isNew, true);
  assert.equal(before.events.length, 3);
  assert.deepEqual(after, { ...before, isNew: false });
});

test('events written after a reload go on where the others ended', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  const answers = [];
  for (let visit = 0; visit < 3; visit++) {
    answers.push(await page.evaluate(appendOne, { name, expectedRevision: visit }));
    await page.reload();
  }
  assert.deepEqual(answers.map(({ position, revisions }) => [position, revisions.s]), [[1, 1], [2, 2], [3, 3]]);
  const { events } = await page.evaluate(look, name);
  const times = events.map(({ recordedAt }) => recordedAt);
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
});

test('nothing that was acknowledged is lost when the browser is killed', { timeout: 300_000 }, async (t) => {
  const profile = await withProfile(t);
  const name = databaseName(t);
  const acknowledged = [];
  for (let kill = 0; kill < 2; kill++) {
    const started = await profile.start();
    const page = await started.newPage();
    await acknowledgements(page, acknowledged, 60, () => page.evaluate(appendForEver, name));
    await started.kill();
  }
  const page = await (await profile.start()).newPage();
  const { events, findings } = await page.evaluate(look, name);
  assert.deepEqual(findings, []);
  assert.deepEqual(events.map(({ position }) => position), events.map((_, n) => n + 1));
  assert.ok(acknowledged.length >= 120);
  for (const { id, position } of acknowledged) assert.equal(events[position - 1]?.id, id, `the event at ${position}`);
});

/** Lets the page work until it has acknowledged so many more appends. */
async function acknowledgements(page, acknowledged, more, work) {
  // Counted for this page alone: what a killed one said before its end may still come in.
  let heard = 0;
  await new Promise((resolve, reject) => {
    const hear = (one) => {
      acknowledged.push(one);
      heard += 1;
      if (heard === more) resolve();
    };
    // The page never stops by itself: it is killed, and that is no failure any more.
    page.exposeFunction('acknowledge', hear).then(work).catch(reject);
  });
}

/** Runs in the page. */
async function writeEverything(name) {
  const { openStore, snapshot } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  const metadata = { userId: 'ada', nested: { list: [1, null, 'два'] } };
  const full = { type: 'Created', version: 7, tags: ['red', '🦀'], metadata, data: { text: '\u0000"\\', big: 2 ** 53 - 1, small: 5e-324 } };
  await store.append('user-1', [full, { type: 'Named' }], { expectedRevision: 'noStream' });
  await store.append('order-1', [{ type: 'Placed', data: [] }], { expectedRevision: 0 });
  return snapshot(store);
}

/** Runs in the page. */
async function look(name) {
  const { openStore, snapshot } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  return snapshot(store);
}

/** Runs in the page. */
async function appendOne({ name, expectedRevision }) {
  const { openStore } = await import('/tests/in-page.js');
  const store = await openStore({ name });
  return store.append('s', [{ type: 'A' }], { expectedRevision });
}

/** Runs in the page until it is killed: several writers, so that commits hold more than one append. */
async function appendForEver(name) {
  const { openStore } = await import('/tests/in-page.js');
  const store = await openStore({ name, durability: 'strict' });
  const write = async (streamId) => {
    for (;;) {
      const id = crypto.randomUUID();
      const { position } = await store.append(streamId, [{ type: 'A', id, data: { text: 'x'.repeat(1000) } }], { expectedRevision: 'any' });
      void globalThis.acknowledge({ id, position });
    }
  };
  await Promise.all(['a', 'b', 'c'].map(write));
}
