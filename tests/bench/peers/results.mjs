// What was measured: a text for each row as it comes, and PEERS.md with peers.svg in the end.

import { writeFile } from 'node:fs/promises';

import { inRoot } from '../../../www/build/paths.mjs';
import { isPerEvent } from '../rows.js';
import { spread } from '../statistics.mjs';
import { number } from '../table.mjs';
import { aimsOf, annalsOf, notBehind, ratioTo } from './aims.mjs';
import { chart } from './chart.mjs';

const UNITS = {
  write: { unit: 'µs an event' },
  read: { unit: 'µs' },
  watch: { unit: 'ms', of: 1000 },
  tabs: { unit: 'ms', of: 1000 },
  open: { unit: 'ms', of: 1000 },
  disk: { unit: 'bytes an event' },
  code: { unit: 'kB' },
  memory: { unit: 'MiB', of: 2 ** 20 },
};

/** One row as plain text. */
export function resultText(result) {
  const { row, lanes } = result;
  const ours = annalsOf(lanes);
  const lines = lanes.map((lane) => {
    const { median, min, max } = figuresOf(row, lane);
    const ratio = ours === undefined ? '' : `${ratioTo(lane, ours).toFixed(2)}x`;
    return `  ${lane.label.padEnd(42)}${[median, min, max].map((value) => number(value).padStart(12)).join('')}${ratio.padStart(12)}`;
  });
  return [`${row.name}: ${row.title}, ${unitOf(row)}`, ...lines, ''].join('\n');
}

/** Writes PEERS.md and peers.svg of what Chromium gave, and of other browsers the same with their names. */
export async function writeResults(result) {
  const rows = withWeights(result.rows);
  const name = result.engine === 'chromium' ? '' : `-${result.engine}`;
  const place = (file) => inRoot('tests', 'bench', file);
  await writeFile(place(`PEERS${name.toUpperCase()}.md`), resultsText({ ...result, rows, image: `peers${name}.svg` }));
  await writeFile(place(`peers${name}.svg`), chart(rows));
}

/** What the greatest log takes of memory and of the disk, as rows of their own. */
function withWeights(rows) {
  return rows.flatMap((result) => {
    const count = result.row.events?.toLocaleString('en');
    const memory = { kind: 'memory', name: 'memory', title: `memory of the page's processes that opening ${count} events takes`, beside: true, goals: [] };
    const disk = { kind: 'disk', name: `disk-${result.row.events}`, title: `bytes on the disk for each of ${count} events`, goals: [{ timesCheaper: 3 }] };
    return [result, ...weighed(result, 'memory', memory), ...weighed(result, 'disk', disk)];
  });
}

function weighed({ row, load, lanes }, what, changes) {
  // What is stored for the limit of opening is no limit of what events take.
  const those = lanes.filter((lane) => lane[what]?.length > 0 && (what !== 'disk' || lane.label !== 'limit'));
  return those.length === 0 ? [] : [{ row: { ...row, ...changes }, load, lanes: those.map((lane) => ({ label: lane.label, times: lane[what] })) }];
}

function resultsText({ browser, cpus, cpu, memory, load, date, rows, image, runs = 1 }) {
  return [
    '# annals beside its peers',
    '',
    'Written by `npm run bench:peers`; who they are, how each is written, and how this measures is in [peers/README.md](peers/README.md).',
    '',
    `${browser}, headless, on ${cpus} CPUs (${cpu}), ${memory} GiB of memory, load ${load.toFixed(1)} before, ${date.slice(0, 10)}. Medians, with the least and the greatest in brackets.`,
    ...(runs > 1 ? [`The rows come from ${runs} runs, one after the other.`] : []),
    '*Times annals* says how many times as much as annals a contender takes: above 1 annals is ahead. It is the median of what the rounds say, in which all take turns, and not',
    'always the ratio of the medians. *Even* are figures within 5 %, or within 15 % where the ranges overlap.',
    '',
    `![For each row a line with the contenders as dots: to the right those that take more than annals](${image})`,
    '',
    '## Where annals is not ahead',
    '',
    ...behindText(rows),
    '',
    '## Aims that name a number',
    '',
    ...aimsText(rows),
    '',
    '## The rows',
    '',
    ...rows.flatMap(rowText),
  ].join('\n');
}

function behindText(rows) {
  const lines = rows.filter(({ row }) => !row.beside).flatMap((result) => {
    const found = notBehind(result).sort((one, other) => one.ratio - other.ratio);
    if (found.length === 0) return [];
    const whom = found.map(({ label, ratio, isEven }) => `${label} ${ratio.toFixed(2)}${isEven ? ' (even)' : ''}`).join(', ');
    return [`- **${result.row.name}**, ${result.row.title}: ${whom}.`];
  });
  return lines.length === 0 ? ['It is ahead in every row.'] : ['Each with what it takes, as a part of what annals takes.', '', ...lines];
}

function aimsText(rows) {
  const lines = rows.flatMap((result) => aimsOf(result).map(({ lane, against, wanted, ratio, isReached }) => (
    `| ${result.row.name} | ${lane} | ${against} | ${wanted} | ${ratioWords(ratio)} | ${isReached ? 'reached' : 'missed'} |`
  )));
  return ['| row | whose | against | at least times | found | |', '|---|---|---|--:|--:|---|', ...lines];
}

function rowText(result) {
  const { row, lanes, load } = result;
  const ours = annalsOf(lanes);
  const lines = lanes.map((lane) => {
    const { median, min, max } = figuresOf(row, lane);
    const { note } = row.lanes.find(({ label }) => label === lane.label);
    const ratio = ours === undefined || lane === ours ? '' : ratioWords(ratioTo(lane, ours));
    return `| ${lane.label}${note === undefined ? '' : ` (${note})`} | ${number(median)}${min === max ? '' : ` (${number(min)}–${number(max)})`} | ${ratio} |`;
  });
  const rounds = lanes[0].times.length;
  const how = [rounds > 1 ? `${rounds} rounds` : '', load === undefined ? '' : `load ${load.toFixed(1)} after it`, row.beside ? 'shown, not an aim' : ''].filter(Boolean);
  return [`### ${row.name}: ${row.title}`, '', `${how.join(', ')}.`, '', `| | ${unitOf(row)} | times annals |`, '|---|--:|--:|', ...lines, ''];
}

function figuresOf(row, lane) {
  const { of = 1 } = UNITS[row.kind];
  return spread(lane.times.map((value) => value / of));
}

const unitOf = (row) => (row.kind === 'read' && isPerEvent(row) ? UNITS.write.unit : UNITS[row.kind].unit);

const ratioWords = (ratio) => (ratio < 10 ? ratio.toFixed(2) : number(Math.round(ratio)));
