// What the engine costs, as counts that no machine changes: transactions, requests, calls into the wasm, bytes. Time is what `npm run bench` measures; a count
// that grows is where time goes next.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { filesIn } from '../../www/build/files.mjs';
import { dist } from '../../www/build/paths.mjs';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const THOUSAND = 1000;
const BYTES_OF_AN_EVENT = 24;
/** All entries together, gzipped; the aim is 150,000. */
const BYTES_OF_CODE = 630_000;

for (const [title, work, most] of [
  ['1,000 appends that are awaited one by one', appendOneByOne, { reading: 2, writing: 1010, reads: 1020, writes: 1020, crossings: 10_200 }],
  ['1,000 appends at once to one stream', appendAtOnce, { reading: 0, writing: 1, reads: 1, writes: 1, crossings: 20 }],
  ['1,000 commands that are awaited one by one', dispatchOneByOne, { reading: 4, writing: 1010, reads: 1020, writes: 1020, crossings: 12_200 }],
  ['1,000 commands at once to one aggregate', dispatchAtOnce, { reading: 2, writing: 2, reads: 6, writes: 3, crossings: 1_100 }],
  ['1,000 commands at once to as many aggregates', dispatchApart, { reading: 2, writing: 2, reads: 6, writes: 2, crossings: 1_100 }],
  ['reading 10,000 events as objects', readAll, { reading: 2, writing: 0, reads: 10, writes: 0, crossings: 60 }],
]) {
  test(`${title} take no more than they did`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    const cost = await page.evaluate(work, { name: databaseName(t), count: THOUSAND });
    t.diagnostic(JSON.stringify(cost));
    for (const [what, limit] of Object.entries(most)) assert.ok(cost[what] <= limit, `${what}: ${cost[what]}, at most ${limit}`);
  });
}

test('10,000 small events take no more bytes, merged, than they did', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const bytes = await page.evaluate(bytesOfAnEvent, { name: databaseName(t), count: 10_000 });
  t.diagnostic(`${bytes.toFixed(1)} bytes an event`);
  assert.ok(bytes < BYTES_OF_AN_EVENT, `${bytes} bytes, at most ${BYTES_OF_AN_EVENT}`);
});

test('what a page fetches is no larger than it was', (t) => {
  const chunks = filesIn(dist).filter((file) => file.endsWith('.js'));
  const gzipped = chunks.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
  t.diagnostic(`${gzipped} bytes`);
  assert.ok(gzipped < BYTES_OF_CODE, `${gzipped} bytes, at most ${BYTES_OF_CODE}`);
});

async function bytesOfAnEvent({ name, count }) {
  const { openCounted } = await import('/tests/in-page-costs.js');
  const store = await openCounted({ name, durability: 'relaxed' });
  const events = Array.from({ length: count }, (_, n) => ({ type: 'ItemAdded', data: { number: n, sku: `sku-${n % 997}`, cents: (n * 7919) % 10_000 } }));
  for (let n = 0; n < count; n += 50) await store.append(`order-${n / 50}`, events.slice(n, n + 50), { expectedRevision: 0 });
  await store.merge();
  return (await store.diagnostics()).bytesStored / count;
}

async function appendOneByOne({ name, count }) {
  const { costOf, openCounted } = await import('/tests/in-page-costs.js');
  const store = await openCounted({ name });
  return costOf(async () => {
    for (let n = 0; n < count; n++) await store.append('s', [{ type: 'A', data: { n } }], { expectedRevision: n });
  });
}

async function appendAtOnce({ name, count }) {
  const { costOf, openCounted } = await import('/tests/in-page-costs.js');
  const store = await openCounted({ name });
  return costOf(() => Promise.all(Array.from({ length: count }, (_, n) => store.append('s', [{ type: 'A', data: { n } }], { expectedRevision: n }))));
}

async function dispatchOneByOne({ name, count }) {
  const { account, costOf, openCounted } = await import('/tests/in-page-costs.js');
  const store = await openCounted({ name, aggregates: [account] });
  return costOf(async () => {
    for (let n = 0; n < count; n++) await store.dispatch(account, 'ada', { type: 'Deposit', data: { cents: n } });
  });
}

async function dispatchAtOnce({ name, count }) {
  const { account, costOf, openCounted } = await import('/tests/in-page-costs.js');
  const store = await openCounted({ name, aggregates: [account] });
  return costOf(() => Promise.all(Array.from({ length: count }, (_, n) => store.dispatch(account, 'ada', { type: 'Deposit', data: { cents: n } }))));
}

async function dispatchApart({ name, count }) {
  const { account, costOf, openCounted } = await import('/tests/in-page-costs.js');
  const store = await openCounted({ name, aggregates: [account] });
  return costOf(() => Promise.all(Array.from({ length: count }, (_, n) => store.dispatch(account, `ada-${n}`, { type: 'Deposit', data: { cents: n } }))));
}

async function readAll({ name, count }) {
  const { costOf, openCounted } = await import('/tests/in-page-costs.js');
  const store = await openCounted({ name });
  for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: count }, (_, m) => store.append(`s-${m % 50}`, [{ type: 'A', data: { n, m } }], { expectedRevision: 'any' })));
  await store.close();
  const again = await openCounted({ name });
  return costOf(async () => {
    for await (const _ of again.readAll());
  });
}
