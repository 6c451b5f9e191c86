// What a page of www/docs has from elsewhere, so that nothing is said twice: a line with a comment of the form `<!-- word arguments -->`.
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { inRoot } from '../paths.mjs';
import { Stop } from '../log.mjs';
import { slug } from './markdown.mjs';
import { peersFigure, peersTable } from './peers.mjs';

/** @typedef {import('./reference/reference.mjs').Reference} Reference */

const DIRECTIVE = /^<!-- (include|snippet|peers|reference|exports)(?: (.*?))? -->$/gm;
/** A single figure within a line. */
const FIGURE = /\{\{(\w+) ([^}]+)\}\}/g;

/**
 * The Markdown of a page, with all that it has from elsewhere.
 * @param {string} source
 * @param {Reference} reference
 */
export function expanded(source, reference) {
  const text = read(source);
  if (!source.startsWith('www/docs/')) return text;
  return text.replaceAll(FIGURE, (_, measure, contender) => peersFigure(read('tests/bench/PEERS.md'), measure, contender)).replaceAll(DIRECTIVE, (_, word, words = '') => {
    const args = /** @type {string} */ (words).split(' ').filter((one) => one !== '');
    if (word === 'include') return included(args[0] ?? '');
    if (word === 'snippet') return `\`\`\`${posix.extname(args[0] ?? '').slice(1)} file=${posix.basename(args[0] ?? '')}\n${read(args[0] ?? '')}\`\`\``;
    if (word === 'peers') return peersTable(read('tests/bench/PEERS.md'), words);
    return word === 'exports' ? reference.list() : reference.page(args);
  });
}

/**
 * A file, or the part of it below one heading, without that heading.
 * @param {string} what `path#anchor`
 */
function included(what) {
  const [file = '', anchor] = what.split('#');
  const text = read(file).replaceAll(/\]\((?!https?:|#|\/)([^)]+)\)/g, (_, href) => `](/${posix.join(posix.dirname(file), href)})`);
  if (anchor === undefined) return text;
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => /^#+ /.test(line) && slug(line.replace(/^#+ /, '')) === anchor);
  if (begin === -1) throw new Stop(`${file} has no part #${anchor}, which a page of the documentation includes.`);
  const depth = /^#+/.exec(lines[begin] ?? '')?.[0].length ?? 0;
  const end = lines.findIndex((line, n) => n > begin && new RegExp(`^#{1,${depth}} `).test(line));
  return lines.slice(begin + 1, end === -1 ? undefined : end).join('\n').trim();
}

/** @param {string} file from the project's root */
function read(file) {
  const place = inRoot(...file.split('/'));
  if (!existsSync(place)) throw new Stop(`There is no ${file}, which the documentation is made of.`);
  return readFileSync(place, 'utf8');
}
