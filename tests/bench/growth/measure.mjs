// `npm run bench -- --growth`: what a store of a thousand to a million events costs to open, to ask and to append to.

import { environmentOf } from '../environment.mjs';
import { named, pause } from '../lanes.mjs';
import { launch, makeProfile, removeAtExit, removeProfile } from '../launch.mjs';
import { PAUSE } from '../measure.mjs';
import { isWhole } from '../options.mjs';
import { print, progress } from '../output.mjs';
import { median, spread } from '../statistics.mjs';
import { growthText, writeResults } from './results.mjs';
import { build, storesOf } from './stores.mjs';

const KEPT = 'kept';
/** Data belongs to an origin, and the port is part of that: what is to be kept needs the same one next time. */
const PORT = 4197;
const ROUNDS = 15;
const WARM = 5;
/** Once so much time has gone by, these rounds are enough: milliseconds. */
const TIME_FOR_ROUNDS = 240_000;
const LEAST_ROUNDS = 5;
/** Appends awaited one by one: so many blocks of so many by each contender, and one block that does not count. */
const BLOCKS = 5;
const APPENDS = 40;
/** After the browser has opened files that were just written, it puts them in order: milliseconds. */
const SETTLE = 5000;

export async function measureGrowth(options) {
  const profile = await makeProfile(options.keep ? KEPT : `growth-${process.pid}`);
  try {
    const stores = storesOf(options);
    const built = await inBrowser(profile, options, (browser) => buildAll(browser, stores));
    // Another browser process on the same files: nothing that building left in its memory is there.
    const result = await inBrowser(profile, options, async (browser) => {
      const environment = environmentOf(browser.version);
      return { ...environment, cannotMerge: built.cannotMerge, sizes: await measureAll(browser, stores, built.wanted) };
    });
    print(options.json ? JSON.stringify(result, null, 2) : growthText(result));
    if (isWhole(options)) await writeResults(result);
    else progress('not all was measured, so RESULTS.md and growth.svg stay as they are');
  } finally {
    if (!options.keep) removeProfile(profile);
  }
}

async function inBrowser(profile, { keep }, work) {
  const browser = await launch({ profile, port: PORT });
  if (!keep) removeAtExit(profile);
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** @returns `wanted`: of each store, by its name, an event for each round, so that it can be asked for by its id */
async function buildAll(browser, stores) {
  const wanted = new Map();
  let cannotMerge = false;
  for (const store of stores) {
    const page = await browser.openPage(store.origin);
    await named(store, build(page, store));
    const found = await named(store, page.call('wantedOf', store.name, store.opens, store.events, WARM + ROUNDS));
    cannotMerge ||= store.opens === 'annals' && !found.merges;
    wanted.set(store.name, found.wanted);
    await page.close();
  }
  return { wanted, cannotMerge };
}

async function measureAll(browser, stores, wanted) {
  const entries = [];
  for (const store of stores) entries.push({ ...store, page: await browser.openPage(store.origin), wanted: wanted.get(store.name), rounds: [] });
  await ask(entries);
  for (const entry of entries) {
    progress(`reading and appending: ${entry.label}, ${entry.events.toLocaleString('en')} events`);
    await entry.page.toFront();
    if (entry.opens === 'annals') entry.along = await named(entry, entry.page.call('readAlong', entry.name, entry.events));
    entry.appends = await named(entry, appendsOf(entry));
    if (entry.opens === 'annals') entry.commands = await named(entry, appendsOf({ ...entry, opens: 'dispatching' }));
  }
  const sizes = [...new Set(stores.map(({ events }) => events))];
  return sizes.map((events) => ({ events, lanes: entries.filter((entry) => entry.events === events).map(laneOf) }));
}

/** Sizes and contenders take turns within each round, so that noise hits all alike. */
async function ask(entries) {
  for (const entry of entries) {
    entry.first = await askOne(entry, 0);
    await entry.page.call('holdFiles');
  }
  await pause(SETTLE);
  const until = performance.now() + TIME_FOR_ROUNDS;
  for (let round = 1; round < WARM + ROUNDS; round++) {
    if (round >= WARM + LEAST_ROUNDS && performance.now() > until) break;
    progress(`asking, round ${round} of ${WARM + ROUNDS - 1}`);
    for (const entry of entries) {
      const figures = await askOne(entry, round);
      if (round >= WARM) entry.rounds.push(figures);
    }
  }
}

async function askOne({ page, name, label, opens, events, wanted }, round) {
  await page.toFront();
  await page.collectGarbage();
  await pause(PAUSE);
  return named({ label }, page.call('ask', name, opens, events, round, wanted[round]));
}

/** The cost of single appends, or commands, as a multiple of a bare add's, in the same loop. */
async function appendsOf({ page, name, opens }) {
  const blocks = [];
  for (let block = 0; block <= BLOCKS; block++) {
    const times = await page.call('appendAwaited', name, opens, APPENDS, `${Date.now()}`);
    if (block > 0) blocks.push(times);
  }
  return {
    bare: spread(blocks.flatMap(({ bare }) => bare)),
    ratio: spread(blocks.map(({ ours, bare }) => median(ours) / median(bare))),
  };
}

function laneOf({ label, first, rounds, along, appends, commands }) {
  const of = (name) => rounds.map((figures) => figures[name]);
  return {
    label,
    first: first.open,
    opens: of('open'),
    open: spread(of('open')),
    event: spread(of('event')),
    stream: spread(of('stream')),
    append: appends.ratio,
    command: commands?.ratio,
    bare: appends.bare,
    ...(along && sizeOf(along)),
  };
}

const sizeOf = ({ opened, read }) => ({
  bytesPerEvent: read.bytesStored / read.events,
  records: read.records,
  segments: read.segments,
  memoryOpened: opened.bytesOfMemory,
  memory: read.bytesOfMemory,
});
