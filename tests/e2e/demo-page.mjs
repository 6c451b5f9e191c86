// What the tests of the demo page share: opening it, working its controls, and waiting for what it says.
import { databaseName, withBrowser } from '../harness/harness.mjs';

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ store?: string, context?: import('playwright-core').BrowserContext, hash?: string }} Visit */

/** @param {TestContext} t */
export async function demo(t) {
  const browser = await withBrowser(t);
  const own = databaseName(t);
  /** Opens the page, by default on the test's own store in a context of its own. */
  async function visit(/** @type {Visit} */ { store = own, context, hash = '' } = {}) {
    const page = await browser.newPage(`/site/?store=${encodeURIComponent(store)}${hash}`, context === undefined ? {} : { context });
    await page.locator('#status-line[data-state="live"]').waitFor();
    return page;
  }
  return { visit, store: own };
}

/**
 * Fills in the form and presses its button.
 * @param {Page} page
 * @param {{ stream: string, type: string, tags?: string, data?: string, expected?: string, revision?: string }} event
 */
export async function append(page, { stream, type, tags = '', data = '', expected = 'any', revision }) {
  const form = page.locator('#composer');
  await form.getByLabel('Stream').fill(stream);
  await form.getByLabel('Type').fill(type);
  await form.getByLabel('Tags').fill(tags);
  await form.getByLabel('Data').fill(data);
  await form.getByLabel('Expected revision').selectOption(expected);
  if (revision !== undefined) await form.getByLabel('Exact revision').fill(revision);
  await form.getByRole('button', { name: 'Append' }).click();
}

/**
 * @param {Page} page
 * @param {string} count
 */
export async function importEvents(page, count) {
  await page.getByLabel('Events of a made-up shop').selectOption(count);
  await page.getByRole('button', { name: 'Import' }).click();
  await text(page, 'import-outcome', /^Stored/);
  await newestIs(page, Number(count).toLocaleString('en'));
}

/**
 * Waits until the section says exactly this.
 * @param {Page} page
 * @param {string} section
 * @param {string} sentence
 */
export const outcome = (page, section, sentence) => page.getByRole('region', { name: section }).getByText(sentence, { exact: true }).waitFor();

/**
 * Waits until an element's text is like this.
 * @param {Page} page
 * @param {string} id
 * @param {RegExp} pattern
 */
export const text = (page, id, pattern) => page.locator(`#${id}`).filter({ hasText: pattern }).waitFor();

/**
 * Waits until the log has this many rows on the page.
 * @param {Page} page
 * @param {number} count
 */
export const rowCount = (page, count) => page.waitForFunction((wanted) => document.querySelectorAll('.event').length === wanted, count);

/**
 * Waits until the first row is the event at this position, as the page writes it.
 * @param {Page} page
 * @param {string} position
 */
export const newestIs = (page, position) => page.waitForFunction((wanted) => document.querySelector('.event-position')?.textContent === wanted, position);

/**
 * Waits until a figure has this value, or one that matches.
 * @param {Page} page
 * @param {string} name
 * @param {string | RegExp} value
 */
export function figure(page, name, value) {
  return page.waitForFunction(
    ([term, wanted]) => {
      const shown = [...document.querySelectorAll('#figures dt')].find((one) => one.textContent === term)?.nextElementSibling?.textContent;
      return typeof wanted === 'string' ? shown === wanted : wanted?.test(shown ?? '');
    },
    /** @type {const} */ ([name, value]),
  );
}

/** @param {Page} page */
export const types = (page) => page.locator('.event-type').allInnerTexts();

/** @param {Page} page */
export const streams = (page) => page.locator('.event-stream').allInnerTexts();

/** @param {Page} page */
export const focusedId = (page) => page.evaluate(() => document.activeElement?.id);

/**
 * Where the Tab key stops from the top of the page to its end.
 * @param {Page} page
 */
export async function tabStops(page) {
  const limit = 100;
  /** @type {string[]} */
  const stops = [];
  await page.locator('#skip-link').focus();
  for (let name = await page.evaluate(focused); name !== '' && stops.length < limit; name = await page.evaluate(focused)) {
    if (stops.includes(name)) break;
    stops.push(name);
    await page.keyboard.press('Tab');
  }
  return stops;
}

/** Runs in the page: what has the focus, by id or text. */
function focused() {
  const element = document.activeElement;
  return element === null || element === document.body ? '' : element.id || (element.textContent ?? '');
}

/** Runs in the page: everything that should have the focus once, in the order of the page, by id or text. */
export function focusable() {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea')].filter((one) => one instanceof HTMLElement && one.tabIndex >= 0);
  return all.filter((one) => one.checkVisibility()).map((one) => one.id || (one.textContent ?? ''));
}

/** Runs in the page: what is drawn beyond its right edge and not cut off by something that is not. */
export function sticksOut() {
  const edge = document.documentElement.clientWidth + 0.5;
  const cutOff = (/** @type {Element} */ element) => {
    for (let outer = element.parentElement; outer !== null; outer = outer.parentElement) if (getComputedStyle(outer).overflowX !== 'visible') return true;
    return false;
  };
  return [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > edge && !cutOff(one)).map((one) => one.className);
}
