// Merging: many small records become few large ones, and no answer changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('merging makes few records of many, and no answer changes, here, in another page and after a reload', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  const { before, after, report, progress, wrong } = await page.evaluate(mergeAndCompare, { name, appends: 200 });
  assert.deepEqual(wrong, { before: [], after: [] });
  assert.deepEqual([before.records, before.segments, before.bytesMerged], [200, 0, 0]);
  assert.equal(after.segments, 1);
  assert.ok(after.records < 20, `${after.records} records`);
  assert.ok(after.bytesStored < before.bytesStored / 2, `${after.bytesStored} bytes after ${before.bytesStored}`);
  assert.deepEqual([after.events, after.streams], [before.events, before.streams]);
  assert.ok(after.bytesMerged >= report.bytesWritten && report.bytesWritten > 0);
  assert.deepEqual([report.steps >= 1, report.events], [true, before.events]);
  assert.ok(report.bytesRead >= before.bytesStored, 'all commits were replaced');
  assert.ok(report.longestStepMs >= 0 && report.longestStepMs < 10_000);
  assertProgress(progress, before.events);
  const other = await browser.newPage('/blank.html', { context: page.context() });
  assert.deepEqual(await other.evaluate(compareAgain, { name, appends: 200 }), []);
  await page.reload();
  assert.deepEqual(await page.evaluate(compareAgain, { name, appends: 200 }), []);
});

test('a log that grows and is merged again and again answers as if it never was', { timeout: 120_000 }, async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const rounds = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const { differences, recorded, stayBusy, write } = await import('/tests/in-page-log.js');
    stayBusy();
    const store = await openStore({ name, durability: 'relaxed' });
    const rounds = [];
    // Some of these leave a tail that is too short to be merged.
    const ends = [70, 100, 180, 250, 255, 400];
    for (const [n, end] of ends.entries()) {
      await write(store, ends[n - 1] ?? 0, end);
      const { steps } = await store.merge();
      const { segments } = await store.diagnostics();
      rounds.push({ end, steps: steps > 0, few: segments <= 4, wrong: await differences(store, recorded(end)) });
    }
    return rounds;
  }, databaseName(t));
  const merged = { 70: true, 100: false, 180: true, 250: true, 255: false, 400: true };
  assert.deepEqual(rounds, Object.entries(merged).map(([end, steps]) => ({ end: Number(end), steps, few: true, wrong: [] })));
});

test('a merge that finds nothing to do does nothing', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { contents, openStore } = await import('/tests/in-page.js');
    const { stayBusy, write } = await import('/tests/in-page-log.js');
    stayBusy();
    const store = await openStore({ name, durability: 'relaxed' });
    const empty = await store.merge();
    await write(store, 0, 100);
    await store.merge();
    const before = await contents(name);
    const again = await store.merge();
    return { empty, again, same: JSON.stringify(before) === JSON.stringify(await contents(name)) };
  }, databaseName(t));
  const nothing = { steps: 0, events: 0, bytesRead: 0, bytesWritten: 0, longestStepMs: 0 };
  assert.deepEqual({ ...found, again: { ...found.again, longestStepMs: 0 } }, { empty: nothing, again: nothing, same: true });
});

test('a signal ends a merge with Aborted, and what was merged stays merged', { timeout: 60_000 }, async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { failure, openStore } = await import('/tests/in-page.js');
    const { stayBusy } = await import('/tests/in-page-log.js');
    stayBusy();
    const store = await openStore({ name, durability: 'relaxed' });
    // More than one step takes in.
    const noise = () => Array.from({ length: 1500 }, () => crypto.randomUUID()).join('');
    for (let n = 0; n < 80; n++) await store.append('s', [{ type: 'A', data: noise() }], { expectedRevision: n });
    const early = await failure(() => store.merge({ signal: AbortSignal.abort() }));
    const untouched = await store.diagnostics();
    const controller = new AbortController();
    const late = await failure(() => store.merge({ signal: controller.signal, onProgress: () => controller.abort() }));
    const part = await store.diagnostics();
    const thrown = await store.merge({ onProgress: () => { throw new RangeError('mine'); } }).catch((error) => error.name);
    const report = await store.merge();
    const all = await store.diagnostics();
    const { findings } = await store.verify();
    return { early, late, untouched: untouched.segments, part, thrown, steps: report.steps, all, findings, length: (await store.readStream('s').toArray()).length };
  }, databaseName(t));
  assert.deepEqual([found.early.code, found.late.code, found.thrown], ['Aborted', 'Aborted', 'RangeError']);
  assert.equal(found.untouched, 0);
  assert.ok(found.part.segments === 1 && found.part.records > 20, `${found.part.segments} segments, ${found.part.records} records`);
  assert.ok(found.all.segments >= 2, `${found.all.segments} segments`);
  assert.deepEqual([found.length, found.findings], [80, []]);
});

test('a reader that is under way, and appends, go on through merges', { timeout: 60_000 }, async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const { differences, positionAfter, recorded, stayBusy, write } = await import('/tests/in-page-log.js');
    stayBusy();
    const store = await openStore({ name, durability: 'relaxed' });
    await write(store, 0, 150);
    const readers = [store.readAll(), store.readAll({ direction: 'backward' }), store.readStream('c0-0')].map((reader) => reader[Symbol.asyncIterator]());
    const firsts = await Promise.all(readers.map((reader) => reader.next()));
    const [report] = await Promise.all([store.merge(), write(store, 150, 300)]);
    await store.merge();
    const rest = async (reader, positions) => {
      for (let next = await reader.next(); !next.done; next = await reader.next()) positions.push(next.value.position);
      return positions;
    };
    const read = await Promise.all(readers.map((reader, n) => rest(reader, [firsts[n].value.position])));
    const forward = Array.from({ length: positionAfter(149) }, (_, n) => n + 1);
    const stream = recorded(150).filter(({ streamId }) => streamId === 'c0-0').map(({ position }) => position);
    const isSame = [forward, forward.toReversed(), stream].map((expected, n) => JSON.stringify(expected) === JSON.stringify(read[n]));
    return { isSame, steps: report.steps > 0, wrong: await differences(store, recorded(300)) };
  }, databaseName(t));
  assert.deepEqual(found, { isSame: [true, true, true], steps: true, wrong: [] });
});

test('a store that is closed while it merges says Closed, and is whole when it is opened again', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { failure, openStore } = await import('/tests/in-page.js');
    const { differences, recorded, stayBusy, write } = await import('/tests/in-page-log.js');
    stayBusy();
    const store = await openStore({ name, durability: 'relaxed' });
    await write(store, 0, 150);
    const merging = failure(() => store.merge());
    const closing = store.close();
    const late = [await failure(() => store.merge()), await failure(() => store.repair())];
    await closing;
    const again = await openStore({ name });
    return { during: (await merging)?.code, late: late.map((error) => [error?.code, error?.reason]), wrong: await differences(again, recorded(150)) };
  }, databaseName(t));
  // It may have been done before the store was closed.
  assert.ok(found.during === undefined || found.during === 'Closed', found.during);
  assert.deepEqual([found.late, found.wrong], [[['Closed', 'closed'], ['Closed', 'closed']], []]);
});

test('a page merges by itself when it is idle', { timeout: 60_000 }, async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const name = databaseName(t);
  await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const { write } = await import('/tests/in-page-log.js');
    globalThis.store = await openStore({ name, durability: 'relaxed' });
    await write(store, 0, 150);
  }, name);
  await page.evaluate(untilMerged);
  assert.deepEqual(await page.evaluate(compareAgain, { name, appends: 150 }), []);
});

test('a page merges what it finds at opening, without an append', { timeout: 60_000 }, async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const name = databaseName(t);
  await page.evaluate(writeUnmerged, { name, appends: 100 });
  await page.reload();
  await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    globalThis.store = await openStore({ name });
  }, name);
  await page.evaluate(untilMerged);
  assert.deepEqual(await page.evaluate(compareAgain, { name, appends: 100 }), []);
});

test('while another page holds the lock none merges by itself, until that is long overdue', { timeout: 90_000 }, async (t) => {
  const { page, name } = await besideALockedPage(t);
  await page.evaluate(writeMore, { from: 0, to: 200 });
  await page.waitForFunction(() => asked.refused >= 1, undefined, { polling: 20 });
  assert.equal(await page.evaluate(() => store.diagnostics().then(({ segments }) => segments)), 0, 'the other page has the lock');
  await page.evaluate(writeMore, { from: 200, to: 520 });
  await page.evaluate(untilMerged);
  assert.equal(await page.evaluate(() => asked.granted), 0, 'the lock was never had');
  assert.deepEqual(await page.evaluate(compareAgain, { name, appends: 520 }), []);
});

test('a page merges by itself once the other lets the lock go', { timeout: 60_000 }, async (t) => {
  const { page, locked, name } = await besideALockedPage(t);
  await page.evaluate(writeMore, { from: 0, to: 150 });
  await page.waitForFunction(() => asked.refused >= 1, undefined, { polling: 20 });
  await locked.close();
  await page.evaluate(writeMore, { from: 150, to: 160 });
  await page.evaluate(untilMerged);
  assert.ok(await page.evaluate(() => asked.granted) >= 1);
  assert.deepEqual(await page.evaluate(compareAgain, { name, appends: 160 }), []);
});

test('a call of merge does not ask for the lock', { timeout: 60_000 }, async (t) => {
  const { page, name } = await besideALockedPage(t);
  await page.evaluate(writeMore, { from: 0, to: 100 });
  assert.ok((await page.evaluate(() => store.merge())).steps > 0);
  assert.deepEqual(await page.evaluate(compareAgain, { name, appends: 100 }), []);
});

/** @param {readonly { phase: string, done: number, total: number }[]} progress */
function assertProgress(progress, total) {
  assert.ok(progress.length > 0, 'it was told');
  const dones = progress.map(({ done }) => done);
  assert.deepEqual(dones, dones.toSorted((a, b) => a - b));
  for (const one of progress) assert.ok(one.phase === 'merge' && one.total === total && one.done <= total, JSON.stringify(one));
  assert.equal(dones.at(-1), total);
}

/** A page whose store is open, beside one of the same origin that holds the lock of merging for ever. */
async function besideALockedPage(t) {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const locked = await browser.newPage();
  await locked.evaluate(
    (name) => new Promise((resolve) => void navigator.locks.request(`annals:merge:${name}`, () => (resolve(), new Promise(() => {})))),
    name,
  );
  const page = await browser.newPage('/blank.html', { context: locked.context() });
  await page.evaluate(async (name) => {
    const { request } = LockManager.prototype;
    globalThis.asked = { refused: 0, granted: 0 };
    LockManager.prototype.request = function (lockName, options, work) {
      if (lockName !== `annals:merge:${name}` || !options.ifAvailable) throw new Error(`${lockName} is waited for`);
      return request.call(this, lockName, options, async (lock) => {
        if (lock !== null) asked.granted++;
        await work(lock);
        if (lock === null) asked.refused++;
      });
    };
    const { openStore } = await import('/tests/in-page.js');
    globalThis.store = await openStore({ name, durability: 'relaxed' });
  }, name);
  return { page, locked, name };
}

/** Runs in the page. */
async function writeMore({ from, to }) {
  const { write } = await import('/tests/in-page-log.js');
  await write(store, from, to);
}

/** Runs in the page. */
async function writeUnmerged({ name, appends }) {
  const { openStore } = await import('/tests/in-page.js');
  const { stayBusy, write } = await import('/tests/in-page-log.js');
  stayBusy();
  const store = await openStore({ name, durability: 'relaxed' });
  await write(store, 0, appends);
  await store.close();
}

/** Runs in the page. */
async function mergeAndCompare({ name, appends }) {
  const { openStore } = await import('/tests/in-page.js');
  const { differences, recorded, stayBusy, write } = await import('/tests/in-page-log.js');
  stayBusy();
  const store = await openStore({ name, durability: 'relaxed' });
  await write(store, 0, appends);
  const log = recorded(appends);
  const wrong = { before: await differences(store, log) };
  const before = await store.diagnostics();
  const progress = [];
  const report = await store.merge({ onProgress: (one) => progress.push(one) });
  const after = await store.diagnostics();
  wrong.after = await differences(store, log);
  return { before, after, report, progress, wrong };
}

/** Runs in the page: what a store that was just opened answers otherwise than it should. */
async function compareAgain({ name, appends }) {
  const { openStore } = await import('/tests/in-page.js');
  const { differences, recorded } = await import('/tests/in-page-log.js');
  return differences(await openStore({ name }), recorded(appends));
}

/** Runs in the page. */
async function untilMerged() {
  const { untilMerged } = await import('/tests/in-page.js');
  await untilMerged();
}
