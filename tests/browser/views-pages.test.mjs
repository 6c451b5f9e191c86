// The same view in two pages: they follow one another, save over one another, and end at any time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';
import { withProfile } from './profile.mjs';

/** Where in a save the page or the browser ends: with it begun, written but not committed, being committed, or just over. */
const MOMENTS = ['begun', 'written', 'committing', 'over'];

test('an event of one page is in the view of the other, and both are what one fold makes', { timeout: 60_000 }, async (t) => {
  const { pages, name } = await twoPages(t);
  await Promise.all(pages.map((page, n) => page.evaluate(moveInTurn, { writer: n, count: 150 })));
  for (const page of pages) assert.deepEqual(await page.evaluate(look, 300), { folded: 300, difference: undefined, status: 'ready' });
  // A listener hears of the other page's event, once.
  await pages[0].evaluate(() => {
    globalThis.heard = [];
    view.subscribe((row) => heard.push(row?.total), { key: 'told' });
  });
  await pages[1].evaluate(() => store.append('tell', [{ type: 'Moved', data: { account: 'told', amount: 5 } }], { expectedRevision: 0 }));
  await pages[0].evaluate(() => view.whenAt(301));
  assert.deepEqual(await pages[0].evaluate(() => heard), [undefined, 5]);
  for (const page of pages) await page.evaluate(() => store.close());
  assert.deepEqual(await pages[0].evaluate(reopened, name), { folded: 0, difference: undefined, notices: [], position: 301 });
});

test('two pages that save in turn go on from one another', { timeout: 60_000 }, async (t) => {
  const { pages, name } = await twoPages(t);
  for (let round = 0; round < 12; round++) {
    const page = pages[round % 2];
    const position = 40 * (round + 1);
    // Now and then who saves has stored nothing of it, and now and then both save at once.
    await pages[round % 3 === 0 ? 0 : 1].evaluate(moveOn, { count: 40, from: 40 * round });
    await Promise.all((round % 4 === 0 ? pages : [page]).map((one) => one.evaluate(saveNow, { name, position })));
  }
  await Promise.all(pages.map((page) => page.close()));
  const page = await pages[0].context().newPage();
  await page.goto(pages[0].url());
  assert.deepEqual(await page.evaluate(reopened, name), { folded: 0, difference: undefined, notices: [], position: 480 });
});

test('a page that is closed in the middle of a save leaves one that another opens and goes on from', { timeout: 120_000 }, async (t) => {
  const { pages: [stays], name } = await twoPages(t);
  const saved = [];
  for (const [round, moment] of [...MOMENTS, ...MOMENTS].entries()) {
    const page = await stays.context().newPage();
    await page.goto(stays.url());
    await page.evaluate(open, { name });
    // What this page stores may have to wait until the other has ended: some browsers let one transaction write at a time.
    const [moved] = [stays.evaluate(moveOn, { count: 30, stream: `round-${round}` }), await untilTheMoment(page, { moment, nth: 1 + (round % 3) })];
    await page.close();
    await moved;
    // Its save has to be over, or it comes between the looking and the opening.
    await stays.evaluate(saveWhole, name);
    const next = await stays.context().newPage();
    await next.goto(stays.url());
    saved.push(await assertRight(next, name));
    await next.close();
  }
  assertGoingOn(saved);
});

test('a browser that is killed in the middle of a save folds nothing twice and leaves nothing out', { timeout: 240_000 }, async (t) => {
  const profile = await withProfile(t);
  const name = databaseName(t);
  const saved = [];
  for (const moment of MOMENTS) {
    const { newPage, kill } = await profile.start();
    const page = await newPage();
    saved.push(await assertRight(page, name));
    await untilTheMoment(page, { moment, nth: 2 });
    await kill();
  }
  saved.push(await assertRight(await (await profile.start()).newPage(), name));
  assertGoingOn(saved);
});

/** Opens the store: its view is what a fold makes, and what was folded for it is what comes after its save. Answers with the end of that. */
async function assertRight(page, name) {
  const { folded, difference, notices, position, saved } = await page.evaluate(openOverSave, name);
  assert.deepEqual([difference, notices], [undefined, []]);
  assert.equal(folded, position - saved, `of ${position} events ${saved} were saved`);
  return saved;
}

/** Every ending left a save that was as far as the one before or further, and the last, which came after a save, a further one. */
function assertGoingOn(saved) {
  assert.deepEqual(saved, saved.toSorted((a, b) => a - b));
  assert.ok(saved.at(-1) > saved.at(-2), `${saved}`);
}

/** Lets a page store and save until the moment of its nth save; it goes on until it ends. */
async function untilTheMoment(page, options) {
  await new Promise((resolve, reject) => {
    // The page never stops by itself: that it is ended is no failure any more.
    page.exposeFunction('tell', () => resolve()).then(() => page.evaluate(storeAndSave, options)).catch(reject);
  });
}

/** Two pages of one origin, each with the same store and view. */
async function twoPages(t) {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const first = await browser.newPage();
  const second = await browser.newPage('/blank.html', { context: first.context() });
  for (const page of [first, second]) await page.evaluate(open, { name });
  return { pages: [first, second], name };
}

/** Runs in the page, as the functions below. */
async function open(options) {
  const { open } = await import('/tests/in-page-views.js');
  await open(options);
}

async function saveWhole(name) {
  const { move, untilSaved } = await import('/tests/in-page-views.js');
  // Who stores has taken in what others have stored.
  await move({ store, count: 1, accounts: 25 });
  dispatchEvent(new Event('pagehide'));
  await untilSaved({ name, position: view.position });
}

async function moveOn(options) {
  const { move } = await import('/tests/in-page-views.js');
  await move({ store, accounts: 25, ...options });
}

/** One after the other, on accounts that both pages move money on. */
async function moveInTurn({ writer, count }) {
  const { move } = await import('/tests/in-page-views.js');
  for (let n = 0; n < count; n++) await move({ store, count: 1, from: n, accounts: 25, stream: `writer-${writer}` });
}

async function look(position) {
  const { difference } = await import('/tests/in-page-views.js');
  await view.whenAt(position);
  return { folded: globalThis.folded, difference: await difference(store, view), status: view.status };
}

async function saveNow({ name, position }) {
  const { untilSaved } = await import('/tests/in-page-views.js');
  await view.whenAt(position);
  dispatchEvent(new Event('pagehide'));
  await untilSaved({ name, position });
}

async function reopened(name) {
  const { difference, open } = await import('/tests/in-page-views.js');
  globalThis.folded = 0;
  const notices = [];
  const { store, view } = await open({ name });
  store.on('viewRebuilt', (notice) => notices.push(notice));
  return { folded: globalThis.folded, difference: await difference(store, view), notices, position: view.position };
}

async function openOverSave(name) {
  const { difference, open, saves } = await import('/tests/in-page-views.js');
  const isThere = (await indexedDB.databases()).some((one) => one.name === name);
  const saved = (isThere ? await saves(name) : {})[1] ?? 0;
  const notices = [];
  const { store, view } = await open({ name });
  store.on('viewRebuilt', (notice) => notices.push(notice));
  const { folded = 0 } = globalThis;
  const { position } = view;
  return { folded, difference: await difference(store, view), notices, position, saved };
}

async function storeAndSave({ moment, nth }) {
  const { move } = await import('/tests/in-page-views.js');
  const { transaction } = IDBDatabase.prototype;
  let saves = 0;
  IDBDatabase.prototype.transaction = function (stores, ...rest) {
    const made = transaction.call(this, stores, ...rest);
    if (made.mode === 'readwrite' && [...made.objectStoreNames].join() === 'views' && ++saves === nth) stop(made);
    return made;
  };
  const now = () => void globalThis.tell();
  function stop(save) {
    if (moment === 'begun') queueMicrotask(now);
    if (moment === 'over') save.addEventListener('complete', now);
    if (moment === 'committing') {
      save.commit = () => {
        IDBTransaction.prototype.commit.call(save);
        now();
      };
    }
    if (moment === 'written') {
      save.commit = () => {
        now();
        // As long as it is asked, it does not commit.
        const ask = () => void (save.objectStore('views').count().onsuccess = ask);
        ask();
      };
    }
  }
  for (let n = 0; ; n++) {
    await move({ store, count: 3, from: 3 * n, accounts: 25, stream: 'saving' });
    dispatchEvent(new Event('pagehide'));
  }
}
