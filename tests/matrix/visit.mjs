// What somebody does on the page of a project, and what the browser loads for it.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

const PATIENCE_MS = 20_000;
/** What annals adds is code; the pages are all alike. */
const CODE = /javascript|wasm/;

/** @typedef {{ raw: number, gzipped: number }} Bytes */

/**
 * Counts in a store, reloads the page, and counts on: what was stored has stayed.
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @returns {Promise<{ page: Bytes, opening: Bytes }>} what the page itself has loaded, and what opening the store has
 */
export async function count(browser, address) {
  return visit(browser, address, async (page, loaded) => {
    const button = page.locator('button');
    const bytes = { page: await loaded(), opening: NOTHING };
    await button.click();
    await shows(page, 'read 1, live 1');
    bytes.opening = await loaded();
    await button.click();
    await shows(page, 'read 1, live 2');
    await page.reload();
    await shows(page, 'closed');
    await button.click();
    await shows(page, 'read 3, live 3');
    return bytes;
  });
}

/**
 * What the page loads that has nothing to open.
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 */
export function load(browser, address) {
  return visit(browser, address, async (_page, loaded) => loaded());
}

/** @type {Bytes} */
export const NOTHING = { raw: 0, gzipped: 0 };

/**
 * @template T
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @param {(page: import('playwright-core').Page, loaded: () => Promise<Bytes>) => Promise<T>} work `loaded` tells what has come since it was asked last
 */
async function visit(browser, address, work) {
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
      if (CODE.test(response.headers()['content-type'] ?? '')) coming.push(response.body().then(weigh));
    });
    await page.goto(address, { waitUntil: 'networkidle' });
    await shows(page, 'closed');
    const seen = await work(page, async () => (await Promise.all(coming.splice(0))).reduce(sum, NOTHING));
    assert.deepEqual(errors, []);
    return seen;
  } finally {
    await context.close();
  }
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} text
 */
async function shows(page, text) {
  const output = page.locator('output');
  try {
    await page.waitForFunction((expected) => document.querySelector('output')?.textContent === expected, text, { polling: 20 });
  } catch {
    assert.equal(await output.textContent(), text);
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
