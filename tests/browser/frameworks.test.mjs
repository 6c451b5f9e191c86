// Live queries in React, Svelte, Vue and RxJS, as their users write it: they show the answer, and render no oftener than it changes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { compile } from 'svelte/compiler';
import { inRoot, target } from '../../www/build/paths.mjs';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const FRAMEWORKS = { React: 'react-page.tsx', Svelte: 'svelte-page.ts', Vue: 'vue-page.ts', RxJS: 'rxjs-page.ts' };
const folder = inRoot('tests', 'browser', 'frameworks');

for (const [framework, file] of Object.entries(FRAMEWORKS)) {
  test(`${framework} renders once for each batch of commits that has changed the answer, and never otherwise`, { timeout: 60_000 }, async (t) => {
    const page = await openPage(t);
    const { seen, left } = await page.evaluate(live, { path: await page.bundle(file), name: databaseName(t) });
    assert.deepEqual(seen, [
      ['shown', 1, 'a: 100, b: 90, c: 80'],
      ['a commit that changes it', 1, 'a: 101, b: 90, c: 80'],
      ['many appends at once', 1, 'a: 151, b: 90, c: 80'],
      ['another order', 1, 'c: 280, a: 151, b: 90'],
      ['a row that is not in the answer', 0, 'c: 280, a: 151, b: 90'],
      ['an event that changes no row', 0, 'c: 280, a: 151, b: 90'],
      ['a row that is gone', 1, 'c: 280, b: 90, d: 70'],
      ['an event of another store', 1, 'c: 281, b: 90, d: 70'],
      ['ended', 0, left],
    ]);
    assert.match(left, framework === 'RxJS' ? /^c: 281/ : /^$/);
  });
}

for (const [framework, file] of Object.entries({ React: 'react-hooks.tsx', Svelte: 'svelte-hooks.ts', Vue: 'vue-hooks.ts' })) {
  test(`what the package has for ${framework} follows an answer and a row, whatever is asked, and leaves nothing behind`, { timeout: 60_000 }, async (t) => {
    const page = await openPage(t);
    const found = await page.evaluate(async ({ path, name }) => {
      const { show } = await import(path);
      const { open, watchLives } = await import('/tests/in-page-views.js');
      const lives = watchLives();
      const { store, view } = await open({ name });
      const append = (account, amount) => store.append('moves', [{ type: 'Moved', data: { account, amount } }], { expectedRevision: 'any' });
      for (const [account, amount] of Object.entries({ a: 30, b: 20, c: 10 })) await append(account, amount);
      const element = document.body.appendChild(document.createElement('div'));
      let renders = 0;
      const { ask, end } = show(view, element, { limit: 2, key: 'c' }, () => renders++);
      const seen = [[renders, element.textContent]];
      const step = async (work) => {
        renders = 0;
        await work();
        await new Promise((resolve) => setTimeout(resolve));
        seen.push([renders > 0, element.textContent]);
      };
      await step(() => append('c', 1));
      await step(() => append('c', 100));
      await step(() => ask({ limit: 1, key: 'a' }));
      await step(() => append('b', 1));
      await step(() => append('a', 200));
      const during = lives.open;
      end();
      // Svelte lets go of what nobody reads a moment later.
      await new Promise((resolve) => setTimeout(resolve));
      return { seen, lives: [during, lives.open] };
    }, { path: await page.bundle(file), name: databaseName(t) });
    assert.deepEqual(found, {
      seen: [[1, 'a,b c=10'], [true, 'a,b c=11'], [true, 'c,a c=111'], [true, 'c a=30'], [false, 'c a=30'], [true, 'a a=230']],
      lives: [1, 0],
    });
  });
}

test('React shows the same answer everywhere, also when it changes in the middle of a transition', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async ({ path, name }) => {
    const react = await import(path);
    const { open } = await import('/tests/in-page-views.js');
    const { store, view } = await open({ name });
    const answer = view.live({ where: { account: 'a' } });
    const shown = {};
    for (const hook of ['store', 'naive']) {
      const element = document.body.appendChild(document.createElement('div'));
      let isOver = false;
      const changing = (async () => {
        while (!isOver) await store.append('moves', [{ type: 'Moved', data: { account: 'a', amount: 1 } }], { expectedRevision: 'any' });
      })();
      shown[hook] = await react.showSlowly(answer, element, hook);
      isOver = true;
      await changing;
    }
    return shown;
  }, { path: await page.bundle('react-page.tsx'), name: databaseName(t) });
  assert.ok(found.store.answers > 1 && found.naive.answers > 1, 'the answer changed while components were rendered');
  assert.deepEqual(found.store.torn, []);
  assert.ok(found.naive.torn.length > 0, 'what is torn would have been seen');
});

test('React in strict mode, which begins and ends every effect twice, leaves nothing behind', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  assert.deepEqual(await page.evaluate(shownAndEnded, { path: await page.bundle('react-page.tsx'), name: databaseName(t), show: 'showStrictly' }), ['a: 1', 'a: 2', 0]);
});

test('React has its store from a module, which opens it before anything is shown', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  await page.evaluate(async (path) => {
    Object.assign(document.body.appendChild(document.createElement('div')), { id: 'app' });
    await import(path);
  }, await page.bundle('react-app.tsx'));
  await page.getByRole('button', { name: 'Earn' }).click();
  await page.getByText('ada: 1').waitFor();
});

test('React opens its store in an effect, strictly, too, after what a server has sent, and closes all that it opened', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  const path = await page.bundle('react-stores.tsx');
  assert.equal(await page.evaluate(async (stores) => (await import(stores)).sent(), path), '<p>Opening…</p>');
  await page.evaluate(async (stores) => {
    // An open store listens on a channel.
    const { BroadcastChannel } = globalThis;
    globalThis.channels = { opened: 0, closed: 0 };
    globalThis.BroadcastChannel = class extends BroadcastChannel {
      constructor(name) {
        super(name);
        globalThis.channels.opened++;
      }
      close() {
        super.close();
        globalThis.channels.closed++;
      }
    };
    const element = document.body.appendChild(document.createElement('div'));
    globalThis.end = (await import(stores)).show(element);
  }, path);
  await page.getByRole('button', { name: 'Earn' }).click();
  await page.getByText('ada: 1').waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.channels), { opened: 2, closed: 1 });
  await page.evaluate(() => globalThis.end());
  await page.waitForFunction(() => globalThis.channels.closed === 2);
});

test('a component of Svelte has a live query as a store of its own', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  assert.deepEqual(await page.evaluate(shownAndEnded, { path: await page.bundle('svelte-page.ts'), name: databaseName(t), show: 'showSnippet' }), ['a: 1', 'a: 2', 0]);
});

test('Svelte derives other stores of live queries', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async ({ path, name }) => {
    const svelte = await import(path);
    const { open, watchLives } = await import('/tests/in-page-views.js');
    const lives = watchLives();
    const { store, view } = await open({ name });
    const append = (account, amount) => store.append('moves', [{ type: 'Moved', data: { account, amount } }], { expectedRevision: 'any' });
    await append('a', 3);
    const heard = [];
    const { end, now } = svelte.useOtherwise(view.live(), (sum) => heard.push(sum));
    await append('b', 4);
    const seen = now();
    end();
    await append('b', 4);
    return { heard, seen, open: lives.open };
  }, { path: await page.bundle('svelte-page.ts'), name: databaseName(t) });
  assert.deepEqual(found, { heard: [3, 7], seen: [3, 3], open: 0 });
});

test('RxJS takes a live query for an observable, which completes when it is closed', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async ({ path, name }) => {
    const { useOtherwise } = await import(path);
    const { open, watchLives } = await import('/tests/in-page-views.js');
    const lives = watchLives();
    const { store, view } = await open({ name });
    const append = (account, amount) => store.append('moves', [{ type: 'Moved', data: { account, amount } }], { expectedRevision: 'any' });
    await append('a', 3);
    const live = view.live();
    const { first, three, all, wealth } = useOtherwise(view, live);
    await append('b', 4);
    await append('c', 5);
    await append('d', 6);
    live.close();
    const totals = (answers) => answers.map((rows) => rows.map(({ total }) => total).join(' '));
    return { first: totals([await first]), three: totals(await three), all: totals(await all), wealth: await wealth, open: lives.open };
  }, { path: await page.bundle('rxjs-page.ts'), name: databaseName(t) });
  assert.deepEqual(found, { first: ['3'], three: ['3', '3 4', '3 4 5'], all: ['3', '3 4', '3 4 5', '3 4 5 6'], wealth: 3, open: 0 });
});

test('a signal ends a subscription, one that is aborted begins none, and nothing is kept of either', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async (name) => {
    const { open, watchLives } = await import('/tests/in-page-views.js');
    const lives = watchLives();
    const { store, view } = await open({ name });
    const append = () => store.append('moves', [{ type: 'Moved', data: { account: 'a', amount: 1 } }], { expectedRevision: 'any' });
    const [live, controller] = [view.live(), new AbortController()];
    const { signal } = controller;
    const heard = [];
    const ends = [
      live.subscribe((rows) => heard.push(`live ${rows.length}`), { signal }),
      live.subscribe({ next: (rows) => heard.push(`observer ${rows.length}`), complete: () => heard.push('complete') }, { signal }),
      view.subscribe(({ position }) => heard.push(`view ${position}`), { signal }),
      view.subscribe((row) => heard.push(`row ${row?.total}`), { signal, key: 'a' }),
    ];
    await append();
    const during = lives.open;
    controller.abort();
    await append();
    for (const end of ends) end();
    const late = { signal: AbortSignal.abort() };
    live.subscribe(() => heard.push('late'), late);
    live.subscribe({ next: () => heard.push('late'), complete: () => heard.push('late') }, late);
    view.subscribe(() => heard.push('late'), late);
    view.subscribe(() => heard.push('late'), { ...late, key: 'a' });
    await append();
    // A signal may live much longer than who is ended by hand, or with the query.
    const lasting = { signal: new AbortController().signal };
    const kept = new Set();
    lasting.signal.addEventListener = (_, listener) => kept.add(listener);
    lasting.signal.removeEventListener = (_, listener) => kept.delete(listener);
    for (const options of [lasting, { ...lasting, key: 'a' }]) view.subscribe(() => {}, options)();
    live.subscribe(() => {}, lasting)();
    live.subscribe({}, lasting).unsubscribe();
    live.subscribe({}, lasting);
    const before = kept.size;
    live.close();
    return { heard: heard.toSorted(), during, open: lives.open, kept: [before, kept.size] };
  }, databaseName(t));
  assert.deepEqual(found, {
    heard: ['live 0', 'live 1', 'observer 0', 'observer 1', 'row 1', 'row undefined', 'view 0', 'view 1'],
    during: 1, open: 0, kept: [1, 0],
  });
});

test('what is written of frameworks has the types that they ask for', { timeout: 120_000 }, async () => {
  const made = join(target, 'frameworks');
  mkdirSync(made, { recursive: true });
  const config = join(made, 'tsconfig.json');
  const compilerOptions = {
    noEmit: true, strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true, allowImportingTsExtensions: true,
    target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom', 'dom.iterable'], jsx: 'react-jsx', types: [],
  };
  const files = ['react-snippet.tsx', 'react-app.tsx', 'react-stores.tsx', 'vue-snippet.ts', 'rxjs-snippet.ts', 'svelte-types.ts', 'react-page.tsx', 'vue-page.ts', 'rxjs-page.ts', 'react-hooks.tsx', 'vue-hooks.ts'].map((file) => join(folder, file));
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', config]).catch(({ stdout }) => assert.fail(stdout));
});

test('live queries of a store that fails or is closed end, and stay as they were', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t);
  const found = await page.evaluate(async (name) => {
    const { watchEngines } = await import('/tests/in-page-engines.js');
    const { open } = await import('/tests/in-page-views.js');
    const engines = watchEngines();
    const ended = {};
    for (const how of ['closed', 'failed']) {
      const { store, view } = await open({ name: `${name} ${how}` });
      const append = (account, amount) => store.append('moves', [{ type: 'Moved', data: { account, amount } }], { expectedRevision: 'any' });
      await append('a', 100);
      const [heard, told] = [[], []];
      store.on('failed', () => told.push('failed'));
      const query = { orderBy: 'total', direction: 'desc', limit: 1 };
      const [live, unheard] = [view.live(query), view.live(query)];
      const late = view.live();
      live.subscribe({ next: (rows) => heard.push(rows.length), complete: () => heard.push('complete') });
      const iterated = (async () => {
        for await (const rows of live) heard.push(`iterated ${rows.length}`);
        heard.push('iterated');
      })();
      // It changes the view, but no answer that is kept.
      await append('b', 1);
      if (how === 'closed') await store.close();
      else engines.at(-1).panic('for a test');
      await iterated;
      late.subscribe({ next: () => heard.push('late'), complete: () => heard.push('too late') })();
      ended[how] = { status: store.status, told, heard, accounts: [live, unheard, late].map((one) => one.get().map(({ account }) => account).join()) };
    }
    return ended;
  }, databaseName(t));
  const [heard, accounts] = [[1, 'iterated 1', 'complete', 'iterated', 'too late'], ['a', 'a', 'a']];
  assert.deepEqual(found, { closed: { status: 'closed', told: [], heard, accounts }, failed: { status: 'failed', told: ['failed'], heard, accounts } });
});

/** A page that fails the test on what a framework warns of, too. */
async function openPage(t) {
  const browser = await withBrowser(t);
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => ['warning', 'error'].includes(message.type()) && complaints.push(message.text()));
  t.after(() => assert.deepEqual(complaints, []));
  /** Gives out one of the pages, with the framework in it as its developers have it. */
  const bundle = async (file) => {
    const { outputFiles } = await build({
      entryPoints: [join(folder, file)], bundle: true, write: false, format: 'esm', target: 'es2022', jsx: 'automatic', logLevel: 'silent',
      conditions: ['browser', 'development'],
      define: { 'process.env.NODE_ENV': '"development"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
      plugins: [SVELTE],
    });
    return browser.addFile(`${file}.js`, outputFiles[0].text);
  };
  return Object.assign(page, { bundle });
}

const SVELTE = {
  name: 'svelte',
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, ({ path }) => {
      const { js, warnings } = compile(readFileSync(path, 'utf8'), { filename: path, dev: true, generate: 'client' });
      assert.deepEqual(warnings.map(({ message }) => message), []);
      return { contents: js.code, loader: 'js' };
    });
  },
};

/** Runs in the page: what each step renders how often, and what is shown after it. */
async function live({ path, name }) {
  const { show } = await import(path);
  const { openStore } = await import('/tests/in-page.js');
  const { open, watchLives } = await import('/tests/in-page-views.js');
  const lives = watchLives();
  const { store, view } = await open({ name });
  const seen = [];
  let renders = 0;
  const element = document.body.appendChild(document.createElement('div'));
  const text = () => Array.from(element.querySelectorAll('li'), (item) => item.textContent).join(', ');
  const step = async (what, work) => {
    const before = renders;
    await work();
    // Whatever a framework puts off is done by then.
    await new Promise((resolve) => setTimeout(resolve));
    seen.push([what, renders - before, text()]);
  };
  const event = (account, amount) => (amount === undefined ? { type: 'Closed', data: { account } } : { type: 'Moved', data: { account, amount } });
  const append = (...args) => store.append('moves', [event(...args)], { expectedRevision: 'any' });
  for (const [account, amount] of Object.entries({ a: 100, b: 90, c: 80, d: 70 })) await append(account, amount);

  let end;
  await step('shown', () => void (end = show(view, element, () => void renders++)));
  await step('a commit that changes it', () => append('a', 1));
  await step('many appends at once', () => Promise.all(Array.from({ length: 50 }, () => append('a', 1))));
  await step('another order', () => append('c', 200));
  await step('a row that is not in the answer', () => append('e', 1));
  await step('an event that changes no row', () => append('nobody'));
  await step('a row that is gone', () => append('a'));
  await step('an event of another store', async () => {
    const other = await openStore({ name });
    const { position } = await other.append('moves', [event('c', 1)], { expectedRevision: 'any' });
    await view.whenAt(position);
    await other.close();
  });
  const during = lives.open;
  await step('ended', async () => {
    end();
    await append('c', 1);
  });
  if (during !== 1 || lives.open !== 0) seen.push(['live queries that are kept', during, lives.open]);
  return { seen, left: text() };
}

/** Runs in the page. */
async function shownAndEnded({ path, name, show }) {
  const framework = await import(path);
  const { open, watchLives } = await import('/tests/in-page-views.js');
  const lives = watchLives();
  const { store, view } = await open({ name });
  const append = () => store.append('moves', [{ type: 'Moved', data: { account: 'a', amount: 1 } }], { expectedRevision: 'any' });
  await append();
  const element = document.body.appendChild(document.createElement('div'));
  const end = framework[show](view, element);
  const texts = [element.textContent.trim()];
  await append();
  await new Promise((resolve) => setTimeout(resolve));
  texts.push(element.textContent.trim());
  end();
  await append();
  return [...texts, lives.open];
}
