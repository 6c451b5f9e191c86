// The code blocks of a Markdown page, with what they say of themselves. The convention is told in www/docs/README.md.
import { readFileSync } from 'node:fs';
import { docs, inRoot, shown } from '../../www/build/paths.mjs';
import { filesIn } from '../../www/build/files.mjs';

/** Every page whose code is run. */
export const PAGES = ['README.md', ...filesIn(docs).filter((file) => file.endsWith('.md')).map(shown)];

/**
 * @typedef {object} Block
 * @property {string} page from the project's root
 * @property {string} language
 * @property {boolean} inBrowser it needs a page; the others run in Node
 * @property {string | undefined} file the file of its page that it is; the blocks after it may import it
 * @property {string | undefined} program the name of the file that a reader puts it into, to run it
 * @property {string | undefined} edit the file of its page that it is a part of
 * @property {string} code
 * @property {number} line where it begins in the page, from 1
 * @property {readonly string[]} prints what it is to print, as the comments behind its `console.log` say
 */

/** The comments on the lines before a fence, and the fence. */
const BLOCK = /((?:^<!-- .* -->\n)*)^```(\w+)([^\n]*)\n([^]*?)^```$/gm;

/**
 * @param {string} page
 * @returns {Block[]}
 */
export function blocksOf(page) {
  const text = readFileSync(inRoot(...page.split('/')), 'utf8');
  return [...text.matchAll(BLOCK)].map(({ index, 0: whole, 1: marks = '', 2: language = '', 3: info = '', 4: code = '' }) => ({
    page,
    language,
    inBrowser: marks.includes('<!-- browser -->'),
    file: / file=(\S+)/.exec(info)?.[1],
    program: / program=(\S+)/.exec(info)?.[1],
    edit: / edit=(\S+)/.exec(info)?.[1],
    code,
    line: text.slice(0, index + whole.indexOf('```')).split('\n').length,
    prints: code.split('\n').flatMap((line) => /console\.log\(.*\/\/ (.*)$/.exec(line)?.[1] ?? []),
  }));
}

/**
 * The files of a page as they are when a block is read: a later one of the same name takes the place of an earlier one.
 * @param {readonly Block[]} blocks of the page
 * @param {Block} block
 * @returns {Map<string, string>}
 */
export function filesBefore(blocks, block) {
  const before = blocks.filter(({ file, line }) => file !== undefined && line < block.line);
  return new Map(before.map(({ file, code }) => [file ?? '', code]));
}

/**
 * The module script of an HTML block.
 * @param {string} html
 */
export function scriptOf(html) {
  const script = /<script type="module">\n([^]*?)<\/script>/.exec(html)?.[1];
  if (script === undefined) throw new Error('expected a module script');
  return script;
}
