// What the pages say in tables and names is what the sources say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dist, inRoot, library } from '../../www/build/paths.mjs';
import { peersFigure } from '../../www/build/docs/peers.mjs';
import { PAGES } from './blocks.mjs';

const readme = read('README.md');
const limits = read('www/docs/reference/limits.md');
const errors = read('www/docs/reference/errors.md');
const notices = read('www/docs/reference/notices.md');

test('the commands of the README are there', () => {
  const { scripts, engines } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const named = [...readme.matchAll(/\bnpm (?:run )?(start|test|build|bench|check|fix|size)\b/g)].map(([, name]) => name);
  for (const name of [...named, 'start', 'build', 'test', 'bench']) assert.ok(name in scripts, `npm run ${name}`);
  for (const name of ['start', 'build', 'test', 'bench']) assert.ok(named.includes(name), `${name} is told of`);
  assert.ok(readme.includes(`Rust](https://rustup.rs) ${/^rust-version = "(.*)"/m.exec(read('Cargo.toml'))[1]} or newer`));
  assert.ok(readme.includes(`Node](https://nodejs.org) ${/NODE_NEEDED = '(\d+\.\d+)/.exec(read('www/build/setup.mjs'))[1]} or newer`));
  assert.equal(engines.node, '>=20');
});

test('the figures of the README are those of the bench', () => {
  const MEASURES = { 'a command, awaited': 'command', 'commands at once to one aggregate': 'one', 'events in bulk': 'bulk', 'a view rebuilt': 'rebuild', 'bytes on the disk': 'disk-1000000' };
  const figures = readme.slice(readme.indexOf('## Figures'));
  const heads = /^\| \| (annals \|.*) \|$/m.exec(figures)[1].split(' | ');
  const peers = read('tests/bench/PEERS.md');
  const rows = figures.split('\n').filter((line) => Object.keys(MEASURES).some((words) => line.startsWith('|') && line.includes(words)));
  assert.equal(rows.length, Object.keys(MEASURES).length);
  for (const line of rows) {
    const [title, ...cells] = line.split('|').slice(1, -1).map((cell) => cell.trim());
    const measure = MEASURES[Object.keys(MEASURES).find((words) => title.includes(words))];
    heads.forEach((contender, n) => cells[n] !== '' && assert.equal(cells[n], peersFigure(peers, measure, contender), `${title}, ${contender}`));
  }
});

test('the limits that are told of are those of the sources', () => {
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
  for (const file of ['www/lib/upcasting/upcasters.ts', 'src/model/upcasters.rs']) assert.equal(row('Steps and pieces of upcasters for one event'), shown(/MAX_STEPS(?:: usize)? = ([\d_]+)/.exec(read(file))[1]), file);
  assert.equal(limit('MAX_POSITION'), '(1 << 53) - 1');
  assert.equal(row('Positions, revisions'), '2^53 - 1');
  assert.equal(row('Nesting of data and metadata'), `${shown(/MAX_DEPTH = (\d+)/.exec(read('www/lib/json.ts'))[1])} levels`);
  assert.equal(row('`version` of an event'), `1 to ${shown(/MAX_VERSION = ([\d_]+)/.exec(read('www/lib/append-queue.ts'))[1])}`);
});

test('every error that there can be is told of, and no other', () => {
  const fields = /interface ErrorFields \{([^]*?)^\}/m.exec(readFileSync(join(dist, 'errors.d.ts'), 'utf8'))[1];
  const codes = [...fields.matchAll(/^\s+([A-Z]\w+):/gm)].map(([, code]) => code);
  const told = [...errors.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(told.toSorted(), codes.toSorted());
});

test('every notice that there can be is told of, and no other', () => {
  const fields = /interface NoticeDetails \{([^]*?)^\}/m.exec(readFileSync(join(dist, 'notices.d.ts'), 'utf8'))[1];
  const names = [...fields.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name);
  const told = [...notices.matchAll(/^\| (`'\w+'`.*?) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/'(\w+)'/g)].map(([, name]) => name));
  assert.deepEqual(told.toSorted(), names.toSorted());
});

test('what pages say a store has it has', () => {
  const store = readFileSync(join(dist, 'store.d.ts'), 'utf8');
  const named = PAGES.flatMap((page) => [...withoutRust(read(page)).matchAll(/(?<!\/)\bstore\.([a-z]\w+)\b(?!\/)/g)].map(([, name]) => /** @type {const} */ ([page, name])));
  assert.ok(named.length > 50);
  assert.deepEqual(named.filter(([, name]) => !new RegExp(`^ {4}(?:readonly )?${name}\\b`, 'm').test(store)), []);
});

test('every law has tests, and they are there', () => {
  const page = read('www/docs/laws.md');
  const named = [...page.matchAll(/^- \[[^\]]*\]\(\/(\S+)\) `(.*)`$/gm)];
  const laws = page.split(/^## /m).slice(1, 6);
  assert.equal(named.length, [...page.matchAll(/^- \[/gm)].length);
  for (const law of laws) assert.match(law, /^- \[.*` ?$/m, law.split('\n')[0]);
  for (const [, file, name] of named) {
    const text = read(file);
    const isThere = file.endsWith('.rs') ? new RegExp(`\\bfn ${name}\\b`).test(text) : text.split('\n').some((line) => line.startsWith('test(') || line.startsWith('  test(') ? line.includes(name) : false);
    assert.ok(isThere, `${file} has no test called ${name}`);
  }
});

test('nothing of the package is named that is not there', () => {
  const sources = ['store', 'append', 'read', 'subscribe', 'event', 'notices', 'errors', 'store-options', 'open-store', 'diagnostics', 'merge', 'repair', 'aggregate', 'dispatch', 'testing', 'views/projection', 'views/view', 'views/find', 'bus/handlers'].map((name) => readFileSync(join(library, `${name}.ts`), 'utf8')).join('\n');
  const prose = readme.replaceAll(/^```[^]*?^```$/gm, '');
  const words = [...prose.matchAll(/`(?:store\.)?([a-z]+[A-Z]?[A-Za-z]*)(?:\(\))?`/g)].map(([, word]) => word);
  const unknown = words.filter((word) => !new RegExp(`\\b${word}\\b`).test(sources) && !['import', 'dist', 'account', 'ada', 'localStorage', 'estimate'].includes(word));
  assert.deepEqual(unknown, []);
});

/** The same names mean other things there, and links name files. */
function withoutRust(text) {
  return text.replaceAll(/^```rust[^]*?^```$/gm, '').replaceAll(/\]\([^)]*\)/g, ']');
}

/** The second cell of a row of a table. */
function row(title) {
  return limits.split('\n').find((line) => line.startsWith(`| ${title} |`))?.split('|')[2]?.trim() ?? `no row '${title}'`;
}

/** @param {string} digits */
function shown(digits) {
  return Number(digits.replaceAll('_', '')).toLocaleString('en');
}

function read(path) {
  return readFileSync(inRoot(...path.split('/')), 'utf8');
}
