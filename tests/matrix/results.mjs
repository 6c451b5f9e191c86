// The table of the matrix, for people and as the page that `--write` makes.
import process from 'node:process';

/** @typedef {{ title: string, versions: string, added: import('./rows.mjs').Added | undefined }} Result */

const TITLES = ['project', 'versions', 'the page', 'gzipped', 'opening', 'gzipped'];

/**
 * @param {readonly Result[]} results
 * @param {string} browser
 */
export function pageOf(results, browser) {
  return `# The package in bundlers, servers and pages

Written by \`npm run test:matrix -- --write\`. Each project of [projects/](projects) has installed the packed package; its page has opened a store in IndexedDB,
appended, read back, shown a live view, and found all of it again after a reload.

What annals adds, in bytes of JavaScript and wasm that the browser loads: to the page itself, beyond the same page without annals, and when the first store is
opened. ${browser}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}.

${tableOf(results)}
`;
}

/** @param {readonly Result[]} results */
export function tableOf(results) {
  const rows = results.map(({ title, versions, added }) => {
    const bytes = added === undefined ? ['', '', '', ''] : [added.page.raw, added.page.gzipped, added.opening.raw, added.opening.gzipped].map((count) => count.toLocaleString('en'));
    return [title, versions, ...bytes];
  });
  const widths = TITLES.map((title, n) => Math.max(title.length, 3, ...rows.map((row) => row[n]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.map((cell, n) => (n < 2 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, n) => (n < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [TITLES, rule, ...rows].map(line).join('\n');
}
