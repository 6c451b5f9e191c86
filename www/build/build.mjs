// npm run build: everything from the sources to dist/ and the demo page. What is up to date is left alone.
import { rmSync } from 'node:fs';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { dist } from './paths.mjs';
import { main, step } from './log.mjs';
import { alone } from './lock.mjs';
import { buildBindgen, setUp } from './setup.mjs';
import { compileEngine, packEngine } from './engine.mjs';
import { buildLibrary } from './library.mjs';
import { buildSite } from './site.mjs';

/** @type {Promise<void> | undefined} */
let built;

/** Builds once per run of a tool, however many of its parts ask. */
export const build = () => (built ??= alone(buildAll));

async function buildAll() {
  await setUp();
  await buildPackage();
  await step('building the demo page', buildSite);
}

async function buildPackage() {
  try {
    await step('compiling the bindgen tool', buildBindgen);
    await step('compiling the engine', compileEngine);
    await step('packing the engine', packEngine);
    await step('building the package', buildLibrary);
  } catch (error) {
    // An old dist/ beside new sources would look good and be wrong.
    rmSync(dist, { recursive: true, force: true });
    throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(build);
