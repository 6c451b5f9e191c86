// The demo page, empty and with something in it, by day, by night and on a phone: nothing that axe-core knows to stand in somebody's way.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { append, demo } from './demo-page.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

test('axe-core finds nothing on the demo page', { timeout: 120_000 }, async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.evaluate(axe);
  const found = await looks(page, 'empty');
  await page.getByRole('button', { name: 'Create user' }).click();
  await page.locator('#user-list').getByText('Radia', { exact: true }).waitFor();
  await append(page, { stream: 'order-1', type: 'OrderPlaced', tags: 'customer:user-1', data: '{ "currency": "GBP" }' });
  const event = page.locator('#events').getByText('OrderPlaced', { exact: true });
  await event.click();
  await append(page, { stream: 'order-1', type: 'OrderPlaced', data: 'no JSON' });
  found.push(...(await looks(page, 'with users, an open event and a refusal')));
  await page.getByRole('button', { name: 'Delete the store' }).click();
  found.push(...(await looks(page, 'with its dialog')));
  assert.deepEqual(found, []);
});

/**
 * @param {import('playwright-core').Page} page
 * @param {string} what
 */
async function looks(page, what) {
  const found = [];
  for (const [colorScheme, width] of /** @type {const} */ ([['light', 1280], ['dark', 1280], ['light', 360], ['dark', 360]])) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations, overflow } = await page.evaluate(inPage);
    if (overflow > 0) found.push(`${what}, ${colorScheme}, ${width} px: ${overflow} px wider than the screen`);
    found.push(...violations.map((violation) => `${what}, ${colorScheme}, ${width} px: ${violation}`));
  }
  return found;
}

/** Runs in the page. */
async function inPage() {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ['violations'] });
  return {
    violations: violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.length} times, ${nodes[0].html.slice(0, 200)}`),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}
