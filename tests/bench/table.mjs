// The table as plain text.

import { goalsText } from './goals.mjs';
import { unitOf } from './rows.js';

const LABEL_WIDTH = 26;
const COLUMN_WIDTH = 12;

const LEGEND = `us/event     microseconds per event: the median over the measured rounds of (time of the round / its events)
us/read      microseconds of one reading: the median over the measured rounds
min, max     the quickest and the slowest of those rounds
ratio        as the row's heading says; the median of the ratios within each round, in which the lanes take turns
of medians   the same as a ratio of the two medians
bare add     one transaction with a single add of the event as an object, no index, no check, then commit()
by hand      one object per event, unique indexes on [stream, revision] and id, one transaction per append (bulk: per 5,000 events), with idb
in Rust      an aggregate, or a projection, whose rules are compiled into one wasm module with the engine
Dexie        rows as objects under their keys, with an index for each question
limit        all events of the round as JSON text in one record (bulk, read-all, bytes: one per 1,024 events), in one transaction
live bytes   bytes per event of the records that hold them, by the store's own count: 'as written', and after merging
estimate()   bytes per event that the browser says the origin uses, once written: garbage counts too
Every lane stores the same events, makes their ids within the time measured, and everything that is read is compared with what was given.
`;

/** @param {object} environment `browser`, `cpus`, `cpu`, `load`, `date`, `payload` */
export const heading = ({ browser, cpus, cpu, load, date, payload }) => (
  `${browser}, headless · ${cpus} CPUs (${cpu}), load ${load.toFixed(1)} before · ${date}\n`
  + `events with ${payload} bytes of JSON data on average\n`
);

/** The result of one row at one durability. */
export function rowText(result) {
  const { kind } = result.row;
  if (kind === 'bytes') return bytesText(result);
  if (kind === 'merge') return mergeText(result);
  return timesText(result);
}

export const legend = () => LEGEND;

function timesText({ row, durability, warm, lanes }) {
  return [
    `${row.name}: ${row.title}, ${durability}`,
    `  ratio: ${row.ratio} (${row.baseline}); ${warm} warm rounds, then ${lanes[0].times.length} of ${shareText(row)}${notes(lanes)}${goalsText(row, lanes)}`,
    line('', [unitOf(row), 'min', 'max', 'ratio', 'of medians']),
    ...lanes.map((lane) => line(lane.label, [
      number(lane.median), number(lane.min), number(lane.max), ratio(lane.ratioOfRounds), ratio(lane.ratioOfMedians),
    ])),
    '',
  ].join('\n');
}

const shareText = ({ events, times }) => (times === undefined ? `${number(events)} events` : `${number(times)} readings`);

/** What was merged before the reading, and what was in memory when it began. */
function notes(lanes) {
  const ours = lanes.find(({ cached }) => cached !== undefined);
  if (ours === undefined) return '';
  const merged = ours.merged === undefined ? 'annals was not merged' : `annals was merged in ${ours.merged.steps} steps`;
  const snapshots = lanes.some(({ hasSnapshot }) => hasSnapshot === false) ? '; no snapshot was kept: the figures are those of replaying' : '';
  return `\n  ${merged}; just opened it held ${number(ours.cached / 1024)} KiB of records in memory, the others none${snapshots}`;
}

function bytesText({ row, lanes }) {
  const ours = lanes.find(({ live }) => live !== undefined);
  return [
    `${row.name}: ${row.title}, in bytes per event; each contender in an origin of its own`,
    ours === undefined ? '' : `  goal: at most ${row.most} live: ${ours.live <= row.most ? 'reached' : 'missed'}${ours.merged ? '' : ' (not merged: this build has no merge())'}`,
    line('', ['live', 'as written', 'estimate()']),
    ...lanes.map((lane) => line(lane.label, [optional(lane.live), optional(lane.written), optional(lane.estimate)])),
    '',
  ].filter((text, i) => i === 4 + lanes.length || text !== '').join('\n');
}

function mergeText({ row, durability, idle, whileAppending, alone }) {
  const title = `${row.name}: ${row.title}, ${durability}`;
  if (alone === undefined) return `${title}\n  not measured: this build has no merge()\n`;
  const parts = [['while appending', whileAppending], ['alone', alone]];
  const goal = (value) => (value <= row.mostMilliseconds ? 'reached' : 'missed');
  return [
    title,
    `  goal: no step longer than ${row.mostMilliseconds} ms: ${goal(alone.longestStep)} by its own word, ${goal(alone.longestWait)} by the page's clock (alone)`,
    line('', ['written/live', 'steps', 'longest step', 'longest wait', 'waits > 8 ms', 'of']),
    ...parts.map(([label, part]) => line(label, [
      ratio(part.bytesMerged / part.bytesStored), number(part.steps), `${number(part.longestStep)} ms`, `${number(part.longestWait)} ms`,
      number(part.longWaits), number(part.ticks),
    ])),
    line('nothing at all', ['', '', '', `${number(idle.longest)} ms`, number(idle.long), number(idle.ticks)]),
    ...parts.map(([label, { appends, calls, bytesStored, records, segments, longTasks }]) => (
      `  ${label}: ${number(appends)} appends, ${number(calls)} calls of merge(), ${number(bytesStored / row.events)} bytes per event live in `
      + `${optional(records)} records, ${optional(segments)} of them segments; ${longTasks} tasks over 50 ms`
    )),
    '  written/live: bytes written by merging / bytes of the records finally live. longest step: by merge()\'s own report.',
    '  longest wait: of a message that a worker sends each millisecond; while appending it has the appends in it.',
    '',
  ].join('\n');
}

const line = (label, cells) => `  ${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padStart(COLUMN_WIDTH + 1)).join('')}`;

export function number(value) {
  if (Number.isInteger(value) || value >= 100) return value.toLocaleString('en', { maximumFractionDigits: 0 });
  if (value < 1) return value.toPrecision(3);
  return value.toLocaleString('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
}

export const optional = (value) => (value === undefined ? '-' : number(value));

const ratio = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)}x`;
