// The tutorial, as a reader follows it: its files in a folder of their own, its commands, and its page in two tabs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { inRoot, root, target } from '../../www/build/paths.mjs';
import { serve } from '../../www/build/serve.mjs';
import { withBrowser } from '../harness/harness.mjs';
import { blocksOf } from './blocks.mjs';

const execute = promisify(execFile);
const blocks = blocksOf('www/docs/tutorial.md');
const folder = join(target, 'tutorial');

test('the commands of the tutorial do what it says', async () => {
  follow();
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split('\n'));
  // An empty folder has been made, and the packages are there.
  assert.deepEqual(commands.slice(0, 2), ['mkdir books', 'cd books']);
  assert.deepEqual(commands.slice(2, 5).map((command) => command.split(' ').slice(0, 2).join(' ')), ['npm init', 'npm install', 'npm install']);
  const outputs = [];
  // It is served by the test itself: esbuild would go on until it is stopped.
  for (const command of commands.slice(5)) outputs.push(await shell(command.replace('npx ', '').replace(' --servedir=public', '')));
  assert.equal(outputs.length, 5);
  assert.match(outputs[1], /^1 BookAdded, 2 BookLent$/m);
  assert.match(outputs[3], /^# pass 3$/m);
});

test('the page of the tutorial keeps books, over two tabs and a reload, and lends three to one reader', async (t) => {
  follow();
  await shell('esbuild app.ts --bundle --format=esm --splitting --outdir=public');
  const server = await serve({ roots: { '/': join(folder, 'public') } });
  t.after(server.close);
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const tab = async () => {
    const page = await browser.newPage('/blank.html', { context });
    await page.goto(`${server.address}/index.html`);
    return page;
  };
  const [one, two] = [await tab(), await tab()];
  for (const title of ['Emma', 'Middlemarch', 'Persuasion', 'Ulysses']) {
    await one.getByLabel('Title').fill(title);
    await one.getByRole('button', { name: 'Put on the shelf' }).click();
    await two.getByRole('listitem').filter({ hasText: title }).waitFor();
  }
  const lend = (page, title) => page.getByRole('listitem').filter({ hasText: title }).getByRole('button', { name: 'Lend' }).click();
  await lend(one, 'Emma');
  await two.getByText('Emma, lent to Ada').waitFor();
  await lend(two, 'Middlemarch');
  await one.getByText('Middlemarch, lent to Ada').waitFor();
  await lend(one, 'Persuasion');
  await one.getByText('Persuasion, lent to Ada').waitFor();
  await lend(two, 'Ulysses');
  await two.getByText('Ada has 3 books already.').waitFor();
  await two.getByRole('listitem').filter({ hasText: 'Emma' }).getByRole('button', { name: 'Take back' }).click();
  await one.getByText('Emma, lent').waitFor({ state: 'detached' });
  await lend(one, 'Ulysses');
  await one.getByText('Ulysses, lent to Ada').waitFor();
  await one.getByLabel('Title').fill(' ');
  await one.getByRole('button', { name: 'Put on the shelf' }).click();
  await one.getByText('A book has a title.').waitFor();

  await two.reload();
  await two.getByText('Ulysses, lent to Ada').waitFor();
  assert.deepEqual(await two.getByRole('listitem').allInnerTexts(), ['Emma Lend', 'Middlemarch, lent to Ada Take back', 'Persuasion, lent to Ada Take back', 'Ulysses, lent to Ada Take back']);
});

/** Makes the folder that the tutorial ends with. */
function follow() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "books" }');
  symlinkSync(root, join(folder, 'node_modules', 'annals'), 'junction');
  for (const { file, code } of blocks.filter(({ file }) => file !== undefined)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), code);
  }
  const first = blocks.find(({ language, file }) => language === 'ts' && file === undefined);
  writeFileSync(join(folder, 'first.ts'), first.code);
  const [lending, keeping, ...more] = blocks.filter(({ edit }) => edit !== undefined);
  assert.deepEqual([lending.edit, keeping.edit, more.length], ['app.ts', 'app.ts', 0]);
  const [imported, lends] = lending.code.split('\n// …\n');
  const app = readFileSync(join(folder, 'app.ts'), 'utf8');
  const old = app.split('\n').find((line) => line.includes("type: 'LendBook'"));
  writeFileSync(join(folder, 'app.ts'), `${imported}\n${app.replace(`${old}\n`, lends)}\n${keeping.code}`);
}

/** @param {string} command */
async function shell(command) {
  const [program = '', ...args] = command.split(' ');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  // What Node prints of tests depends on its version, unless it is told.
  const given = args[0] === '--test' ? ['--test', '--test-reporter=tap', ...args.slice(1)] : args;
  const { stdout } = await execute(program === 'node' ? process.execPath : inRoot('node_modules', 'esbuild', 'bin', program), given, { cwd: folder, env, timeout: 60_000 });
  return stdout;
}
