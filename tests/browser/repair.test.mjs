// Damage to a merged log: it is found and named, what is sound is read, and a repair sets aside what is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

const MERGED = 150;
const APPENDS = 160;
const EVENTS = 319;

/** What may be damaged; whether the store is refused then, which events are lost, and what a repair tells. Merged are 299 events. */
const DAMAGE = {
  'a block': { store: 'segments', magic: 'ANLb', at: 1 },
  'an order': { store: 'segments', magic: 'ANLo', at: 0 },
  'a shard of the ids': { store: 'segments', magic: 'ANLi', at: 0 },
  'a shard of the names': { store: 'segments', magic: 'ANLn', at: 0 },
  'the layout': { store: 'meta', magic: 'ANLl', at: 0, isRefused: true },
  'the mark': { store: 'meta', key: 'fence', isRefused: true },
  'a commit': { store: 'commits', magic: 'ANLc', at: 4, isRefused: true },
};

/** What happens to bytes. */
const EDITS = {
  flipped: (bytes) => void (bytes[bytes.length >> 1] ^= 16),
  missing: undefined,
};

/**
 * What a repair tells: whether events are lost, whether layout or index were made again, and how many records were set aside. The index
 * is made again whole, and what was of the old one goes with it; a layout whose mark is missing is kept beside the new one.
 */
const EXPECTED = {
  'a block': { losesEvents: true, setAside: { flipped: 1, missing: 0 } },
  'an order': { setAside: { flipped: 1, missing: 0 } },
  'a shard of the ids': { isRemade: true, setAside: { flipped: 0, missing: 0 } },
  'a shard of the names': { isRemade: true, setAside: { flipped: 0, missing: 0 } },
  'the layout': { isRemade: true, setAside: { flipped: 1, missing: 0 } },
  'the mark': { isRemade: true, setAside: { flipped: 1, missing: 1 } },
  'a commit': { losesEvents: true, setAside: { flipped: 1, missing: 0 } },
};

for (const [what, damage] of Object.entries(DAMAGE)) {
  for (const [how, edit] of Object.entries(EDITS)) {
    test(`${what} that is ${how} is found, and a repair keeps all that is sound`, { timeout: 60_000 }, async (t) => {
      const { page, name } = await merged(t);
      const victim = await page.evaluate(damageIt, { name, ...damage, edit: edit && String(edit) });
      const found = await page.evaluate(lookAndRepair, { name, ...victim, isOpen: !damage.isRefused });
      const lost = assertReport(found, { what, how, isRefused: damage.isRefused ?? false });
      assertRepaired(found, { lost, isKept: how === 'missing' || EXPECTED[what].setAside[how] > 0 });
    });
  }
}

test('after a repair every tab decides on what is left, and its views show that', { timeout: 60_000 }, async (t) => {
  const browser = await withBrowser(t);
  const name = databaseName(t);
  const context = await browser.newContext();
  const pages = [await browser.newPage('/blank.html', { context }), await browser.newPage('/blank.html', { context })];
  for (const page of pages) await page.evaluate(openBank, name);
  await pages[0].evaluate(async () => {
    for (const amount of [1, 1, 1000, 1]) await store.dispatch(account, 'ada', { type: 'Deposit', data: { amount } });
  });
  for (const page of pages) await page.evaluate(() => view.whenAt(4));
  await pages[1].evaluate(() => store.load(account, 'ada'));
  await pages[1].evaluate(damageIt, { name, store: 'commits', magic: 'ANLc', at: 2, edit: String(EDITS.flipped) });
  assert.deepEqual((await pages[1].evaluate(() => store.repair())).lost.map(({ first, last }) => [first, last]), [[3, 3]]);
  for (const page of pages) await page.evaluate(untilShown, 3);
  const answers = [];
  for (const page of pages) answers.push(await page.evaluate(withdraw));
  assert.deepEqual(answers, ['only 3 left', 'only 3 left']);
});

/** Runs in the page, as those below. */
async function openBank(name) {
  const { defineAggregate, defineProjection, openStore } = await import('/tests/in-page.js');
  globalThis.account = defineAggregate({
    name: 'account',
    initialState: () => ({ balance: 0 }),
    decide: {
      Deposit: (_, { data }) => ({ type: 'Deposited', data }),
      Withdraw: ({ balance }, { data }) => {
        if (balance < data.amount) throw new Error(`only ${balance} left`);
        return { type: 'Withdrawn', data };
      },
    },
    evolve: {
      Deposited: ({ balance }, { data }) => ({ balance: balance + data.amount }),
      Withdrawn: ({ balance }, { data }) => ({ balance: balance - data.amount }),
    },
  });
  const balances = defineProjection({
    name: 'balances',
    version: 1,
    from: ['account'],
    key: (event) => event.streamId,
    on: { Deposited: (row, { data }) => ({ balance: (row?.balance ?? 0) + data.amount }) },
  });
  globalThis.store = await openStore({ name, aggregates: [account], projections: [balances] });
  globalThis.view = store.view(balances);
}

async function untilShown(balance) {
  while (view.get('account-ada')?.balance !== balance) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function withdraw() {
  const withdrawing = store.dispatch(account, 'ada', { type: 'Withdraw', data: { amount: 500 } });
  return withdrawing.then(({ state }) => state.balance, ({ message }) => message);
}

test('a store that has lost both its layout and its mark is refused, and a repair finds its segments', { timeout: 60_000 }, async (t) => {
  const { page, name } = await merged(t);
  for (const key of ['fence', 'layout']) await page.evaluate(damageIt, { name, store: 'meta', key });
  const { refused, repaired, wrong } = await page.evaluate(async ({ name, appends }) => {
    const { failure, openStore } = await import('/tests/in-page.js');
    const { differences, recorded } = await import('/tests/in-page-log.js');
    const refused = await failure(() => openStore({ name }));
    const store = await openStore({ name, repair: true });
    return { refused, repaired: store.repaired, wrong: await differences(store, recorded(appends)) };
  }, { name, appends: APPENDS });
  assert.deepEqual([refused?.code, repaired, wrong], ['StorageCorrupt', { lost: [], setAside: 0, rebuilt: true }, []]);
});

test('a store that is open repairs what it finds, and goes on', { timeout: 60_000 }, async (t) => {
  const { page, name } = await merged(t);
  const found = await page.evaluate(async (options) => {
    const { failure, openStore } = await import('/tests/in-page.js');
    const { damage } = await import('/tests/in-page-damage.js');
    const store = await openStore({ name: options.name });
    const sound = await store.repair();
    await damage(options);
    const before = await store.verify();
    const report = await store.repair();
    const after = await store.verify();
    const again = await store.repair();
    const read = await failure(() => store.readAll().toArray());
    const { position } = await store.append('after', [{ type: 'After' }], { expectedRevision: 'noStream' });
    return { sound, before: before.findings, report, after: after.findings, again, read, position, repaired: store.repaired };
  }, { name, store: 'segments', magic: 'ANLb', at: 1, edit: String(EDITS.flipped) });
  const nothing = { lost: [], setAside: 0, rebuilt: false };
  assert.deepEqual([found.sound, found.again, found.repaired], [nothing, nothing, undefined]);
  assert.ok(found.before.some(({ kind }) => kind === 'damaged'));
  assert.ok(found.report.lost.length > 0 && found.report.setAside === 1, JSON.stringify(found.report));
  assert.deepEqual(found.after.map(({ kind, position, last }) => [kind, position, last]), found.report.lost.map(({ first, last }) => ['lost', first, last]));
  assert.deepEqual([found.read, found.position], [undefined, EVENTS + 1]);
});

test('a sound store that is opened to be repaired is left as it is', { timeout: 60_000 }, async (t) => {
  const { page, name } = await merged(t);
  const found = await page.evaluate(async ({ name, appends }) => {
    const { contents, openStore } = await import('/tests/in-page.js');
    const { differences, recorded } = await import('/tests/in-page-log.js');
    const before = await contents(name);
    const store = await openStore({ name, repair: true });
    return { repaired: store.repaired, wrong: await differences(store, recorded(appends)), same: JSON.stringify(before) === JSON.stringify(await contents(name)) };
  }, { name, appends: APPENDS });
  assert.deepEqual(found, { repaired: { lost: [], setAside: 0, rebuilt: false }, wrong: [], same: true });
});

test('a repaired log is merged on, in another page too, and what is lost stays lost', { timeout: 60_000 }, async (t) => {
  const { page, name } = await merged(t);
  await page.evaluate(damageIt, { name, ...DAMAGE['a block'], edit: String(EDITS.flipped) });
  const { lost, positions } = await page.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    globalThis.store = await openStore({ name, repair: true });
    return { lost: store.repaired.lost, positions: (await store.readAll().toArray()).map(({ position }) => position) };
  }, name);
  const other = await (await withBrowser(t)).newPage('/blank.html', { context: page.context() });
  const found = await other.evaluate(async (name) => {
    const { openStore } = await import('/tests/in-page.js');
    const { stayBusy } = await import('/tests/in-page-log.js');
    stayBusy();
    const store = await openStore({ name, durability: 'relaxed' });
    for (let n = 0; n < 200; n++) await store.append('more', [{ type: 'More' }], { expectedRevision: n });
    const { steps } = await store.merge();
    const { findings } = await store.verify();
    return { steps, findings, positions: (await store.readAll().toArray()).map(({ position }) => position) };
  }, name);
  assert.ok(found.steps > 0 && lost.length > 0);
  assert.deepEqual(found.positions, [...positions, ...Array.from({ length: 200 }, (_, n) => EVENTS + 1 + n)]);
  assert.deepEqual(found.findings.map(({ kind, position, last }) => [kind, position, last]), lost.map(({ first, last }) => ['lost', first, last]));
  assert.deepEqual(await page.evaluate(() => store.readAll().toArray().then((events) => events.map(({ position }) => position))), found.positions);
});

test('a database of somebody else, or of a newer format, is refused also when it is to be repaired', async (t) => {
  const { page, name } = await merged(t);
  const errors = await page.evaluate(async (name) => {
    const { change, connect, contents, failure, openStore } = await import('/tests/in-page.js');
    (await connect(`${name} foreign`, 1, (database) => database.createObjectStore('somebody'))).close();
    await change(name, 'meta', 'format', (bytes) => bytes.set([7, 1], 8));
    const before = await contents(name);
    const errors = [await failure(() => openStore({ name: `${name} foreign`, repair: true })), await failure(() => openStore({ name, repair: true }))];
    return { errors: errors.map(({ code, reason }) => [code, reason]), same: JSON.stringify(before) === JSON.stringify(await contents(name)) };
  }, name);
  assert.deepEqual(errors, { errors: [['StorageCorrupt', 'foreign'], ['StorageCorrupt', 'newerFormat']], same: true });
});

/** A page, and the name of a closed store with a segment and a tail of ten commits. */
async function merged(t) {
  const page = await (await withBrowser(t)).newPage();
  const name = databaseName(t);
  const figures = await page.evaluate(async ({ name, merged, appends }) => {
    const { openStore } = await import('/tests/in-page.js');
    const { stayBusy, write } = await import('/tests/in-page-log.js');
    stayBusy();
    const store = await openStore({ name, durability: 'relaxed' });
    await write(store, 0, merged);
    await store.merge();
    await write(store, merged, appends);
    const { events, segments } = await store.diagnostics();
    await store.close();
    return [events, segments];
  }, { name, merged: MERGED, appends: APPENDS });
  assert.deepEqual(figures, [EVENTS, 1]);
  return { page, name };
}

/** What was wrong, as it was told from all sides; answers with the positions that are lost. */
function assertReport({ refused, opened, byReading, byStream, findings, report, sound }, { what, how, isRefused }) {
  // That the last commits are gone leaves no trace: only the mark tells how far the log went, and that is before them.
  if (isRefused) assert.deepEqual([refused?.code, refused?.reason], ['StorageCorrupt', 'damaged'], 'it is not opened');
  else {
    assert.equal(opened, undefined, 'it is opened');
    assert.ok(findings.length > 0, 'verify tells');
    for (const { kind, position, last, detail } of findings) {
      assert.ok((how === 'missing' ? ['missing', 'damaged'] : ['damaged']).includes(kind), JSON.stringify(findings));
      assert.ok(position <= last && last <= EVENTS && detail.length > 0, `${position}..${last}: ${detail}`);
    }
  }
  const { isRemade = false, losesEvents = false, setAside } = EXPECTED[what];
  assert.deepEqual([report.lost.length > 0, report.rebuilt], [losesEvents, isRemade], JSON.stringify(report));
  assert.equal(report.setAside, setAside[how], JSON.stringify(report));
  const lost = new Set(report.lost.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n)));
  if (what === 'a block') {
    const named = findings.flatMap(({ position, last }) => Array.from({ length: last - position + 1 }, (_, n) => position + n));
    assert.deepEqual(new Set(named), lost, 'verify has named the very events');
    assert.deepEqual([byReading?.code, byReading?.reason], ['StorageCorrupt', 'damaged']);
    assert.ok(lost.has(byReading.position) || byReading.position > 0, `${byReading.position}`);
    for (const [streamId, code] of byStream) {
      const isHit = sound.some((event) => event.streamId === streamId && lost.has(event.position));
      assert.equal(code, isHit ? 'StorageCorrupt' : undefined, `stream ${streamId}`);
    }
    assert.ok(byStream.some(([, code]) => code === undefined), 'some can be read');
  }
  return lost;
}

function assertRepaired({ report, repaired, sound, events, byId, revisions, after, next, kept, again }, { lost, isKept }) {
  assert.deepEqual(report, repaired, 'the store keeps the report');
  assert.deepEqual(events, sound.filter(({ position }) => !lost.has(position)));
  for (const [position, isThere] of byId) assert.equal(isThere, !lost.has(position), `the event at ${position} by its id`);
  // Revisions are not given again. Where the last of a stream is lost, nothing tells of it any more.
  for (const { streamId, revision, position } of sound) {
    if (!lost.has(position)) assert.ok(revisions[streamId] >= revision, `${streamId} is at ${revisions[streamId]}`);
  }
  assert.deepEqual(after, report.lost.map(({ first, last }) => ['lost', first, last]), 'verify tells of nothing but what is lost');
  assert.deepEqual(next, { position: EVENTS + 1, revisions: { after: 1 }, duplicate: false });
  assert.equal(kept, isKept, 'the damaged bytes are still there');
  assert.deepEqual(again, { lost: [], setAside: 0, rebuilt: false }, 'there is nothing left to repair');
}

/** Runs in the page. */
async function damageIt(options) {
  const { damage } = await import('/tests/in-page-damage.js');
  return damage(options);
}

/** Runs in the page: how the damage shows, a repair, and what there is then. */
async function lookAndRepair({ name, bytes, isOpen }) {
  const { contents, failure, openStore } = await import('/tests/in-page.js');
  const { recorded } = await import('/tests/in-page-log.js');
  const sound = recorded(160).map(({ id, position, streamId, revision }) => ({ id, position, streamId, revision }));
  const names = [...new Set(sound.map(({ streamId }) => streamId))];
  const found = { sound };
  const before = await contents(name);
  if (isOpen) {
    const store = await openStore({ name });
    found.findings = (await store.verify()).findings;
    found.byReading = await failure(() => store.readAll().toArray());
    found.byStream = [];
    for (const streamId of names) found.byStream.push([streamId, (await failure(() => store.readStream(streamId).toArray()))?.code]);
    await store.close();
  } else found.refused = await failure(() => openStore({ name }));
  if (JSON.stringify(before) !== JSON.stringify(await contents(name))) throw new Error('looking has changed something');
  const store = await openStore({ name, repair: true });
  found.report = found.repaired = store.repaired;
  found.events = (await store.readAll().toArray()).map(({ id, position, streamId, revision }) => ({ id, position, streamId, revision }));
  found.byId = [];
  for (const { id, position } of sound) found.byId.push([position, (await store.event(id))?.position === position]);
  found.revisions = {};
  for (const streamId of names) found.revisions[streamId] = await store.streamRevision(streamId);
  found.after = (await store.verify()).findings.map(({ kind, position, last }) => [kind, position, last]);
  found.next = await store.append('after', [{ type: 'After' }], { expectedRevision: 'noStream' });
  found.again = await store.repair();
  const { segments } = (await contents(name)).stores;
  found.kept = bytes === undefined || segments.some((one) => one.slice(one.indexOf(':') + 2) === bytes);
  return found;
}
