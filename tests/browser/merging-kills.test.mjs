// Killed while it merges: nothing that was acknowledged is missing, and what is there is whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';
import { withProfile } from './profile.mjs';

/** Where in a merge the page or the browser ends: with the swap begun, written but not committed, being committed, or just over. */
const MOMENTS = ['begun', 'written', 'committing', 'over'];

test('a page that is closed in the middle of merging loses nothing', { timeout: 180_000 }, async (t) => {
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const name = databaseName(t);
  const acknowledged = [];
  for (const [round, moment] of [...MOMENTS, ...MOMENTS].entries()) {
    const page = await browser.newPage('/blank.html', { context });
    await untilTheMoment(page, { name, moment, nth: 1 + (round % 3), durability: 'relaxed' }, acknowledged);
    await page.close();
  }
  const page = await browser.newPage('/blank.html', { context });
  assertNothingLost(await page.evaluate(look, name), acknowledged);
});

for (const durability of ['strict', 'relaxed']) {
  test(`a browser that is killed in the middle of merging loses nothing (${durability})`, { timeout: 240_000 }, async (t) => {
    const profile = await withProfile(t);
    const name = databaseName(t);
    const acknowledged = [];
    for (const moment of MOMENTS) {
      const { newPage, kill } = await profile.start();
      const page = await newPage();
      await untilTheMoment(page, { name, moment, nth: 2, durability }, acknowledged);
      await kill();
    }
    const page = await (await profile.start()).newPage();
    assertNothingLost(await page.evaluate(look, name), acknowledged);
  });
}

test('a page that is closed while another merges and appends leaves it alone', { timeout: 120_000 }, async (t) => {
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const name = databaseName(t);
  const [left, stays] = [await browser.newPage('/blank.html', { context }), await browser.newPage('/blank.html', { context })];
  const acknowledged = [];
  await Promise.all([left, stays].map((page) => untilTheMoment(page, { name, moment: 'begun', nth: 2, durability: 'relaxed' }, acknowledged)));
  await left.close();
  const before = acknowledged.length;
  while (acknowledged.length < before + 200) await stays.evaluate(() => store.streamRevision('a'));
  await stays.evaluate(() => store.close());
  const page = await browser.newPage('/blank.html', { context });
  assertNothingLost(await page.evaluate(look, name), acknowledged);
});

/** Lets a page append and merge until the moment of its nth swap; it goes on until it is killed. */
async function untilTheMoment(page, options, acknowledged) {
  await new Promise((resolve, reject) => {
    const hear = (one) => void (one === 'now' ? resolve() : acknowledged.push(one));
    // The page never stops by itself: it is killed, and that is no failure any more.
    page.exposeFunction('tell', hear).then(() => page.evaluate(appendAndMerge, options)).catch(reject);
  });
}

/** @param {{ id: string, position: number }[]} acknowledged */
function assertNothingLost({ before, after, findings, segments }, acknowledged) {
  assert.ok(acknowledged.length > 200, `${acknowledged.length} acknowledged`);
  for (const events of [before, after]) {
    assert.deepEqual(events.map(({ position }) => position), events.map((_, n) => n + 1));
    for (const { id, position } of acknowledged) assert.equal(events[position - 1]?.id, id, `the event at ${position}`);
  }
  assert.deepEqual(after, before, 'a merge of what was found changes nothing');
  assert.deepEqual(findings, [[], []]);
  assert.ok(segments > 0);
}

/** Runs in the page until it is killed. */
async function appendAndMerge({ name, moment, nth, durability }) {
  const { openStore } = await import('/tests/in-page.js');
  const { stayBusy } = await import('/tests/in-page-log.js');
  stayBusy();
  const { transaction } = IDBDatabase.prototype;
  let swaps = 0;
  IDBDatabase.prototype.transaction = function (stores, ...rest) {
    const made = transaction.call(this, stores, ...rest);
    if (made.mode === 'readwrite' && made.objectStoreNames.contains('segments') && ++swaps === nth) stop(made);
    return made;
  };
  const now = () => void tell('now');
  function stop(swap) {
    if (moment === 'begun') queueMicrotask(now);
    if (moment === 'over') swap.addEventListener('complete', now);
    if (moment === 'committing') {
      swap.commit = () => {
        IDBTransaction.prototype.commit.call(swap);
        now();
      };
    }
    if (moment === 'written') {
      swap.commit = () => {
        now();
        // As long as it is asked, it does not commit.
        const ask = () => void (swap.objectStore('meta').get('format').onsuccess = ask);
        ask();
      };
    }
  }
  globalThis.store = await openStore({ name, durability });
  const write = async (streamId) => {
    for (;;) {
      const id = crypto.randomUUID();
      const { position } = await store.append(streamId, [{ type: 'A', id, data: { text: 'x'.repeat(300) } }], { expectedRevision: 'any' });
      void globalThis.tell({ id, position });
    }
  };
  const merge = async () => {
    for (;;) {
      await store.merge();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  const isEnd = (error) => (error.code === 'Closed' ? undefined : Promise.reject(error));
  await Promise.all([write('a').catch(isEnd), write('b').catch(isEnd), merge().catch(isEnd)]);
}

/** Runs in the page: what is there, before and after another merge. */
async function look(name) {
  const { openStore } = await import('/tests/in-page.js');
  const { stayBusy } = await import('/tests/in-page-log.js');
  stayBusy();
  const store = await openStore({ name });
  const events = async () => (await store.readAll().toArray()).map(({ id, position, streamId, revision, recordedAt }) => ({ id, position, streamId, revision, recordedAt }));
  const before = await events();
  const findings = [(await store.verify()).findings];
  for (let n = 0; n < 70; n++) await store.append('later', [{ type: 'B' }], { expectedRevision: n });
  await store.merge();
  const after = (await events()).slice(0, before.length);
  findings.push((await store.verify()).findings);
  const { segments } = await store.diagnostics();
  return { before, after, findings, segments };
}
