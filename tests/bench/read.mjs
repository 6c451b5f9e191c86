// Runs the rounds of a row that reads: each lane's store is written and merged first, then opened anew in every round.

import { named, pause, storeName } from './lanes.mjs';
import { PAUSE, inTurn } from './measure.mjs';
import { sharesOf } from './rows.js';

/** After writing, the browser gets this long to put its files in order: milliseconds. */
const SETTLE = 3000;

/**
 * @param {(lane: object) => object} pageOf a lane's page of `openPage()`, its own for this row
 * @param {object} row of `ROWS`
 * @param {{ durability: string, rounds: number, warm: number }} options
 * @returns each lane's microseconds, per event or per reading, round by round
 */
export async function readRow(pageOf, row, options) {
  const filled = await fillLanes(pageOf, row, options);
  await pause(SETTLE);
  return readLanes(pageOf, row, filled, options);
}

/** @returns what is to be said of each lane's store, by its label */
export async function fillLanes(pageOf, row, { durability }) {
  const filled = new Map();
  for (const lane of row.lanes) {
    filled.set(lane.label, await named(lane, pageOf(lane).call('fill', storeName(row, lane, durability), row, lane, durability)));
  }
  return filled;
}

/** Runs the rounds of a row whose stores are written. */
export async function readLanes(pageOf, row, filled, { durability, rounds, warm }) {
  const lanes = row.lanes.map((lane) => ({ lane, page: pageOf(lane), name: storeName(row, lane, durability), times: [], cached: undefined }));
  for (let round = -warm; round < rounds; round++) {
    for (const entry of inTurn(lanes, round)) {
      await entry.page.collectGarbage();
      await pause(PAUSE);
      const { milliseconds, cached } = await named(entry.lane, readOnce(row, entry, durability, round + warm));
      entry.cached = cached;
      if (round >= 0) entry.times.push((milliseconds * 1000) / sharesOf(row));
    }
  }
  return lanes.map(({ lane, times, cached }) => ({ label: lane.label, times, cached, ...filled.get(lane.label) }));
}

async function readOnce(row, { lane, page, name }, durability, round) {
  const cached = await page.call('prepareReading', name, row, lane, durability, round);
  const milliseconds = await page.call('runReading', name);
  await page.call('checkReading', name);
  return { milliseconds, cached };
}
