// The package: www/lib bundled to dist/, with its type declarations and the raw engine.wasm.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import process from 'node:process';
import { dist, engine, inRoot, library, root, shown, target, tools } from './paths.mjs';
import { emptyFolder, filesIn, hashOf, replaceFolder } from './files.mjs';
import { run } from './run.mjs';
import { Stop } from './log.mjs';
import { unlessDone } from './stamp.mjs';

/** The engine's two files, which are fetched at once when the first store is opened: shared by entries, esbuild would put them behind one more request each. */
const ENGINE_PART = /^#engine\/(\w+)$/;
/** Packages whose users have them: nothing of theirs is in the package. */
export const PEERS = ['react', 'svelte', 'vue'];
const isPeer = (/** @type {string} */ path) => PEERS.includes(path.split('/')[0] ?? '');
/** What the package gives out, by name. */
const entries = ['index', 'react', 'slim', 'static', 'svelte', 'testing', 'vue'].map((name) => join(library, `${name}.ts`));
const next = join(target, 'dist.next');
export const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');

export async function buildLibrary() {
  const missing = entries.find((entry) => !existsSync(entry));
  if (missing !== undefined) throw new Stop(`There is no ${shown(missing)}, so there is no package to build.`);
  return unlessDone('library', libraryInputs(), [join(dist, 'index.js'), join(dist, 'index.d.ts'), join(dist, 'engine.wasm')], async () => {
    rmSync(dist, { recursive: true, force: true });
    emptyFolder(next);
    await bundle();
    await declare();
    copyFileSync(join(engine, 'engine.wasm'), join(next, 'engine.wasm'));
    replaceFolder(next, dist);
  });
}

function libraryInputs() {
  const settings = [inRoot('tsconfig.json'), inRoot('package.json'), inRoot('package-lock.json')];
  return hashOf([...filesIn(library), ...filesIn(engine), ...filesIn(tools).filter((file) => file.endsWith('.mjs')), ...settings]);
}

async function bundle() {
  const parts = new Map([
    await bundlePart('glue'),
    // Nothing but base64: a map would hold it a second time.
    await bundlePart('wasm', { sourcemap: false }),
  ]);
  const { outputs } = await bundleTo(dist, { entryPoints: entries, splitting: true, chunkNames: '[name]-[hash]', plugins: [engineApart(parts)] });
  checkImports(outputs, new Set(parts.values()));
}

/**
 * One of the engine's files, named by what is in it, as it may be kept by a cache longer than what imports it.
 * @param {string} part
 * @param {import('esbuild').BuildOptions} [options]
 * @returns {Promise<[string, string]>} the part, and how it is imported
 */
async function bundlePart(part, options = {}) {
  const { outputs } = await bundleTo(join(dist, 'engine'), { entryPoints: [join(engine, `${part}.js`)], entryNames: '[name]-[hash]', ...options });
  const file = Object.keys(outputs).find((path) => path.endsWith('.js')) ?? '';
  return [part, `./engine/${basename(file)}`];
}

/**
 * @param {ReadonlyMap<string, string>} parts
 * @returns {import('esbuild').Plugin}
 */
const engineApart = (parts) => ({
  name: 'engine apart',
  setup: ({ onResolve }) => onResolve({ filter: ENGINE_PART }, ({ path }) => ({ path: parts.get(path.replace(ENGINE_PART, '$1')) ?? path, external: true })),
});

/**
 * @param {string} folder
 * @param {import('esbuild').BuildOptions} options
 */
async function bundleTo(folder, options) {
  const { build } = await import('esbuild');
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: PEERS.flatMap((name) => [name, `${name}/*`]),
    minify: true,
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'silent',
    // Importing the package does nothing, so nothing may wait at import.
    supported: { 'top-level-await': false },
    metafile: true,
    ...options,
    // Not written by esbuild: the maps are to name the sources as seen from dist/, while the files first go beside it.
    write: false,
  }).catch(stopOnBundleError);
  for (const { path, contents } of outputFiles) {
    const place = join(next, relative(dist, path));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, contents);
  }
  return /** @type {import('esbuild').Metafile} */ (metafile);
}

/**
 * @param {import('esbuild').Metafile['outputs']} outputs
 * @param {ReadonlySet<string>} own
 */
function checkImports(outputs, own) {
  for (const [path, output] of Object.entries(outputs)) {
    const foreign = output.imports.find((one) => one.external && !own.has(one.path) && !isPeer(one.path));
    if (foreign !== undefined) throw new Stop(`${path} would import '${foreign.path}'; the package has no dependencies.`);
  }
}

/**
 * @param {unknown} error
 * @returns {Promise<never>}
 */
export async function stopOnBundleError(error) {
  const { formatMessages } = await import('esbuild');
  const { errors } = /** @type {import('esbuild').BuildFailure} */ (error);
  if (errors === undefined) throw error;
  throw new Stop('esbuild could not bundle the sources.', (await formatMessages(errors, { kind: 'error' })).join('\n'));
}

async function declare() {
  const made = join(target, 'types.next');
  emptyFolder(made);
  const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', library, '--outDir', made];
  await run(process.execPath, [tsc, '-p', inRoot('tsconfig.json'), ...emit], { failure: 'The library has type errors.' });
  const found = new Map();
  for (const entry of entries) reachable(made, join(made, basename(entry).replace('.ts', '.d.ts')), found);
  for (const [file, text] of found) {
    const place = join(next, file.slice(made.length + 1));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
}

const SPECIFIER = /((?<!['"])\b(?:from\s*|import\s*\(?\s*))(['"])([^'"]+)\2/g;

/**
 * The declarations that the entry reaches: the others are of inner modules and would only be in the way.
 * @param {string} folder
 * @param {string} file
 * @param {Map<string, string>} [found]
 * @returns {Map<string, string>}
 */
function reachable(folder, file, found = new Map()) {
  if (found.has(file)) return found;
  const text = readFileSync(file, 'utf8');
  const targets = [...text.matchAll(SPECIFIER)].map((match) => match[3] ?? '');
  const foreign = targets.find((target) => !target.startsWith('.') && !isPeer(target));
  if (foreign !== undefined) throw new Stop(`The public types reach '${foreign}' through ${shown(library)}${file.slice(folder.length).replace(/\.d\.ts$/, '.ts')}.`);
  // Sources import each other as .ts; who uses the package has .js and .d.ts.
  found.set(file, text.replace(SPECIFIER, (_all, before, quote, path) => `${before}${quote}${path.replace(/\.ts$/, '.js')}${quote}`));
  for (const path of targets.filter((target) => target.startsWith('.'))) reachable(folder, join(dirname(file), path.replace(/(\.d)?\.(ts|js)$/, '.d.ts')), found);
  return found;
}
