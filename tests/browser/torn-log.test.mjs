// A kill that cuts Chromium's own log off in the middle of a record, and what is stored after it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, needs } from '../harness/harness.mjs';
import { hasTornLog, logsOf, tearLog } from './leveldb-log.mjs';
import { withProfile } from './profile.mjs';

const LIMITS = { timeout: 120_000, ...needs('protocol') };

test('what is stored after a kill that has cut the log off outlives the next kill', LIMITS, async (t) => {
  const { folder, start } = await withProfile(t);
  const name = databaseName(t);
  await killedAfter(start, name, 50);
  tearLog(folder);
  assert.ok(hasTornLog(folder), 'as a kill leaves it');
  assert.equal(await killedAfter(start, name, 200), 250);
  assert.equal(await killedAfter(start, name, 1), 251);
});

test('a page that is left cleanly costs the next one nothing', LIMITS, async (t) => {
  const { folder, start } = await withProfile(t);
  const name = databaseName(t);
  const browser = await start();
  for (let n = 0; n < 5; n++) {
    const page = await browser.newPage();
    await page.evaluate(append, { name, count: 10 });
    await page.goto('about:blank');
    await page.close();
  }
  await browser.kill();
  assert.equal(logsOf(folder).length, 1);
  assert.match(String(logsOf(folder)[0]), /000003\.log$/, 'the first one that there is');
});

test('a page that dies while another lives costs the next one nothing', LIMITS, async (t) => {
  const { folder, start } = await withProfile(t);
  const name = databaseName(t);
  const browser = await start();
  const [living, dying] = [await browser.newPage(), await browser.newPage(undefined, { allowErrors: true })];
  for (const page of [living, dying]) await page.evaluate(append, { name, count: 10 });
  await dying.goto('chrome://crash').catch(() => {});
  assert.equal(await (await browser.newPage()).evaluate(append, { name, count: 10 }), 30);
  await browser.kill();
  assert.match(String(logsOf(folder)[0]), /000003\.log$/, 'the first one that there is');
});

/** Stores so many events; answers how many there are. */
async function killedAfter(start, name, count) {
  const browser = await start();
  const page = await browser.newPage();
  const head = await page.evaluate(append, { name, count });
  await browser.kill();
  return head;
}

async function append({ name, count }) {
  const { openStore } = await import('/dist/index.js');
  const store = await openStore({ name });
  for (let n = 0; n < count; n++) await store.append('s', [{ type: 'Stored', data: { n, text: 'x'.repeat(1000) } }], { expectedRevision: 'any' });
  return store.head;
}
