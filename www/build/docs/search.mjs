// The index of the search, made when the site is: a script, because a page that was opened from a folder may load one, and nothing else.
import MiniSearch from 'minisearch';
import { Stop } from '../log.mjs';
import { SEARCH } from './page/search-fields.mjs';
import { SYNONYMS } from './synonyms.mjs';

/** Tables of figures tell nobody what is where. */
const NO_TEXT = /^inside\/(?:peers|growth)\.html$/;
const SHOWN_LETTERS = 220;

/** @param {readonly import('./build.mjs').Page[]} pages */
export function searchIndex(pages) {
  const search = new MiniSearch(SEARCH);
  const also = new Map(SYNONYMS.map(({ words, place }) => [place, words]));
  for (const page of pages) {
    page.parts.forEach((part, n) => {
      const text = NO_TEXT.test(page.path) ? '' : part.text;
      const url = part.id === '' ? page.path : `${page.path}#${part.id}`;
      search.add({ id: `${page.path}#${n}`, name: part.title.split('.').at(-1), title: part.title, page: part.id === '' ? '' : page.title, url, text, also: also.get(url) ?? '', shown: text.slice(0, SHOWN_LETTERS) });
      also.delete(url);
    });
  }
  if (also.size > 0) throw new Stop('Words of the search lead to places that are not there.', [...also.keys()].join('\n'));
  return `globalThis.annalsSearchIndex = ${JSON.stringify(JSON.stringify(search))};\n`;
}
