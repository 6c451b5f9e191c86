// Runs the rounds of a row that writes. The lanes take turns within each round, so that noise hits all alike.

import { named, pause, storeName, within } from './lanes.mjs';
import { summary } from './statistics.mjs';

/** A round that takes longer than this has failed: milliseconds. */
const ROUND_LIMIT = 120_000;
/** What a finished round leaves to do (compaction, idle work) gets this long before the next lane: milliseconds. */
export const PAUSE = 50;
/** So many rounds are measured even if the row takes longer than its share of the time. */
const LEAST_ROUNDS = 5;

/**
 * @param {(lane: object) => object} pageOf a lane's page of `openPage()`, its own for this row
 * @param {object} row of `ROWS`
 * @param {{ durability: string, rounds: number, warm: number, until: number }} options
 *   `until`: on the clock of `performance.now()`; later than that the row ends with the fewest rounds that count
 * @returns each lane's microseconds per event, round by round
 */
export async function measureRow(pageOf, row, options) {
  const { rounds, warm, until } = options;
  const lanes = row.lanes.map((lane) => ({ lane, page: pageOf(lane), times: [] }));
  if (!row.newStores) for (const entry of lanes) await openLane(row, entry, options);

  for (let round = -warm; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && performance.now() > until) break;
    for (const entry of inTurn(lanes, round)) {
      if (row.newStores) await openLane(row, entry, options, ` ${round + warm}`);
      const milliseconds = await runRound(entry);
      if (round >= 0) entry.times.push((milliseconds * 1000) / (entry.lane.events ?? row.events));
      await named(entry.lane, entry.page.call(row.newStores ? 'checkAll' : 'check', entry.store));
    }
  }

  if (!row.newStores) for (const { lane, page, store } of lanes) await named(lane, page.call('checkAll', store));
  return lanes.map(({ lane, times }) => ({ label: lane.label, times }));
}

/** Each other round backwards: what a lane leaves to do in the background does not always befall the same one. */
export const inTurn = (lanes, round) => (round % 2 === 0 ? lanes : lanes.toReversed());

/** Adds to each lane of a measured row what its times come to. */
export function summarise(row, measured, showsCost) {
  const baseline = measured.find(({ label }) => label === row.baseline)?.times;
  const ratio = showsCost ? (cost, base) => cost / base : (cost, base) => base / cost;
  return measured.map(({ label, times, ...rest }) => ({ label, times, ...rest, ...summary(times, baseline ?? times, ratio) }));
}

async function openLane(row, entry, { durability }, suffix = '') {
  entry.store = storeName(row, entry.lane, durability) + suffix;
  await named(entry.lane, entry.page.call('open', entry.store, row, entry.lane, durability));
}

async function runRound({ lane, page, store }) {
  await page.call('prepare', store);
  await page.collectGarbage();
  await pause(PAUSE);
  return named(lane, within(ROUND_LIMIT, page.call('run', store)));
}
