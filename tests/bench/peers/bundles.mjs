// The scripts of the peers, each bundled and minified as an application would ship it, with its workers and its wasm; and what they weigh.

import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

import { emptyFolder, filesIn } from '../../../www/build/files.mjs';
import { dist, inRoot } from '../../../www/build/paths.mjs';

const HERE = inRoot('tests', 'bench', 'peers');
/** Of this run alone: another may be under way. */
export const bundles = inRoot('target', 'bench', `peers-${process.pid}`);

const SCRIPTS = ['by-hand', 'dexie', 'sqlite', 'sqlite-worker', 'pouchdb', 'livestore', 'livestore-worker', 'emmett', 'least'];
/** A package's own script is an entry as it stands: importing it would leave nothing of it, as it is said to have no side effects. */
const SHARED_WORKER = '@livestore/adapter-web/shared-worker';

/** What is loaded beside a peer's own script, and packages whose code alone is weighed: the bench's own is the same for all. */
const PARTS = {
  'by-hand': { packages: ['idb'] },
  dexie: { packages: ['dexie'] },
  sqlite: { packages: ['@sqlite.org/sqlite-wasm'], files: ['sqlite3.wasm'] },
  pouchdb: { packages: ['pouchdb-browser'] },
  livestore: { scripts: ['livestore', 'livestore-worker', 'livestore-shared-worker'], files: ['wa-sqlite.wasm'] },
  emmett: { packages: ['@event-driven-io/emmett'] },
};

export async function bundlePeers() {
  emptyFolder(bundles);
  process.once('exit', () => rmSync(bundles, { recursive: true, force: true }));
  await build({
    entryPoints: { ...Object.fromEntries(SCRIPTS.map((name) => [name, join(HERE, 'stores', `${name}.js`)])), 'livestore-shared-worker': SHARED_WORKER },
    absWorkingDir: HERE,
    outdir: bundles,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['/dist/*'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  for (const wasm of ['@sqlite.org/sqlite-wasm/dist/sqlite3.wasm', '@livestore/wa-sqlite/dist/wa-sqlite.wasm']) {
    copyFileSync(join(HERE, 'node_modules', wasm), join(bundles, basename(wasm)));
  }
}

/** @returns the bytes of a contender's code over the wire, gzipped; undefined if it has none of its own */
export async function weighCode(opens) {
  if (opens === 'annals') return sum(filesIn(dist).filter((file) => file.endsWith('.js')).map((file) => readFileSync(file)));
  const parts = PARTS[opens];
  if (parts === undefined) return undefined;
  const { packages = [], scripts = [], files = [] } = parts;
  const made = await Promise.all(packages.map(bundlePackage));
  return sum([...made, ...[...scripts.map((name) => `${name}.js`), ...files].map((file) => readFileSync(join(bundles, file)))]);
}

async function bundlePackage(name) {
  const { outputFiles } = await build({
    stdin: { contents: `import * as all from '${name}'; globalThis.all = all;`, resolveDir: HERE },
    bundle: true, minify: true, format: 'esm', target: 'es2022', write: false, logLevel: 'error',
  });
  return outputFiles[0].contents;
}

const sum = (contents) => contents.reduce((total, bytes) => total + gzipSync(bytes, { level: 9 }).length, 0);
