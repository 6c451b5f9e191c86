// The demo page's backup: a file that is saved, and read in another browser.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../harness/harness.mjs';
import { append, demo, figure, rowCount, text } from './demo-page.mjs';

test('a file that was saved is read in another browser, each event where it stood', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(page, 8);
  const file = join(temporaryFolder(t), 'saved.jsonl');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save all to a file' }).click();
  const download = await downloading;
  assert.match(download.suggestedFilename(), /\.jsonl$/);
  await download.saveAs(file);
  await text(page, 'backup-outcome', /^Saved as .*\.jsonl: [\d.]+ kB\.$/);
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 10);

  const other = await visit();
  await other.locator('#backup-file').setInputFiles(file);
  await text(other, 'backup-outcome', /^Read 8 events, each where it stood\.$/);
  await rowCount(other, 8);
  await figure(other, 'Head', '8');
  await other.locator('#backup-file').setInputFiles(file);
  await text(other, 'backup-outcome', /^All events of the file were here already\.$/);
});

test('what is read into a log that has events goes behind them, and a damaged file is told by its line', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(page, 8);
  const file = join(temporaryFolder(t), 'saved.jsonl');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save all to a file' }).click();
  await (await downloading).saveAs(file);

  const other = await visit();
  await append(other, { stream: 'user-7', type: 'Mine' });
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[3] = lines[3].replace('"type":"', '"type":"X');
  writeFileSync(`${file}.bad`, lines.join('\n'));
  await other.locator('#backup-file').setInputFiles(`${file}.bad`);
  await text(other, 'backup-outcome', /line 4/);
  await rowCount(other, 3);
  await other.locator('#backup-file').setInputFiles(file);
  await text(other, 'backup-outcome', /^Read 6 events, behind what was here\. 2 events were here already\.$/);
  await rowCount(other, 9);
  await other.locator('#backup-file').setInputFiles({ name: 'list.jsonl', mimeType: 'application/json', buffer: Buffer.from('[1, 2]\n') });
  await text(other, 'backup-outcome', /line 1/);
});
