// A CPU profile of annals in one row: where the page's main thread spends the time of the measured rounds.
// What the browser's own processes do (IndexedDB, the disk) shows only as '(idle)', and the sampling itself costs a little.

import { storeName } from './lanes.mjs';
import { median } from './statistics.mjs';

const SAMPLE_EVERY = 100; // microseconds
const TOP = 30;

/** @returns the profile of each annals lane of the row, as text */
export async function profileRow(page, row, { durability, rounds, warm }) {
  const texts = [];
  for (const lane of row.lanes.filter(({ label }) => label.startsWith('annals'))) {
    const { profiles, times } = await profileLane(page, row, lane, { durability, rounds, warm });
    const perEvent = ((median(times) * 1000) / row.events).toFixed(1);
    texts.push(`${row.title}, ${durability}: ${lane.label}\n${perEvent} us/event while profiled (median)\n${selfTimeText(profiles, rounds * row.events)}`);
  }
  return texts.join('\n');
}

async function profileLane(page, row, lane, { durability, rounds, warm }) {
  const name = storeName(row, lane, durability);
  await page.call('open', name, row, lane, durability);
  await page.devtools.send('Profiler.enable');
  await page.devtools.send('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY });
  const profiles = [];
  const times = [];
  for (let round = -warm; round < rounds; round++) {
    await page.call('prepare', name);
    await page.collectGarbage();
    await page.devtools.send('Profiler.start');
    const time = await page.call('run', name);
    const { profile } = await page.devtools.send('Profiler.stop');
    if (round >= 0) {
      profiles.push(profile);
      times.push(time);
    }
    await page.call('check', name);
  }
  await page.call('checkAll', name);
  return { profiles, times };
}

function selfTimeText(profiles, events) {
  const times = new Map();
  for (const profile of profiles) addSelfTimes(profile, times);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, TOP);
  const lines = top.map(([place, time]) => (
    `${(time / events).toFixed(2).padStart(10)}${((100 * time) / total).toFixed(1).padStart(8)}%   ${place}`
  ));
  return `${'us/event'.padStart(10)}${'share'.padStart(9)}   function (of ${(total / events).toFixed(2)} us/event in all)\n${lines.join('\n')}\n`;
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
