// How a store ends: closed, deleted, taken over by newer code, or cleared by the browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, needs, withBrowser } from '../harness/harness.mjs';

test('closing stores what was called before, and ends the others with Closed', async (t) => {
  const { page, name } = await openPage(t);
  const found = await page.evaluate(async (name) => {
    const { failure, failures, openStore } = await import('/tests/in-page.js');
    await store.append('s', Array.from({ length: 10_000 }, () => ({ type: 'A' })), { expectedRevision: 'any' });
    const reading = store.readAll()[Symbol.asyncIterator]();
    await reading.next();
    const subscription = store.subscribe({ after: 'head' }, () => {});
    await subscription.caughtUp;
    const appends = Array.from({ length: 50 }, () => store.append('s', [{ type: 'B' }], { expectedRevision: 'any' }));
    const closing = store.close();
    const readOn = await failure(async () => {
      while (!(await reading.next()).done);
    });
    const late = await failures(store);
    const answers = await Promise.all(appends);
    await closing;
    await store.close();
    const { head, status } = store;
    const again = await openStore({ name });
    return { late, last: answers.at(-1).position, readOn: readOn?.code, heard: (await subscription.closed).code, head, status, stored: again.head };
  }, name);
  const { late, ...rest } = found;
  assert.deepEqual(rest, { last: 10_050, readOn: 'Closed', heard: 'Closed', head: 10_050, status: 'closed', stored: 10_050 });
  assertEach(late, { code: 'Closed', reason: 'closed', outcome: 'none', retryable: false });
});

test('a reader that goes on when its store is closed ends with Closed, and so does every later call', async (t) => {
  const { page } = await openPage(t);
  const { readOn, late } = await page.evaluate(async () => {
    const { failure, failures } = await import('/tests/in-page.js');
    await store.append('s', Array.from({ length: 10_000 }, () => ({ type: 'A' })), { expectedRevision: 'any' });
    const reading = store.readAll()[Symbol.asyncIterator]();
    await reading.next();
    await store.close();
    const readOn = await failure(async () => {
      while (!(await reading.next()).done);
    });
    return { readOn, late: await failures(store) };
  });
  assertEach({ readOn, ...late }, { code: 'Closed', reason: 'closed', outcome: 'none', retryable: false });
});

test('deleting a store ends it in every page that has it open', async (t) => {
  const { page, other, name } = await openPages(t);
  await page.evaluate(() => store.append('s', [{ type: 'A' }], { expectedRevision: 'any' }));
  const storeId = await page.evaluate(() => store.storeId);
  for (const one of [page, other]) await one.evaluate(watch, 'lost');
  const third = await (await withBrowser(t)).newPage('/blank.html', { context: page.context() });
  const left = await third.evaluate(async (name) => {
    const { databases, deleteStore } = await import('/tests/in-page.js');
    await deleteStore(name);
    return databases();
  }, name);
  assert.ok(!left.includes(name), left.join());
  for (const one of [page, other]) {
    assert.deepEqual(await one.evaluate(() => watched.told), { reason: 'deleted' });
    const { status, closed, late } = await one.evaluate(ended);
    assert.deepEqual([status, closed.code, closed.reason], ['lost', 'Closed', 'deleted']);
    assertEach(late, { code: 'Closed', reason: 'deleted' });
    assert.equal(await one.evaluate(() => watched.times.length), 1, 'told once');
  }
  const fresh = await page.evaluate(async (name) => {
    const { openStore, snapshot } = await import('/tests/in-page.js');
    return snapshot(await openStore({ name }));
  }, name);
  assert.deepEqual([fresh.isNew, fresh.head, fresh.events], [true, 0, []]);
  assert.notEqual(fresh.storeId, storeId);
});

test('deleting a store that is not there does nothing', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const left = await page.evaluate(async (name) => {
    const { databases, deleteStore } = await import('/tests/in-page.js');
    await deleteStore(name);
    return databases();
  }, databaseName(t));
  assert.deepEqual(left, []);
});

test('deleting says StorageBlocked when an older tab does not let go', async (t) => {
  const { page, name } = await openPage(t);
  const error = await page.evaluate(async (name) => {
    // The ten seconds that it waits are not for a test to wait.
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (callback, ms) => setTimeout(callback, ms / 100);
    const { connect, deleteStore, failure } = await import('/tests/in-page.js');
    globalThis.keeping = await connect(name);
    return failure(() => deleteStore(name));
  }, name);
  assert.deepEqual([error.code, error.retryable, error.outcome], ['StorageBlocked', true, 'none']);
});

test('an opening that is given up leaves no database without stores behind', async (t) => {
  const { page, other, name } = await openPages(t);
  const told = await page.evaluate(async (name) => {
    const { connect, failure, openStore } = await import('/tests/in-page.js');
    await store.close();
    globalThis.keeping = await connect(name);
    globalThis.deleting = new Promise((resolve) => (indexedDB.deleteDatabase(name).onsuccess = resolve));
    // The thirty seconds that it waits are not for a test to wait.
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (call, ms, ...rest) => setTimeout(call, ms >= 5_000 ? 50 : ms, ...rest);
    return failure(() => openStore({ name }));
  }, name);
  assert.equal(told.code, 'StorageBlocked');
  await page.evaluate(() => (keeping.close(), deleting));
  const fresh = await other.evaluate(async (name) => {
    const { openStore, snapshot } = await import('/tests/in-page.js');
    await store.close();
    return snapshot(await openStore({ name }));
  }, name);
  assert.deepEqual([fresh.isNew, fresh.head], [true, 0]);
});

test('newer code takes a store over, and the older tab is told to reload', async (t) => {
  const { page, other, name } = await openPages(t);
  await page.evaluate(watch, 'needsReload');
  await other.evaluate(() => store.close());
  const version = await other.evaluate(async (name) => {
    const { connect } = await import('/tests/in-page.js');
    const database = await connect(name, 2);
    database.close();
    return database.version;
  }, name);
  assert.equal(version, 2);
  await page.evaluate(() => watched.told);
  const { status, closed, late } = await page.evaluate(ended);
  assert.deepEqual([status, closed.code, closed.reason], ['needsReload', 'Closed', 'needsReload']);
  assertEach(late, { code: 'Closed', reason: 'needsReload' });
});

test('a store whose data the browser cleared is lost, and says so at the next call', needs('protocol'), async (t) => {
  const { page } = await openPage(t);
  await page.evaluate(() => store.append('s', [{ type: 'A' }], { expectedRevision: 'any' }));
  await page.evaluate(watch, 'lost');
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: await page.evaluate(() => location.origin), storageTypes: 'indexeddb' });
  const error = await page.evaluate(async () => {
    const { failure } = await import('/tests/in-page.js');
    return failure(() => store.append('s', [{ type: 'B' }], { expectedRevision: 1 }));
  });
  assert.deepEqual([error.code, error.reason, error.outcome], ['Closed', 'deleted', 'none']);
  assert.deepEqual(await page.evaluate(() => watched.told), { reason: 'deleted' });
  const { status, late } = await page.evaluate(ended);
  assert.equal(status, 'lost');
  assertEach(late, { code: 'Closed', reason: 'deleted' });
});

test('a witness of more than is here gets a notice, and one of as much gets none', async (t) => {
  const { page, name } = await openPage(t);
  await page.evaluate(() => store.append('s', [{ type: 'A' }, { type: 'A' }], { expectedRevision: 'any' }));
  const { storeId, ...told } = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const { storeId } = store;
    const notice = async (expect) => {
      const opened = await openStore({ name, expect });
      const told = new Promise((resolve) => opened.on('lost', resolve));
      // A notice from before is told in a microtask: a turn of the event loop later there is none.
      const answer = await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 0, 'none'))]);
      return [opened.status, answer];
    };
    const another = crypto.randomUUID();
    return { storeId, another, right: await notice({ storeId, head: 2 }), more: await notice({ storeId, head: 3 }), elsewhere: await notice({ storeId: another, head: 1 }) };
  }, name);
  const found = { storeId, head: 2 };
  assert.deepEqual(told.right, ['open', 'none']);
  assert.deepEqual(told.more, ['open', { reason: 'behind', expected: { storeId, head: 3 }, found }]);
  assert.deepEqual(told.elsewhere, ['open', { reason: 'behind', expected: { storeId: told.another, head: 1 }, found }]);
});

/** A page with a store open as `store`. */
async function openPage(t) {
  const page = await (await withBrowser(t)).newPage();
  const name = databaseName(t);
  await page.evaluate(open, name);
  return { page, name };
}

/** Two pages of one origin, each with the same store open. */
async function openPages(t) {
  const { page, name } = await openPage(t);
  const other = await (await withBrowser(t)).newPage('/blank.html', { context: page.context() });
  await other.evaluate(open, name);
  return { page, other, name };
}

/** Each of the errors has these fields. */
function assertEach(errors, fields) {
  for (const [method, error] of Object.entries(errors)) {
    const found = Object.fromEntries(Object.keys(fields).map((key) => [key, error?.[key]]));
    assert.deepEqual(found, fields, `${method}: ${error?.message}`);
  }
}

/** Runs in the page. */
async function open(name) {
  const { openStore } = await import('/tests/in-page.js');
  globalThis.store = await openStore({ name });
}

/** Runs in the page: waits for a notice, with a subscription under way. */
async function watch(notice) {
  const times = [];
  const told = new Promise((resolve) => store.on(notice, (details) => (times.push(details), resolve(details))));
  const subscription = store.subscribe({}, () => {});
  await subscription.caughtUp;
  globalThis.watched = { told, times, subscription };
}

/** Runs in the page: how everything ended. */
async function ended() {
  const { failures, plain } = await import('/tests/in-page.js');
  const late = await failures(store);
  const closed = plain(await watched.subscription.closed);
  await store.close();
  return { status: store.status, closed, late };
}
