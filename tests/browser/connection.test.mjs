// Connections that die, and openings that fail: the next call mends it, and what cannot be mended is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

test('an opening that fails once or twice is tried again', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const found = await page.evaluate(async (name) => {
    const { refuseOpenings } = await import('/tests/in-page-faults.js');
    const { openStore } = await import('/tests/in-page.js');
    const openings = refuseOpenings(2);
    const store = await openStore({ name });
    const { position } = await store.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
    return { count: openings.count, position };
  }, databaseName(t));
  assert.deepEqual(found, { count: 3, position: 1 });
});

test('an opening that always fails ends after a few tries, with what the browser says', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const { error, count } = await page.evaluate(async (name) => {
    const { refuseOpenings } = await import('/tests/in-page-faults.js');
    const { failure, openStore } = await import('/tests/in-page.js');
    const openings = refuseOpenings(Infinity);
    return { error: await failure(() => openStore({ name })), count: openings.count };
  }, databaseName(t));
  assert.deepEqual([error.code, error.reason, error.outcome], ['StorageCorrupt', 'damaged', 'none']);
  assert.match(error.message, /Internal error opening backing store/);
  assert.ok(count <= 5, `${count} tries`);
});

/** How a connection dies between two calls. */
const DEATHS = {
  'of which the browser tells': (connection) => (connection.close(), connection.dispatchEvent(new Event('close'))),
  'of which nobody tells': (connection) => connection.close(),
};

for (const [what, die] of Object.entries(DEATHS)) {
  test(`a connection that died, ${what}, is made anew by every kind of call`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    const found = await page.evaluate(async ({ name, die }) => {
      const { watchConnections } = await import('/tests/in-page-faults.js');
      const { openStore } = await import('/tests/in-page.js');
      const connections = watchConnections();
      const kill = (0, eval)(die);
      const store = await openStore({ name });
      const append = () => store.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
      const subscription = store.subscribe({}, () => {});
      await append();
      const calls = {
        append: async () => (await append()).position,
        readAll: async () => (await store.readAll().toArray()).length,
        readStream: async () => (await store.readStream('s').toArray()).length,
        streamRevision: () => store.streamRevision('s'),
        streams: async () => (await store.streams()).length,
        event: () => store.event(crypto.randomUUID()).then(String),
        diagnostics: async () => (await store.diagnostics()).events,
        verify: async () => (await store.verify()).events,
        merge: async () => (await store.merge()).steps,
        repair: async () => (await store.repair()).lost.length,
      };
      const answers = {};
      for (const [call, make] of Object.entries(calls)) {
        kill(connections.at(-1));
        answers[call] = await make();
      }
      const appended = [append(), append(), append()];
      kill(connections.at(-1));
      const positions = (await Promise.all(appended)).map(({ position }) => position);
      subscription.close();
      return { answers, positions, status: store.status, closed: String(await subscription.closed) };
    }, { name: databaseName(t), die: String(die) });
    assert.deepEqual(found.answers, { append: 2, readAll: 2, readStream: 2, streamRevision: 2, streams: 1, event: 'undefined', diagnostics: 2, verify: 2, merge: 0, repair: 0 });
    assert.deepEqual([found.positions, found.status, found.closed], [[3, 4, 5], 'open', 'undefined']);
  });
}

test('a subscription hears what was stored elsewhere while its connection was dead', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const heard = await page.evaluate(async (name) => {
    const { watchConnections } = await import('/tests/in-page-faults.js');
    const { openStore } = await import('/tests/in-page.js');
    const connections = watchConnections();
    const store = await openStore({ name });
    const [connection] = connections;
    const other = await openStore({ name });
    const heard = [];
    let tell;
    const subscription = store.subscribe({}, ({ position }) => (heard.push(position), position === 3 && tell()));
    await subscription.caughtUp;
    const done = new Promise((resolve) => (tell = resolve));
    for (let n = 0; n < 3; n++) {
      if (n === 1) connection.close();
      await other.append('s', [{ type: 'A' }], { expectedRevision: 'any' });
    }
    await done;
    return heard;
  }, databaseName(t));
  assert.deepEqual(heard, [1, 2, 3]);
});

for (const durability of [undefined, 'strict', 'relaxed']) {
  test(`commits of a store opened with durability ${durability} say so to the browser`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    const asked = await page.evaluate(async (options) => {
      const { openStore } = await import('/tests/in-page.js');
      const stores = [await openStore(options), await openStore(options)];
      const { transaction } = IDBDatabase.prototype;
      const asked = [];
      IDBDatabase.prototype.transaction = function (...args) {
        const made = transaction.apply(this, args);
        if (made.mode === 'readwrite') asked.push(made.durability);
        return made;
      };
      // At once, so that one of them has to decide inside a second transaction.
      await Promise.all(stores.map((store) => store.append('s', [{ type: 'A' }], { expectedRevision: 'any' })));
      return asked;
    }, { name: databaseName(t), ...(durability && { durability }) });
    assert.deepEqual(asked, Array(3).fill(durability ?? 'strict'));
  });
}
