// Figures of the bench beside the peers, as a table: a row for each measure, a column for each contender, both as PEERS.md has them.
import { Stop } from '../log.mjs';

/**
 * @param {string} page PEERS.md
 * @param {string} words the measures, with spaces between, and after a colon the contenders, with semicolons between: `command many: annals; by hand`
 */
export function peersTable(page, words) {
  const [measures = '', contenders = ''] = words.split(': ');
  const columns = contenders.split('; ');
  const rows = measures.split(' ').map((name) => {
    const { title, unit, figures } = measureOf(page, name);
    return `| ${title}, ${unit} | ${columns.map((column) => figures.get(column) ?? '').join(' | ')} |`;
  });
  return [`| | ${columns.join(' | ')} |`, `|---|${'--:|'.repeat(columns.length)}`, ...rows].join('\n');
}

/**
 * One figure: what a contender has in a measure.
 * @param {string} page
 * @param {string} measure
 * @param {string} contender
 */
export function peersFigure(page, measure, contender) {
  const figure = measureOf(page, measure).figures.get(contender);
  if (figure === undefined) throw new Stop(`PEERS.md has no ${contender} in ${measure}.`);
  return figure;
}

/**
 * @param {string} page
 * @param {string} name
 */
function measureOf(page, name) {
  const [, title, body] = new RegExp(`^### ${name}: (.*)\\n([^]*?)(?=^### |(?![^]))`, 'm').exec(page) ?? [];
  if (title === undefined || body === undefined) throw new Stop(`PEERS.md has no measure called ${name}.`);
  const rows = [...body.matchAll(/^\| (.*?) \| (.*?) \|/gm)].map(([, who = '', figure = '']) => /** @type {const} */ ([who, figure]));
  const unit = rows.find(([who]) => who === '')?.[1] ?? /^\| \| (.*?) \|/m.exec(body)?.[1] ?? '';
  // Medians alone: the ranges are on the page of the bench.
  return { title, unit, figures: new Map(rows.map(([who, figure]) => [who, figure.replace(/ \(.*\)$/, '')])) };
}
