// What somebody does on the page of a project, and what the browser loads for it.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

const PATIENCE_MS = 20_000;
/** What annals adds is code; the pages are all alike. */
const CODE = /javascript|wasm/;

/** @typedef {{ raw: number, gzipped: number }} Bytes */
/** @typedef {{ isWeighed?: boolean }} Weighing false for what a server for development sends: it may load the page again by itself, and then bodies are gone */

/**
 * Counts in a store, reloads the page, and counts on: what was stored has stayed.
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @param {Weighing} [weighing]
 * @returns {Promise<{ page: Bytes, opening: Bytes }>} what the page itself has loaded, and what opening the store has
 */
export async function count(browser, address, weighing) {
  const work = async (/** @type {Visit} */ { page, shows, loaded }) => {
    const button = page.locator('button');
    const bytes = { page: await loaded(), opening: NOTHING };
    await button.click();
    await shows('read 1, live 1');
    bytes.opening = await loaded();
    await button.click();
    await shows('read 1, live 2');
    await page.reload();
    await shows('closed');
    await button.click();
    await shows('read 3, live 3');
    return bytes;
  };
  return visit(browser, address, work, weighing);
}

/**
 * What the page loads that has nothing to open.
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 */
export function load(browser, address) {
  return visit(browser, address, async ({ loaded }) => loaded());
}

/** @type {Bytes} */
const NOTHING = { raw: 0, gzipped: 0 };

/**
 * @typedef {object} Visit
 * @property {import('playwright-core').Page} page
 * @property {(text: string) => Promise<void>} shows waits until the page does
 * @property {() => Promise<Bytes>} loaded what has come since it was asked last, or the page was loaded
 */

/**
 * @template T
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @param {(visit: Visit) => Promise<T>} work
 * @param {Weighing} [weighing]
 */
async function visit(browser, address, work, { isWeighed = true } = {}) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error.stack)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    /** @type {Promise<Bytes>[]} */
    const coming = [];
    page.on('response', (response) => {
      if (!isWeighed || !CODE.test(response.headers()['content-type'] ?? '')) return;
      const body = response.body().then(weigh);
      // That of a page which is left may be gone; then nobody asks.
      body.catch(() => {});
      coming.push(body);
    });
    page.on('request', (request) => void (request.isNavigationRequest() && coming.splice(0)));
    const shows = async (/** @type {string} */ text) => {
      const isShown = page.waitForFunction((text) => document.querySelector('output')?.textContent === text, text, { polling: 20 });
      // What the page says of itself tells more than that it did not come so far.
      await isShown.catch(async () => assert.deepEqual([await page.locator('output').textContent(), ...errors], [text]));
    };
    await page.goto(address, { waitUntil: 'networkidle' });
    await shows('closed');
    const seen = await work({ page, shows, loaded: async () => (await Promise.all(coming.splice(0))).reduce(sum, NOTHING) });
    assert.deepEqual(errors, []);
    return seen;
  } finally {
    await context.close();
  }
}

/**
 * @param {Buffer} body
 * @returns {Bytes}
 */
const weigh = (body) => ({ raw: body.length, gzipped: gzipSync(body, { level: 9 }).length });

/**
 * @param {Bytes} one
 * @param {Bytes} other
 * @returns {Bytes}
 */
const sum = (one, other) => ({ raw: one.raw + other.raw, gzipped: one.gzipped + other.gzipped });

/**
 * What one has more than the other.
 * @param {Bytes} one
 * @param {Bytes} other
 * @returns {Bytes}
 */
export const beyond = (one, other) => ({ raw: one.raw - other.raw, gzipped: one.gzipped - other.gzipped });
