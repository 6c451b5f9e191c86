// The demo page: www/demo bundled to target/site/, importing the package as it ships, from dist/ beside it.
import { copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { demo, dist, root, shown, site, tools } from './paths.mjs';
import { emptyFolder, filesIn, hashOf, replaceFolder } from './files.mjs';
import { stopOnBundleError } from './library.mjs';
import { unlessDone } from './stamp.mjs';

const entry = join(demo, 'main.ts');

export async function buildSite() {
  if (!existsSync(entry)) return `skipped, there is no ${shown(entry)}`;
  const inputs = hashOf([...filesIn(demo), ...filesIn(dist), ...filesIn(tools).filter((file) => file.endsWith('.mjs'))]);
  return unlessDone('site', inputs, [join(site, 'main.js')], async () => {
    const next = `${site}.next`;
    emptyFolder(next);
    await bundle(next);
    copyAssets(next);
    cpSync(dist, join(next, 'dist'), { recursive: true });
    replaceFolder(next, site);
  });
}

/** @param {string} folder */
async function bundle(folder) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    minify: true,
    sourcemap: true,
    logLevel: 'silent',
    plugins: [shippedPackage],
  }).catch(stopOnBundleError);
}

/** @type {import('esbuild').Plugin} */
const shippedPackage = {
  name: 'the package as it ships',
  setup(build) {
    build.onResolve({ filter: /^annals$/ }, () => ({ path: './dist/index.js', external: true }));
  },
};

/** @param {string} folder */
function copyAssets(folder) {
  const assets = filesIn(demo).filter((file) => !/\.ts$|tsconfig.*\.json$|\.md$/.test(file));
  for (const file of assets) {
    const place = join(folder, relative(demo, file));
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(file, place);
  }
}
