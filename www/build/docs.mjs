// npm run docs: the pages of www/docs, the reference made of the types, and what the sources say of themselves, as a site in site/.
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { main, step } from './log.mjs';

export async function buildDocs() {
  // The reference is made of the declarations in dist/.
  await build();
  await step('building the documentation', makeDocs);
}

/** The site alone, of what is built. Loaded late: in a new checkout the packages that it uses come with the build. */
export async function makeDocs() {
  const { buildManual } = await import('./docs/build.mjs');
  return buildManual();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(buildDocs);
