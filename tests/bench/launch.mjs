// A Chromium whose profile is on the disk, and the bench's page in it.
//
// The profile matters: a context of its own, as `browser.newContext()` makes it, keeps IndexedDB in memory, where durability
// costs nothing. It lies under target/, because the system's folder for temporary files may be memory too.

import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'esbuild';

import { browserVersion, launchPersistentChromium } from '../../www/build/browsers/chromium.mjs';
import { dist, inRoot, modules } from '../../www/build/paths.mjs';
import { serve } from '../../www/build/serve.mjs';

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>bench</title>
<link rel="icon" href="data:,">
<script type="module" src="/page.js"></script>
`;
/** An isolated page's clock is exact to 5 microseconds instead of 100, and a worker can sleep for a millisecond. */
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/**
 * @param {{ profile?: string, port?: number }} [options] `profile`: a folder that stays, with the port that its data belongs to;
 *   without it the data ends with the browser
 * @returns a running browser: its `version`, `openPage()` for a page without a past, and `close()`
 */
export async function launch({ profile, port } = {}) {
  const server = await servePage({ port });
  const folder = profile ?? (await makeProfile());
  const browser = await openBrowser(server, folder);
  if (profile === undefined) removeAtExit(folder);

  return {
    ...browser,
    async close() {
      await browser.close();
      await server.close();
      if (profile === undefined) removeProfile(folder);
    },
  };
}

/** A browser with its data in a folder, whose pages come from a server of `servePage`. */
export async function openBrowser(server, folder) {
  const { browser, context, close } = await launchPersistentChromium(folder);
  return { version: browserVersion(browser), openPage: (origin) => openPage(context, addressOf(server, origin)), close };
}

/** A folder for data, `name` or one of its own. */
export async function makeProfile(name) {
  const folder = inRoot('target', 'bench');
  await mkdir(folder, { recursive: true });
  if (name === undefined) return mkdtemp(join(folder, 'profile-'));
  await mkdir(join(folder, name), { recursive: true });
  return join(folder, name);
}

export const removeProfile = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

/** For a run that is interrupted. To be called once the browser runs: at the exit it is killed before its folder goes. */
export const removeAtExit = (folder) => process.once('exit', () => removeProfile(folder));

/** Browsers look up names under localhost by themselves, and take each for an origin of its own. */
const addressOf = ({ address }, origin) => (origin === undefined ? address : address.replace('127.0.0.1', `${origin}.localhost`));

async function openPage(context, address) {
  const page = await context.newPage();
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.stack}\n`));
  page.on('console', (message) => process.stderr.write(`page: ${message.text()}\n`));
  await page.goto(address);
  await page.waitForFunction(() => 'bench' in globalThis);
  const devtools = await context.newCDPSession(page);

  return {
    /** Calls a function of the page's `bench`. */
    call: (name, ...args) => page.evaluate(([name, args]) => globalThis.bench[name](...args), [name, args]),
    collectGarbage: () => devtools.send('HeapProfiler.collectGarbage'),
    /** Browsers give pages that nobody sees less of the machine. */
    toFront: () => page.bringToFront(),
    devtools,
    close: () => page.close(),
  };
}

/**
 * Serves the bench's page.
 * @param {{ port?: number, script?: string, roots?: Record<string, string>, head?: string, page?: (url: URL) => object, upgrade?: Function }} [options]
 *   `script`: what the page runs, if it is not `page.js`; `roots`: further folders; `head`: what its head has besides; `page`, `upgrade`: see serve.mjs
 */
export async function servePage({ port, script = inRoot('tests', 'bench', 'page.js'), roots = {}, head = '', page, upgrade } = {}) {
  const pages = new Map([
    ['/', { type: 'text/html', body: PAGE + head }],
    ['/page.js', { type: 'text/javascript', body: await bundle(script) }],
  ]);
  const folders = { '/dist/': dist, '/orders/': join(modules, 'orders'), ...roots };
  return serve({ roots: folders, port, headers: ISOLATED, page: (url) => pages.get(url.pathname) ?? page?.(url), upgrade });
}

/** The page's script with everything it imports, except the package: that is loaded as it ships. */
async function bundle(script) {
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    format: 'esm',
    external: ['/dist/*', '/peers/*'],
    write: false,
  });
  return outputFiles[0].text;
}
