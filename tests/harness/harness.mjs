// What a browser test needs: a browser and a server of its own file, pages that fail the test on uncaught errors, and a
// browser that can be killed. Which browser: `ANNALS_BROWSER`, else Chromium.
//
//   test('an append survives a crash', async (t) => {
//     const browser = await withBrowser(t);
//     const page = await browser.newPage();
//     const head = await page.evaluate(async () => {
//       const { openStore } = await import('/dist/index.js');
//       ...
//     });
//   });
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { engine } from './engines.mjs';
import { startServer } from './server.mjs';

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} Context */
/**
 * @typedef {object} PageOptions
 * @property {Context} [context] the context to open it in, to share its data; a fresh one without it
 * @property {boolean} [allowErrors] do not fail the test on errors that the page does not catch
 */

/** Playwright's own half a minute makes a broken page cost ten minutes of a test run. */
const PATIENCE_MS = 10_000;

/** What only some browsers have, as a person reads it. */
const NEEDS = {
  protocol: 'protocol by which a test clears what a site has stored',
  anyPage: 'way into pages that do not let themselves be steered',
};

/** Made for the first test of the file that asks, and kept for the others. */
const theServer = once(() => startServer(engine));
const theBrowser = once(async () => engine.launch(await theServer()));

after(async () => {
  await (await theBrowser.made())?.close();
  await (await theServer.made())?.close();
});

/**
 * The browser, as this test sees it: what the test opens is closed when it ends.
 * @param {TestContext} t
 */
export async function withBrowser(t) {
  const server = await theServer();
  const browser = await theBrowser();

  /** A context with storage of its own. It is kept in memory: for what must outlive the browser take `persistentContext`. */
  async function newContext() {
    const context = await browser.newContext();
    t.after(() => context.close());
    return context;
  }

  /**
   * @param {string} [path] `/blank.html`, `/csp.html?script=/path.js` (with `&strict` no wasm may run) or any file that the server gives out
   * @param {PageOptions} [options]
   */
  async function newPage(path = '/blank.html', { context, allowErrors = false } = {}) {
    const page = await (context ?? (await newContext())).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    if (!allowErrors) failOnErrors(t, page);
    await page.goto(server.address + path);
    return page;
  }

  /**
   * A browser whose data are in a folder: start it again on the same folder after `kill()` (a crash) or `close()`.
   * @param {string} userDataDir see `temporaryFolder`
   */
  async function persistentContext(userDataDir) {
    const { context, kill, close } = await engine.launchPersistent(server, userDataDir);
    t.after(kill);
    return {
      context,
      kill,
      newPage: (/** @type {string | undefined} */ path, /** @type {PageOptions} */ options = {}) => newPage(path, { context, ...options }),
      close,
    };
  }

  return { address: server.address, version: browser.name, addFile: server.addFile, newContext, newPage, persistentContext };
}

/**
 * For a test that needs what not every browser has: `test('...', needs('protocol'), ...)` is skipped on the others, with the reason.
 * @param {keyof typeof NEEDS} need
 */
export function needs(need) {
  return engine.has.includes(need) ? {} : { skip: `${engine.name} has no ${NEEDS[need]}` };
}

/**
 * An empty folder that is gone after the test.
 * @param {TestContext} _t
 */
export function temporaryFolder(_t) {
  const folder = mkdtempSync(join(tmpdir(), 'annals-test-'));
  // Hooks of a test run in the order in which they were given, so the browser may still write here: the folder goes with this process.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

/**
 * A name for a database that no other test has.
 * @param {TestContext} t
 */
export const databaseName = (t) => `${t.name} ${crypto.randomUUID()}`;

/**
 * @param {TestContext} t
 * @param {Page} page
 */
function failOnErrors(t, page) {
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
  page.on('crash', () => errors.push('the page crashed'));
  t.after(() => assert.deepEqual(errors, [], 'the page has errors that nobody caught'));
}

/**
 * @template T
 * @param {() => Promise<T>} make
 */
function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return Object.assign(() => (made ??= make()), { made: () => made });
}
