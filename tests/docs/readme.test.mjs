// README.md: its code compiles, runs and prints what it says, and its tables say what the sources say.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { dist, inRoot, library, target } from '../../www/build/paths.mjs';
import { withBrowser } from '../harness/harness.mjs';
import { blocksOf, scriptOf } from './blocks.mjs';

const readme = readFileSync(inRoot('README.md'), 'utf8');
const blocks = blocksOf(readme);
const typescript = blocks.filter(({ language }) => language === 'ts');
/** Inside the project, where 'annals' is the project itself. */
const folder = join(target, 'docs');
mkdirSync(folder, { recursive: true });

/** As a user's project may have it; the oldest TypeScript does not know every option of ours. */
const COMPILER = {
  noEmit: true, strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, types: [],
  target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'],
};
const execute = promisify(execFile);

for (const compiler of ['typescript', 'typescript-oldest']) {
  test(`the code of the README compiles with ${compiler}`, async () => {
    const files = typescript.map(({ line, code }) => written(`line-${line}.ts`, code));
    const config = written(`${compiler}.json`, JSON.stringify({ compilerOptions: COMPILER, files }));
    const tsc = inRoot('node_modules', compiler, 'bin', 'tsc');
    await execute(process.execPath, [tsc, '-p', config]).catch(({ stdout }) => assert.fail(stdout));
  });
}

for (const block of typescript.filter(({ inBrowser }) => !inBrowser)) {
  test(`the code at line ${block.line} of the README runs in Node`, async () => {
    const file = written(`line-${block.line}.mjs`, await javascript(block.code));
    const { stdout } = await execute(process.execPath, [file], { timeout: 20_000 });
    assert.deepEqual(stdout.trimEnd().split('\n'), block.prints);
  });
}

for (const block of blocks.filter(({ inBrowser }) => inBrowser)) {
  test(`the code at line ${block.line} of the README runs in a page that allows nothing but 'wasm-unsafe-eval'`, async (t) => {
    const browser = await withBrowser(t);
    const code = block.language === 'html' ? scriptOf(block.code) : await javascript(block.code);
    const script = browser.addFile('block.js', code.replace(/(['"])(annals|\.\/dist\/index\.js)\1/, "'/dist/index.js'"));
    const page = await browser.newPage();
    const printed = [];
    page.on('console', (message) => printed.push(`${message.type() === 'log' ? '' : `${message.type()}: `}${message.text()}`));
    const ended = page.waitForEvent('console', { predicate: () => printed.length >= block.prints.length });
    await page.goto(`${browser.address}/csp.html?script=${script}`);
    await ended;
    assert.deepEqual(printed, block.prints);
  });
}

test('every block of the README is one that is tested', () => {
  assert.ok(typescript.length > 2);
  for (const { language, prints, line } of blocks) {
    assert.ok(['ts', 'html', 'rust', 'sh'].includes(language), `line ${line}: ${language}`);
    if (language === 'ts' || language === 'html') assert.ok(prints.length > 0, `the code at line ${line} prints nothing that can be compared`);
  }
});

test('the commands of the README are there', () => {
  const { scripts, engines } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const named = [...readme.matchAll(/\bnpm (?:run )?(start|test|build|bench|check|fix|size)\b/g)].map(([, name]) => name);
  for (const name of [...named, 'start', 'build', 'test', 'bench']) assert.ok(name in scripts, `npm run ${name}`);
  for (const name of ['start', 'build', 'test', 'bench']) assert.ok(named.includes(name), `${name} is told of`);
  assert.ok(readme.includes(`Rust](https://rustup.rs) ${/^rust-version = "(.*)"/m.exec(read('Cargo.toml'))[1]} or newer`));
  assert.ok(readme.includes(`Node](https://nodejs.org) ${/NODE_NEEDED = '(\d+\.\d+)/.exec(read('www/build/setup.mjs'))[1]} or newer`));
  assert.equal(engines.node, '>=20');
});

test('the limits of the README are those of the sources', () => {
  const rust = read('src/model/limits.rs');
  const limit = (name) => new RegExp(`${name}: \\w+ = (.*);`).exec(rust)[1];
  assert.equal(limit('MAX_APPEND_BYTES'), '16 * 1024 * 1024');
  for (const name of ['MAX_STREAM_ID_BYTES', 'MAX_TYPE_BYTES', 'MAX_TAG_BYTES']) assert.equal(limit(name), '512');
  assert.equal(/MAX_NAME_BYTES = (\d+)/.exec(read('www/lib/opening.ts'))[1], '512');
  assert.match(row('Stream id, event type, tag, store name'), /^1 to 512 bytes/);
  assert.match(row('One append'), /^16 MiB/);
  assert.equal(row('Tags of an event'), limit('MAX_TAGS'));
  assert.equal(row('Positions named by a failed condition'), `the first ${limit('MAX_NAMED_MATCHES')}`);
  assert.equal(row('Findings listed by `verify`'), `the first ${shown(/MAX_FINDINGS: usize = (\d+)/.exec(read('src/log/verifying/seen.rs'))[1])}`);
  assert.equal(row('Dead letters kept of a view'), `the first ${shown(/MAX_DEAD_LETTERS: usize = (\d+)/.exec(read('src/engine/views/generation.rs'))[1])}`);
  assert.equal(row('Depth of a field in `indexes`, `where`, `orderBy`'), `${/MAX_FIELD_DEPTH: usize = (\d+)/.exec(read('src/engine/views/field_path.rs'))[1]} names`);
  assert.equal(limit('MAX_POSITION'), '(1 << 53) - 1');
  assert.equal(row('Positions, revisions'), '2^53 - 1');
  assert.equal(row('Nesting of data and metadata'), `${shown(/MAX_DEPTH = (\d+)/.exec(read('www/lib/json.ts'))[1])} levels`);
  assert.equal(row('`version` of an event'), `1 to ${shown(/MAX_VERSION = ([\d_]+)/.exec(read('www/lib/append-queue.ts'))[1])}`);
});

test('the README tells of every error that there can be, and of no other', () => {
  const fields = /interface ErrorFields \{([^]*?)^\}/m.exec(readFileSync(join(dist, 'errors.d.ts'), 'utf8'))[1];
  const codes = [...fields.matchAll(/^\s+([A-Z]\w+):/gm)].map(([, code]) => code);
  const told = [...readme.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(told.toSorted(), codes.toSorted());
});

test('nothing of the package is named that is not there', () => {
  const sources = ['store', 'append', 'read', 'subscribe', 'event', 'notices', 'errors', 'store-options', 'open-store', 'diagnostics', 'merge', 'repair', 'aggregate', 'dispatch', 'testing', 'backup/options', 'views/projection', 'views/view', 'views/find', 'bus/handlers'].map((name) => readFileSync(join(library, `${name}.ts`), 'utf8')).join('\n');
  const prose = readme.replaceAll(/^```[^]*?^```$/gm, '');
  const words = [...prose.matchAll(/`(?:store\.)?([a-z]+[A-Z]?[A-Za-z]*)(?:\(\))?`/g)].map(([, word]) => word);
  const unknown = words.filter((word) => !new RegExp(`\\b${word}\\b`).test(sources) && !['import', 'dist', 'account', 'ada', 'localStorage', 'estimate'].includes(word));
  assert.deepEqual(unknown, []);
});

/** The second cell of a row of a table. */
function row(title) {
  return readme.split('\n').find((line) => line.startsWith(`| ${title} |`))?.split('|')[2]?.trim() ?? `no row '${title}'`;
}

/** @param {string} digits */
function shown(digits) {
  return Number(digits.replaceAll('_', '')).toLocaleString('en');
}

function read(path) {
  return readFileSync(inRoot(...path.split('/')), 'utf8');
}

async function javascript(code) {
  return (await transform(code, { loader: 'ts', format: 'esm', target: 'es2022' })).code;
}

function written(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
