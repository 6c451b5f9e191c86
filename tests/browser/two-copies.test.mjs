// The package twice in one page, in two versions, as it comes where two packages bring their own: they are to each other like two tabs.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { filesIn } from '../../www/build/files.mjs';
import { pack } from '../../www/build/pack.mjs';
import { dist, inRoot, target } from '../../www/build/paths.mjs';
import { npm } from '../../www/build/run.mjs';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
const OTHER_VERSION = '99.1.2';
const folder = join(target, 'installed', 'two-copies');

before(installBoth, { timeout: 60_000 });

test('two copies of the package keep one store, each with its aggregates and views', async (t) => {
  const page = await openPage(t);
  const seen = await page.evaluate(async (name) => {
    const { one, two } = copies;
    const rules = ({ defineAggregate, defineProjection }) => ({
      counter: defineAggregate({ name: 'counter', initialState: () => 0, decide: { Count: () => ({ type: 'Counted' }) }, evolve: { Counted: (state) => state + 1 } }),
      counts: defineProjection({ name: 'counts', version: 1, on: { Counted: (row) => ({ count: (row?.count ?? 0) + 1 }) } }),
    });
    const opened = [];
    for (const annals of [one, two]) {
      const { counter, counts } = rules(annals);
      const store = await annals.openStore({ name, aggregates: [counter], projections: [counts] });
      opened.push({ store, counter, view: store.view(counts) });
    }
    const [first, second] = opened;
    const heard = [];
    first.store.subscribe({ after: 0 }, ({ position }) => void heard.push(position));
    // Both at once, on one stream: each has to take in what the other has stored.
    const count = ({ store, counter }) => store.dispatch(counter, 'a', { type: 'Count' }, { retries: 100 });
    for (let n = 0; n < 20; n++) await Promise.all(opened.map(count));
    const states = await Promise.all(opened.map(async ({ store, counter }) => (await store.load(counter, 'a')).state));
    await second.store.merge();
    const events = await Promise.all(opened.map(async ({ store }) => (await store.readAll().toArray()).map(({ position, revision }) => [position, revision])));
    const rows = [];
    for (const { view, store } of opened) {
      await view.whenAt(40);
      rows.push(view.get('counter-a')?.count);
      rows.push((await store.verify()).findings.length);
    }
    while (heard.length < 40) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all(opened.map(({ store }) => store.close()));
    // What one has saved of the view the other may take over.
    const { counter, counts } = rules(one);
    const again = await one.openStore({ name, aggregates: [counter], projections: [counts] });
    const after = [again.view(counts).get('counter-a')?.count, (await again.load(counter, 'a')).state];
    await again.close();
    return { states, events, rows, heard, after };
  }, databaseName(t));
  const positions = Array.from({ length: 40 }, (_, n) => n + 1);
  assert.deepEqual(seen, { states: [40, 40], events: [0, 1].map(() => positions.map((n) => [n, n])), rows: [40, 0, 40, 0], heard: positions, after: [40, 40] });
});

test('an error of one copy is known by the other, with its kind', async (t) => {
  const page = await openPage(t);
  const seen = await page.evaluate(async (name) => {
    const { one, two } = copies;
    const [here, there] = [await one.openStore({ name }), await two.openStore({ name })];
    await here.append('a', [{ type: 'A' }], { expectedRevision: 'noStream' });
    const error = await there.append('a', [{ type: 'A' }], { expectedRevision: 'noStream' }).catch((error) => error);
    await Promise.all([here.close(), there.close()]);
    const strange = [Object.assign(new Error('no'), { code: 'RevisionConflict', name: 'AnnalsError' }), { code: 'RevisionConflict' }, null, undefined, 'RevisionConflict'];
    return {
      known: [one, two].map(({ isAnnalsError }) => [isAnnalsError(error), isAnnalsError(error, 'RevisionConflict'), isAnnalsError(error, 'Closed')]),
      isInstance: [one, two].map(({ AnnalsError }) => error instanceof AnnalsError),
      strange: strange.filter((thing) => one.isAnnalsError(thing)).length,
      keys: Object.keys(error).includes('code') && Object.getOwnPropertySymbols({ ...error }).length,
    };
  }, databaseName(t));
  assert.deepEqual(seen, { known: [[true, true, false], [true, true, false]], isInstance: [false, true], strange: 0, keys: 0 });
});

test('what one copy has defined the other refuses, and says why', async (t) => {
  const page = await openPage(t);
  const refusals = await page.evaluate(async (name) => {
    const { one, two } = copies;
    const counter = two.defineAggregate({ name: 'counter', initialState: () => 0, decide: {}, evolve: {} });
    const counts = two.defineProjection({ name: 'counts', version: 1, on: { Counted: () => ({}) } });
    const own = { aggregates: [one.defineAggregate({ name: 'counter', initialState: () => 0, decide: {}, evolve: {} })] };
    const store = await one.openStore({ name, storage: 'memory', ...own });
    const open = (options) => one.openStore({ name, storage: 'memory', ...options });
    const refusalOf = async (call) => {
      try {
        await call();
        return 'none';
      } catch (error) {
        return one.isAnnalsError(error, 'InvalidArgument') ? [error.argument, error.found] : String(error);
      }
    };
    const calls = [
      () => open({ aggregates: [counter] }),
      () => open({ projections: [counts] }),
      () => open({ commandHandlers: [two.defineCommandHandler('Count', () => {})] }),
      () => open({ queryHandlers: [two.defineQueryHandler('CountOf', () => {})] }),
      () => open({ upcasters: [two.upcast('Counted').drop()] }),
      () => one.defineProjection({ name: 'counts', version: 1, from: [counter], on: { Counted: () => ({}) } }),
      () => store.dispatch(counter, 'a', { type: 'Count' }),
      () => store.view(counts),
      () => one.given(counter),
    ];
    const refusals = [];
    for (const call of calls) refusals.push(await refusalOf(call));
    await store.close();
    return refusals;
  }, databaseName(t));
  const found = `one that was made by another copy of annals, of version ${OTHER_VERSION} (this one is ${version}): import both from one copy`;
  const argumentsOf = ['options.aggregates[0]', 'options.projections[0]', 'options.commandHandlers[0]', 'options.queryHandlers[0]', 'options.upcasters[0]', 'definition.from[0]', 'aggregate', 'projection', 'aggregate'];
  assert.deepEqual(refusals, argumentsOf.map((argument) => [argument, found]));
});

/** A page that has loaded both. */
async function openPage(t) {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  await page.evaluate(async () => {
    const load = async (name) => ({ ...(await import(`/installed/two-copies/node_modules/${name}/dist/index.js`)), ...(await import(`/installed/two-copies/node_modules/${name}/dist/testing.js`)) });
    globalThis.copies = { one: await load('annals'), two: await load('annals-of-another') };
  });
  return page;
}

/** Packs the package as it is, and once more under another number, and installs both in one project. */
async function installBoth() {
  const one = await pack(folder);
  const source = join(folder, 'source');
  cpSync(dist, join(source, 'dist'), { recursive: true });
  const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  writeFileSync(join(source, 'package.json'), JSON.stringify({ ...manifest, version: OTHER_VERSION }));
  // The build writes the number into the code, too.
  const named = filesIn(source).filter((file) => file.endsWith('.js') && readFileSync(file, 'utf8').includes(`{version:"${version}"}`));
  assert.equal(named.length, 1);
  writeFileSync(named[0], readFileSync(named[0], 'utf8').replaceAll(version, OTHER_VERSION));
  const two = await pack(join(folder, 'packed'), source);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  const args = ['install', one, `annals-of-another@file:${two}`, '--offline', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(args, { cwd: folder });
}
