// The growth table as small charts side by side, one for each figure: the number of events to the right, each ten times the one before.

const COLUMNS = 3;
const PANEL = { width: 270, height: 190 };
const PLOT = { left: 46, top: 44, width: 204, height: 106 };
const TICKS = 4;
/** Each contender has its colour in all charts. */
const CLASSES = new Map([['annals', 'a'], ['by hand', 'b']]);

/** Read as an image, an SVG knows the reader's colours only by asking for them. */
const STYLE = `
  text { font: 11px system-ui, sans-serif; fill: #444; }
  .title { font-weight: 600; font-size: 12px; fill: #222; }
  .grid { stroke: #8884; }
  .axis { stroke: #888; }
  .range { stroke-width: 1; opacity: .6; }
  .line { fill: none; stroke-width: 2; }
  .a { stroke: #0969da; } .dot.a, text.a { fill: #0969da; stroke: none; }
  .b { stroke: #bc4c00; } .dot.b, text.b { fill: #bc4c00; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #aaa; }
    .title { fill: #ddd; }
    .a { stroke: #58a6ff; } .dot.a, text.a { fill: #58a6ff; }
    .b { stroke: #f0883e; } .dot.b, text.b { fill: #f0883e; }
  }
`;

/**
 * @param {{ events: number }[]} sizes smallest first
 * @param {object[]} figures `title`, `unit` and `series`, each with the `label` of a contender and a point for each size: `median`, `min`
 *   and `max`, or undefined
 * @returns an SVG
 */
export function chart(sizes, figures) {
  const rows = Math.ceil(figures.length / COLUMNS);
  const width = COLUMNS * PANEL.width;
  const height = rows * PANEL.height + 24;
  const panels = figures.map((figure, i) => {
    const [x, y] = [(i % COLUMNS) * PANEL.width, Math.floor(i / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${panel(sizes, figure)}</g>`;
  });
  const legend = [...CLASSES].map(([label, name], i) => `<text class="${name}" x="${PLOT.left + i * 80}" y="${height - 8}">● ${escaped(label)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Figures over the number of events</title>
<style>${STYLE}</style>
${[...panels, ...legend].join('\n')}
</svg>
`;
}

function panel(sizes, { title, unit, series }) {
  const top = niceTop(Math.max(0, ...series.flatMap(({ points }) => points).filter(Boolean).map(({ max }) => max)));
  const first = Math.log10(sizes[0].events);
  const last = Math.log10(sizes.at(-1).events);
  const xOf = (i) => PLOT.left + (last === first ? 0.5 : (Math.log10(sizes[i].events) - first) / (last - first)) * PLOT.width;
  const yOf = (value) => PLOT.top + PLOT.height * (1 - value / top);
  return [
    `<text class="title" x="8" y="18">${escaped(title)}</text>`,
    `<text x="8" y="33">${escaped(unit)}</text>`,
    ...grid(top, yOf),
    ...sizes.map(({ events }, i) => `<text x="${round(xOf(i))}" y="${PLOT.top + PLOT.height + 16}" text-anchor="middle">${shortCount(events)}</text>`),
    series.length === 0 ? `<text x="${PLOT.left + PLOT.width / 2}" y="${PLOT.top + PLOT.height / 2}" text-anchor="middle">not measured</text>` : '',
    ...series.map(({ label, points }) => curve(points, CLASSES.get(label), xOf, yOf)),
  ].join('\n');
}

function grid(top, yOf) {
  return Array.from({ length: TICKS + 1 }, (_, i) => (top * i) / TICKS).map((value, i) => (
    `<line class="${i === 0 ? 'axis' : 'grid'}" x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${round(yOf(value))}" y2="${round(yOf(value))}"/>`
    + `<text x="${PLOT.left - 6}" y="${round(yOf(value) + 4)}" text-anchor="end">${shortNumber(value)}</text>`
  ));
}

function curve(points, name, xOf, yOf) {
  const there = points.map((point, i) => ({ point, x: round(xOf(i)) })).filter(({ point }) => point !== undefined);
  if (there.length === 0) return '';
  const line = there.map(({ point, x }) => `${x},${round(yOf(point.median))}`).join(' ');
  return [
    `<polyline class="line ${name}" points="${line}"/>`,
    ...there.map(({ point, x }) => (
      `<line class="range ${name}" x1="${x}" x2="${x}" y1="${round(yOf(point.min))}" y2="${round(yOf(point.max))}"/>`
      + `<circle class="dot ${name}" cx="${x}" cy="${round(yOf(point.median))}" r="3"/>`
    )),
  ].join('\n');
}

/** The least number of 1, 2, 4 or 8 times a power of ten that is not below the value, so that quarters of it are short. */
function niceTop(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 8, 10].map((n) => n * power).find((top) => top >= value * 0.999);
}

const shortCount = (events) => (events >= 1e6 ? `${events / 1e6}M` : events >= 1000 ? `${events / 1000}k` : `${events}`);

const shortNumber = (value) => (value >= 1000 ? `${value / 1000}k` : `${Number(value.toPrecision(3))}`);

const round = (value) => Math.round(value * 10) / 10;

const escaped = (text) => text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);
