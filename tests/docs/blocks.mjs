// The code blocks of a Markdown page, with what they say of themselves.

/** A block that needs a page has this comment on the line before it; the others run in Node. */
const MARK = '<!-- browser -->';

/**
 * @typedef {object} Block
 * @property {string} language
 * @property {boolean} inBrowser
 * @property {string} code
 * @property {number} line where it begins in the page, from 1
 * @property {readonly string[]} prints what it is to print, as the comments behind its `console.log` say
 */

/**
 * @param {string} page
 * @returns {Block[]}
 */
export function blocksOf(page) {
  const found = page.matchAll(/(^.*\n)?^```(\w+)[^\n]*\n([^]*?)^```$/gm);
  return [...found].map(({ index, 0: whole, 1: before = '', 2: language = '', 3: code = '' }) => ({
    language,
    inBrowser: before.trim() === MARK,
    code,
    line: page.slice(0, index + whole.indexOf('```')).split('\n').length,
    prints: code.split('\n').flatMap((line) => /console\.log\(.*\/\/ (.*)$/.exec(line)?.[1] ?? []),
  }));
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
