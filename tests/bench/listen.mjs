// Runs the rounds of the row about listeners: in each its stores take turns append by append.

import { named, pause, storeName, within } from './lanes.mjs';
import { PAUSE } from './measure.mjs';

/** A round that takes longer than this has failed: milliseconds. */
const ROUND_LIMIT = 60_000;

/**
 * @param {() => object} pageOf the page of `openPage()`: all lanes are in one, its own for this row
 * @param {object} row of `ROWS`
 * @param {{ durability: string, rounds: number, warm: number }} options
 * @returns each lane's microseconds, of the median append of each round
 */
export async function listenRow(pageOf, row, { durability, rounds, warm }) {
  const page = pageOf();
  const lanes = row.lanes.map((lane) => ({ lane, name: storeName(row, lane, durability), times: [] }));
  for (const { lane, name } of lanes) await named(lane, page.call('beginListening', name, row, lane, durability));
  const names = lanes.map(({ name }) => name);
  for (let round = -warm; round < rounds; round++) {
    await page.collectGarbage();
    await pause(PAUSE);
    const found = await within(ROUND_LIMIT, page.call('runListening', names));
    if (round >= 0) lanes.forEach(({ times }, i) => times.push(found[i] * 1000));
  }
  for (const { lane, name } of lanes) await named(lane, page.call('endListening', name));
  return lanes.map(({ lane, times }) => ({ label: lane.label, times }));
}
