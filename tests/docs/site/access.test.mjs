// Every page of the site, by day, by night and on a phone: nothing that axe-core knows to stand in somebody's way, and nothing wider than the screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { manual } from '../../../www/build/paths.mjs';
import { serve } from '../../../www/build/serve.mjs';
import { withBrowser } from '../../harness/harness.mjs';
import { pages, POLICY } from './pages.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const AT_ONCE = 3;
const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1440 },
  { name: 'dark', colorScheme: 'dark', width: 1440 },
  { name: 'phone', colorScheme: 'light', width: 360 },
  { name: 'phone by night', colorScheme: 'dark', width: 360 },
];

test('axe-core finds nothing on any page, and no page is wider than a phone', { timeout: 540_000 }, async (t) => {
  const browser = await withBrowser(t);
  const server = await serve({ roots: { '/': manual }, headers: { 'Content-Security-Policy': POLICY } });
  t.after(server.close);
  const context = await browser.newContext();
  const queue = [...pages];
  const found = [];
  const work = async () => {
    const page = await browser.newPage('/blank.html', { context });
    page.on('console', (message) => message.type() === 'error' && found.push(`${page.url()}: ${message.text()}`));
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      await page.goto(`${server.address}/${path}`);
      // By the protocol, as the policy lets nothing else in.
      await page.evaluate(axe);
      // Sources are all alike.
      const looks = path.startsWith('source/') ? LOOKS.filter((_, n) => n % 3 === 0) : LOOKS;
      for (const { name, colorScheme, width } of looks) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        const { violations, overflow } = await page.evaluate(look);
        if (overflow > 0) found.push(`${path}, ${name}: ${overflow} px wider than the screen`);
        found.push(...violations.map((violation) => `${path}, ${name}: ${violation}`));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  found.push(...(await whileSearching(await browser.newPage('/blank.html', { context }), server.address)));
  assert.deepEqual(found, []);
});

/** The dialog of the search is made by the script, and there is one on every page. */
async function whileSearching(page, address) {
  await page.goto(`${address}/index.html`);
  await page.evaluate(axe);
  await page.keyboard.press('/');
  await page.keyboard.type('dispatch');
  await page.getByRole('option').first().waitFor();
  const found = [];
  for (const { name, colorScheme, width } of LOOKS) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    const { violations, overflow } = await page.evaluate(look);
    if (overflow > 0) found.push(`the search, ${name}: ${overflow} px wider than the screen`);
    found.push(...violations.map((violation) => `the search, ${name}: ${violation}`));
  }
  return found;
}

/** Runs in the page, once it has taken its new width in. */
async function look() {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
  return {
    violations: violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.length} times, ${nodes[0].html.slice(0, 160)}`),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}
