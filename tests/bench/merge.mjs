// Measures merging: once while appends go on, once with the page to itself.

import { named, storeName, within } from './lanes.mjs';

/** A lane that takes longer than this has failed: milliseconds. */
const LIMIT = 300_000;

/** @returns `idle`, `whileAppending` and `alone`; the last two are undefined if this build cannot merge */
export async function mergeRow(page, row, { durability }) {
  const [lane] = row.lanes;
  const run = (name) => named(lane, within(LIMIT, page.call(name, `${storeName(row, lane, durability)} ${name}`, row.events, durability)));
  const idle = await page.call('watchIdle');
  await page.collectGarbage();
  const whileAppending = await run('mergeWhileAppending');
  await page.collectGarbage();
  const alone = await run('mergeAlone');
  return { idle, whileAppending, alone };
}
