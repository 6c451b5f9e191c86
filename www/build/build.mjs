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

export async function build() {
  await alone(async () => {
    try {
      await setUp();
      await step('compiling the bindgen tool', buildBindgen);
      await step('compiling the engine', compileEngine);
      await step('packing the engine', packEngine);
      await step('building the package', buildLibrary);
    } catch (error) {
      // An old dist/ beside new sources would look good and be wrong.
      rmSync(dist, { recursive: true, force: true });
      throw error;
    }
    await step('building the demo page', buildSite);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(build);
