// The tutorial, as a reader follows it: its files in a folder of their own, its commands, and its page in two tabs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { inRoot, root, target } from '../../www/build/paths.mjs';
import { npm } from '../../www/build/run.mjs';
import { serve } from '../../www/build/serve.mjs';
import { withBrowser } from '../harness/harness.mjs';
import { blocksOf } from './blocks.mjs';

const execute = promisify(execFile);
const blocks = blocksOf('www/docs/tutorial.md');
const programs = blocks.filter(({ program }) => program !== undefined);
const place = join(target, 'tutorial');
const folder = join(place, 'books');
/** Nothing is fetched. */
const QUIETLY = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];

test('the commands of the tutorial do what it says', { timeout: 120_000 }, async () => {
  follow();
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split('\n'));
  // An empty folder has been made, and esbuild and the types are there.
  assert.deepEqual(commands.slice(0, 3), ['mkdir books', 'cd books', 'npm init --yes']);
  assert.equal(commands[4], 'npm install --save-dev esbuild @types/node');
  await npm([...(commands[3] ?? '').split(' ').slice(1), ...QUIETLY], { cwd: folder });
  // A copy: what it imports, React say, is looked for in the reader's project.
  const installed = join(folder, 'node_modules', 'annals');
  assert.equal(lstatSync(installed).isSymbolicLink(), false);
  assert.deepEqual(readdirSync(installed).toSorted(), ['CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'dist', 'package.json']);

  /** @type {Map<string, string>} */
  const printed = new Map();
  // It is served by the test itself: esbuild would go on until it is stopped.
  for (const command of commands.slice(5)) printed.set(command, await shell(command.replace('npx ', '').replace(' --servedir=public', '')));
  assert.match(printed.get('node --test build/book.test.mjs') ?? '', /^# pass 3$/m);
  assert.equal(programs.length, 5);
  for (const { program, prints } of programs) {
    assert.deepEqual(printed.get(`node build/${program?.replace('.ts', '.mjs')}`)?.trimEnd().split('\n'), prints, program);
  }
});

test('the page of the tutorial keeps books, over two tabs and a reload, and lends three to one reader', async (t) => {
  follow();
  await shell('esbuild app.ts --bundle --format=esm --splitting --outdir=public');
  const server = await serve({ roots: { '/': join(folder, 'public') } });
  t.after(server.close);
  const browser = await withBrowser(t);
  const context = await browser.newContext();
  const tab = async (own = context) => {
    const page = await browser.newPage('/blank.html', { context: own });
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

  // Another reader, without a name: the field refuses what is empty, the rule what is blank.
  await one.getByLabel('Reader').fill('');
  await lend(one, 'Emma');
  assert.equal(await one.getByLabel('Reader').evaluate((field) => field.matches(':focus:invalid')), true);
  await one.getByLabel('Reader').fill(' ');
  await lend(one, 'Emma');
  await one.getByText('A reader has a name.').waitFor();

  const [download] = await Promise.all([one.waitForEvent('download'), one.getByRole('button', { name: 'Save a copy' }).click()]);
  assert.equal(download.suggestedFilename(), 'books.jsonl');
  const copy = join(folder, 'books.jsonl');
  await download.saveAs(copy);
  await one.getByLabel('Load a copy').setInputFiles(copy);
  await one.getByText('0 events loaded, 9 were here already.').waitFor();
  const elsewhere = await tab(await browser.newContext());
  await elsewhere.getByLabel('Load a copy').setInputFiles(copy);
  await elsewhere.getByText('9 events loaded, 0 were here already.').waitFor();
  await elsewhere.getByText('Ulysses, lent to Ada').waitFor();
  writeFileSync(copy, 'no copy');
  await elsewhere.getByLabel('Load a copy').setInputFiles(copy);
  await elsewhere.getByText('The file is foreign in line 1; 0 events were loaded.').waitFor();

  await two.reload();
  await two.getByText('Ulysses, lent to Ada').waitFor();
  assert.deepEqual(await two.getByRole('listitem').allInnerTexts(), ['Emma Lend', 'Middlemarch, lent to Ada Take back', 'Persuasion, lent to Ada Take back', 'Ulysses, lent to Ada Take back']);
});

/** Makes the folder that the tutorial ends with, beside a checkout. */
function follow() {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "books" }');
  symlinkSync(root, join(place, 'annals'), 'junction');
  symlinkSync(root, join(folder, 'node_modules', 'annals'), 'junction');
  for (const { file, program, code } of blocks) {
    const name = file ?? program;
    if (name === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), code);
  }
  // Every program has a name, under which the reader keeps it.
  assert.deepEqual(blocks.filter(({ language, file, program, edit }) => language === 'ts' && (file ?? program ?? edit) === undefined), []);
  const [lending, form, keeping, ...more] = blocks.filter(({ edit }) => edit !== undefined);
  assert.deepEqual([lending.edit, form.edit, keeping.edit, more.length], ['app.ts', 'public/index.html', 'app.ts', 0]);
  edit('app.ts', (app) => {
    const [imported, lends] = lending.code.split('\n// …\n');
    const old = app.split('\n').find((line) => line.includes("type: 'LendBook'"));
    return `${imported}\n${app.replace(`${old}\n`, lends)}`;
  });
  edit('public/index.html', (page) => page.replace(/(<ul id="shelf"><\/ul>\n)/, `$1${form.code}`));
  edit('app.ts', (app) => keeping.code.replace('\n// …\n', () => `\n${app}\n`));
}

/**
 * @param {string} name
 * @param {(text: string) => string} change
 */
function edit(name, change) {
  const file = join(folder, name);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  assert.notEqual(after, before);
  writeFileSync(file, after);
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
