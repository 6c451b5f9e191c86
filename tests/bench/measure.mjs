// Runs the rounds of one row. The lanes take turns within each round, so that noise hits all alike.

import { summary } from './statistics.mjs';

/** A round that takes longer than this has failed: milliseconds. */
const ROUND_LIMIT = 60_000;
/** What a finished round leaves to do (compaction, idle work) gets this long before the next lane: milliseconds. */
const PAUSE = 50;
/** So many rounds are measured even if the row takes longer than its share of the time. */
const LEAST_ROUNDS = 5;

/**
 * @param {object} page of `openPage()`, its own for this row
 * @param {object} row of `ROWS`
 * @param {{ durability: string, rounds: number, warm: number, until: number }} options
 *   `until`: on the clock of `performance.now()`; later than that the row ends with the fewest rounds that count
 * @returns each lane's microseconds per event, round by round
 */
export async function measureRow(page, row, { durability, rounds, warm, until }) {
  const lanes = row.lanes.map((lane) => ({ lane, storeName: storeName(row, lane, durability), times: [] }));
  for (const { lane, storeName } of lanes) await page.call('open', storeName, row, lane, durability);

  for (let round = -warm; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && performance.now() > until) break;
    for (const entry of lanes) {
      const milliseconds = await runRound(page, entry);
      if (round >= 0) entry.times.push((milliseconds * 1000) / row.events);
    }
  }

  for (const { lane, storeName } of lanes) await named(lane, page.call('checkAll', storeName));
  return lanes.map(({ lane, times }) => ({ label: lane.label, times }));
}

/** Adds to each lane of a measured row what its times come to. */
export function summarise(row, measured, showsCost) {
  const baseline = measured.find(({ label }) => label === row.baseline)?.times;
  const ratio = showsCost ? (cost, base) => cost / base : (cost, base) => base / cost;
  return measured.map(({ label, times }) => ({ label, times, ...summary(times, baseline ?? times, ratio) }));
}

export const storeName = (row, lane, durability) => `bench ${row.name} ${durability} ${lane.label}`;

async function runRound(page, { lane, storeName }) {
  await page.call('prepare', storeName);
  await page.collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
  const milliseconds = await named(lane, within(ROUND_LIMIT, page.call('run', storeName)));
  await named(lane, page.call('check', storeName));
  return milliseconds;
}

async function named(lane, outcome) {
  try {
    return await outcome;
  } catch (cause) {
    throw new Error(`${lane.label}: ${cause.message}`, { cause });
  }
}

async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
