// What merging costs: the bytes that it writes, and the time for which it keeps the page busy.

import { contenders } from '../contenders/all.js';
import { appendsOf, writesOfAppend } from '../log.js';
import { compare } from './compare.js';
import { watchTicks } from './ticks.js';

/** While appends go on, the next merge is asked for after so many of them, unless one is still running. */
const APPENDS_PER_MERGE = 100;
/** Where merging has the page to itself, it comes after so many appends, made at once. */
const APPENDS_AT_ONCE = 250;
/** For how long an idle page is watched, to know what the machine alone does to the figure: milliseconds. */
const IDLE = 2000;

export const merging = {
  /** The longest that a message waits while nothing happens. */
  async watchIdle() {
    const watch = await watchTicks();
    await new Promise((resolve) => setTimeout(resolve, IDLE));
    return watch.stop();
  },

  /** Appends awaited one by one, with a merge under way nearly all the time. */
  async mergeWhileAppending(storeName, events, durability) {
    const store = await contenders.annals.open(storeName, durability);
    if (store.merge === undefined) return close(store);
    const watch = await watchTicks();
    const reports = [];
    let running;
    let appends = 0;
    for (const { streamId, events: group, expectedRevision } of appendsOf(events)) {
      await store.appendGroup(streamId, group, expectedRevision);
      appends += 1;
      if (appends % APPENDS_PER_MERGE > 0 || running !== undefined) continue;
      running = store.merge().then((report) => {
        reports.push(report);
        running = undefined;
      });
      // Heard below if nobody hears it before.
      running.catch(() => {});
    }
    await running;
    reports.push(await store.merge());
    return finish(storeName, store, events, durability, { appends, reports, watched: [await watch.stop()] });
  },

  /** Appends, then a merge, by turns; the page is watched during the merge only. */
  async mergeAlone(storeName, events, durability) {
    const store = await contenders.annals.open(storeName, durability);
    if (store.merge === undefined) return close(store);
    const reports = [];
    const watched = [];
    let appends = 0;
    let group = [];
    const turn = async () => {
      await Promise.all(group.map(({ streamId, events, expectedRevision }) => store.appendGroup(streamId, events, expectedRevision)));
      appends += group.length;
      group = [];
      const watch = await watchTicks();
      reports.push(await store.merge());
      watched.push(await watch.stop());
    };
    for (const append of appendsOf(events)) {
      group.push(append);
      if (group.length === APPENDS_AT_ONCE) await turn();
    }
    if (group.length > 0) await turn();
    return finish(storeName, store, events, durability, { appends, reports, watched });
  },
};

async function close(store) {
  await store.close();
  return undefined;
}

/** Takes the store's own word, then closes it, opens it again and compares all of it with what was given. */
async function finish(storeName, store, events, durability, { appends, reports, watched }) {
  const { bytesMerged, bytesStored, records, segments } = await store.diagnostics();
  await store.close();
  const again = await contenders.annals.open(storeName, durability);
  compare(await again.read(0), [...appendsOf(events)].flatMap(writesOfAppend));
  await again.close();

  const sum = (name) => reports.reduce((total, report) => total + report[name], 0);
  return {
    appends,
    bytesMerged: bytesMerged ?? sum('bytesWritten'),
    bytesRead: sum('bytesRead'),
    bytesStored,
    records,
    segments,
    calls: reports.length,
    steps: sum('steps'),
    longestStep: Math.max(...reports.map(({ longestStepMs }) => longestStepMs)),
    longestWait: Math.max(...watched.map(({ longest }) => longest)),
    longWaits: watched.reduce((total, { long }) => total + long, 0),
    ticks: watched.reduce((total, { ticks }) => total + ticks, 0),
    longTasks: watched.reduce((total, { longTasks }) => total + longTasks, 0),
  };
}
