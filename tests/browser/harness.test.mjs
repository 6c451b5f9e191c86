// What the other browser tests rely on: the harness itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, temporaryFolder, withBrowser } from '../harness/harness.mjs';

test('a page error that nobody caught is seen by the harness', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage('/blank.html', { allowErrors: true });
  const seen = page.waitForEvent('pageerror');
  await page.evaluate(() => void setTimeout(() => { throw new Error('on purpose'); }));
  assert.match((await seen).message, /on purpose/);
});

test('the strict page keeps text from being run as a script', async (t) => {
  const browser = await withBrowser(t);
  const script = browser.addFile('csp.js', `
    try { (0, eval)('1'); document.title = 'eval ran'; } catch { document.title = 'eval was refused'; }
  `);
  const page = await browser.newPage(`/csp.html?script=${script}`);
  await page.waitForFunction(() => document.title.startsWith('eval'), undefined, { polling: 20 });
  assert.equal(await page.title(), 'eval was refused');
});

test('what a page stored is there after the browser was killed and after it was closed', async (t) => {
  const browser = await withBrowser(t);
  const folder = temporaryFolder(t);
  const name = databaseName(t);
  const seen = [];
  for (const end of ['kill', 'close', 'kill']) {
    const started = await browser.persistentContext(folder);
    const page = await started.newPage();
    seen.push(await page.evaluate(countVisit, name));
    await started[end]();
  }
  assert.deepEqual(seen, [1, 2, 3]);
});

test('contexts do not share storage, pages of one context do', async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const first = await browser.newPage();
  const second = await browser.newPage('/blank.html', { context: first.context() });
  const other = await browser.newPage();
  assert.equal(await first.evaluate(countVisit, name), 1);
  assert.equal(await second.evaluate(countVisit, name), 2);
  assert.equal(await other.evaluate(countVisit, name), 1);
});

/** Runs in the page: adds one record durably and returns how many there are. */
function countVisit(name) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onupgradeneeded = () => opening.result.createObjectStore('visits', { autoIncrement: true });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('visits', 'readwrite', { durability: 'strict' });
      const store = transaction.objectStore('visits');
      store.add('here');
      const counting = store.count();
      transaction.oncomplete = () => resolve(counting.result);
      transaction.onabort = () => reject(transaction.error);
    };
  });
}
