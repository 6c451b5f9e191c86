// The browsers in which the peers are measured: the page's server for each, and how to start one on a folder. In Firefox pages are steered by themselves, as in
// the tests: nothing but what a user has stands between.

import { SteeredBrowser } from '../../harness/steered/browser.mjs';
import { PAGE_SCRIPT, Steering } from '../../harness/steered/steering.mjs';
import { findFirefox, startFirefox } from '../../../www/build/browsers/firefox.mjs';
import { inRoot } from '../../../www/build/paths.mjs';
import { openBrowser, servePage } from '../launch.mjs';
import { bundles } from './bundles.mjs';

const SERVED = { script: inRoot('tests', 'bench', 'peers', 'page.js'), roots: { '/peers/': bundles } };

const chromium = {
  name: 'chromium',
  isThere: () => true,
  serve: () => servePage(SERVED),
  open: openBrowser,
  /** Where a profile has what pages have stored. */
  stores: ['Default/IndexedDB', 'Default/File System', 'Default/WebStorage'],
};

const firefox = {
  name: 'firefox',
  isThere: () => findFirefox() !== undefined,
  async serve() {
    const steering = new Steering();
    const page = ({ pathname }) => (pathname === '/blank.html' ? blank : scriptOf(steering.script(pathname)));
    const roots = { ...SERVED.roots, '/harness/': inRoot('tests', 'harness') };
    return { ...(await servePage({ ...SERVED, roots, head: PAGE_SCRIPT, page, upgrade: steering.upgrade })), steering };
  },
  async open(server, folder) {
    const browser = await SteeredBrowser.start(server, async (address) => startFirefox(folder, address));
    const context = browser.lastingContext();
    const version = /Firefox\/[\d.]+/.exec(await browser.agent())[0].replace('/', ' ');
    return { version, openPage: () => openSteered(context, server.address), close: () => browser.close() };
  },
  stores: ['storage/default'],
};

export const ENGINES = [chromium, firefox];

const blank = { type: 'text/html', body: `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${PAGE_SCRIPT}` };
const scriptOf = (body) => (body === undefined ? undefined : { type: 'text/javascript', body });

async function openSteered(context, address) {
  const page = await context.newPage();
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.stack}\n`));
  page.on('console', (message) => process.stderr.write(`page: ${message.text()}\n`));
  await page.goto(`${address}/`);
  await page.waitForFunction(() => 'bench' in globalThis);
  return {
    call: (name, ...args) => page.evaluate(([what, given]) => globalThis.bench[what](...given), [name, args]),
    /** Nobody can ask Firefox for it from outside. */
    collectGarbage: async () => undefined,
    close: () => page.close(),
  };
}
