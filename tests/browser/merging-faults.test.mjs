// What browsers do in the middle of a merge: no room, connections that die, ends that nobody sees. The log is as it was, and goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const APPENDS = 100;

/** How browsers say that there is no room, at the nth record that a merge puts. */
const WAYS = {
  'an exception at the first record': { how: 'throw', at: 1 },
  'an exception at a later record': { how: 'throw', at: 3 },
  'an abort of the transaction': { how: 'abort', at: 2 },
};

for (const [what, { how, at }] of Object.entries(WAYS)) {
  test(`no room for a merge, said as ${what}, is QuotaExceeded, and changes nothing`, { timeout: 30_000 }, async (t) => {
    const page = await openPage(t);
    const { error, isSame, figures, wrong, later } = await page.evaluate(async ({ appends, how, at }) => {
      const { contents, failure } = await import('/tests/in-page.js');
      const { differences, recorded, write } = await import('/tests/in-page-log.js');
      const before = await contents(store.name);
      const noRoom = () => new DOMException('no room', 'QuotaExceededError');
      const { put } = IDBObjectStore.prototype;
      let count = 0;
      IDBObjectStore.prototype.put = function (value, key) {
        const { transaction } = this;
        if (++count < at) return put.call(this, value, key);
        if (how === 'throw') throw noRoom();
        const request = put.call(this, value, key);
        if (count === at) {
          // As Chromium does: the requests succeed, and the transaction ends with an error.
          Object.defineProperty(transaction, 'error', { get: noRoom });
          request.addEventListener('success', () => transaction.abort());
          transaction.commit = () => {};
        }
        return request;
      };
      const error = await failure(() => store.merge());
      IDBObjectStore.prototype.put = put;
      const isSame = JSON.stringify(before) === JSON.stringify(await contents(store.name));
      const { records, segments } = await store.diagnostics();
      const wrong = await differences(store, recorded(appends));
      await write(store, appends, appends + 20);
      const { steps } = await store.merge();
      return { error, isSame, figures: { records, segments }, wrong, later: [steps > 0, await differences(store, recorded(appends + 20))] };
    }, { appends: APPENDS, how, at });
    assert.deepEqual([error.code, error.outcome, error.cause.name], ['QuotaExceeded', 'none', 'QuotaExceededError']);
    assert.deepEqual([isSame, figures, wrong], [true, { records: APPENDS, segments: 0 }, []]);
    assert.deepEqual(later, [true, []]);
  });
}

test('no room for a merge in the background fails nothing that was asked for', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t, { isBusy: false });
  await page.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    globalThis.refused = 0;
    globalThis.heal = () => void (IDBObjectStore.prototype.put = put);
    IDBObjectStore.prototype.put = () => {
      refused++;
      throw new DOMException('no room', 'QuotaExceededError');
    };
  });
  await page.evaluate(writeMore, { from: 0, to: APPENDS });
  await page.waitForFunction(() => refused > 0, undefined, { polling: 20 });
  assert.deepEqual(await page.evaluate(() => store.diagnostics().then(({ segments }) => [segments, store.status])), [0, 'open']);
  await page.evaluate(() => heal());
  await page.evaluate(writeMore, { from: APPENDS, to: APPENDS + 10 });
  await page.evaluate(untilMerged);
  assert.deepEqual(await page.evaluate(compare, APPENDS + 10), []);
});

/** What really becomes of the swap, and when the connection goes away. */
const HIDDEN = {
  'took place': { end: 'complete' },
  'takes place while the connection goes away': { end: 'early' },
  'was rolled back': { end: 'abort' },
};

for (const [what, { end }] of Object.entries(HIDDEN)) {
  test(`a swap that ${what}, unseen, does no harm`, { timeout: 30_000 }, async (t) => {
    const page = await openPage(t);
    const found = await page.evaluate(async ({ appends, end }) => {
      const { hideCommit } = await import('/tests/in-page-faults.js');
      const { differences, recorded, write } = await import('/tests/in-page-log.js');
      const hidden = hideCommit({ end });
      await store.merge();
      const { segments, records } = await store.diagnostics();
      const wrong = await differences(store, recorded(appends));
      await write(store, appends, appends + 20);
      return { hidden: hidden.count, segments, isFew: records < 20, wrong, later: await differences(store, recorded(appends + 20)) };
    }, { appends: APPENDS, end });
    assert.deepEqual(found, { hidden: 1, segments: 1, isFew: true, wrong: [], later: [] });
  });

  test(`a swap that ${what}, unseen, with no way to look, is an error, and the log goes on`, { timeout: 30_000 }, async (t) => {
    const page = await openPage(t);
    const found = await page.evaluate(async ({ appends, end }) => {
      const { hideCommit, refuseOpening } = await import('/tests/in-page-faults.js');
      const { failure } = await import('/tests/in-page.js');
      const { differences, recorded, write } = await import('/tests/in-page-log.js');
      hideCommit({ end });
      const heal = refuseOpening('exception');
      const error = await failure(() => store.merge());
      heal();
      const wrong = await differences(store, recorded(appends));
      await write(store, appends, appends + 80);
      await store.merge();
      const { segments, records } = await store.diagnostics();
      return { error, isMerged: segments > 0 && records < 30, wrong, later: await differences(store, recorded(appends + 80)) };
    }, { appends: APPENDS, end });
    assert.match(found.error?.code ?? 'no error', /^Storage/);
    assert.deepEqual([found.isMerged, found.wrong, found.later], [true, [], []]);
  });
}

/** How a connection dies at the nth transaction of a merge. */
const DEATHS = {
  'of which the browser tells': (connection) => (connection.close(), connection.dispatchEvent(new Event('close'))),
  'of which nobody tells': (connection) => connection.close(),
};

for (const [what, die] of Object.entries(DEATHS)) {
  test(`a connection that dies in the middle of a merge, ${what}, at whichever transaction, does no harm`, { timeout: 90_000 }, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    const rounds = await page.evaluate(async ({ name, die }) => {
      const { openStore } = await import('/tests/in-page.js');
      const { differences, recorded, stayBusy, write } = await import('/tests/in-page-log.js');
      stayBusy();
      const kill = (0, eval)(die);
      const { transaction } = IDBDatabase.prototype;
      const rounds = [];
      for (let nth = 1; nth < 20; nth++) {
        const store = await openStore({ name: `${name} ${nth}`, durability: 'relaxed' });
        await write(store, 0, 70);
        let seen = 0;
        IDBDatabase.prototype.transaction = function (...args) {
          const made = transaction.apply(this, args);
          if (++seen === nth) kill(this);
          return made;
        };
        const failed = await store.merge().then(() => undefined, ({ code }) => code);
        IDBDatabase.prototype.transaction = transaction;
        await store.merge();
        const { segments } = await store.diagnostics();
        rounds.push([failed, segments, await differences(store, recorded(70))]);
        await store.close();
        if (seen < nth) break;
      }
      return rounds;
    }, { name: databaseName(t), die: String(die) });
    assert.ok(rounds.length > 2 && rounds.length < 19, `${rounds.length} transactions`);
    for (const round of rounds) assert.deepEqual(round, [undefined, 1, []]);
  });
}

/** A page with a store open as `store`; a busy one has appends that are not merged. */
async function openPage(t, { isBusy = true } = {}) {
  const page = await (await withBrowser(t)).newPage();
  await page.evaluate(async ({ name, isBusy }) => {
    const { openStore } = await import('/tests/in-page.js');
    const { stayBusy } = await import('/tests/in-page-log.js');
    if (isBusy) stayBusy();
    globalThis.store = await openStore({ name, durability: 'relaxed' });
  }, { name: databaseName(t), isBusy });
  if (isBusy) await page.evaluate(writeMore, { from: 0, to: APPENDS });
  return page;
}

/** Runs in the page. */
async function writeMore({ from, to }) {
  const { write } = await import('/tests/in-page-log.js');
  await write(store, from, to);
}

/** Runs in the page. */
async function compare(appends) {
  const { differences, recorded } = await import('/tests/in-page-log.js');
  return differences(store, recorded(appends));
}

/** Runs in the page. */
async function untilMerged() {
  const { untilMerged } = await import('/tests/in-page.js');
  await untilMerged();
}
