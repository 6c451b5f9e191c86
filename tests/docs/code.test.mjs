// The code of all pages, README.md and www/docs: it compiles, runs and prints what it says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { inRoot, target } from '../../www/build/paths.mjs';
import { withBrowser } from '../harness/harness.mjs';
import { blocksOf, filesBefore, PAGES, scriptOf } from './blocks.mjs';

/** As a user's project may have it; the oldest TypeScript does not know every option of ours. */
const COMPILER = {
  noEmit: true, strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, types: [],
  target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'],
};
/** What is run by `node --test`. */
const IS_TEST = /\.test\.ts$/;
const execute = promisify(execFile);

const byPage = new Map(PAGES.map((page) => [page, blocksOf(page)]));
const blocks = [...byPage.values()].flat();
const whereOf = ({ page, line }) => `${page}:${line}`;
const typescript = blocks.filter(({ language, edit }) => language === 'ts' && edit === undefined);
/** Inside the project, where 'annals' is the project itself. */
const folder = join(target, 'docs');
rmSync(folder, { recursive: true, force: true });

for (const compiler of ['typescript', 'typescript-oldest']) {
  test(`the code of the pages compiles with ${compiler}`, async () => {
    assert.ok(typescript.length > 30);
    await compiled(compiler, 'code', typescript.filter(({ file = '' }) => !IS_TEST.test(file)), COMPILER);
    // A test of Node's needs the types of Node.
    const tests = typescript.filter(({ file = '' }) => IS_TEST.test(file));
    await compiled(compiler, 'tests', tests, { ...COMPILER, types: ['node'], skipLibCheck: true, typeRoots: [inRoot('node_modules', '@types')] });
  });
}

for (const block of typescript.filter(({ inBrowser, file }) => !inBrowser && file === undefined)) {
  test(`the code at ${whereOf(block)} runs in Node`, async () => {
    const { stdout } = await execute(process.execPath, [await bundled(block)], { timeout: 20_000 });
    assert.deepEqual(stdout.trimEnd().split('\n'), block.prints);
  });
}

for (const block of typescript.filter(({ file = '' }) => IS_TEST.test(file))) {
  test(`the tests at ${whereOf(block)} pass`, async () => {
    // This runs in a test itself, of which the inner one is not to know.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await execute(process.execPath, ['--test', '--test-reporter=tap', await bundled(block)], { timeout: 20_000, env });
    assert.equal(Number(/^# pass (\d+)/m.exec(stdout)?.[1]), block.code.match(/^test\(/gm)?.length);
  });
}

for (const block of blocks.filter(({ language, inBrowser, file, edit }) => inBrowser || (language === 'html' && file === undefined && edit === undefined))) {
  test(`the code at ${whereOf(block)} runs in a page that allows nothing but 'wasm-unsafe-eval'`, async (t) => {
    const browser = await withBrowser(t);
    const text = block.language === 'html' ? scriptOf(block.code) : readFileSync(await bundled(block), 'utf8');
    const script = browser.addFile('block.js', text.replace(/(['"])(annals|\.\/dist\/index\.js)\1/, "'/dist/index.js'"));
    const page = await browser.newPage();
    const printed = [];
    page.on('console', (message) => printed.push(`${message.type() === 'log' ? '' : `${message.type()}: `}${message.text()}`));
    const ended = page.waitForEvent('console', { predicate: () => printed.length >= block.prints.length });
    await page.goto(`${browser.address}/csp.html?script=${script}`);
    await ended;
    assert.deepEqual(printed, block.prints);
  });
}

test('every block is one that is tested', () => {
  const doctests = readFileSync(inRoot('src', 'lib.rs'), 'utf8');
  for (const block of blocks) {
    const where = whereOf(block);
    assert.ok(['ts', 'html', 'rust', 'sh', 'txt'].includes(block.language), `${where}: ${block.language}`);
    const isProgram = (block.language === 'ts' || block.language === 'html') && block.file === undefined && block.edit === undefined;
    if (isProgram) assert.ok(block.prints.length > 0, `${where} prints nothing that can be compared`);
    // What is edited or shown in files is run by the test of that page.
    if (block.edit !== undefined || (block.file !== undefined && block.language !== 'ts')) assert.equal(block.page, 'www/docs/tutorial.md', where);
    if (block.language === 'rust') assert.ok(doctests.includes(`include_str!("../${block.page}")`), `${block.page} is no doctest of src/lib.rs`);
    if (block.language === 'txt') assert.match(block.code, /^Content-Security-Policy: /, where);
  }
});

test('the policy that a page tells of is the one under which the tests run', () => {
  const told = blocks.filter(({ language }) => language === 'txt').map(({ code: text }) => text.trim().replace('Content-Security-Policy: ', ''));
  const policy = /^const POLICY = "(.*)";$/m.exec(readFileSync(inRoot('tests', 'harness', 'server.mjs'), 'utf8'))[1];
  assert.ok(told.length > 0);
  for (const one of told) assert.equal(one, policy);
});

test('the commands that pages tell of are there', () => {
  const { scripts } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const text = PAGES.map((page) => readFileSync(inRoot(...page.split('/')), 'utf8')).join('\n');
  const named = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name]) => name);
  assert.ok(named.length > 5);
  for (const name of named) assert.ok(name in scripts, `npm run ${name}`);
});

test('a checkout is installed as a copy, everywhere', () => {
  const installs = blocks.filter(({ language }) => language === 'sh').flatMap(({ code: commands }) => commands.split('\n')).filter((line) => /npm install .*\.\.\/annals/.test(line));
  assert.equal(installs.length, 3);
  // A link would have React found twice: that of the project, and that beside the checkout.
  for (const line of installs) assert.match(line, /^npm install --install-links \.\.\/annals\b/);
});

/** The file of a block, beside the files of its page as they are there. */
function written(block) {
  const place = join(folder, block.page.replaceAll(/\W/g, '-'), String(block.line));
  for (const [name, text] of filesBefore(byPage.get(block.page), block)) write(join(place, name), text);
  return write(join(place, block.file ?? 'main.ts'), block.code);
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function compiled(compiler, name, some, compilerOptions) {
  const config = write(join(folder, `${compiler}-${name}.json`), JSON.stringify({ compilerOptions, files: some.map(written) }));
  const tsc = inRoot('node_modules', compiler, 'bin', 'tsc');
  await execute(process.execPath, [tsc, '-p', config]).catch(({ stdout }) => assert.fail(stdout));
}

/** The block as JavaScript, with the files of its page in it; annals and Node stay outside. */
async function bundled(block) {
  const file = written(block);
  const outfile = file.replace(/\.ts$/, '.mjs');
  await build({ entryPoints: [file], outfile, bundle: true, format: 'esm', target: 'es2022', external: ['annals', 'annals/*', 'node:*'], logLevel: 'silent' });
  return outfile;
}
