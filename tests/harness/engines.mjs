// The browsers that tests run in, each started and asked in the same way.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { browserVersion, launchChromium, launchPersistentChromium } from '../../www/build/browsers/chromium.mjs';
import { startFirefox } from '../../www/build/browsers/firefox.mjs';
import { startWebKit } from '../../www/build/browsers/webkit.mjs';
import { SteeredBrowser } from './steered/browser.mjs';

/** @typedef {import('./steered/browser.mjs').Server} Server */
/**
 * `protocol`: that of Chromium's developer tools, as `newCDPSession` speaks it; `anyPage`: pages that a server of the test's own gives out, as they are
 * @typedef {'protocol' | 'anyPage'} Need
 */

/**
 * What tests use of a browser's context and pages: playwright's own, and what SteeredBrowser has in their likeness.
 * @typedef {import('playwright-core').BrowserContext} Context
 */
/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {boolean} isSteering whether the pages are steered by themselves
 * @property {readonly Need[]} has what only some have
 * @property {(server: Server) => Promise<{ name: string, newContext: () => Promise<Context>, close: () => Promise<void> }>} launch
 * @property {(server: Server, folder: string) => Promise<{ context: Context, kill: () => Promise<void>, close: () => Promise<void> }>} launchPersistent
 *   its data are in the folder
 */

/** @type {Engine} */
const chromium = {
  name: 'Chromium',
  isSteering: false,
  has: ['protocol', 'anyPage'],
  async launch() {
    const browser = await launchChromium();
    return { name: browserVersion(browser), newContext: () => browser.newContext(), close: () => browser.close() };
  },
  async launchPersistent(_server, folder) {
    const { context, kill, close } = await launchPersistentChromium(folder);
    return { context, kill, close };
  },
};

/**
 * @param {string} name
 * @param {(folder: string, address: string) => ReturnType<typeof startFirefox> | ReturnType<typeof startWebKit>} start
 * @returns {Engine}
 */
function steered(name, start) {
  return {
    name,
    isSteering: true,
    has: [],
    async launch(server) {
      const folder = mkdtempSync(join(tmpdir(), 'annals-browser-'));
      const browser = await SteeredBrowser.start(server, async (address) => start(folder, address));
      process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
      return {
        name: `${name} (${await browser.agent()})`,
        newContext: async () => asContext(await browser.newContext()),
        close: () => browser.kill(),
      };
    },
    async launchPersistent(server, folder) {
      mkdirSync(folder, { recursive: true });
      const browser = await SteeredBrowser.start(server, async (address) => start(folder, address));
      return { context: asContext(browser.lastingContext()), kill: () => browser.kill(), close: () => browser.close() };
    },
  };
}

/**
 * It has of a context what tests use, which the types do not know.
 * @param {unknown} context
 */
const asContext = (context) => /** @type {Context} */ (context);

const ENGINES = { chromium, firefox: steered('Firefox', startFirefox), webkit: steered('WebKit', startWebKit) };

/** The browser of this process. */
export const engine = ENGINES[/** @type {keyof typeof ENGINES} */ (process.env['ANNALS_BROWSER'] ?? 'chromium')];
if (engine === undefined) throw new Error(`ANNALS_BROWSER is expected to be one of ${Object.keys(ENGINES).join(', ')}, found ${process.env['ANNALS_BROWSER']}`);
