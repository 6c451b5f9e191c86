// The site: every page of the contents, the sources that pages point to, the index of the search, and the few files that all pages share.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { inRoot, manual, target } from '../paths.mjs';
import { emptyFolder, replaceFolder } from '../files.mjs';
import { Stop } from '../log.mjs';
import { ENTRIES, SECTIONS } from './contents.mjs';
import { expanded } from './directives.mjs';
import { Links } from './links.mjs';
import { render } from './markdown.mjs';
import { readReference } from './reference/reference.mjs';
import { searchIndex } from './search.mjs';
import { sharedFiles } from './shared.mjs';
import { sourcePage } from './sources.mjs';
import { pageOf } from './template.mjs';

/** @typedef {import('./markdown.mjs').Rendered & import('./contents.mjs').Entry} Page */

export async function buildManual() {
  const next = join(target, 'manual.next');
  emptyFolder(next);
  const reference = readReference();
  const links = new Links(ENTRIES);
  const pages = ENTRIES.map((entry) => ({ ...entry, ...render(expanded(entry.source, reference), { entry, links, reference }) }));
  links.checkAnchors(new Map(pages.map(({ path, ids }) => [path, ids])));
  if (links.broken.length > 0) throw new Stop('Links of the documentation lead nowhere.', links.broken.join('\n'));

  pages.forEach((page, n) => write(next, page.path, pageOf(page, { sections: SECTIONS, previous: pages[n - 1], next: pages[n + 1] })));
  for (const source of links.sources) write(next, links.sourcePath(source), sourcePage(source, links.sourcePath(source), SECTIONS));
  for (const file of links.assets) copy(next, file, links.assetPath(file));
  write(next, 'assets/search-index.js', searchIndex(pages));
  for (const [path, text] of await sharedFiles()) write(next, path, text);
  replaceFolder(next, manual);
  return `${pages.length} pages, ${links.sources.size} sources`;
}

/**
 * @param {string} folder
 * @param {string} path
 * @param {string} text
 */
function write(folder, path, text) {
  const place = join(folder, ...path.split('/'));
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text);
}

/**
 * @param {string} folder
 * @param {string} file from the project's root
 * @param {string} path
 */
function copy(folder, file, path) {
  const from = inRoot(...file.split('/'));
  if (!existsSync(from)) throw new Stop(`There is no ${posix.normalize(file)}, which a page shows.`);
  const place = join(folder, ...path.split('/'));
  mkdirSync(dirname(place), { recursive: true });
  cpSync(from, place);
}
