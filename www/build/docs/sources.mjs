// A file of the project that a page points to, shown as it is: the site has it along, so that the link leads somewhere wherever the site lies.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { inRoot } from '../paths.mjs';
import { codeBlock } from './code.mjs';
import { escaped } from './html.mjs';
import { pageOf } from './template.mjs';

/**
 * @param {string} source from the project's root
 * @param {string} path
 * @param {readonly import('./contents.mjs').Section[]} sections
 */
export function sourcePage(source, path, sections) {
  const code = codeBlock(readFileSync(inRoot(...source.split('/')), 'utf8'), extname(source).slice(1));
  const html = `<h1 id="top">${escaped(source.split('/').at(-1) ?? source)}</h1>\n<p class="hint"><code>${escaped(source)}</code></p>\n${code}`;
  return pageOf({ source, path, title: source, lead: `${source}, a file of annals.`, html, headings: [], parts: [], ids: new Set() }, { sections });
}
