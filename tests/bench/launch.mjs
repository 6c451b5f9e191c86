// A Chromium whose profile is on the disk, and the bench's page in it.
//
// The profile matters: a context of its own, as `browser.newContext()` makes it, keeps IndexedDB in memory, where durability
// costs nothing. It lies under target/, because the system's folder for temporary files may be memory too.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'esbuild';

import { browserVersion, launchPersistentChromium } from '../../www/build/browser.mjs';
import { dist, inRoot } from '../../www/build/paths.mjs';
import { serve } from '../../www/build/serve.mjs';

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>bench</title>
<link rel="icon" href="data:,">
<script type="module" src="/page.js"></script>
`;

/** @returns a running browser: its `version`, `openPage()` for a page without a past, and `close()` */
export async function launch() {
  const server = await servePage();
  const profile = await makeProfile();
  const { browser, context, kill } = await launchPersistentChromium(profile);

  return {
    version: browserVersion(browser),
    openPage: () => openPage(context, server.address),
    async close() {
      await kill();
      await server.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

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
    devtools,
    close: () => page.close(),
  };
}

async function servePage() {
  const pages = new Map([
    ['/', { type: 'text/html', body: PAGE }],
    ['/page.js', { type: 'text/javascript', body: await bundle() }],
  ]);
  return serve({ roots: { '/dist/': dist }, page: (url) => pages.get(url.pathname) });
}

/** The page's script with everything it imports, except the package: that is loaded as it ships. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [inRoot('tests', 'bench', 'page.js')],
    bundle: true,
    format: 'esm',
    external: ['/dist/*'],
    write: false,
  });
  return outputFiles[0].text;
}

async function makeProfile() {
  const folder = inRoot('target', 'bench');
  await mkdir(folder, { recursive: true });
  return mkdtemp(join(folder, 'profile-'));
}
