// npm run docs:picture: pictures of the demo page for the documentation, by day and by night, taken in Chromium.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureChromium, launchChromium } from './browsers/chromium.mjs';
import { main, step } from './log.mjs';
import { docs, site } from './paths.mjs';
import { serve } from './serve.mjs';

const SIZE = { width: 1280, height: 1000 };
const USERS = [['Radia', 'radia@example.com'], ['Grace', 'grace@example.com'], ['Barbara', 'barbara@example.com'], ['Edith', 'edith@example.com']];
const ORDERS = ['OrderPlaced', 'OrderPaid', 'OrderShipped'];

await main(async () => {
  await build();
  await ensureChromium();
  const server = await serve({ roots: { '/': site } });
  const browser = await launchChromium();
  try {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) await step(`a picture, ${colorScheme}`, () => take(browser, server.address, colorScheme));
  } finally {
    await browser.close();
    await server.close();
  }
});

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @param {'light' | 'dark'} colorScheme
 */
async function take(browser, address, colorScheme) {
  const context = await browser.newContext({ viewport: SIZE, deviceScaleFactor: 2, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(`${address}/?store=shop`);
  await page.locator('#status-line[data-state="live"]').waitFor();
  for (const [name = '', email = ''] of USERS) {
    await page.locator('#new-user-name').fill(name);
    await page.locator('#new-user-email').fill(email);
    await page.getByRole('button', { name: 'Create user' }).click();
    await page.locator('#user-list').getByText(name, { exact: true }).waitFor();
  }
  for (const type of ORDERS) {
    await page.locator('#event-type').fill(type);
    await page.locator('#composer').getByRole('button', { name: 'Append' }).click();
    await page.locator('#events').getByText(type, { exact: true }).first().waitFor();
  }
  await page.locator('#user-list').getByText('Radia', { exact: true }).click();
  // The figures come a moment later.
  await page.waitForFunction((events) => document.querySelector('#figures dd')?.textContent === events, String(USERS.length + ORDERS.length));
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    scrollTo(0, 0);
  });
  // Playwright itself takes no WebP, which is a third of a PNG.
  const session = await context.newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  mkdirSync(join(docs, 'pictures'), { recursive: true });
  writeFileSync(join(docs, 'pictures', `demo-${colorScheme}.webp`), Buffer.from(data, 'base64'));
  await context.close();
}
