// The table as plain text.

const COLUMNS = ['us/event', 'min', 'max', 'ratio', 'of medians'];
const LABEL_WIDTH = 26;
const COLUMN_WIDTH = 12;

const LEGEND = `us/event     microseconds per event: the median over the measured rounds of (time of the round / its events)
min, max     the quickest and the slowest of those rounds
ratio        as the row's heading says; the median of the ratios within each round, in which the lanes take turns
of medians   the same as a ratio of the two medians
bare add     one transaction with a single add of the event as an object, no index, no check, then commit()
by hand      one object per event, unique indexes on [stream, revision] and id, one transaction per append, with idb
limit        all events of the round as JSON text in one record, in one transaction
Every lane stores the same events, makes their ids within the time measured, and is read back after each round.
`;

/** @param {object} environment `browser`, `cpus`, `cpu`, `load`, `date`, `warm`, `payload` */
export const heading = ({ browser, cpus, cpu, load, date, warm, payload }) => (
  `${browser}, headless · ${cpus} CPUs (${cpu}), load ${load.toFixed(1)} before · ${date}\n`
  + `events with ${payload} bytes of JSON data on average · ${warm} warm rounds before those that count\n`
);

/** @param {{ row: object, durability: string, lanes: object[] }} result of one row at one durability */
export function rowText({ row, durability, lanes }) {
  return [
    `${row.title}, ${durability}`,
    `  ratio: ${row.ratio} (${row.baseline})${goalText(row, lanes)}; ${lanes[0].times.length} rounds of ${row.events} events`,
    line('', COLUMNS),
    ...lanes.map((lane) => line(lane.label, figures(lane))),
    '',
  ].join('\n');
}

export const legend = () => LEGEND;

function goalText(row, lanes) {
  const ours = lanes.filter(({ label }) => label.startsWith('annals'));
  if (row.goal === undefined || ours.length === 0) return '';
  const reached = ours.every((lane) => lane.ratioOfRounds >= row.goal);
  return `, goal ${row.goal} or more: ${reached ? 'reached' : `missed${excuse(row, lanes)}`}`;
}

/** IndexedDB itself may be too slow for the goal. */
function excuse(row, lanes) {
  const limit = lanes.find(({ label }) => label === 'limit');
  return limit && limit.ratioOfRounds < row.goal ? ' (by the limit too)' : '';
}

const figures = (lane) => [
  number(lane.median), number(lane.min), number(lane.max), ratio(lane.ratioOfRounds), ratio(lane.ratioOfMedians),
];

const line = (label, cells) => `  ${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join('')}`;

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0, minimumFractionDigits: value < 100 ? 1 : 0 });

const ratio = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)}x`;
