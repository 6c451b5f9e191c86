// The types that the package promises, under the newest TypeScript and the oldest that it is made for.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { dist, inRoot, target } from './paths.mjs';
import { filesIn } from './files.mjs';
import { run } from './run.mjs';
import { step } from './log.mjs';
import { tsc } from './library.mjs';

const oldestTsc = inRoot('node_modules', 'typescript-oldest', 'bin', 'tsc');
/** Options of their own, as the oldest TypeScript does not know every one of tsconfig.json. */
const OLDEST = { noEmit: true, strict: true, target: 'es2022', module: 'nodenext', types: [] };
const AS_IN_TESTS = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'] };
/** What a user's project may well have, and no more. */
const PLAIN = { lib: ['es2022', 'dom'] };

/**
 * Compiles the files in which `// @ts-expect-error` says what must not compile, and returns how many there are.
 * @param {string} folder
 */
export async function checkTypes(folder) {
  const files = filesIn(folder).filter((file) => file.endsWith('.ts'));
  if (files.length === 0) return 0;
  await step('types as promised', () => compile(tsc, inRoot('tsconfig.tests.json')));
  await step('types as promised, oldest TypeScript', () => compile(oldestTsc, writeConfig('promised', AS_IN_TESTS, files)));
  await step('types in a plain project, oldest TypeScript', () => compile(oldestTsc, writeConfig('plain', PLAIN, [join(dist, 'index.d.ts')])));
  return files.length;
}

/**
 * @param {string} name
 * @param {object} options
 * @param {readonly string[]} files
 */
function writeConfig(name, options, files) {
  const folder = join(target, 'types');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify({ compilerOptions: { ...OLDEST, ...options }, files }));
  return path;
}

/**
 * @param {string} compiler
 * @param {string} config
 */
async function compile(compiler, config) {
  await run(process.execPath, [compiler, '-p', config], { failure: 'The types are not what the tests say.' });
}
