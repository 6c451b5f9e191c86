// npm run check: formatting, lints, documentation, types and the directions of imports.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { demo, inRoot, tools } from './paths.mjs';
import { run } from './run.mjs';
import { main, step } from './log.mjs';
import { setUpForCheck, WASM_TARGET } from './setup.mjs';
import { build } from './build.mjs';
import { FOR_WASM } from './modules.mjs';
import { tsc } from './library.mjs';
import { checkImportDirections } from './imports.mjs';

/** Crates of their own. */
const TOOLS = [join(tools, 'bindgen', 'Cargo.toml'), inRoot('tests', 'fuzz', 'Cargo.toml')];
const ON_WASM = ['--target', WASM_TARGET, '--features', 'js'];

export async function check() {
  await setUpForCheck();
  await step('formatting of the Rust sources', checkFormat);
  await step('lints, native', () => clippy(['--all-targets', '--features', 'cli']));
  await step('lints, wasm', () => clippy(FOR_WASM));
  await step('Rust documentation', () => doc([]));
  await step('Rust documentation, wasm', () => doc(ON_WASM));
  // The types of the library rest on what the build makes of the engine, those of the demo on dist/.
  await build();
  await step('types of the library', () => types('tsconfig.json'));
  await step('types of the tools', () => types('tsconfig.tools.json'));
  await step('types of the demo', () => (existsSync(join(demo, 'main.ts')) ? types('tsconfig.demo.json') : 'skipped, there is none'));
  await step('directions of imports', checkImportDirections);
  await step('package.json', lintPackage);
}

async function checkFormat() {
  const failure = 'The Rust sources are not formatted. `npm run fix` formats them.';
  await run('cargo', ['fmt', '--check'], { failure });
  for (const tool of TOOLS) await run('cargo', ['fmt', '--check', '--manifest-path', tool], { failure });
}

/** @param {readonly string[]} args */
async function clippy(args) {
  await run('cargo', ['clippy', '--quiet', ...args, '--', '-D', 'warnings'], { failure: 'clippy has complaints.' });
}

/** @param {readonly string[]} args */
async function doc(args) {
  const env = { RUSTDOCFLAGS: '-Dwarnings' };
  await run('cargo', ['doc', '--quiet', '--lib', '--no-deps', ...args], { env, failure: 'The Rust documentation has faults.' });
}

/** @param {string} config */
async function types(config) {
  await run(process.execPath, [tsc, '-p', inRoot(config)], { failure: `There are type errors (${config}).` });
}

async function lintPackage() {
  const cli = inRoot('node_modules', 'publint', 'src', 'cli.js');
  await run(process.execPath, [cli, '--strict'], { failure: 'package.json is not as bundlers and Node like it.' });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(check);
