// Weighs each lane's store, each in an origin of its own, because the browser tells what an origin uses, not a database.

import { named, pause, storeName } from './lanes.mjs';

/** The browser's figure lags behind what was written: milliseconds. */
const SETTLE = 3000;

/**
 * @param {(origin: string, work: (page: object) => Promise<object>) => Promise<object>} inPageOfItsOwn
 * @param {object} row of `ROWS`
 * @returns each lane's bytes per event: `written`, `live` (after merging) and what the browser says
 */
export async function weighRow(inPageOfItsOwn, row, { durability }) {
  const lanes = [];
  for (const lane of row.lanes) {
    const { written, live, merged, empty, usage } = await inPageOfItsOwn(lane.opens, async (page) => {
      const weighed = await named(lane, page.call('weigh', storeName(row, lane, durability), row, lane, durability));
      await pause(SETTLE);
      return { ...weighed, usage: await page.call('usage') };
    });
    const perEvent = (bytes) => (bytes === undefined ? undefined : bytes / row.events);
    lanes.push({ label: lane.label, merged, written: perEvent(written), live: perEvent(live), estimate: perEvent(usage - empty) });
  }
  return lanes;
}
