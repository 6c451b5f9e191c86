// A CPU profile of annals in one row: where the page's main thread spends the time of the measured rounds.
// What the browser's own processes do (IndexedDB, the disk) shows only as '(idle)', and the sampling itself costs a little.

import { named, storeName } from './lanes.mjs';
import { sharesOf, unitOf } from './rows.js';
import { median } from './statistics.mjs';

const SAMPLE_EVERY = 100; // microseconds
const TOP = 30;

/** What the page is told, by a row's kind: before and after all rounds, and in each. Only `run` is in the profile. */
const STEPS = {
  write: { begin: 'open', prepare: 'prepare', run: 'run', check: 'check', end: 'checkAll' },
  read: { begin: 'fill', prepare: 'prepareReading', run: 'runReading', check: 'checkReading' },
  listen: { begin: 'beginListening', run: 'runListening', end: 'endListening', timeOf: ([median], { events }) => median * events },
};

/** Whether a row can be profiled. */
export const isProfiled = ({ kind }) => kind in STEPS;

/** @returns the profile of each annals lane of the row, as text */
export async function profileRow(page, row, { durability, rounds, warm }) {
  const texts = [];
  for (const lane of row.lanes.filter(({ label }) => label.startsWith('annals'))) {
    const { profiles, times } = await profileLane(page, row, lane, { durability, rounds, warm });
    const unit = unitOf(row);
    const each = ((median(times) * 1000) / sharesOf(row)).toFixed(1);
    texts.push(`${row.title}, ${durability}: ${lane.label}\n${each} ${unit} while profiled (median)\n${selfTimeText(profiles, rounds * sharesOf(row), unit)}`);
  }
  return texts.join('\n');
}

async function profileLane(page, row, lane, { durability, rounds, warm }) {
  const name = storeName(row, lane, durability);
  const { begin, prepare, run, check, end, timeOf = (time) => time } = STEPS[row.kind];
  const call = (step, round) => step && named(lane, page.call(step, name, row, lane, durability, round));
  await call(begin);
  await page.devtools.send('Profiler.enable');
  await page.devtools.send('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY });
  const profiles = [];
  const times = [];
  for (let round = -warm; round < rounds; round++) {
    await call(prepare, round + warm);
    await page.collectGarbage();
    await page.devtools.send('Profiler.start');
    const found = await call(run);
    const { profile } = await page.devtools.send('Profiler.stop');
    if (round >= 0) {
      profiles.push(profile);
      times.push(timeOf(found, row));
    }
    await call(check);
  }
  await call(end);
  return { profiles, times };
}

function selfTimeText(profiles, shares, unit) {
  const times = new Map();
  for (const profile of profiles) addSelfTimes(profile, times);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, TOP);
  const lines = top.map(([place, time]) => (
    `${(time / shares).toFixed(2).padStart(10)}${((100 * time) / total).toFixed(1).padStart(8)}%   ${place}`
  ));
  return `${unit.padStart(10)}${'share'.padStart(9)}   function (of ${(total / shares).toFixed(2)} ${unit} in all)\n${lines.join('\n')}\n`;
}

/** A sample's time delta belongs to the sample before it. */
function addSelfTimes({ nodes, samples, timeDeltas }, times) {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  for (let i = 0; i + 1 < samples.length; i++) {
    const place = places.get(samples[i]);
    times.set(place, (times.get(place) ?? 0) + timeDeltas[i + 1]);
  }
}

function placeOf({ functionName, url, lineNumber, columnNumber }) {
  const name = functionName || '(anonymous)';
  if (!url) return name;
  const file = url.startsWith('wasm:') ? 'wasm' : new URL(url).pathname;
  return file === 'wasm' ? `${name}  wasm` : `${name}  ${file}:${lineNumber + 1}:${columnNumber + 1}`;
}
