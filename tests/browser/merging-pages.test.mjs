// Two pages of one origin on one store, while it is merged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

/** What the page that sleeps has seen, and what there is when it wakes: the appends in between were merged twice. */
const SEEN = 40;
const WRITTEN = 240;

/** What a page that has slept asks first, each on a store that has heard nothing, and what it is answered. */
const FIRST_CALLS = {
  'an append at the exact revision': {
    call: async ({ store, log }) => {
      const { length } = log.filter(({ streamId }) => streamId === 'c0-0');
      return [await store.append('c0-0', [{ type: 'New' }], { expectedRevision: length }), { position: log.length + 1, revisions: { 'c0-0': length + 1 }, duplicate: false }];
    },
    appends: 1,
  },
  'an append that checks nothing': {
    call: async ({ store, log }) => {
      const { length } = log.filter(({ streamId }) => streamId === 'c1-4');
      return [await store.append('c1-4', [{ type: 'New' }], { expectedRevision: 'any' }), { position: log.length + 1, revisions: { 'c1-4': length + 1 }, duplicate: false }];
    },
    appends: 1,
  },
  'an append at the revision that it had seen': {
    call: async ({ store, log, seen, failure }) => {
      const revision = (events) => events.filter(({ streamId }) => streamId === 'c0-0').length;
      const { code, conflicts } = await failure(() => store.append('c0-0', [{ type: 'New' }], { expectedRevision: revision(seen) }));
      return [[code, conflicts], ['RevisionConflict', [{ streamId: 'c0-0', expected: revision(seen), actual: revision(log) }]]];
    },
  },
  'an append to a stream that is not there, to its knowledge': {
    call: async ({ store, log, lateOf, failure }) => {
      const { code, conflicts } = await failure(() => store.append('late-1', [{ type: 'New' }], { expectedRevision: 'noStream' }));
      return [[code, conflicts], ['RevisionConflict', [{ streamId: 'late-1', expected: 'noStream', actual: lateOf(log).length }]]];
    },
  },
  'an append to a stream that really is not there': {
    call: async ({ store, log }) => [await store.append('never-1', [{ type: 'New' }], { expectedRevision: 'noStream' }), { position: log.length + 1, revisions: { 'never-1': 1 }, duplicate: false }],
    appends: 1,
  },
  'an append to a stream that is to be there': {
    call: async ({ store, log, lateOf }) => [await store.append('late-1', [{ type: 'New' }], { expectedRevision: 'exists' }), { position: log.length + 1, revisions: { 'late-1': lateOf(log).length + 1 }, duplicate: false }],
    appends: 1,
  },
  'an append whose condition is broken by what was merged': {
    call: async ({ store, log, seen, failure }) => {
      const condition = { failIfEventsMatch: { items: [{ types: ['Late'] }] }, after: seen.length };
      const { code, positions } = await failure(() => store.append('x', [{ type: 'New' }], { expectedRevision: 'any', condition }));
      return [[code, positions], ['AppendConditionFailed', log.filter(({ type }) => type === 'Late').map(({ position }) => position)]];
    },
  },
  'an append whose condition holds': {
    call: async ({ store, log }) => {
      const last = log.findLast(({ tags }) => tags.includes('tag:7')).position;
      const condition = { failIfEventsMatch: { items: [{ tags: ['tag:7'] }] }, after: last };
      return [(await store.append('x', [{ type: 'New' }], { expectedRevision: 'any', condition })).position, log.length + 1];
    },
    appends: 1,
  },
  'a repeated append, merged meanwhile': {
    call: async ({ store, log, lateOf }) => {
      const late = lateOf(log).slice(0, 2);
      const events = late.map(({ type, id }) => ({ type, id }));
      return [await store.append('late-1', events, { expectedRevision: 'noStream' }), { position: late[1].position, revisions: { 'late-1': 2 }, duplicate: true }];
    },
  },
  'a repeated append, from before it slept': {
    call: async ({ store, draft, log }) => {
      const { streamId, events } = draft(5);
      const { position, revision } = log.find(({ id }) => id === events.at(-1).id);
      return [await store.append(streamId, events, { expectedRevision: 'any' }), { position, revisions: { [streamId]: revision }, duplicate: true }];
    },
  },
  'a half repeated append': {
    call: async ({ store, log, lateOf, failure }) => {
      const [{ type, id }] = lateOf(log);
      return [(await failure(() => store.append('late-1', [{ type, id }, { type }], { expectedRevision: 'any' }))).code, 'DuplicateEvent'];
    },
  },
  'a reading of everything': { call: async ({ store, log }) => [(await store.readAll().toArray()).map(({ id }) => id), log.map(({ id }) => id)] },
  'a reading of everything, backward': { call: async ({ store, log }) => [(await store.readAll({ direction: 'backward' }).toArray()).map(({ id }) => id), log.map(({ id }) => id).reverse()] },
  'a reading of a stream': {
    call: async ({ store, log }) => [(await store.readStream('c2-2').toArray()).map(({ id }) => id), log.filter(({ streamId }) => streamId === 'c2-2').map(({ id }) => id)],
  },
  'an event by its id': { call: async ({ store, log }) => [(await store.event(log.at(-50).id)).position, log.length - 49] },
  'the revision of a stream': { call: async ({ store, log, lateOf }) => [await store.streamRevision('late-1'), lateOf(log).length] },
  'the names of streams': { call: async ({ store, log }) => [await store.streams(), [...new Set(log.map(({ streamId }) => streamId))].sort()] },
  'verify': {
    call: async ({ store, log }) => {
      const { events, findings } = await store.verify();
      return [[events, findings], [log.length, []]];
    },
  },
  'diagnostics': {
    call: async ({ store, log }) => {
      await store.streamRevision('s'); // What it knows of, not what there is: so it is to look first.
      const { events, segments } = await store.diagnostics();
      return [[events, segments > 0], [log.length, true]];
    },
  },
  'merge': {
    call: async ({ store, log }) => {
      await store.merge();
      return [(await store.readAll().toArray()).length, log.length];
    },
  },
};

test('a page that slept through merges goes on with', { timeout: 120_000 }, async (t) => {
  const { sleeper, name } = await slept(t, Object.keys(FIRST_CALLS).length);
  for (const [n, [what, { call, appends = 0 }]] of Object.entries(FIRST_CALLS).entries()) {
    await t.test(what, async () => {
      const { found, expected, before, positions, findings } = await sleeper.evaluate(wake, { name, n, call: String(call) });
      assert.deepEqual(found, expected);
      assert.deepEqual(positions, Array.from({ length: before + appends }, (_, n) => n + 1), 'nothing else is stored');
      assert.deepEqual(findings, []);
    });
  }
});

/** So many events that they take several records. */
const appendLarge = async ({ store, log }) => {
  const noise = () => Array.from({ length: 3 }, () => crypto.randomUUID()).join('');
  const events = Array.from({ length: 2000 }, () => ({ type: 'Large', data: noise() }));
  const { position } = await store.append('large', events, { expectedRevision: 'any' });
  return [position, log.length + 2000];
};

// On a store of its own: what others have added in vain would stand in its way, and nothing of it would be stored.
test('a page that slept through merges stores a large append whole, behind what was merged', { timeout: 60_000 }, async (t) => {
  const { sleeper, name } = await slept(t, 1);
  const { found, expected, before, positions, findings } = await sleeper.evaluate(wake, { name, n: 0, call: String(appendLarge) });
  assert.deepEqual(found, expected);
  assert.deepEqual(positions, Array.from({ length: before + 2000 }, (_, n) => n + 1));
  assert.deepEqual(findings, []);
});

test('a reader that was begun before two merges in another page reads on to its head', { timeout: 60_000 }, async (t) => {
  const { sleeper } = await slept(t);
  const { read, expected } = await sleeper.evaluate(async () => {
    const read = [];
    for (const reader of readers) {
      const positions = [];
      for (let next = await reader.next(); !next.done; next = await reader.next()) positions.push(next.value.position);
      read.push(positions);
    }
    const all = seen.map(({ position }) => position);
    return { read, expected: [all.slice(1), all.slice(0, -1).reverse(), seen.filter(({ streamId }) => streamId === 'c0-0').map(({ position }) => position).slice(1)] };
  });
  assert.deepEqual(read, expected);
});

test('readers go on when another page merges what they have not read yet, more than once', { timeout: 60_000 }, async (t) => {
  const { first, second } = await busyPages(t);
  await first.evaluate(writeLarge, { from: 0, to: 100 });
  await second.evaluate(async () => {
    globalThis.readers = [store.readAll(), store.readAll({ direction: 'backward' }), store.readStream('large')].map((reader) => reader[Symbol.asyncIterator]());
    globalThis.read = await Promise.all(readers.map(async (reader) => [(await reader.next()).value.position]));
  });
  for (const from of [100, 170]) {
    assert.ok((await first.evaluate(() => store.merge())).steps > 0);
    await first.evaluate(writeLarge, { from, to: from + 70 });
  }
  assert.ok((await first.evaluate(() => store.merge())).steps > 0);
  const read = await second.evaluate(async () => {
    for (const [n, reader] of readers.entries()) {
      for (let next = await reader.next(); !next.done; next = await reader.next()) read[n].push(next.value.position);
    }
    return read;
  });
  const all = Array.from({ length: 100 }, (_, n) => n + 1);
  assert.deepEqual(read, [all, all.toReversed(), all]);
});

test('a merge that another page has overtaken is dropped, and done again', { timeout: 60_000 }, async (t) => {
  const { first, second } = await busyPages(t);
  await first.evaluate(writeMore, { from: 0, to: 100 });
  await second.evaluate(stopInTheMiddle);
  await first.evaluate(writeMore, { from: 100, to: 200 });
  await first.evaluate(() => store.merge());
  await first.evaluate(writeMore, { from: 200, to: 300 });
  await first.evaluate(() => store.merge());
  await first.evaluate(writeMore, { from: 300, to: 310 });
  await second.evaluate(() => goOn());
  for (const page of [first, second]) assert.deepEqual(await page.evaluate(compare, 310), []);
  const segments = await second.evaluate(() => store.diagnostics().then(({ segments }) => segments));
  assert.ok(segments > 0 && segments < 4, `${segments} segments`);
});

test('the subscription of a page that slept through merges hears each event once and in order', { timeout: 60_000 }, async (t) => {
  const { sleeper, first } = await slept(t);
  assert.deepEqual(await sleeper.evaluate(() => heard.length), await sleeper.evaluate(() => seen.length), 'it has heard nothing since');
  await sleeper.evaluate(() => void dispatchEvent(new Event('focus')));
  await sleeper.waitForFunction(() => heard.length >= log.length, undefined, { polling: 20 });
  await first.evaluate(() => store.append('after', [{ type: 'New' }], { expectedRevision: 'noStream' }));
  await sleeper.evaluate(() => void dispatchEvent(new Event('focus')));
  await sleeper.waitForFunction(() => heard.at(-1) > log.length, undefined, { polling: 20 });
  const heard = await sleeper.evaluate(() => heard);
  assert.deepEqual(heard, heard.map((_, n) => n + 1));
});

test('two pages that merge at once while both append lose nothing', { timeout: 120_000 }, async (t) => {
  const { first, second } = await busyPages(t);
  const pages = [first, second];
  const done = await Promise.all(pages.map((page, n) => page.evaluate(appendAndMerge, { writer: n, count: 300 })));
  assert.ok(done.every(({ steps }) => steps > 0) || done.some(({ steps }) => steps > 2), JSON.stringify(done.map(({ steps }) => steps)));
  const acknowledged = done.flatMap(({ answers }) => answers);
  const looked = await Promise.all(pages.map((page) => page.evaluate(look)));
  for (const { events, findings, heard } of looked) {
    assert.deepEqual(findings, []);
    assert.equal(events.length, acknowledged.length);
    assert.deepEqual(events.map(({ position }) => position), events.map((_, n) => n + 1));
    for (const { id, position } of acknowledged) assert.equal(events[position - 1].id, id, `the event at ${position}`);
    assert.deepEqual(heard, events.map(({ position }) => position));
  }
  assert.ok(looked.some(({ segments }) => segments > 0));
});

test('two pages that merge by themselves while both append lose nothing', { timeout: 120_000 }, async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const first = await browser.newPage();
  const second = await browser.newPage('/blank.html', { context: first.context() });
  const pages = [first, second];
  for (const page of pages) {
    await page.evaluate(async (name) => {
      const { openStore } = await import('/tests/in-page.js');
      // Idle all the time, so that merges come as often as they can.
      globalThis.requestIdleCallback = (work) => setTimeout(work, 0);
      globalThis.store = await openStore({ name, durability: 'relaxed' });
    }, name);
  }
  const acknowledged = (await Promise.all(pages.map((page, n) => page.evaluate(appendAtRevisions, { streamId: `s-${n}`, count: 400 })))).flat();
  await first.evaluate(untilMerged);
  const { events, findings } = await second.evaluate(look);
  assert.deepEqual(findings, []);
  assert.equal(events.length, acknowledged.length);
  for (const { position, streamId, revision } of acknowledged) assert.deepEqual([events[position - 1].streamId, events[position - 1].revision], [streamId, revision]);
});

/** Two pages of one origin, each with the same store open, that merge only when they are told to. */
async function busyPages(t) {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const first = await browser.newPage();
  const second = await browser.newPage('/blank.html', { context: first.context() });
  for (const page of [first, second]) await page.evaluate(openBusy, name);
  return { first, second };
}

/** Two pages: the second, and so many stores in it, has slept while the first appended and merged, twice, and no hint has come to it. */
async function slept(t, sleepers = 0) {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const first = await browser.newPage();
  const sleeper = await browser.newPage('/blank.html', { context: first.context() });
  await first.evaluate(openBusy, name);
  const more = (from, to) => first.evaluate(writeMore, { from, to });
  await more(0, SEEN);
  await sleeper.evaluate(fallAsleep, { name, appends: SEEN, sleepers });
  await first.evaluate(() => void (BroadcastChannel.prototype.postMessage = () => {}));
  await more(SEEN, 140);
  assert.ok((await first.evaluate(() => store.merge())).steps > 0);
  await first.evaluate(() => store.append('late-1', [{ type: 'Late' }, { type: 'Late' }], { expectedRevision: 'noStream' }));
  await first.evaluate(writeBesides, { count: WRITTEN - 140 });
  assert.ok((await first.evaluate(() => store.merge())).steps > 0);
  const log = await first.evaluate(() => store.readAll().toArray());
  await sleeper.evaluate((log) => void (globalThis.log = log), log);
  return { first, sleeper, name };
}

/** Runs in a page. */
async function openBusy(name) {
  const { openStore } = await import('/tests/in-page.js');
  const { stayBusy } = await import('/tests/in-page-log.js');
  stayBusy();
  globalThis.store = await openStore({ name, durability: 'relaxed' });
  globalThis.heard = [];
  store.subscribe({}, ({ position }) => void heard.push(position));
}

/** Runs in the page that is going to sleep: stores that only know what there is, and one with readers and a subscription under way. */
async function fallAsleep({ name, appends, sleepers }) {
  const { openStore } = await import('/tests/in-page.js');
  const { recorded, stayBusy } = await import('/tests/in-page-log.js');
  stayBusy();
  globalThis.seen = recorded(appends);
  globalThis.sleepers = [];
  for (let n = 0; n < sleepers; n++) globalThis.sleepers.push(await openStore({ name, durability: 'relaxed' }));
  for (const store of globalThis.sleepers) await store.readAll().toArray();
  const busy = await openStore({ name, durability: 'relaxed' });
  const readers = [busy.readAll(), busy.readAll({ direction: 'backward' }), busy.readStream('c0-0')];
  globalThis.readers = readers.map((reader) => reader[Symbol.asyncIterator]());
  for (const reader of globalThis.readers) await reader.next();
  globalThis.heard = [];
  await busy.subscribe({}, ({ position }) => void heard.push(position)).caughtUp;
}

/** Runs in the page that has slept: the first call of one of its stores, and what there is afterwards. The others sleep on. */
async function wake({ name, n, call }) {
  const { failure, openStore } = await import('/tests/in-page.js');
  const { draft } = await import('/tests/in-page-log.js');
  BroadcastChannel.prototype.postMessage = () => {};
  const store = sleepers[n];
  if (store.head !== seen.length) throw new Error(`it did not sleep: it knows ${store.head} events`);
  const witness = await openStore({ name });
  const log = await witness.readAll().toArray();
  const lateOf = (events) => events.filter(({ streamId }) => streamId === 'late-1');
  const [found, expected] = await (0, eval)(call)({ store, log, seen, draft, lateOf, failure });
  const positions = (await store.readAll().toArray()).map(({ position }) => position);
  const { findings } = await witness.verify();
  await Promise.all([store, witness].map((one) => one.close()));
  return { found, expected, before: log.length, positions, findings };
}

/** Runs in a page. */
async function writeMore({ from, to }) {
  const { write } = await import('/tests/in-page-log.js');
  await write(store, from, to);
}

/** Runs in a page: events of which a reader takes only some at a time. */
async function writeLarge({ from, to }) {
  const noise = () => Array.from({ length: 1000 }, () => crypto.randomUUID()).join('');
  for (let n = from; n < to; n++) await store.append('large', [{ type: 'A', data: noise() }], { expectedRevision: n });
}

/** Runs in a page: begins a merge, and waits until it makes room for others. It goes on when it is told to. */
async function stopInTheMiddle() {
  const { now } = performance;
  const { postMessage } = MessagePort.prototype;
  let time = 0;
  performance.now = () => (time += 100); // Whatever it does seems long.
  const stopped = new Promise((resolve) => {
    MessagePort.prototype.postMessage = function (...args) {
      globalThis.goOn = () => {
        Object.assign(performance, { now });
        MessagePort.prototype.postMessage = postMessage;
        postMessage.apply(this, args);
        return merging;
      };
      resolve();
    };
  });
  const merging = store.merge();
  await stopped;
}

/** Runs in a page. */
async function compare(appends) {
  const { differences, recorded } = await import('/tests/in-page-log.js');
  return differences(store, recorded(appends));
}

/** Runs in a page. */
async function writeBesides({ count }) {
  for (let n = 0; n < count; n++) await store.append(`d-${n % 5}`, [{ type: 'Besides', tags: [`tag:${n % 10}`], data: n }], { expectedRevision: 'any' });
}

/** Runs in both pages at once: appends, many at a time, and merges all the while. */
async function appendAndMerge({ writer, count }) {
  const answers = [];
  let isWriting = true;
  const write = async (streamId) => {
    for (let n = 0; n < count / 3; n++) {
      const id = crypto.randomUUID();
      const { position, duplicate } = await store.append(streamId, [{ type: 'A', id, data: { writer, n } }], { expectedRevision: 'any' });
      if (duplicate) throw new Error(`${id} was new`);
      answers.push({ id, position });
    }
  };
  const merge = async () => {
    let steps = 0;
    while (isWriting) {
      steps += (await store.merge()).steps;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return steps + (await store.merge()).steps;
  };
  const merging = merge();
  // One stream is that of both pages.
  await Promise.all([`w${writer}-1`, `w${writer}-2`, 'both-1'].map(write));
  isWriting = false;
  return { answers, steps: await merging };
}

/** Runs in both pages at once: one append after the other, each at the exact revision. */
async function appendAtRevisions({ streamId, count }) {
  const answers = [];
  for (let n = 0; n < count; n++) {
    const { position, revisions } = await store.append(streamId, [{ type: 'A', data: n }], { expectedRevision: n });
    answers.push({ position, streamId, revision: revisions[streamId] });
  }
  return answers;
}

/** Runs in a page. */
async function look() {
  const events = await store.readAll().toArray();
  const { findings } = await store.verify();
  const { segments } = await store.diagnostics();
  while (globalThis.heard !== undefined && heard.length < events.length) await new Promise((resolve) => setTimeout(resolve, 0));
  return { events: events.map(({ id, position, streamId, revision }) => ({ id, position, streamId, revision })), findings, segments, heard: globalThis.heard };
}

/** Runs in the page. */
async function untilMerged() {
  const { untilMerged } = await import('/tests/in-page.js');
  await untilMerged();
}
