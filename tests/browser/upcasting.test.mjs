// Upcasters over what is kept on the disk: states and views that another chain has made, and tabs that run older code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('kept states and saved views are made anew by another chain, and only by another', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const name = databaseName(t);
  const first = await page.evaluate(work, { name, chain: 'plain', count: 5 });
  assert.deepEqual([first.state, first.row], ['aaaaa', 'aaaaa']);
  await page.reload();
  // The same code: nothing is made again.
  const again = await page.evaluate(work, { name, chain: 'plain' });
  assert.deepEqual([again.state, again.row, again.projected], ['aaaaa', 'aaaaa', 0]);
  assert.ok(again.evolved < 5, `${again.evolved} evolved`);
  for (const [chain, text] of [['loud', 'AAAAA'], ['twice', 'aaaaaaaaaa'], ['gone', ''], ['plain', 'aaaaa']]) {
    await page.reload();
    const { state, row, projected } = await page.evaluate(work, { name, chain });
    assert.deepEqual([state, row ?? ''], [text, text], chain);
    if (chain !== 'plain') assert.equal(projected, text.length, chain);
  }
});

test('a tab with older code stops at what newer code has stored, and goes on when it is told to skip', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const older = await browser.newPage();
  const name = databaseName(t);
  const [lenient, newer] = await Promise.all([1, 2].map(() => browser.newPage('/blank.html', { context: older.context() })));
  await older.evaluate(follow, { name });
  await lenient.evaluate(follow, { name, onUnknown: 'skip' });
  const position = await newer.evaluate(storeNewer, name);
  assert.deepEqual(await older.evaluate(settled, position), { status: 'stopped', reason: 'newer', version: 2, row: { letters: 'x' } });
  assert.deepEqual(await lenient.evaluate(settled, position), { status: 'ready', row: { letters: 'xz' } });
});

/** Runs in the page, as the functions below. */
async function work({ name, chain, count = 0 }) {
  const { defineAggregate, defineProjection, openStore, upcast } = await import('/tests/in-page.js');
  const added = upcast('Added');
  const chains = {
    plain: [added.to(({ data }) => data.letter)],
    loud: [added.to(({ data }) => data.letter.toUpperCase())],
    twice: [added.split(['Written'], ({ data }) => [1, 2].map(() => ({ type: 'Written', data: data.letter })))],
    gone: [added.drop()],
  };
  globalThis.evolved = globalThis.projected = 0;
  const letters = defineAggregate({
    name: 'letters',
    initialState: () => '',
    decide: { Add: (_, { data }) => ({ type: 'Added', version: 1, data }) },
    evolve: {
      Added: (state, { data }) => (globalThis.evolved++, state + data),
      Written: (state, { data }) => (globalThis.evolved++, state + data),
    },
    snapshots: { every: 2, version: 1 },
  });
  const project = (row, { data }) => (globalThis.projected++, { text: (row?.text ?? '') + data });
  const texts = defineProjection({ name: 'texts', version: 1, on: { Added: project, Written: project } });
  const store = await openStore({ name, aggregates: [letters], projections: [texts], upcasters: chains[chain] });
  for (let n = 0; n < count; n++) await store.dispatch(letters, '1', { type: 'Add', data: { letter: 'a' } });
  const { state } = await store.load(letters, '1');
  const row = store.view(texts).get('letters-1')?.text;
  const found = { state, row, evolved: globalThis.evolved, projected: globalThis.projected };
  // A state is kept once the page has nothing else to do.
  const { kept } = await import('/tests/in-page-counter.js');
  while (state !== '' && (await kept(name)).length === 0);
  await store.close();
  return found;
}

async function follow({ name, onUnknown }) {
  const { defineProjection, openStore, upcast } = await import('/tests/in-page.js');
  const letters = defineProjection({ name: 'letters', version: 1, on: { Added: (row, { data }) => ({ letters: (row?.letters ?? '') + data }) } });
  globalThis.view = undefined;
  const store = await openStore({ name, projections: [letters], upcasters: [upcast('Added')], ...(onUnknown && { onUnknown }) });
  if (store.isNew) await store.append('letters-1', [{ type: 'Added', data: 'x' }], { expectedRevision: 'any' });
  globalThis.view = store.view(letters);
}

async function storeNewer(name) {
  const { openStore, upcast } = await import('/tests/in-page.js');
  const store = await openStore({ name, upcasters: [upcast('Added').to(({ data }) => ({ letter: data }))] });
  const { position } = await store.append('letters-1', [{ type: 'Added', data: { letter: 'y' } }, { type: 'Added', version: 1, data: 'z' }], { expectedRevision: 'any' });
  return position;
}

async function settled(position) {
  const error = await view.whenAt(position).then(() => undefined, (error) => error);
  const { reason, version } = error?.cause ?? {};
  return { status: view.status, ...(error && { reason, version }), row: view.get('letters-1') };
}
