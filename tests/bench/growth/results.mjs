// The growth bench in words: a table, what was aimed at, and what bounds each figure.

import { writeFile } from 'node:fs/promises';

import { inRoot } from '../../../www/build/paths.mjs';
import { progress } from '../output.mjs';
import { ratioOfRounds } from '../statistics.mjs';
import { chart } from './chart.mjs';

const MEGABYTE = 2 ** 20;
const MOST_TO_OPEN = 1.5;
const MOST_TO_APPEND = 1.2;
const MOST_FOR_EVENT = 2; // milliseconds
const MOST_MEMORY = 64; // megabytes

/**
 * What is shown of each size. `of` takes what was measured of one contender; `bound` says what the design rests the figure on, so that a
 * figure that grows can be told from one that must.
 */
const FIGURES = [
  {
    title: 'open, to the first answer',
    unit: 'ms',
    of: ({ open }) => open,
    bound: 'making a wasm instance, and reading what describes the log: its layout and the commits that are not merged yet, never the merged events.',
  },
  {
    title: 'single append, times a bare add',
    unit: 'x',
    of: ({ append }) => append,
    bound: 'one transaction with one record and one look at the fence; how long the log is does not enter.',
  },
  {
    title: 'command, times a bare add',
    unit: 'x',
    of: ({ command }) => command,
    bound: 'the same transaction; the state is in memory, whatever the log holds of others.',
  },
  {
    title: 'event(id), cold',
    unit: 'ms',
    of: ({ event }) => event,
    bound: 'the one shard of the index of ids that the id hashes to, and the one block that holds the event.',
  },
  {
    title: 'one stream of 50, cold',
    unit: 'ms',
    of: ({ stream }) => stream,
    bound: 'the segments that the stream is spread over, and its blocks in each; here it came in seven appends all over the log, so at most seven.',
  },
  {
    title: 'live bytes per event',
    unit: 'bytes',
    of: ({ bytesPerEvent }) => single(bytesPerEvent),
    bound: 'the payload as LZ4 leaves it, and 16 bytes of id, half of them random; fuller blocks share more of what repeats.',
  },
  {
    title: 'wasm memory after reading all',
    unit: 'MiB',
    of: ({ memory }) => single(memory && memory / MEGABYTE),
    bound: 'the caches, which have a limit, and the page being read. wasm memory never shrinks, so this is the most that was needed at once.',
  },
];

/** Shown below them in the table, without a chart. */
const MORE = [
  { title: 'very first opening of a new browser', unit: 'ms', of: ({ first }) => single(first) },
  { title: 'the bare add beside it', unit: 'ms', of: ({ bare }) => bare },
  { title: 'wasm memory after opening', unit: 'MiB', of: ({ memoryOpened }) => single(memoryOpened && memoryOpened / MEGABYTE) },
  { title: 'records', unit: 'count', of: ({ records }) => single(records) },
  { title: 'of them segments', unit: 'count', of: ({ segments }) => single(segments) },
];

const LABELS = ['annals', 'by hand'];

/** Writes RESULTS.md and the chart that it shows. */
export async function writeResults(result) {
  const files = [['RESULTS.md', resultsText(result)], ['growth.svg', chart(result.sizes, chartsOf(result))]];
  for (const [name, text] of files) {
    await writeFile(inRoot('tests', 'bench', name), text);
    progress(`wrote tests/bench/${name}`);
  }
}

export const growthText = (result) => [heading(result), table(result), goals(result)].join('\n\n');

const resultsText = (result) => `# Growth

Written by \`npm run bench -- --growth\`; how it measures is in [README.md](README.md).

${growthText(result)}

![Small charts of the table's figures over the number of events](growth.svg)

## What bounds each

By design; where the figure grows all the same, the design is not what was built.

${FIGURES.map((figure) => `- **${figure.title}**: ${figure.bound}${growthOf(figure, result.sizes)}`).join('\n')}
`;

const heading = ({ browser, cpus, cpu, memory, load, date, cannotMerge }) => (
  `${browser}, headless, on ${cpus} CPUs (${cpu}), ${memory} GiB of memory, load ${load.toFixed(1)} before, ${date.slice(0, 10)}. `
  + 'Medians, with the least and the greatest in brackets.'
  + (cannotMerge ? '\n\n**Nothing was merged: this build of annals has no `merge()`.**' : '')
);

function table({ sizes }) {
  const rows = [...FIGURES, ...MORE].flatMap((figure) => seriesOf(figure, sizes).map(({ label, points }) => (
    [`${figure.title}, ${figure.unit}`, label, ...points.map(cell)]
  )));
  const titles = ['events', '', ...sizes.map(({ events }) => count(events))];
  const rule = titles.map((_, i) => (i < 2 ? '---' : '--:'));
  return [titles, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const chartsOf = ({ sizes }) => FIGURES.map(({ title, unit, ...figure }) => ({ title, unit, series: seriesOf(figure, sizes) }));

/** A figure of each contender that has it, size by size. */
function seriesOf({ of }, sizes) {
  return LABELS
    .map((label) => ({ label, points: sizes.map((size) => laneOf(size, label)).map((lane) => lane && of(lane)) }))
    .filter(({ points }) => points.some((point) => point !== undefined));
}

function goals({ sizes }) {
  const least = sizes[0];
  const most = sizes.at(-1);
  const ours = laneOf(most, 'annals');
  if (ours === undefined) return '';
  const open = ratioOfRounds(ours.opens, laneOf(least, 'annals').opens);
  const { event } = ours;
  const first = laneOf(least, 'annals');
  const memory = ours.memory === undefined ? undefined : ours.memory / MEGABYTE;
  return [
    `- Opening ${count(most.events)} takes ${open.toFixed(2)} times as long as opening ${count(least.events)} (aim: at most ${MOST_TO_OPEN}): ${verdict(open, MOST_TO_OPEN)}.`,
    grown('A single append', ours.append.median / first.append.median, most, least),
    grown('A command', ours.command.median / first.command.median, most, least),
    `- \`event(id)\` among ${count(most.events)} takes ${event.median.toFixed(2)} ms, at worst ${event.max.toFixed(2)} (aim: at most ${MOST_FOR_EVENT}): ${verdict(event.median, MOST_FOR_EVENT)}.`,
    `- Having read all of ${count(most.events)}, the engine holds ${memory === undefined ? 'an unknown amount' : `${memory.toFixed(1)} MiB`} of memory `
      + `(aim: at most ${MOST_MEMORY}): ${memory === undefined ? 'this build does not say' : verdict(memory, MOST_MEMORY)}.`,
  ].join('\n');
}

/** Of what is told as times a bare add in the same loop. */
const grown = (what, times, most, least) => (
  `- ${what} among ${count(most.events)} takes ${times.toFixed(2)} times as many bare adds as among ${count(least.events)} (aim: at most ${MOST_TO_APPEND}): ${verdict(times, MOST_TO_APPEND)}.`
);

const verdict = (found, most) => (found <= most ? 'reached' : 'missed');

/** The end of the sentence on what bounds a figure: what was found. */
function growthOf(figure, sizes) {
  const points = seriesOf(figure, sizes).find(({ label }) => label === 'annals')?.points;
  if (points === undefined) return ' This build does not say.';
  const times = points.at(-1).median / points[0].median;
  return ` From ${count(sizes[0].events)} to ${count(sizes.at(-1).events)} events: ${times.toFixed(2)} times.`;
}

const count = (events) => events.toLocaleString('en');

const laneOf = ({ lanes }, label) => lanes.find((lane) => lane.label === label);

const single = (value) => (value === undefined ? undefined : { median: value, min: value, max: value });

function cell(figures) {
  if (figures === undefined) return '-';
  const { median, min, max } = figures;
  if (min !== max) return `${short(median)} (${short(min)}–${short(max)})`;
  return Number.isInteger(median) ? count(median) : short(median);
}

const short = (value) => (value >= 100 ? count(Math.round(value)) : value.toFixed(value < 10 ? 2 : 1));
