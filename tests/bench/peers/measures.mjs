// What measures the rows of the peers, by their kind. Each answers with its lanes' figures, round by round.

import { fillLanes, readLanes } from '../read.mjs';
import { inTurn, measureRow } from '../measure.mjs';
import { named, pause, storeName, within } from '../lanes.mjs';
import { Profiles, pageMemory, storedIn } from './browsers.mjs';
import { weighCode } from './bundles.mjs';
import { progress } from '../output.mjs';
import { median } from '../statistics.mjs';

/** After writing, the browser gets this long to put its files in order: milliseconds. */
const SETTLE = 3000;
const PAUSE = 50;
const ROUND_LIMIT = 120_000;
/** Between two events that another tab is told of: milliseconds. */
const BETWEEN = 20;

const profilesOf = ({ lanes }) => lanes.map(({ profile }) => profile);

/** Commands and bulk: a new profile for each lane. */
export async function write(place, row, options) {
  return inNewBrowsers(place, row, (pageOf) => measureRow(pageOf, row, options));
}

/** Readings: what is read was written by a browser that has ended. */
export async function read({ kept, filled }, row, options) {
  const isNew = (lane) => {
    const name = storeName(row, lane, options.durability);
    return !filled.has(name) && filled.add(name);
  };
  const missing = { ...row, lanes: row.lanes.filter(isNew) };
  if (missing.lanes.length > 0) {
    await kept.inBrowsers(profilesOf(missing), async (of) => {
      progress(`filling ${row.log ?? row.name}`);
      await fillLanes(({ profile }) => of(profile).page, missing, options);
      await pause(SETTLE);
    });
  }
  return kept.inBrowsers(profilesOf(row), (of) => readLanes(({ profile }) => of(profile).page, { ...row, isAskedFirst: true }, new Map(), options));
}

export async function watch(place, row, { durability, rounds, warm }) {
  return inNewBrowsers(place, row, async (pageOf) => {
    const lanes = row.lanes.map((lane) => ({ lane, page: pageOf(lane), times: [] }));
    for (const { lane, page } of lanes) await named(lane, page.call('beginWatching', storeName(row, lane, durability), row, lane, durability));
    for (let round = -warm; round < rounds; round++) {
      for (const { lane, page, times } of inTurn(lanes, round)) {
        await page.collectGarbage();
        await pause(PAUSE);
        const milliseconds = await named(lane, within(ROUND_LIMIT, page.call('runWatching', row.events)));
        if (round >= 0) times.push(milliseconds * 1000);
      }
    }
    for (const { lane, page } of lanes) await named(lane, page.call('endWatching'));
    return lanes.map(({ lane, times }) => ({ label: lane.label, times }));
  });
}

/** Two pages of one browser. */
export async function tabs(place, row, { durability, rounds, warm }) {
  const lanes = [];
  for (const lane of row.lanes) {
    const times = await inNewBrowser(place, lane, async ({ browser, page: one }) => {
      const other = await browser.openPage();
      const name = storeName(row, lane, durability);
      await one.call('openTab', name, lane, durability, false);
      await other.call('openTab', name, lane, durability, true);
      const found = [];
      for (let round = -warm; round < rounds; round++) {
        await one.call('tell', (round + warm) * row.events, row.events, BETWEEN);
        await pause(10 * BETWEEN);
        const heard = await other.call('heardInTab');
        if (heard.length !== row.events) throw new Error(`${lane.label}: ${row.events} events told, ${heard.length} heard`);
        if (round >= 0) found.push(median(heard) * 1000);
      }
      return found;
    });
    lanes.push({ label: lane.label, times, isAlone: true });
  }
  return lanes;
}

/** Each round is in a new browser; the profile is the one in which the log was built. */
export async function open(place, row, { rounds, durability }) {
  const able = row.lanes.filter(({ most = Infinity }) => row.events <= most);
  const profiles = new Profiles(place);
  const lanes = able.map((lane) => ({ lane, name: storeName(row, lane, durability), times: [], memory: [], disk: [] }));
  try {
    for (const { lane, name } of lanes) {
      progress(`building ${lane.label}`);
      const started = performance.now();
      await profiles.inBrowsers([lane.profile], async (of) => {
        await named(lane, of(lane.profile).page.call('buildLog', name, lane, row.events));
        await pause(SETTLE);
      });
      progress(`built ${lane.label} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { lane, name, times, memory, disk } of inTurn(lanes, round)) {
        await profiles.inBrowsers([lane.profile], async (of) => {
          const { page, folder } = of(lane.profile);
          await page.collectGarbage();
          await pause(SETTLE / 3);
          const before = pageMemory(place.engine, folder);
          times.push(1000 * (await named(lane, page.call('openLog', name, lane, row.events, round))));
          if (row.weighs) disk[0] = storedIn(place.engine, folder) / row.events;
          if (!row.weighs || before === undefined) return;
          await pause(SETTLE / 3);
          await page.collectGarbage();
          memory.push(pageMemory(place.engine, folder) - before);
        });
      }
    }
  } finally {
    profiles.remove();
  }
  return lanes.map(({ lane, ...figures }) => ({ label: lane.label, times: figures.times, memory: figures.memory, disk: figures.disk }));
}

/** The files of a profile, once the store has been opened by another browser, which puts what was written last in order. */
export async function disk(place, row, { durability }) {
  const profiles = new Profiles(place);
  const lanes = [];
  try {
    for (const lane of row.lanes) {
      const log = storeName(row, lane, durability);
      const bare = await profiles.inBrowsers([lane.profile], async (of) => storedIn(place.engine, of(lane.profile).folder));
      await profiles.inBrowsers([lane.profile], async (of) => {
        await named(lane, of(lane.profile).page.call('fill', log, row, lane, durability));
        await pause(SETTLE);
      });
      const bytes = await profiles.inBrowsers([lane.profile], async (of) => {
        const { page, folder } = of(lane.profile);
        await page.call('prepareReading', log, { ...row, reads: 'count' }, lane, durability, 0);
        await pause(SETTLE);
        const stored = storedIn(place.engine, folder) - bare;
        await page.call('runReading', log);
        await named(lane, page.call('checkReading', log));
        return stored;
      });
      lanes.push({ label: lane.label, times: [bytes / (lane.events ?? row.events)] });
    }
  } finally {
    profiles.remove();
  }
  return lanes;
}

export async function code(_, row) {
  const lanes = [];
  for (const { label, opens } of row.lanes) lanes.push({ label, times: [(await weighCode(opens)) / 1000] });
  return lanes;
}

async function inNewBrowsers(place, row, work) {
  const profiles = new Profiles(place);
  try {
    return await profiles.inBrowsers(profilesOf(row), (of) => work(({ profile }) => of(profile).page));
  } finally {
    profiles.remove();
  }
}

async function inNewBrowser(place, lane, work) {
  const profiles = new Profiles(place);
  try {
    return await profiles.inBrowsers([lane.profile], (of) => work(of(lane.profile)));
  } finally {
    profiles.remove();
  }
}
