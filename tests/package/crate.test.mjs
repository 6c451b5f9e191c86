// The crate as it would be published, and a crate of somebody else that depends on it.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { emptyFolder, filesIn, hashOf } from '../../www/build/files.mjs';
import { inRoot, root, shown, target } from '../../www/build/paths.mjs';
import { run } from '../../www/build/run.mjs';
import { bindgen, buildBindgen, WASM_TARGET } from '../../www/build/setup.mjs';

const CRATE = /^name = "(.*)"\nversion = "(.*)"/m.exec(readFileSync(inRoot('Cargo.toml'), 'utf8'));
const name = `${CRATE[1]}-${CRATE[2]}`;
const built = join(target, 'crate');
/** Outside the repository, so that nothing of it is found by chance; the same each time, so that Cargo's work on the dependencies is kept. */
const outside = join(tmpdir(), `annals-crate-${hashOf([], root).slice(0, 12)}`);
const example = inRoot('tests', 'examples', 'users');
/** What the crate leaves out on purpose, and a home on the net that it has not got yet. */
const EXPECTED_WARNINGS = /ignoring (?:example|test) |manifest has no documentation, homepage or repository/;

let printed = '';

before(async () => {
  emptyFolder(outside);
  // As it lies here, committed or not. It is not compiled by this: the second test does that.
  printed = await run('cargo', ['package', '--no-verify', '--allow-dirty', '--target-dir', built], { env: { CARGO_TERM_COLOR: 'never' }, failure: 'The crate cannot be packed.' });
  // Touched, so that Cargo sees that it is another one.
  await run('tar', ['-xzmf', join(built, 'package', `${name}.crate`), '-C', outside]);
});

after(() => rmSync(outside, { recursive: true, force: true }));

test('the crate has the sources and what is told of them, and nothing else', async () => {
  const list = (await run('cargo', ['package', '--list', '--allow-dirty', '--quiet'])).trim().split(/\r?\n/).map((path) => path.replaceAll('\\', '/'));
  const made = ['.cargo_vcs_info.json', 'Cargo.toml.orig', 'Cargo.lock'];
  const told = ['CHANGELOG.md', 'Cargo.toml', 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md'];
  assert.deepEqual(list.filter((path) => !made.includes(path)).sort(), [...told, ...filesIn(inRoot('src')).map(shown)].sort());
  const warnings = printed.split('\n').filter((line) => line.startsWith('warning:') && !EXPECTED_WARNINGS.test(line));
  assert.deepEqual(warnings, []);
});

test('a fresh crate beside it, made as the page on users says, is a module for a page', { timeout: 300_000 }, async () => {
  const own = join(outside, 'users-web');
  mkdirSync(join(own, 'src'), { recursive: true });
  const page = readFileSync(join(example, 'README.md'), 'utf8');
  const manifest = /^```toml\n([^]*?)^```$/m.exec(page)[1];
  assert.ok(manifest.includes('annals = { path = "../annals" }'));
  writeFileSync(join(own, 'Cargo.toml'), manifest.replace('"../annals"', JSON.stringify(`../${name}`)));
  for (const file of ['directory', 'user', 'user_list', 'rules']) copyFileSync(join(example, `${file}.rs`), join(own, 'src', `${file}.rs`));
  copyFileSync(join(example, 'web.rs'), join(own, 'src', 'lib.rs'));
  // Not optimised: that takes long, and `tests/browser/users.test.mjs` runs the same sources so.
  const env = { CARGO_PROFILE_DEV_DEBUG: '0' };
  await run('cargo', ['build', '--quiet', '--target', WASM_TARGET, '--target-dir', join(built, 'own')], { cwd: own, env, failure: 'The fresh crate does not compile.' });
  await buildBindgen();
  const made = join(outside, 'www');
  await run(bindgen, [join(built, 'own', WASM_TARGET, 'debug', 'users_web.wasm'), made, 'users_web']);
  writeFileSync(join(made, 'package.json'), '{ "type": "module" }');
  const { default: start, open } = await import(pathToFileURL(join(made, 'users_web.js')).href);
  await start({ module_or_path: readFileSync(join(made, 'users_web_bg.wasm')) });
  // The engine is in it, and says what is missing here.
  await assert.rejects(open('users'), ({ code, message }) => code === 'Failed' && /IndexedDB/i.test(message));
});

test('the versions on the page on users are those of the crate', () => {
  const page = readFileSync(join(example, 'README.md'), 'utf8');
  const pinned = /^wasm-bindgen = "=(.*)"/m.exec(readFileSync(inRoot('Cargo.toml'), 'utf8'))[1];
  const named = [...page.matchAll(/wasm-bindgen = "=([\d.]+)"|--version ([\d.]+)/g)].map(([, one, other]) => one ?? other);
  assert.deepEqual(named, [pinned, pinned]);
});
