// Commands in a real browser: many at once, from two pages at once, and again after a reload.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('1,000 commands at once on one aggregate and on 1,000 are each decided on a true state', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  await page.evaluate(open, databaseName(t));
  const found = await page.evaluate(async () => {
    const add = (id, n) => store.dispatch(counter, id, { type: 'Add', data: n });
    const one = await Promise.all(Array.from({ length: 1000 }, (_, n) => add('one', n)));
    const many = await Promise.all(Array.from({ length: 1000 }, (_, n) => add(`n${n}`, n)));
    const { records } = await store.diagnostics();
    return {
      one: one.map(({ state, revision, attempts }) => [state.total, revision, attempts]),
      many: many.map(({ state, revision, attempts }) => [state.total, revision, attempts]),
      records,
      findings: (await store.verify()).findings,
    };
  });
  assert.deepEqual(found.one, Array.from({ length: 1000 }, (_, n) => [(n * (n + 1)) / 2, n + 1, 1]));
  assert.deepEqual(found.many, Array.from({ length: 1000 }, (_, n) => [n, 1, 1]));
  assert.ok(found.records < 40, `they share commits: ${found.records} records`);
  assert.deepEqual(found.findings, []);
});

test('two pages that fight for one aggregate lose nothing, and each command is decided on a true state', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const pages = await Promise.all([browser.newPage(undefined, { context }), browser.newPage(undefined, { context })]);
  const name = databaseName(t);
  for (const page of pages) await page.evaluate(open, name);
  const rounds = 60;
  const answers = [[], []];
  // On a busy machine one page may wait while the other does all of it: then they have not met yet.
  for (let tries = 0; tries < 5 && !answers.flat().some(({ attempts }) => attempts > 1); tries++) {
    const more = await Promise.all(pages.map((page, writer) => page.evaluate(fight, { writer, rounds })));
    more.forEach((results, writer) => answers[writer].push(...results));
  }
  const events = await pages[0].evaluate(() => store.readStream('counter-a').toArray());
  assert.equal(events.length, answers.flat().length);
  assert.equal(events.length % (2 * rounds), 0);
  events.forEach(({ data, revision }) => assert.equal(data.after, revision - 1, 'decided on just what was before it'));
  for (const [writer, results] of answers.entries()) {
    const own = events.filter(({ data }) => data.by === writer + 1);
    assert.deepEqual(results.map(({ revision }) => revision), own.map(({ revision }) => revision), 'in call order');
    for (const { revision, total } of results) {
      assert.equal(total, events.slice(0, revision).reduce((sum, { data }) => sum + data.by, 0), 'the state that it says');
    }
  }
  assert.ok(answers.flat().some(({ attempts }) => attempts > 1), 'they met');
  assert.deepEqual(await pages[1].evaluate(async () => (await store.load(counter, 'a')).state.total), (3 * events.length) / 2);
});

test('a command that is sent again after a reload is carried out once', async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  await page.evaluate(open, name);
  const send = () => store.dispatch(counter, 'a', { type: 'Add', data: 5 }, { commandId: 'c-1' });
  const first = await page.evaluate(send);
  // What is merged by then is found as well.
  await page.evaluate(() => store.dispatch(counter, 'a', { type: 'Add', data: 1 }));
  await page.reload();
  await page.evaluate(open, name);
  await page.evaluate(() => store.merge());
  assert.deepEqual(await page.evaluate(send), { ...first, duplicate: true, attempts: 0 });
  assert.equal(await page.evaluate(() => store.head), 2);
});

test('a state of the past is loaded from segments too', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  await page.evaluate(open, databaseName(t));
  const totals = await page.evaluate(async () => {
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 300 }, () => store.dispatch(counter, 'a', { type: 'Add', data: 1 })));
    }
    await store.merge();
    const at = async (asOf) => (await store.load(counter, 'a', asOf && { asOf })).state.total;
    return [await at(), await at({ revision: 1234 }), await at({ position: 2999 }), await at({ time: 0 })];
  });
  assert.deepEqual(totals, [3000, 1234, 2999, 0]);
});

async function open(name) {
  const { defineAggregate, openStore } = await import('/dist/index.js');
  globalThis.counter = defineAggregate({
    name: 'counter',
    initialState: () => ({ total: 0, count: 0 }),
    decide: { Add: (state, { data }) => ({ type: 'Added', data: { by: data, after: state.count } }) },
    evolve: { Added: (state, { data }) => ({ total: state.total + data.by, count: state.count + 1 }) },
  });
  globalThis.store = await openStore({ name, aggregates: [counter] });
}

/** One command after another, some of them three at once. */
async function fight({ writer, rounds }) {
  // Neither begins before the other is there: else one may have ended by then.
  const channel = new BroadcastChannel('fight');
  await new Promise((resolve) => {
    channel.onmessage = () => {
      channel.onmessage = null;
      channel.postMessage('here');
      resolve();
    };
    channel.postMessage('here');
  });
  const results = [];
  const send = () => store.dispatch(counter, 'a', { type: 'Add', data: writer + 1 }, { retries: 1000 });
  while (results.length < rounds) {
    const some = await Promise.all(Array.from({ length: Math.min(3, rounds - results.length) }, send));
    results.push(...some.map(({ revision, attempts, state }) => ({ revision, attempts, total: state.total })));
  }
  return results;
}
