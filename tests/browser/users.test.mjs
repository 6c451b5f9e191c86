// A Rust application in a page: the example of users, a wasm module of its own with the engine in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const ADA = { id: 'ada', name: 'Ada', email: 'ada@example.org', active: true, version: 1 };
const KING = { ...ADA, name: 'Ada King', version: 2 };
const GONE = { ...KING, active: false, version: 3 };

test('a Rust application creates, renames and deactivates a user, and finds it again after a reload', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  await page.evaluate(open, name);
  assert.deepEqual(await page.evaluate(live), [null, ADA, KING, GONE]);
  await page.reload();
  await page.evaluate(open, name);
  const past = () => Promise.all([users.load('ada'), ...[3, 2, 1, 0].map((revision) => users.loadAsOf('ada', revision))]);
  assert.deepEqual(await page.evaluate(past), [GONE, GONE, KING, ADA, null]);
});

test('what a Rust application refuses is an Error with a code', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  await page.evaluate(open, databaseName(t));
  const failures = await page.evaluate(async () => {
    const failure = (call) => call.then(() => 'none', (error) => [error instanceof Error, error.code, error.message]);
    await users.create('ada', 'Ada', 'ada@example.org');
    const calls = [
      () => users.create('ada', 'Ada', 'ada@example.org'),
      () => users.create('bob', 'Bob', 'bob'),
      () => users.create('bob', 'Bob', 'ADA@example.org'),
      () => users.rename('bob', 'Robert'),
      () => users.load(''),
    ];
    const failed = [];
    for (const call of calls) failed.push(await failure(call()));
    await users.close();
    return [...failed, await failure(users.load('ada'))];
  });
  assert.deepEqual(failures, [
    [true, 'Exists', 'this user was created before'],
    [true, 'InvalidEmail', 'expected an e-mail address, found "bob"'],
    [true, 'EmailTaken', 'ADA@example.org belongs to another user'],
    [true, 'NotFound', 'there is no such user'],
    [true, 'Failed', 'id: expected the id of an aggregate, found an empty text'],
    [true, 'Failed', 'the store is closed'],
  ]);
});

test('of two pages that want the same e-mail address at once, one gets it', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const pages = await Promise.all([browser.newPage(undefined, { context }), browser.newPage(undefined, { context })]);
  const name = databaseName(t);
  for (const page of pages) await page.evaluate(open, name);
  for (let round = 0; round < 20; round++) {
    const claims = pages.map((page, n) => page.evaluate(claim, { id: `user-${n}-${round}`, email: `${round}@example.org` }));
    assert.deepEqual((await Promise.all(claims)).toSorted(), ['EmailTaken', 'created'], `round ${round}`);
  }
});

test('a JavaScript aggregate over the same database reads the same events and has the equal state, and the other way round', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  await page.evaluate(open, name);
  await page.evaluate(live);
  await page.evaluate(openPackage, name);
  const seen = await page.evaluate(async () => ({
    events: (await store.readAll().toArray()).map(({ type, data, tags, streamId, revision }) => ({ type, data, tags, streamId, revision })),
    state: (await store.load(user, 'ada')).state,
    before: (await store.load(user, 'ada', { asOf: { revision: 1 } })).state,
  }));
  assert.deepEqual(seen.events, [
    { type: 'UserCreated', data: { id: 'ada', name: 'Ada', email: 'ada@example.org' }, tags: ['email:ada@example.org'], streamId: 'user-ada', revision: 1 },
    { type: 'UserRenamed', data: { name: 'Ada King' }, tags: [], streamId: 'user-ada', revision: 2 },
    { type: 'UserDeactivated', data: null, tags: [], streamId: 'user-ada', revision: 3 },
  ]);
  assert.deepEqual([seen.state, seen.before], [GONE, ADA]);
  const created = await page.evaluate(async () => {
    await store.dispatch(user, 'bob', { type: 'CreateUser', data: { id: 'bob', name: 'Bob', email: 'bob@example.org' } });
    const { state } = await store.dispatch(user, 'bob', { type: 'RenameUser', data: { name: 'Robert' } });
    const taken = await users.create('rob', 'Rob', 'bob@example.org').catch(({ code }) => code);
    return { there: state, here: await users.load('bob'), taken };
  });
  const robert = { id: 'bob', name: 'Robert', email: 'bob@example.org', active: true, version: 2 };
  assert.deepEqual(created, { there: robert, here: robert, taken: 'EmailTaken' });
});

test('a Rust application lists users by name, and has the list again after a reload, saved or not', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  await page.evaluate(open, name);
  assert.deepEqual(await page.evaluate(list, name), { all: [], found: [], active: 0, isSaved: false });
  await page.evaluate(async () => {
    await users.create('zoe', 'Abigail', 'zoe@example.org');
    await users.create('ada', 'Ada', 'ada@example.org');
    await users.create('bob', 'Bob', 'bob@example.org');
    await users.rename('ada', 'Ada King');
    await users.deactivate('bob');
  });
  const all = [
    { id: 'zoe', name: 'Abigail', email: 'zoe@example.org', active: true, renamed: 0 },
    { id: 'ada', name: 'Ada King', email: 'ada@example.org', active: true, renamed: 1 },
    { id: 'bob', name: 'Bob', email: 'bob@example.org', active: false, renamed: 0 },
  ];
  const listed = { all, found: [all[1]], active: 2 };
  assert.deepEqual(await page.evaluate(list, name), { ...listed, isSaved: false });
  await page.reload();
  await page.evaluate(open, name);
  assert.deepEqual(await page.evaluate(list, name), { ...listed, isSaved: false });
  await page.evaluate(() => users.save());
  await page.reload();
  await page.evaluate(open, name);
  assert.deepEqual(await page.evaluate(list, name), { ...listed, isSaved: true });
});

test('the list of a Rust application has what other pages store, without being asked', async (t) => {
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const pages = await Promise.all([browser.newPage(undefined, { context }), browser.newPage(undefined, { context })]);
  const name = databaseName(t);
  for (const page of pages) await page.evaluate(open, name);
  const [here, there] = pages;
  await here.evaluate(() => users.create('ada', 'Ada', 'ada@example.org'));
  await there.waitForFunction(() => users.find('Ada').length === 1, undefined, { polling: 20 });
  await there.evaluate(() => users.rename('ada', 'Ada King'));
  await here.waitForFunction(() => users.find('Ada King').length === 1, undefined, { polling: 20 });
});

test('a Rust application merges, and no answer changes', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  await page.evaluate(open, name);
  const seen = await page.evaluate(async () => {
    await users.create('ada', 'Ada', 'ada@example.org');
    for (let n = 0; n < 100; n++) await users.rename('ada', `Ada ${n}`);
    const look = () => Promise.all([users.load('ada'), users.loadAsOf('ada', 50), users.create('bob', 'Bob', 'ada@example.org').catch(({ code }) => code)]);
    const before = await look();
    await users.merge();
    return { before, after: await look() };
  });
  assert.deepEqual(seen.after, seen.before);
  await page.evaluate(openPackage, name);
  assert.deepEqual(await page.evaluate(async () => [(await store.diagnostics()).segments, (await store.verify()).findings]), [1, []]);
});

/** Runs in the page, as the other functions below. */
async function open(name) {
  const { default: start, open } = await import('/modules/users_web/users_web.js');
  await start({ module_or_path: '/modules/users_web/users_web_bg.wasm' });
  globalThis.users = await open(name);
}

/** What is seen of a user in the course of a life. */
async function live() {
  return [
    await users.load('ada'),
    await users.create('ada', 'Ada', 'ada@example.org'),
    await users.rename('ada', 'Ada King'),
    await users.deactivate('ada'),
  ];
}

/** What is seen of the list, and whether it is saved. */
async function list(name) {
  const { contents } = await import('/tests/in-page.js');
  const { views } = (await contents(name)).stores;
  return { all: users.find(''), found: users.find('Ada'), active: users.countActive(), isSaved: views.length > 0 };
}

/** What became of asking for an address. */
function claim({ id, email }) {
  return users.create(id, 'Somebody', email).then(() => 'created', ({ code }) => code);
}

/** The package over the same database, with the same rules in JavaScript. */
async function openPackage(name) {
  const [{ openStore }, { user }] = await Promise.all([import('/dist/index.js'), import('/node/users.mjs')]);
  globalThis.user = user;
  globalThis.store = await openStore({ name, aggregates: [user] });
}
