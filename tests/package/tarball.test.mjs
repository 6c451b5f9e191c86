// The packed package: what is in it, and what those say of it who look at packages.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { publint } from 'publint';
import { inRoot } from '../../www/build/paths.mjs';
import { namesIn, packed } from './packed.mjs';

const { tarball, project, folder } = await packed('tarball');
const names = namesIn(folder);
const read = (name) => readFileSync(join(folder, name), 'utf8');
const { exports } = JSON.parse(read('package.json'));

/**
 * The package is modules only: Node knows no other way to have it in a browser as it is. So two ways to look for it are left out, which `esm-only` does:
 * `node10`, older than `exports`, which the newest TypeScript has not any more; and `require` out of CommonJS, which gets it by `import()`, or by `require`
 * where Node can do that (22.12).
 */
const WHO_IMPORTS = ['--profile', 'esm-only'];
/** No module, and without types: bytes, whose address a bundler or a server gives. */
const NO_MODULE = ['--exclude-entrypoints', './engine.wasm'];

test('publint has nothing to say', async () => {
  const { messages } = await publint({ pack: { tarball: readFileSync(tarball).buffer }, strict: true });
  assert.deepEqual(messages, []);
});

test('types are found wherever the modules are', async () => {
  const attw = inRoot('node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  await promisify(execFile)(process.execPath, [attw, tarball, ...WHO_IMPORTS, ...NO_MODULE, '--no-color']).catch(({ stdout }) => assert.fail(stdout));
});

test('there is nothing in it but what an import leads to, maps, and the pages', () => {
  const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)));
  const reached = new Set(['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT']);
  for (const entry of entries) reach(entry.slice('./'.length), reached);
  assert.deepEqual(names, [...reached].sort());
});

test('what is imported and not used is left out of a bundle', async () => {
  for (const entry of Object.keys(exports).filter((entry) => !/\.(wasm|json)$/.test(entry))) {
    const from = JSON.stringify(`annals${entry.slice(1)}`);
    const file = join(project, 'unused.js');
    writeFileSync(file, `import * as unused from ${from};\n`);
    const { outputFiles } = await build({ entryPoints: [file], bundle: true, format: 'esm', minify: true, write: false, logLevel: 'silent', external: ['react', 'svelte', 'vue'] });
    assert.equal(outputFiles[0].text, '', entry);
  }
});

/** What a file imports, declares of types, or has as its map, and what those do. */
function reach(name, reached) {
  if (reached.has(name)) return;
  assert.ok(names.includes(name), `${name} is missing`);
  reached.add(name);
  if (!/\.(js|d\.ts)$/.test(name)) return;
  const text = read(name);
  const named = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.[^'"]+)\1/g)].map(([, , path]) => join(dirname(name), path).replaceAll('\\', '/'));
  for (const path of named) reach(name.endsWith('.d.ts') ? path.replace(/\.js$/, '.d.ts') : path, reached);
  const map = /^\/\/# sourceMappingURL=(.*)$/m.exec(text)?.[1];
  if (map !== undefined) reach(join(dirname(name), map).replaceAll('\\', '/'), reached);
}
