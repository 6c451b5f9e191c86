// From nothing to a live view: an empty folder, the packed package, and one page of less than 25 lines.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { inRoot } from '../../www/build/paths.mjs';
import { serve } from '../../www/build/serve.mjs';
import { needs, temporaryFolder, withBrowser } from '../harness/harness.mjs';

const page = inRoot('tests', 'browser', 'first-minute', 'index.html');
const run = promisify(execFile);
const MOST_LINES = 24;

test('in an empty folder, with nothing but the packed package, a page has a list that its tabs share and that stays', { timeout: 60_000, ...needs('anyPage') }, async (t) => {
  const lines = readFileSync(page, 'utf8').trim().split('\n');
  assert.ok(lines.length <= MOST_LINES, `${lines.length} lines`);
  const folder = temporaryFolder(t);
  await run('npm', ['pack', '--pack-destination', folder, '--ignore-scripts'], { cwd: inRoot() });
  const [tarball] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', `./${tarball}`, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  assert.deepEqual(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')), ['annals'], 'it brings nothing with it');
  copyFileSync(page, join(folder, 'index.html'));
  const server = await serve({ roots: { '/': folder } });
  t.after(server.close);

  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const open = async () => {
    const page = await context.newPage();
    page.on('pageerror', (error) => assert.fail(error));
    await page.goto(`${server.address}/index.html`);
    return page;
  };
  const shows = (page, ...items) => page.waitForFunction((text) => document.querySelector('ul')?.innerText === text, items.join('\n'), { polling: 20 });
  const [one, other] = [await open(), await open()];
  await one.waitForFunction(() => document.querySelector('form').onsubmit !== null, undefined, { polling: 20 });
  for (const what of ['milk', 'bread']) {
    await one.getByLabel('What to buy').fill(what);
    await one.getByRole('button').click();
  }
  for (const page of [one, other]) await shows(page, 'bread', 'milk');
  await other.reload();
  await shows(other, 'bread', 'milk');
});
