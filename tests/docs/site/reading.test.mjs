// The site as one reads it: found by the keyboard, in the colours that one has chosen, served from a folder of a folder or opened as a file.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { manual } from '../../../www/build/paths.mjs';
import { serve } from '../../../www/build/serve.mjs';
import { temporaryFolder, withBrowser } from '../../harness/harness.mjs';
import { POLICY } from './pages.mjs';

/** Opens pages of the site, wherever it lies. */
async function reader(t, address) {
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  return async (path) => {
    const page = await browser.newPage('/blank.html', { context });
    await page.goto(`${address}/${path}`);
    return page;
  };
}

async function served(t) {
  const server = await serve({ roots: { '/': manual }, headers: { 'Content-Security-Policy': POLICY } });
  t.after(server.close);
  return reader(t, server.address);
}

test('a slash opens the search, arrows choose, Enter goes there, Escape closes', async (t) => {
  const open = await served(t);
  const page = await open('guides/views.html');
  await page.keyboard.press('/');
  const field = page.getByRole('combobox', { name: 'Search' });
  await field.waitFor();
  await page.keyboard.type('appendMany');
  const first = page.getByRole('option').first();
  await first.filter({ hasText: 'Store.appendMany' }).waitFor();
  assert.equal(await first.getAttribute('aria-selected'), 'true');
  assert.equal(await field.getAttribute('aria-activedescendant'), await first.getAttribute('id'));
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.getByRole('option').nth(1).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  await first.filter({ hasText: 'Store.appendMany' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/reference/store.html#store-appendmany');
  assert.equal(await page.locator('dialog[open]').count(), 0);
});

test('what nobody wrote of is said to be nowhere, and a slash in the field is a slash', async (t) => {
  const open = await served(t);
  const page = await open('index.html');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.keyboard.type('xyzzy/');
  await page.getByText('Nothing says “xyzzy/”.').waitFor();
  assert.equal(await page.getByRole('combobox').inputValue(), 'xyzzy/');
});

test('the colours follow the system until one chooses, and the choice is remembered', async (t) => {
  const open = await served(t);
  const page = await open('index.html');
  const paper = (one) => one.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await paper(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await paper(page);
  assert.notEqual(light, dark);
  await page.getByRole('button', { name: 'Show in light colours' }).click();
  assert.equal(await paper(page), light);
  assert.equal(await page.locator('img.by-day').isVisible(), true);
  assert.equal(await page.locator('img.by-night').isVisible(), false);
  const next = await open('tutorial.html');
  await next.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await paper(next), light);
  await next.getByRole('button', { name: 'Show in dark colours' }).click();
  await next.emulateMedia({ colorScheme: 'light' });
  assert.equal(await paper(next), dark);
});

test('a page is read by the keyboard: past the lists, and into code that is wider than it', async (t) => {
  const open = await served(t);
  const page = await open('guides/events.html');
  await page.setViewportSize({ width: 360, height: 700 });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
  const wide = page.locator('pre[tabindex="0"]').first();
  await wide.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.activeElement !== null && document.activeElement.scrollLeft > 0);
  assert.equal(await page.locator('#contents').getAttribute('open'), null);
  await page.getByText('All pages').click();
  await page.getByRole('link', { name: 'Modelling', exact: true }).first().click();
  await page.waitForURL('**/guides/modelling.html');
});

test('on a screen of 1280 the headings are beside the text, and tables of figures fit', async (t) => {
  const open = await served(t);
  const page = await open('guides/performance.html');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('navigation', { name: 'On this page' }).getByRole('link', { name: 'Bytes' }).click();
  await page.waitForURL('**/performance.html#bytes');
  const tables = await page.locator('.table').evaluateAll((all) => all.map((one) => ({ hidden: one.scrollWidth - one.clientWidth, first: one.querySelector('td').clientWidth })));
  assert.ok(tables.length > 5);
  for (const { hidden, first } of tables) assert.ok(hidden === 0 && first > 150, `${hidden} px hidden, the first column ${first}`);
  for (const name of ['Errors', 'Notices', 'Limits']) await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click({ trial: true });
});

test('code is copied as it is', async (t) => {
  const open = await served(t);
  const page = await open('index.html');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const block = page.locator('figure.code').first();
  await block.hover();
  await block.getByRole('button', { name: 'Copy' }).click();
  await block.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await block.locator('code').innerText());
});

test('it works in a folder of a folder, search and all', async (t) => {
  const folder = temporaryFolder(t);
  cpSync(manual, join(folder, 'some', 'where'), { recursive: true });
  const server = await serve({ roots: { '/': folder } });
  t.after(server.close);
  const open = await reader(t, `${server.address}/some/where`);
  await goThrough(await open('inside/map.html'));
});

test('it works as files, without a server, search and all', async (t) => {
  const open = await reader(t, pathToFileURL(manual).href);
  await goThrough(await open('inside/map.html'));
});

/** From a page below the root to the next, by the search to another, and home. */
async function goThrough(page) {
  const failed = [];
  page.on('requestfailed', (request) => failed.push(request.url()));
  await page.getByRole('link', { name: /^Next/ }).click();
  await page.waitForURL('**/inside/design.html');
  await page.keyboard.press('/');
  await page.keyboard.type('expectedRevision');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/#/);
  await page.getByRole('link', { name: 'annals', exact: true }).click();
  await page.waitForURL('**/index.html');
  await page.locator('img:visible').first().evaluate(async (image) => image.decode());
  assert.deepEqual(failed, []);
}
