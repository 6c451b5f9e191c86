// Runs the rounds of a row that reads: each lane's store is written and merged first, then opened anew in every round.

import { named, pause, storeName } from './lanes.mjs';
import { PAUSE } from './measure.mjs';
import { sharesOf } from './rows.js';

/** After writing, the browser gets this long to put its files in order: milliseconds. */
const SETTLE = 3000;

/**
 * @param {object} page of `openPage()`, its own for this row
 * @param {object} row of `ROWS`
 * @param {{ durability: string, rounds: number, warm: number }} options
 * @returns each lane's microseconds, per event or per reading, round by round
 */
export async function readRow(page, row, { durability, rounds, warm }) {
  const lanes = row.lanes.map((lane) => ({ lane, name: storeName(row, lane, durability), times: [], cached: undefined, filled: undefined }));
  for (const entry of lanes) entry.filled = await named(entry.lane, page.call('fill', entry.name, row, entry.lane, durability));
  await pause(SETTLE);

  for (let round = -warm; round < rounds; round++) {
    for (const entry of lanes) {
      await page.collectGarbage();
      await pause(PAUSE);
      const { milliseconds, cached } = await named(entry.lane, readOnce(page, row, entry, durability, round + warm));
      entry.cached = cached;
      if (round >= 0) entry.times.push((milliseconds * 1000) / sharesOf(row));
    }
  }
  return lanes.map(({ lane, times, cached, filled }) => ({ label: lane.label, times, cached, ...filled }));
}

async function readOnce(page, row, { lane, name }, durability, round) {
  const cached = await page.call('prepareReading', name, row, lane, durability, round);
  const milliseconds = await page.call('runReading', name);
  await page.call('checkReading', name);
  return { milliseconds, cached };
}
