// The rows as lines, the contenders on them as dots: to the right those that take more than annals, each step to the right ten times as much.

import { annalsOf, ratioTo } from './aims.mjs';

const LEFT = 110;
const RIGHT = 20;
const WIDTH = 810;
const LINE = 24;
const TOP = 44;

/** A contender has its colour, and those that its user batches for the same one as a ring. */
const COLOURS = new Map([
  ['annals', '#0969da'], ['by hand', '#bc4c00'], ['Dexie', '#8250df'], ['SQLite', '#1a7f37'], ['PouchDB', '#bf3989'], ['LiveStore', '#9a6700'], ['Emmett', '#6e7781'], ['limit', '#24292f'],
]);

const STYLE = `
  text { font: 11px system-ui, sans-serif; fill: #444; }
  .title { font-weight: 600; font-size: 12px; fill: #222; }
  .grid { stroke: #8884; }
  .ours { stroke: #0969da; stroke-width: 1.5; }
  .ring { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #aaa; }
    .title { fill: #ddd; }
    .limit { fill: #eee; }
  }
`;

/** @returns an SVG */
export function chart(results) {
  const rows = results.filter(({ lanes }) => annalsOf(lanes) !== undefined).map(({ row, lanes }) => ({ row, dots: dotsOf(lanes) }));
  const powers = rows.flatMap(({ dots }) => dots.map(({ ratio }) => Math.log10(ratio)));
  const [from, to] = [Math.floor(Math.min(-1, ...powers)), Math.ceil(Math.max(1, ...powers))];
  const xOf = (ratio) => Math.round(10 * (LEFT + ((Math.log10(ratio) - from) / (to - from)) * (WIDTH - LEFT - RIGHT))) / 10;
  const bottom = TOP + rows.length * LINE;
  const height = bottom + 56;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>What each contender takes, as times what annals takes</title>
<style>${STYLE}</style>
<text class="title" x="8" y="18">Times what annals takes: to the right annals is ahead</text>
${[...scale(from, to, xOf, bottom), ...rows.flatMap((row, i) => line(row, TOP + (i + 0.5) * LINE, xOf)), ...legend(height)].join('\n')}
</svg>
`;
}

function dotsOf(lanes) {
  const ours = annalsOf(lanes);
  return lanes.filter((lane) => lane !== ours).map((lane) => ({ label: lane.label, ratio: Math.max(ratioTo(lane, ours), 1e-4) }));
}

const scale = (from, to, xOf, bottom) => Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)).map((ratio) => (
  `<line class="${ratio === 1 ? 'ours' : 'grid'}" x1="${xOf(ratio)}" x2="${xOf(ratio)}" y1="${TOP - 6}" y2="${bottom}"/>`
  + `<text x="${xOf(ratio)}" y="${TOP - 12}" text-anchor="middle">${ratio >= 1 ? ratio.toLocaleString('en') : ratio}</text>`
));

function line({ row, dots }, y, xOf) {
  return [
    `<text x="8" y="${y + 4}">${row.name}</text><line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>`,
    ...dots.map(({ label, ratio }) => `<g>${dot(label, xOf(ratio), y)}<title>${label}: ${ratio.toPrecision(3)}</title></g>`),
  ];
}

function dot(label, x, y) {
  const whose = [...COLOURS.keys()].find((name) => label.startsWith(name));
  const colour = COLOURS.get(whose);
  if (label !== whose && whose !== 'Emmett') return `<circle class="ring" cx="${x}" cy="${y}" r="4" stroke="${colour}"/>`;
  return `<circle class="${whose}" cx="${x}" cy="${y}" r="4.5" fill="${colour}"/>`;
}

function legend(height) {
  const names = [...COLOURS.keys()];
  return [
    ...names.map((name, i) => `${dot(name, 16 + i * 98, height - 34).replace('Emmett"', '"')}<text x="${26 + i * 98}" y="${height - 30}">${name}</text>`),
    `<text x="8" y="${height - 10}">Rings: in Rust, batched by its user, or as the row says in PEERS.md.</text>`,
  ];
}
